"""What several networks learn at once: from the labels, from one, from each other.

Every function sums over the learners and takes the batch mean of each. Divergences are scaled by
T² as in Hinton et al. 2015 (arXiv 1503.02531); what teaches gets no gradient.

Legend: B batch, K classes, P networks (peers, branches or exits).
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.losses.mutual import kl_divergence
from engine.losses.precision import full
from engine.losses.targets import Targets


def summed_cross_entropy(targets: Targets, learners: Sequence[Tensor]) -> Tensor:
    """Σ_p CE(ℓ_p, y).

    Args:
        targets: the labels y.
        learners: logits ℓ_p, (B, K) each; one or more.
    """
    return torch.stack([targets.cross_entropy(logits_BK) for logits_BK in learners]).sum()


def mean_logits(logits: Sequence[Tensor]) -> Tensor:
    """mean_p ℓ_p, (B, K), float32 or better.

    Args:
        logits: ℓ_p, (B, K) each; one or more.
    """
    return full(torch.stack(list(logits))).mean(dim=0)


def divergence_from(
    target_BK: Tensor, learners: Sequence[Tensor], temperature: float = 1.0
) -> Tensor:
    """Σ_p T² KL(σ_T(sg target) ‖ σ_T(ℓ_p)).

    Args:
        target_BK: logits that teach.
        learners: logits ℓ_p that learn, (B, K) each; one or more.
        temperature: T > 0.
    """
    told = [kl_divergence(target_BK, logits_BK, temperature) for logits_BK in learners]
    return torch.stack(told).sum()


def dense_synergy(logits: Sequence[Tensor], temperature: float = 1.0) -> Tensor:
    """Σ_{i≠j} T² KL(σ_T(sg ℓ_j) ‖ σ_T(ℓ_i)): every network teaches every other.

    Dense pairwise knowledge matching (Sun, Yao, Zhou, Zhao 2019, arXiv 1906.00675):
    all ordered pairs, summed, where mutual learning takes the mean over the teachers. With
    p_i = σ_T(ℓ_i) it is Σ_j p_j·(P log p_j − Σ_i log p_i), so its cost grows with P, not with
    P²; the pairs i = j add nothing to it, nor to its gradient.

    Args:
        logits: (B, K) of each network; two or more.
        temperature: T > 0.
    """
    log_p_PBK = F.log_softmax(full(torch.stack(list(logits))) / temperature, dim=2)
    teacher_PBK = log_p_PBK.detach()
    gap_PBK = len(logits) * teacher_PBK - log_p_PBK.sum(dim=0)
    return temperature**2 * (teacher_PBK.exp() * gap_PBK).sum() / log_p_PBK.shape[1]


def mean_teaching(
    averages: Sequence[Tensor], peers: Sequence[Tensor], temperature: float = 1.0
) -> Tensor:
    """Σ_p mean_{q≠p} T² KL(σ_T(sg a_q) ‖ σ_T(ℓ_p)): the averages of the others teach each peer.

    The peer mean teachers of Wu and Gong 2021 (arXiv 2006.04147).

    Args:
        averages: logits a_q of the peers' moving averages, (B, K) each.
        peers: logits ℓ_p, in the same order; two or more.
        temperature: T > 0.
    """
    told = [
        kl_divergence(average_BK, logits_BK, temperature)
        for p, logits_BK in enumerate(peers)
        for q, average_BK in enumerate(averages)
        if q != p
    ]
    return torch.stack(told).sum() / (len(peers) - 1)
