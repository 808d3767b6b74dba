"""Cross-entropy, with label smoothing (Szegedy et al. 2016, arXiv 1512.00567)."""

import torch.nn.functional as F
from torch import Tensor

from engine.losses.precision import full


def cross_entropy(logits_BK: Tensor, y_B: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """Batch mean of −Σ_k t_k log σ(ℓ)_k, t = (1 − ε) onehot(y) + ε/K.

    The smoothing mass ε is spread over all K classes, the true one included.

    Args:
        logits_BK: logits ℓ.
        y_B: class indices.
        label_smoothing: ε.
    """
    return F.cross_entropy(full(logits_BK), y_B, label_smoothing=label_smoothing)
