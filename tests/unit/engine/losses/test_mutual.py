import math

import pytest
import torch

from engine.losses.mutual import kl_divergence, mean_prediction, mutual_divergence


def logits(seed, batch=4, classes=5):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, classes, generator=generator, dtype=torch.float64)


def softmax(row, temperature):
    weights = [math.exp(v / temperature) for v in row]
    return [w / sum(weights) for w in weights]


def kl_by_hand(target, learner, temperature):
    total = 0.0
    for target_row, learner_row in zip(target.tolist(), learner.tolist(), strict=True):
        p, q = softmax(target_row, temperature), softmax(learner_row, temperature)
        total += sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))
    return temperature**2 * total / len(target)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_that_the_divergence_is_the_batch_mean_scaled_by_the_squared_temperature(temperature):
    value = kl_divergence(logits(1), logits(2), temperature).item()
    assert value == pytest.approx(kl_by_hand(logits(1), logits(2), temperature))


@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_that_the_divergence_from_itself_is_zero(temperature):
    same = logits(1).float()
    assert kl_divergence(same, same, temperature).item() == 0.0


@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_that_the_gradient_is_the_scaled_difference_of_probabilities(temperature):
    target, learner = logits(1).requires_grad_(), logits(2).requires_grad_()
    kl_divergence(target, learner, temperature).backward()
    gap = torch.softmax(learner / temperature, 1) - torch.softmax(target / temperature, 1)
    torch.testing.assert_close(learner.grad, (temperature * gap / len(target)).detach())
    assert target.grad is None


def test_that_the_divergence_agrees_with_finite_differences():
    learner = logits(2).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: kl_divergence(logits(1), x, 3.0), (learner,))


def test_that_half_precision_logits_give_a_float32_divergence():
    assert kl_divergence(logits(1).bfloat16(), logits(2).bfloat16()).dtype == torch.float32


def test_that_extreme_logits_give_a_finite_divergence():
    sure, wrong = torch.tensor([[1e4, -1e4]]), torch.tensor([[-1e4, 1e4]])
    assert kl_divergence(sure, wrong).item() == pytest.approx(2e4)


def test_that_two_peers_teach_each_other_once_each_way():
    a, b = logits(1), logits(2)
    expected = kl_by_hand(a, b, 2.0) + kl_by_hand(b, a, 2.0)
    assert mutual_divergence([a, b], 2.0).item() == pytest.approx(expected)


def test_that_each_of_three_peers_takes_the_mean_of_the_other_two():
    peers = [logits(seed) for seed in (1, 2, 3)]
    expected = sum(
        kl_by_hand(peers[q], peers[p], 1.0) / 2 for p in range(3) for q in range(3) if q != p
    )
    assert mutual_divergence(peers).item() == pytest.approx(expected)


def test_that_a_peer_is_moved_only_by_what_it_learns_and_not_by_what_it_teaches():
    a, b = logits(1).requires_grad_(), logits(2).requires_grad_()
    mutual_divergence([a, b]).backward()
    alone = a.detach().clone().requires_grad_()
    kl_divergence(b, alone).backward()
    torch.testing.assert_close(a.grad, alone.grad)


def mean_by_hand(peers, temperature):
    """The mean of the softened distributions, row by row."""
    softened = [[softmax(row, temperature) for row in peer.tolist()] for peer in peers]
    return [
        [sum(p[b][k] for p in softened) / len(peers) for k in range(5)] for b in range(4)
    ]


@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_that_the_mean_prediction_is_the_mean_of_the_softened_distributions(temperature):
    peers = [logits(seed) for seed in (1, 2, 3)]
    mean = mean_prediction(peers, temperature)
    expected = torch.tensor(mean_by_hand(peers, temperature), dtype=torch.float64)
    torch.testing.assert_close((mean / temperature).softmax(1), expected)
    alone = mean_prediction(peers[:1], temperature)
    torch.testing.assert_close((alone / 2).softmax(1), (peers[0] / 2).softmax(1))


@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_that_the_mean_of_the_others_teaches_each_peer_once(temperature):
    peers = [logits(seed) for seed in (1, 2, 3)]
    total = 0.0
    for p, learner in enumerate(peers):
        targets = mean_by_hand([peer for q, peer in enumerate(peers) if q != p], temperature)
        for target, row in zip(targets, learner.tolist(), strict=True):
            q = softmax(row, temperature)
            total += sum(a * math.log(a / b) for a, b in zip(target, q, strict=True)) / 4
    value = mutual_divergence(peers, temperature, to_mean=True).item()
    assert value == pytest.approx(temperature**2 * total)


def test_that_the_mean_of_one_other_is_that_other():
    a, b = logits(1), logits(2)
    torch.testing.assert_close(
        mutual_divergence([a, b], 2.0, to_mean=True), mutual_divergence([a, b], 2.0)
    )


def test_that_a_peer_gets_no_gradient_through_the_mean_it_is_part_of():
    peers = [logits(seed).requires_grad_() for seed in (1, 2, 3)]
    mutual_divergence(peers, 2.0, to_mean=True).backward()
    alone = peers[0].detach().clone().requires_grad_()
    kl_divergence(mean_prediction([p.detach() for p in peers[1:]], 2.0), alone, 2.0).backward()
    torch.testing.assert_close(peers[0].grad, alone.grad)
