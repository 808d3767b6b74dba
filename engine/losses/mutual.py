"""Mutual learning (Zhang, Xiang, Hospedales, Lu 2018, arXiv 1706.00384)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.losses.precision import full


def kl_divergence(target_BK: Tensor, logits_BK: Tensor, temperature: float = 1.0) -> Tensor:
    """T² KL(σ_T(sg target) ‖ σ_T(logits)), batch mean; σ_T(a) = softmax(a/T).

    T² keeps the size of the gradient, T (σ_T(ℓ) − σ_T(t)) / B, about the same at every
    temperature (Hinton et al. 2015, arXiv 1503.02531). The target gets no gradient.

    Args:
        target_BK: logits that teach.
        logits_BK: logits that learn.
        temperature: T > 0.
    """
    log_target_BK = F.log_softmax(full(target_BK.detach()) / temperature, dim=1)
    log_probs_BK = F.log_softmax(full(logits_BK) / temperature, dim=1)
    kl = F.kl_div(log_probs_BK, log_target_BK, reduction="batchmean", log_target=True)
    return temperature**2 * kl


def mutual_divergence(peer_logits: Sequence[Tensor], temperature: float = 1.0) -> Tensor:
    """Σ_p mean_{q≠p} T² KL(σ_T(sg ℓ_q) ‖ σ_T(ℓ_p)).

    The mean over the other peers is the paper's; the authors' code takes their sum.

    Args:
        peer_logits: (B, K) of each peer, two peers or more.
        temperature: T > 0.
    """
    pairs = [
        kl_divergence(target_BK, logits_BK, temperature)
        for p, logits_BK in enumerate(peer_logits)
        for q, target_BK in enumerate(peer_logits)
        if q != p
    ]
    return torch.stack(pairs).sum() / (len(peer_logits) - 1)
