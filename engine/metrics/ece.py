"""Expected calibration error."""

import torch
from torch import Tensor

from engine.losses.precision import full
from engine.registry import register

NUM_BINS = 15


@register(
    "metric", "ece", title="Calibration error",
    summary="How far the network's confidence is from its accuracy, on average over 15 equal "
    "bins of confidence.",
    paper="Guo, Pleiss, Sun, Weinberger: On Calibration of Modern Neural Networks. ICML 2017.",
    facts={"direction": "down", "unit": "%"},
)
def ece(logits_NK: Tensor, labels_N: Tensor) -> Tensor:
    """100 · Σ_b (n_b/N) |accuracy_b − confidence_b|, a scalar in percent.

    Bin b holds the confidences in (b/15, (b + 1)/15], as in the paper.
    """
    confidence_N, predicted_N = full(logits_NK).softmax(dim=1).max(dim=1)
    excess_N = confidence_N - (predicted_N == labels_N).to(confidence_N.dtype)
    bin_N = (confidence_N * NUM_BINS).ceil() - 1
    # A sum over a mask, unlike a scatter, is deterministic on every device.
    in_bin_NM = bin_N[:, None] == torch.arange(NUM_BINS, device=bin_N.device)
    return 100 * (excess_N[:, None] * in_bin_NM).sum(dim=0).abs().sum() / len(labels_N)
