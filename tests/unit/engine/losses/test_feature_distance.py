import pytest
import torch

from engine.losses.feature_distance import feature_distance


def features(seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(3, 4, generator=generator, dtype=torch.float64)


def test_that_squares_are_summed_over_features_images_and_classifiers():
    target = torch.tensor([[1.0, 2.0], [0.0, 0.0]])
    first, second = torch.tensor([[0.0, 2.0], [3.0, 0.0]]), torch.tensor([[1.0, 2.0], [0.0, 2.0]])
    assert feature_distance(target, [first, second]).item() == pytest.approx(1 + 9 + 4)


def test_that_the_deepest_features_get_no_gradient():
    target, shallow = features(0).requires_grad_(), features(1).requires_grad_()
    feature_distance(target, [shallow]).backward()
    assert target.grad is None
    torch.testing.assert_close(shallow.grad, 2 * (shallow - target).detach())


def test_that_the_gradient_agrees_with_finite_differences():
    shallow = tuple(features(seed).requires_grad_() for seed in (1, 2))
    assert torch.autograd.gradcheck(lambda *seen: feature_distance(features(0), seen), shallow)


def test_that_half_precision_features_give_float32():
    half = features(0).bfloat16()
    assert feature_distance(half, [half]).dtype == torch.float32
