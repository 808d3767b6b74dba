"""Losses are computed in float32 or better, whatever the network ran in."""

import torch
from torch import Tensor


def full(x: Tensor) -> Tensor:
    """Return `x` in float32, or as it is if it is more precise."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
