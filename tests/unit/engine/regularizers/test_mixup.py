import numpy as np
import pytest
import torch
import torch.nn.functional as F

from engine.losses.targets import Targets
from engine.regularizers.mixup import Mixup, MixupOptions
from engine.spec.errors import SpecError
from engine.spec.options import parse

Y = torch.tensor([3, 1, 0, 2])


def images(*values):
    """An image of one value each."""
    return torch.tensor(values)[:, None, None, None].expand(-1, 1, 2, 2).contiguous()


def mixed(views, alpha=1.0, seed=0, targets=None):
    draws = np.random.default_rng(seed)
    return Mixup(MixupOptions(alpha=alpha))(views, targets or Targets(Y), draws)


@pytest.mark.parametrize("seed", range(4))
def test_that_every_image_is_blended_with_the_one_whose_label_it_gets(seed):
    (x,), targets = mixed((images(3.0, 1.0, 0.0, 2.0),), seed=seed)  # each shows its class
    expected = targets.share * Y + (1 - targets.share) * targets.other_B
    torch.testing.assert_close(x[:, 0, 0, 0], expected)
    assert torch.equal(targets.y_B, Y)
    assert sorted(targets.other_B.tolist()) == [0, 1, 2, 3]
    assert 0 < targets.share < 1


def test_that_the_loss_is_that_of_both_labels_by_the_share():
    logits = torch.randn(4, 4, generator=torch.Generator().manual_seed(0))
    _, targets = mixed((images(0.0, 0.0, 0.0, 0.0),))
    expected = targets.share * F.cross_entropy(logits, Y) + (
        1 - targets.share
    ) * F.cross_entropy(logits, targets.other_B)
    torch.testing.assert_close(targets.cross_entropy(logits), expected)


def test_that_all_views_are_mixed_alike_whatever_their_number():
    first, second = images(3.0, 1.0, 0.0, 2.0), images(30.0, 10.0, 0.0, 20.0)
    (alone,), targets = mixed((first,))
    (one, other), same_targets = mixed((first, second))
    assert torch.equal(one, alone)
    torch.testing.assert_close(other, 10 * one)
    assert torch.equal(same_targets.other_B, targets.other_B)
    assert same_targets.share == targets.share


def test_that_its_draws_are_those_of_its_generator_alone():
    views = (images(3.0, 1.0, 0.0, 2.0),)
    torch.manual_seed(1)
    first = mixed(views, seed=5)
    torch.manual_seed(2)
    again, other = mixed(views, seed=5), mixed(views, seed=6)
    assert torch.equal(first[0][0], again[0][0])
    assert first[1].share != other[1].share


def test_that_the_share_is_drawn_from_a_beta_distribution():
    views = (images(0.0, 0.0, 0.0, 0.0),)
    shares = np.array([mixed(views, alpha=0.2, seed=seed)[1].share for seed in range(2000)])
    # Beta(a, a) has the mean 1/2 and the variance 1/(8a + 4).
    assert shares.mean() == pytest.approx(0.5, abs=0.03)
    assert shares.var() == pytest.approx(1 / (8 * 0.2 + 4), abs=0.01)


def test_that_the_images_given_are_left_as_they_were():
    x = images(3.0, 1.0, 0.0, 2.0)
    before = x.clone()
    mixed((x,))
    assert torch.equal(x, before)


def test_that_smoothing_is_kept():
    _, targets = mixed((images(0.0, 0.0, 0.0, 0.0),), targets=Targets(Y, smoothing=0.1))
    assert targets.smoothing == 0.1


@pytest.mark.parametrize("alpha", [0.0, -1.0, 101.0])
def test_that_a_shape_out_of_range_is_refused(alpha):
    with pytest.raises(SpecError):
        parse(MixupOptions, {"alpha": alpha}, "regularizer.options")
