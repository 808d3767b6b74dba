"""Peers that ship together: they answer as one network, by the mean of their probabilities."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from engine.backbones.backbone import Backbone, Features
from engine.exports.part import Part
from engine.spec.errors import ExportError


class Ensemble(Backbone):
    """Networks of one task as one.

    z = log (1/P Σ_p softmax(z_p)): the softmax of the answer is the mean of theirs.
    """

    def __init__(self, peers: Sequence[Backbone]) -> None:
        """Take `peers`, two or more with equal classes and channels."""
        super().__init__()
        self.peers = nn.ModuleList(peers)
        self.num_classes, self.in_channels = peers[0].num_classes, peers[0].in_channels
        self.stage_channels, self.exit_dims = (), (self.num_classes,)

    def features(self, x_BCHW: Tensor) -> Features:
        """The answer alone: maps of several networks are none of one."""
        logs_PBK = torch.stack([peer(x_BCHW).log_softmax(dim=1) for peer in self.peers])
        logits_BK = logs_PBK.logsumexp(dim=0) - math.log(len(self.peers))
        return Features((), logits_BK, (logits_BK,), (logits_BK,))


def ensembled(network: Backbone) -> Part:
    """An ensemble as what ships.

    Raises:
        ExportError: it is one network only.
    """
    if not isinstance(network, Ensemble):
        raise ExportError("this run trained one network: there is no ensemble of it")
    count = len(network.peers)
    return Part(
        f"the ensemble of {count} peers", lambda full: full, lambda full, x: (full(x),),
        recipe="network",
    )
