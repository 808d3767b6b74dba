"""Mutual learning (Zhang, Xiang, Hospedales, Lu 2018, arXiv 1706.00384)."""

import math
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


def mean_prediction(logits: Sequence[Tensor], temperature: float = 1.0) -> Tensor:
    """Logits (B, K) whose softened distribution is the mean of the softened distributions given.

    Args:
        logits: (B, K) of each network.
        temperature: T > 0 at which they are softened, now and later.
    """
    log_probs = [F.log_softmax(full(logits_BK) / temperature, dim=1) for logits_BK in logits]
    return temperature * (torch.stack(log_probs).logsumexp(dim=0) - math.log(len(logits)))


def mutual_divergence(
    peer_logits: Sequence[Tensor], temperature: float = 1.0, *, to_mean: bool = False
) -> Tensor:
    """Σ_p mean_{q≠p} T² KL(σ_T(sg ℓ_q) ‖ σ_T(ℓ_p)), or the KL from the mean of the others.

    The mean over the other peers is the paper's (equation 8); the authors' code takes their sum.
    From the mean: Σ_p T² KL(mean_{q≠p} σ_T(sg ℓ_q) ‖ σ_T(ℓ_p)), the variant that OKDDip compares
    with (Chen et al. 2020, arXiv 1912.00350).

    Args:
        peer_logits: (B, K) of each peer, two peers or more.
        temperature: T > 0.
        to_mean: whether the others teach by their mean.
    """
    pairs: list[Tensor] = []
    for p, logits_BK in enumerate(peer_logits):
        others = [target_BK for q, target_BK in enumerate(peer_logits) if q != p]
        targets = [mean_prediction(others, temperature)] if to_mean else others
        pairs.extend(kl_divergence(target_BK, logits_BK, temperature) for target_BK in targets)
    return torch.stack(pairs).sum() / (1 if to_mean else len(peer_logits) - 1)
