"""Cross-entropy and divergence against target distributions that no teacher network gave.

TF-KD: Yuan, Tay, Li, Wang, Feng 2020, arXiv 1909.11723. PS-KD: Kim, Ji, Yoon, Hwang 2021,
arXiv 2006.12000. Legend: B batch, K classes.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.losses.precision import full


def soft_cross_entropy(logits_BK: Tensor, target_BK: Tensor) -> Tensor:
    """Batch mean of −Σ_k t_k log σ(ℓ)_k. The targets get no gradient.

    Args:
        logits_BK: logits ℓ.
        target_BK: target distributions t.
    """
    log_probs_BK = F.log_softmax(full(logits_BK), dim=1)
    return -(full(target_BK.detach()) * log_probs_BK).sum(dim=1).mean()


def progressive_targets(target_BK: Tensor, past_BK: Tensor, alpha: float) -> Tensor:
    """(1 − α) t + α p, p what was predicted an epoch ago (PS-KD).

    Args:
        target_BK: distributions t that the labels ask for.
        past_BK: predicted distributions p; a row of zeros where nothing was predicted yet, whose
            target stays t.
        alpha: α.
    """
    alpha_B1 = alpha * past_BK.any(dim=1, keepdim=True)
    return (1 - alpha_B1) * target_BK + alpha_B1 * past_BK


def virtual_divergence(
    logits_BK: Tensor, y_B: Tensor, correct: float, temperature: float
) -> Tensor:
    """KL(softmax(u/T) ‖ σ(ℓ)), batch mean: u = a at the class of the image, (1 − a)/(K − 1) else.

    The teacher-free regularisation of TF-KD as in the authors' code (`loss_kd_regularization` of
    yuanli2333/Teacher-free-Knowledge-Distillation), which softens the virtual teacher alone, taking
    its probabilities u for logits. The paper's equation softens the network too.

    Args:
        logits_BK: logits ℓ.
        y_B: class indices.
        correct: a.
        temperature: T > 0.
    """
    num_classes = logits_BK.shape[1]
    right_BK = F.one_hot(y_B, num_classes).bool()
    u_BK = torch.where(right_BK, correct, (1 - correct) / (num_classes - 1))
    target_BK = F.softmax(u_BK / temperature, dim=1)
    log_probs_BK = F.log_softmax(full(logits_BK), dim=1)
    return F.kl_div(log_probs_BK, target_BK.to(log_probs_BK.dtype), reduction="batchmean")
