import math

import pytest
import torch

from engine.metrics.ece import ece


def logits_of(confidence):
    return [math.log(confidence), math.log(1 - confidence)]


def by_hand(logits, labels, bins=15):
    gaps = [0.0] * bins
    for row, label in zip(torch.tensor(logits).softmax(1).tolist(), labels, strict=True):
        confidence = max(row)
        gaps[math.ceil(confidence * bins) - 1] += confidence - (row.index(confidence) == label)
    return 100 * sum(map(abs, gaps)) / len(labels)


def test_that_a_network_as_sure_as_it_is_right_has_no_error():
    logits = torch.tensor([logits_of(0.75)] * 4)
    assert ece(logits, torch.tensor([0, 0, 0, 1])).item() == pytest.approx(0, abs=1e-4)


def test_that_a_sure_network_is_off_by_its_mistakes():
    logits = torch.tensor([[100.0, 0.0]] * 4)
    assert ece(logits, torch.tensor([0, 0, 0, 1])).item() == pytest.approx(25.0)


def test_that_gaps_in_different_bins_do_not_cancel():
    logits = torch.tensor([logits_of(0.9), logits_of(0.6)])
    assert ece(logits, torch.tensor([0, 1])).item() == pytest.approx(100 * 0.7 / 2, abs=1e-4)
    same_bin = torch.tensor([logits_of(0.61), logits_of(0.62)])
    assert ece(same_bin, torch.tensor([0, 1])).item() == pytest.approx(100 * 0.23 / 2, abs=1e-4)


def test_that_the_error_is_its_definition():
    generator = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(200, 4, generator=generator)
    labels = torch.randint(4, (200,), generator=generator)
    expected = by_hand(logits.tolist(), labels.tolist())
    assert ece(logits, labels).item() == pytest.approx(expected, rel=1e-5)
