"""How often a variant is right when it is so sure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.analysis.answers import Answers
from engine.analysis.intervals import MeanStd, mean_std

NUM_BINS = 15
"""Of equal width, as many as the metric `ece` has."""


@dataclass(frozen=True)
class Bin:
    """The images on which a variant is about equally sure.

    Attributes:
        confidence: their mean, in percent.
        accuracy: in percent.
        num_images: of one seed, on average.
    """

    confidence: float
    accuracy: float
    num_images: float


@dataclass(frozen=True)
class Reliability:
    """A reliability diagram, and what it comes to.

    Attributes:
        ece: expected calibration error over seeds, in percent.
        confidence: mean over all images and seeds, in percent.
        accuracy: mean over all images and seeds, in percent.
        bins: those in which there are images, by confidence.
    """

    ece: MeanStd
    confidence: float
    accuracy: float
    bins: tuple[Bin, ...]


def reliability(answers: Sequence[Answers]) -> Reliability:
    """Return calibration error and reliability diagram of a variant, of one seed or more.

    Bin b holds the confidences in (b/15, (b + 1)/15]; ECE = Σ_b (n_b/N) |accuracy_b − confidence_b|
    in each seed. In the diagram, a bin's mean over seeds weighs each by its images in the bin.

    Source: Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", ICML 2017
    (arXiv:1706.04599), eq. 3.
    """
    sums_M3 = np.sum([_binned(said) for said in answers], axis=0)
    right, sure, total = sums_M3.sum(axis=0).tolist()
    bins = tuple(
        Bin(100 * sure_b / n_b, 100 * right_b / n_b, n_b / len(answers))
        for right_b, sure_b, n_b in sums_M3.tolist() if n_b
    )
    found = mean_std([_ece(said) for said in answers])
    return Reliability(found, 100 * sure / total, 100 * right / total, bins)


def _ece(said: Answers) -> float:
    right_M, sure_M, _ = _binned(said).T
    return 100 * float(np.abs(right_M - sure_M).sum()) / len(said.labels)


def _binned(said: Answers) -> NDArray[np.float64]:
    """Sums (M, 3) over the images of each bin: of right ones, of confidence, of ones."""
    # A network whose logits are not finite is sure of nothing.
    sure_N = np.nan_to_num(said.confidence).astype(np.float32)
    bin_N = (np.ceil(sure_N * np.float32(NUM_BINS)).astype(np.int64) - 1).clip(0, NUM_BINS - 1)
    sums_M3 = np.zeros((NUM_BINS, 3))
    right_N = said.predicted == said.labels
    np.add.at(sums_M3, bin_N, np.stack([right_N, sure_N, np.ones(len(bin_N))], axis=1))
    return sums_M3
