import math

import pytest
import torch

from engine.losses.diverse_peers import diverse_divergence, peer_attention
from engine.losses.mutual import kl_divergence


def logits(seed, width=5):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(4, width, generator=generator, dtype=torch.float64)


def some(first, count=3, width=5):
    return [logits(seed, width) for seed in range(first, first + count)]


def test_that_a_peer_attends_to_the_others_by_hand_and_never_to_itself():
    queries = [torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 2.0]]), torch.tensor([[0.0, 0.0]])]
    keys = [torch.tensor([[9.0, 9.0]]), torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])]
    attention = peer_attention(queries, keys)[0]
    first = math.exp(1.0) / (math.exp(1.0) + math.exp(0.0))
    second = math.exp(18.0) / (math.exp(18.0) + math.exp(2.0))
    expected = torch.tensor([[0, first, 1 - first], [second, 0, 1 - second], [0.5, 0.5, 0]])
    torch.testing.assert_close(attention, expected)


def test_that_the_divergence_is_the_equation():
    peers, attention = some(1), peer_attention(some(4), some(7))
    told = 0.0
    for a in range(3):
        target = sum(attention[:, a, b, None] * peers[b] for b in range(3) if b != a)
        told += kl_divergence(target, peers[a], 3.0)
    torch.testing.assert_close(diverse_divergence(peers, attention, 3.0), told)


def test_that_of_two_peers_each_is_told_what_the_other_says():
    one, other = logits(1), logits(2)
    attention = peer_attention([one, other], [one, other])
    expected = kl_divergence(one, other, 2.0) + kl_divergence(other, one, 2.0)
    torch.testing.assert_close(diverse_divergence([one, other], attention, 2.0), expected)


def test_that_a_peer_is_moved_only_by_what_it_learns():
    peers = [a.requires_grad_() for a in some(1)]
    attention = peer_attention(some(4), some(7))
    diverse_divergence(peers, attention, 3.0).backward()
    for a, peer in enumerate(peers):
        target = sum(attention[:, a, b, None] * peers[b].detach() for b in range(3))
        gap = torch.softmax(peer / 3, 1) - torch.softmax(target / 3, 1)
        torch.testing.assert_close(peer.grad, (3 * gap / len(peer)).detach())


def test_that_the_attention_learns_as_finite_differences_say():
    projections = tuple(a.requires_grad_() for a in some(4, count=6, width=2))
    peers = some(1)

    def loss(*both):
        return diverse_divergence(peers, peer_attention(both[:3], both[3:]), 3.0)

    assert torch.autograd.gradcheck(loss, projections)
    loss(*projections).backward()
    assert all(a.grad.abs().max() > 1e-6 for a in projections)


@pytest.mark.parametrize("scale", [0.0, 1e4])
def test_that_extreme_scores_give_a_finite_gradient(scale):
    queries = [(scale * a).requires_grad_() for a in some(1)]
    diverse_divergence(some(4), peer_attention(queries, some(7)), 3.0).backward()
    assert all(a.grad.isfinite().all() for a in queries)


def test_that_attention_and_divergence_are_float32_under_autocast():
    half = [a.bfloat16() for a in some(1)]
    with torch.autocast("cpu", torch.bfloat16):
        attention = peer_attention(half, half)
        assert attention.dtype == torch.float32
        assert diverse_divergence(half, attention).dtype == torch.float32
