import math

import pytest
import torch

from engine.losses.cross_entropy import cross_entropy
from engine.losses.soft_targets import progressive_targets, soft_cross_entropy, virtual_divergence

LOGITS = torch.tensor([[2.0, 0.0, -1.0], [0.5, 0.5, 3.0]], dtype=torch.float64)
LABELS = torch.tensor([0, 1])
TARGETS = torch.tensor([[0.7, 0.2, 0.1], [0.0, 1.0, 0.0]], dtype=torch.float64)


def softmax(row):
    weights = [math.exp(v) for v in row]
    return [w / sum(weights) for w in weights]


def test_that_soft_cross_entropy_is_the_batch_mean_of_its_sum_over_classes():
    probs = [softmax(row) for row in LOGITS.tolist()]
    first = -(0.7 * math.log(probs[0][0]) + 0.2 * math.log(probs[0][1])
              + 0.1 * math.log(probs[0][2]))
    second = -math.log(probs[1][1])
    value = soft_cross_entropy(LOGITS, TARGETS).item()
    assert value == pytest.approx((first + second) / 2)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_that_soft_cross_entropy_with_the_labels_distribution_is_cross_entropy(smoothing):
    target = (1 - smoothing) * torch.eye(3)[LABELS].double() + smoothing / 3
    torch.testing.assert_close(
        soft_cross_entropy(LOGITS, target), cross_entropy(LOGITS, LABELS, smoothing)
    )


def test_that_soft_cross_entropy_agrees_with_finite_differences_and_spares_its_targets():
    logits, targets = LOGITS.clone().requires_grad_(), TARGETS.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: soft_cross_entropy(x, TARGETS), (logits,))
    soft_cross_entropy(logits, targets).backward()
    assert logits.grad.any()
    assert targets.grad is None


def test_that_targets_are_mixed_with_the_past_and_stay_the_label_where_there_is_none():
    past = torch.tensor([[0.5, 0.25, 0.25], [0.0, 0.0, 0.0]])
    labels = torch.eye(3)[[2, 1]]
    expected = torch.tensor([[0.2, 0.1, 0.7], [0.0, 1.0, 0.0]])
    torch.testing.assert_close(progressive_targets(labels, past, 0.4), expected)
    assert torch.equal(progressive_targets(labels, past, 0.0), labels)


def virtual_by_hand(correct, temperature):
    total = 0.0
    for row, label in zip(LOGITS.tolist(), LABELS.tolist(), strict=True):
        u = [correct if k == label else (1 - correct) / 2 for k in range(3)]
        teacher, student = softmax([v / temperature for v in u]), softmax(row)
        total += sum(t * math.log(t / s) for t, s in zip(teacher, student, strict=True))
    return total / 2


@pytest.mark.parametrize(("correct", "temperature"), [(0.99, 20.0), (0.9, 1.0)])
def test_that_the_virtual_teacher_is_the_equation(correct, temperature):
    value = virtual_divergence(LOGITS, LABELS, correct, temperature).item()
    assert value == pytest.approx(virtual_by_hand(correct, temperature), rel=1e-5)


def test_that_the_authors_multiplier_of_100_is_the_batch_mean_on_100_classes():
    logits = torch.randn(4, 100, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([3, 99, 0, 3])
    teacher = torch.full((4, 100), 0.01 / 99)
    teacher[torch.arange(4), labels] = 0.99
    target = torch.softmax(teacher / 20, 1)
    elements = target * (target.log() - torch.log_softmax(logits, 1))
    value = virtual_divergence(logits, labels, 0.99, 20.0)
    torch.testing.assert_close(value, 100 * elements.mean())


def test_that_the_virtual_divergence_agrees_with_finite_differences():
    logits = LOGITS.clone().requires_grad_()
    assert torch.autograd.gradcheck(
        lambda x: virtual_divergence(x, LABELS, 0.99, 2.0), (logits,)
    )


@pytest.mark.parametrize("loss", [
    lambda x: soft_cross_entropy(x, TARGETS.bfloat16()),
    lambda x: virtual_divergence(x, LABELS, 0.99, 20.0),
])
def test_that_half_precision_logits_give_a_float32_loss(loss):
    assert loss(LOGITS.bfloat16()).dtype == torch.float32
