"""Batch normalisation without leaving a trace in its running statistics."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm  # pyright: ignore[reportPrivateUsage]


@contextmanager
def frozen_statistics(module: nn.Module) -> Iterator[None]:
    """A context in which batch norms in train mode use the batch, and remember nothing of it."""
    tracking = [m for m in module.modules() if isinstance(m, _BatchNorm) and m.track_running_stats]
    for norm in tracking:
        norm.track_running_stats = False
    try:
        yield
    finally:
        for norm in tracking:
            norm.track_running_stats = True
