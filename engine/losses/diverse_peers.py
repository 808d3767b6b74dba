"""Attention among peers (Chen, Mei, Wang, Feng, Chen 2020, arXiv 1912.00350).

Legend: B batch, K classes, P peers, d width of a projection.
"""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.losses.precision import full


def peer_attention(queries: Sequence[Tensor], keys: Sequence[Tensor]) -> Tensor:
    """α_ab = softmax over b ≠ a of L(h_a)·E(h_b), (B, P, P); α_aa = 0.

    Args:
        queries: L(h_a) of each peer, (B, d) each; two peers or more.
        keys: E(h_b) of each peer, (B, d) each.
    """
    queries_BPd = full(torch.stack(list(queries), dim=1))
    keys_BPd = full(torch.stack(list(keys), dim=1))
    with torch.autocast(queries_BPd.device.type, enabled=False):
        scores_BPP = queries_BPd @ keys_BPd.transpose(1, 2)
    own_PP = torch.eye(len(queries), dtype=torch.bool, device=scores_BPP.device)
    return scores_BPP.masked_fill(own_PP, -math.inf).softmax(dim=2)


def diverse_divergence(
    logits: Sequence[Tensor], attention_BPP: Tensor, temperature: float = 1.0
) -> Tensor:
    """Σ_a T² KL(σ_T(t_a) ‖ σ_T(ℓ_a)), t_a = Σ_b α_ab sg ℓ_b; batch mean.

    The peers' logits teach without a gradient; the attention has one, by which it learns.

    Args:
        logits: ℓ_a of each peer, (B, K) each.
        attention_BPP: α, rows that sum to 1.
        temperature: T > 0.
    """
    logits_BPK = full(torch.stack(list(logits), dim=1))
    with torch.autocast(logits_BPK.device.type, enabled=False):
        targets_BPK = attention_BPP @ logits_BPK.detach()
    log_target_BPK = F.log_softmax(targets_BPK / temperature, dim=2)
    log_probs_BPK = F.log_softmax(logits_BPK / temperature, dim=2)
    kl = F.kl_div(log_probs_BPK, log_target_BPK, reduction="batchmean", log_target=True)
    return temperature**2 * kl
