import math

import pytest
import torch
import torch.nn.functional as F

from engine.losses.distillation import (
    dense_synergy,
    divergence_from,
    mean_logits,
    mean_teaching,
    summed_cross_entropy,
)
from engine.losses.mutual import kl_divergence, mutual_divergence
from engine.losses.targets import Targets


def logits(seed, batch=4, classes=5):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, classes, generator=generator, dtype=torch.float64)


def peers(count, *, gradient=False):
    return [logits(seed).requires_grad_(gradient) for seed in range(1, count + 1)]


def two_way(even):
    """One image, two classes, with probability `even` of the first."""
    return torch.tensor([[math.log(even), math.log(1 - even)]], dtype=torch.float64)


def test_that_labels_teach_every_network_by_the_sum():
    y = torch.tensor([0, 1, 2, 3])
    learners = peers(3)
    expected = sum(F.cross_entropy(a, y) for a in learners)
    torch.testing.assert_close(summed_cross_entropy(Targets(y), learners), expected)


def test_that_the_mean_is_of_logits_and_is_not_rounded_to_half_precision():
    one, other = torch.tensor([[1.0, -2.0]]), torch.tensor([[1.0078125, 4.0]])
    expected = torch.tensor([[1.00390625, 1.0]])
    assert torch.equal(mean_logits([one.bfloat16(), other.bfloat16()]), expected)


def test_that_one_teaches_many_by_the_sum_of_the_divergences():
    # KL((3/4, 1/4) ‖ (1/2, 1/2)) = log 2 − H(1/4); from itself it is 0.
    by_hand = math.log(2) + 0.75 * math.log(0.75) + 0.25 * math.log(0.25)
    value = divergence_from(two_way(0.75), [two_way(0.5), two_way(0.75), two_way(0.5)])
    assert value.item() == pytest.approx(2 * by_hand)


def test_that_one_that_teaches_gets_no_gradient_and_each_learner_its_own():
    target, learners = logits(0).requires_grad_(), peers(2, gradient=True)
    divergence_from(target, learners, 3.0).backward()
    assert target.grad is None
    for learner in learners:
        gap = torch.softmax(learner / 3, 1) - torch.softmax(target / 3, 1)
        torch.testing.assert_close(learner.grad, (3 * gap / len(target)).detach())


@pytest.mark.parametrize("temperature", [1.0, 3.0])
@pytest.mark.parametrize("count", [2, 3, 5])
def test_that_synergy_sums_all_ordered_pairs(count, temperature):
    networks = peers(count)
    pairs = sum(
        kl_divergence(networks[j], networks[i], temperature)
        for i in range(count) for j in range(count) if i != j
    )
    torch.testing.assert_close(dense_synergy(networks, temperature), pairs)


def test_that_the_synergy_of_two_is_by_hand():
    # Two images' worth of the same pair: the batch counts by its mean.
    one, other = two_way(0.75).repeat(2, 1), two_way(0.5).repeat(2, 1)
    forth = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    back = 0.5 * math.log(0.5 / 0.75) + 0.5 * math.log(0.5 / 0.25)
    assert dense_synergy([one, other]).item() == pytest.approx(forth + back)


def test_that_synergy_is_mutual_learning_summed_over_the_teachers():
    networks = peers(4)
    torch.testing.assert_close(dense_synergy(networks, 2.0), 3 * mutual_divergence(networks, 2.0))


def test_that_synergy_moves_a_network_only_by_what_it_learns():
    networks = peers(3, gradient=True)
    dense_synergy(networks, 2.0).backward()
    for i, network in enumerate(networks):
        alone = network.detach().clone().requires_grad_()
        sum(kl_divergence(networks[j], alone, 2.0) for j in range(3) if j != i).backward()
        torch.testing.assert_close(network.grad, alone.grad)


def test_that_equal_networks_have_no_synergy():
    same = logits(1).float()
    assert dense_synergy([same] * 4).abs().item() < 1e-6


def test_that_synergy_is_finite_for_extreme_logits():
    sure, wrong = torch.tensor([[1e4, -1e4]]), torch.tensor([[-1e4, 1e4]])
    assert dense_synergy([sure, wrong]).item() == pytest.approx(4e4)


def test_that_averages_teach_the_peers_that_they_are_not_of():
    averages, learners = [logits(seed) for seed in (7, 8, 9)], peers(3)
    expected = sum(
        kl_divergence(averages[q], learners[p], 3.0) / 2
        for p in range(3) for q in range(3) if p != q
    )
    torch.testing.assert_close(mean_teaching(averages, learners, 3.0), expected)


def test_that_averages_get_no_gradient():
    averages, learners = peers(2, gradient=True), [a.clone() for a in peers(2)]
    learners = [a.requires_grad_() for a in learners]
    mean_teaching(averages, learners[::-1]).backward()
    assert all(a.grad is None for a in averages)
    # Each learner equals the average that may teach it, so there is nothing to learn.
    assert all(a.grad.abs().max() < 1e-12 for a in learners)


@pytest.mark.parametrize(
    "loss",
    [
        lambda a, b: divergence_from(logits(0), [a, b], 3.0),
        lambda a, b: mean_teaching([logits(0), logits(9)], [a, b], 3.0),
        lambda a, b: summed_cross_entropy(Targets(torch.tensor([0, 1, 2, 3])), [a, b]),
    ],
)
def test_that_the_gradients_agree_with_finite_differences(loss):
    assert torch.autograd.gradcheck(loss, tuple(peers(2, gradient=True)))


def test_that_the_gradient_of_synergy_agrees_with_finite_differences_of_one_learner():
    # The pairs in which this network teaches are constant in the gradient: leave them out.
    network, others = logits(1), [logits(2), logits(3)]
    learner = network.clone().requires_grad_()
    dense_synergy([learner, *others], 2.0).backward()
    step = 1e-6
    for place in [(0, 0), (1, 3), (3, 4)]:
        values = []
        for sign in (1, -1):
            moved = network.clone()
            moved[place] += sign * step
            values.append(sum(kl_divergence(other, moved, 2.0) for other in others))
        slope = (values[0] - values[1]) / (2 * step)
        assert learner.grad[place].item() == pytest.approx(slope.item(), rel=1e-5, abs=1e-9)


def test_that_half_precision_logits_give_float32():
    half = [a.bfloat16() for a in peers(2)]
    assert divergence_from(half[0], half).dtype == torch.float32
    assert dense_synergy(half).dtype == torch.float32
    assert mean_teaching(half, half).dtype == torch.float32
