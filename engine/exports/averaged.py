"""Weights averaged over checkpoints of one training.

Izmailov, Podoprikhin, Garipov, Vetrov, Wilson: Averaging Weights Leads to Wider Optima and Better
Generalization. UAI 2018, arXiv 1803.05407.
"""

import copy
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm  # pyright: ignore[reportPrivateUsage]

from engine.backbones.backbone import Backbone
from engine.spec.errors import ExportError


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

    Those of every exit, every width and every block are, as any of them may ship. Only a layer
    that is there without use, such as the last gate of a SkipNet, keeps the mean: there is nothing
    that it ever reads, and no answer that it changes.

    Args:
        network: left in eval mode.
        batches: normalised training images (B, C, H, W), not augmented.

    Raises:
        ExportError, SpecError: there is no batch.
    """
    network.eval()  # nothing is drawn: no layer is dropped, and no gate is thrown
    if network.needs_calibration:
        network.calibrate(batches)
        return
    norms = [
        module for module in network.modules()
        if isinstance(module, _BatchNorm) and module.num_batches_tracked is not None
    ]
    before = [(norm.momentum, copy.deepcopy(norm.state_dict())) for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over all batches
        norm.train()
    for x_BCHW in batches:
        network.run_all(x_BCHW)
    if norms and not any(norm.num_batches_tracked for norm in norms):
        raise ExportError("an average of batch norms needs two training images or more")
    for norm, (momentum, mean) in zip(norms, before, strict=True):
        norm.momentum = momentum
        if not norm.num_batches_tracked:
            norm.load_state_dict(mean)
        norm.eval()
