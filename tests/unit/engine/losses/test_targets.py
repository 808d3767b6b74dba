import math

import pytest
import torch
import torch.nn.functional as F

from engine.losses.targets import Targets, mix_rows, top1_of_steps

LOGITS = torch.tensor([[2.0, 0.0, -1.0], [0.5, 0.5, 3.0]], dtype=torch.float64)
Y, OTHER = torch.tensor([0, 1]), torch.tensor([2, 1])


def cross_entropy_by_hand(target):
    total = 0.0
    for row, wanted in zip(LOGITS.tolist(), target, strict=True):
        normaliser = math.log(sum(math.exp(v) for v in row))
        total -= sum(t * (v - normaliser) for t, v in zip(wanted, row, strict=True))
    return total / 2


def test_that_hard_labels_have_the_plain_cross_entropy():
    assert torch.equal(Targets(Y).cross_entropy(LOGITS), F.cross_entropy(LOGITS, Y))


def test_that_the_loss_of_a_mixture_is_that_of_both_labels_by_their_shares():
    value = Targets(Y, OTHER, share=0.7).cross_entropy(LOGITS).item()
    assert value == pytest.approx(cross_entropy_by_hand([[0.7, 0.0, 0.3], [0.0, 1.0, 0.0]]))


def test_that_smoothing_goes_into_both_labels_of_a_mixture():
    value = Targets(Y, OTHER, share=0.7, smoothing=0.3).cross_entropy(LOGITS).item()
    expected = [[0.7 * 0.7 + 0.1, 0.1, 0.7 * 0.3 + 0.1], [0.1, 0.8, 0.1]]
    assert value == pytest.approx(cross_entropy_by_hand(expected))


@pytest.mark.parametrize("targets", [
    Targets(Y), Targets(Y, smoothing=0.3), Targets(Y, OTHER, 0.7), Targets(Y, OTHER, 0.7, 0.3),
])
def test_that_the_distribution_is_what_the_cross_entropy_asks_for(targets):
    wanted = targets.distribution(3)
    assert wanted.dtype == torch.float32
    torch.testing.assert_close(wanted.sum(1), torch.ones(2))
    expected = targets.cross_entropy(LOGITS).item()
    assert cross_entropy_by_hand(wanted.tolist()) == pytest.approx(expected, rel=1e-6)


def test_that_the_distribution_by_hand():
    wanted = Targets(Y, OTHER, share=0.75, smoothing=0.3).distribution(3)
    expected = torch.tensor([[0.625, 0.1, 0.275], [0.1, 0.8, 0.1]])
    torch.testing.assert_close(wanted, expected)


def test_that_any_loss_of_hard_labels_is_mixed_by_the_shares():
    asked = []

    def loss(y_B):
        asked.append(y_B.tolist())
        return y_B.float().mean()

    assert Targets(Y, OTHER, share=0.75).over(loss).item() == 0.75 * 0.5 + 0.25 * 1.5
    assert asked == [[0, 1], [2, 1]]
    assert Targets(Y).over(loss).item() == 0.5
    assert len(asked) == 3


def test_that_right_on_a_mixture_counts_by_its_share():
    # Predicted: 0 and 2. The first is right by the share of its label, the second never.
    mixtures = [Targets(Y), Targets(Y, OTHER, share=0.7), Targets(OTHER, Y, share=0.7)]
    top1_S = top1_of_steps([LOGITS] * 3, mixtures)
    assert top1_S.tolist() == pytest.approx([50.0, 35.0, 15.0])
    assert top1_of_steps([LOGITS], [Targets(Y)]).tolist() == [50.0]


def test_that_rows_are_looked_up_by_class_and_mixed_by_the_shares():
    table = torch.tensor([[1.0, 0.0], [0.0, 1.0], [4.0, 8.0]], requires_grad=True)
    assert torch.equal(mix_rows(table, Targets(Y)), table[Y])
    mixed = mix_rows(table, Targets(Y, OTHER, share=0.75))
    torch.testing.assert_close(mixed, torch.tensor([[1.75, 2.0], [0.0, 1.0]]))
    mixed.sum().backward()
    torch.testing.assert_close(table.grad, torch.tensor([[0.75] * 2, [1.0] * 2, [0.25] * 2]))


def test_that_the_gradient_agrees_with_finite_differences():
    logits, targets = LOGITS.clone().requires_grad_(), Targets(Y, OTHER, 0.7, 0.1)
    assert torch.autograd.gradcheck(targets.cross_entropy, (logits,))
    half = targets.cross_entropy(LOGITS.bfloat16())
    assert half.dtype == torch.float32
