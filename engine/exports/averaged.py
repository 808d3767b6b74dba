"""Weights averaged over checkpoints of one training.

Izmailov, Podoprikhin, Garipov, Vetrov, Wilson: Averaging Weights Leads to Wider Optima and Better
Generalization. UAI 2018, arXiv 1803.05407.
"""

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm  # pyright: ignore[reportPrivateUsage]

from engine.backbones.backbone import Backbone


def mean_state(states: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of state dicts, of one network at several steps; counters are of the last."""
    last = states[-1]
    return {
        name: torch.stack([state[name].double() for state in states]).mean(dim=0).to(tensor.dtype)
        if tensor.is_floating_point() else tensor
        for name, tensor in last.items()
    }


@torch.no_grad()
def renew_statistics(network: Backbone, batches: Iterable[Tensor]) -> None:
    """Take the statistics of batch norms anew: the mean of them belongs to none of the weights.

    Args:
        network: left in eval mode.
        batches: normalised training images (B, C, H, W), not augmented.
    """
    if network.needs_calibration:
        network.calibrate(batches)
        network.eval()
        return
    norms = [module for module in network.modules() if isinstance(module, _BatchNorm)]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over all batches
        norm.train()
    for x_BCHW in batches:
        network(x_BCHW)
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum
    network.eval()
