import math

import pytest
import torch

from engine.losses.cross_entropy import cross_entropy

LOGITS = torch.tensor([[2.0, 0.0, -1.0], [0.5, 0.5, 3.0]], dtype=torch.float64)
LABELS = torch.tensor([0, 1])


def by_hand(smoothing):
    total = 0.0
    for row, label in zip(LOGITS.tolist(), LABELS.tolist(), strict=True):
        normaliser = math.log(sum(math.exp(v) for v in row))
        for k, value in enumerate(row):
            target = (1 - smoothing) * (k == label) + smoothing / len(row)
            total -= target * (value - normaliser)
    return total / len(LABELS)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
def test_that_smoothing_spreads_its_mass_over_all_classes(smoothing):
    assert cross_entropy(LOGITS, LABELS, smoothing).item() == pytest.approx(by_hand(smoothing))


def test_that_half_precision_logits_give_a_float32_loss():
    half = cross_entropy(LOGITS.bfloat16(), LABELS)
    assert half.dtype == torch.float32
    assert torch.equal(half, cross_entropy(LOGITS.bfloat16().float(), LABELS))


def test_that_the_gradient_agrees_with_finite_differences():
    logits = LOGITS.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: cross_entropy(x, LABELS, 0.1), (logits,))
