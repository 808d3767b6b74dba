"""Feature distance of Be Your Own Teacher (Zhang et al. 2019, arXiv 1905.08094)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from engine.losses.precision import full


def feature_distance(target_BD: Tensor, features: Sequence[Tensor]) -> Tensor:
    """Σ_k ‖F_k − sg F‖², summed over features and images (the paper's loss source 3).

    The sum over the batch, not its mean, is what the usual weight of 1e-6 belongs to, as in
    luanyunteng/pytorch-be-your-own-teacher.

    Args:
        target_BD: the deepest features F; they get no gradient.
        features: F_k of the others, (B, D) each; one or more.
    """
    target_BD = full(target_BD.detach())
    return torch.stack([(full(v_BD) - target_BD).square().sum() for v_BD in features]).sum()
