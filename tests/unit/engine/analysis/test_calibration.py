from typing import NamedTuple

import numpy as np
import pytest
import torch

from engine.analysis.calibration import NUM_BINS, Bin, reliability
from engine.metrics import ece
from engine.training.evaluate import predictions_of


class Said(NamedTuple):
    labels: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray


def said(right, confidence):
    return Said(
        np.zeros(len(right), np.int64), 1 - np.array(right), np.array(confidence, np.float32)
    )


def answers(seed, images=600, classes=7):
    noise = torch.Generator().manual_seed(seed)
    logits_NK = 2 * torch.randn(images, classes, generator=noise)
    labels_N = torch.where(
        torch.rand(images, generator=noise) < 0.6, logits_NK.argmax(1),
        torch.randint(classes, (images,), generator=noise),
    )
    return logits_NK, labels_N


def test_that_the_error_is_the_one_that_the_metric_finds():
    assert NUM_BINS == ece.NUM_BINS
    drawn = [answers(seed) for seed in range(3)]
    found = reliability([predictions_of(*each) for each in drawn]).ece
    expected = [float(ece.ece(*each)) for each in drawn]
    assert found.mean == pytest.approx(np.mean(expected), rel=1e-5)
    assert found.std == pytest.approx(np.std(expected, ddof=1), rel=1e-4)


def test_that_stored_confidences_are_exact_enough():
    logits_NK, labels_N = answers(5, images=10_000)
    kept = predictions_of(logits_NK, labels_N)
    halved = kept._replace(confidence=kept.confidence.astype(np.float16).astype(np.float32))
    expected = float(ece.ece(logits_NK, labels_N))
    assert reliability([halved]).ece.mean == pytest.approx(expected, abs=0.05)


def test_that_a_bin_holds_its_upper_end_and_weighs_seeds_by_their_images():
    first = said([1, 0, 1], [0.2, 0.21, 1.0])  # 0.2 = 3/15 ends the third bin
    second = said([1, 0, 0], [0.15, 0.19, 0.2])
    found = reliability([first, second])
    assert [each.num_images for each in found.bins] == [2, 0.5, 0.5]
    assert found.bins[0] == Bin(pytest.approx(18.5), 50, 2)
    assert found.bins[2] == Bin(100, 100, 0.5)
    assert found.confidence == pytest.approx(100 * 1.95 / 6)
    assert found.accuracy == 50


def test_that_answers_that_are_no_numbers_are_sure_of_nothing():
    found = reliability([said([0, 1], [np.nan, 1.0])])
    assert [each.confidence for each in found.bins] == [0, 100]
