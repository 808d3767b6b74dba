"""Networks with several exits, and answering from the first exit that is sure.

Legend: B images of a batch, N of them that have no answer yet, K classes, D features.
"""

import copy
import math
from collections.abc import Generator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from engine.backbones.backbone import Backbone, Features, exit_index
from engine.spec.errors import SpecError

Walk = Generator[Tensor, Tensor | None, None]
"""Yields a tensor (N, …) for each exit, computed when it is asked for.

What is sent to it, a mask or the indices of some of the N rows, are the rows to go on with; after
None it goes on with all of them.
"""


class ExitHead(nn.Module):
    """What answers at an exit: features of its map, then a linear layer.

    Args:
        reduce: map (B, C, H, W) → features (B, D).
        dim: D.
        num_classes: K.
    """

    def __init__(self, reduce: nn.Module, dim: int, num_classes: int) -> None:
        super().__init__()
        self.dim = dim
        self.reduce, self.linear = reduce, nn.Linear(dim, num_classes)

    def forward(self, map_BCHW: Tensor) -> tuple[Tensor, Tensor]:
        """Return the features (B, D) that the linear layer reads, and the logits (B, K)."""
        z_BD = self.reduce(map_BCHW)
        return z_BD, self.linear(z_BD)


class MultiExit(Backbone):
    """A network with an exit behind each of its stages; a stage map is what its exit reads.

    A subclass adds the layers and says in `exit_maps` how they run.

    Args:
        num_classes: K.
        in_channels: channels of the input images.
        stage_channels: channels of the map of every exit.
        heads: what answers at every exit.
    """

    def __init__(
        self, num_classes: int, in_channels: int, stage_channels: Sequence[int],
        heads: Sequence[ExitHead],
    ) -> None:
        super().__init__()
        self.num_classes, self.in_channels = num_classes, in_channels
        self.stage_channels = tuple(stage_channels)
        self.exit_dims = tuple(head.dim for head in heads)
        self.heads = nn.ModuleDict({str(stage): head for stage, head in enumerate(heads)})

    def exit_maps(self, x_BCHW: Tensor) -> Walk:
        """Walk over the stage maps (N, C_s, H_s, W_s) of the images (B, C, H, W), H and W ≥ 8."""
        raise NotImplementedError

    def exits(self, x_BCHW: Tensor) -> Walk:
        """Walk over the logits (N, K) of the exits, first exit first."""
        walk, keep_N = self.exit_maps(x_BCHW), None
        for stage in range(len(self.stage_channels)):
            map_NCHW, keep_N = walk.send(keep_N), None
            if str(stage) in self.heads:
                keep_N = yield self.heads[str(stage)](map_NCHW)[1]

    def features(self, x_BCHW: Tensor) -> Features:
        """Return the map, the embedding and the logits of every exit, in one pass."""
        maps = tuple(self.exit_maps(x_BCHW))
        answers = [head(maps[int(stage)]) for stage, head in self.heads.items()]
        embeddings, logits = zip(*answers, strict=True)
        return Features(maps, embeddings[-1], logits, embeddings)

    def subnet(self, exit: int) -> "MultiExit":  # noqa: A002 - the field's word
        """The network that ends at one exit, without the other heads; see `Backbone.subnet`.

        Its state dict is a part of this network's.
        """
        name = list(self.heads)[exit_index(self, exit)]
        network = copy.deepcopy(self)
        head = network.heads[name]
        assert isinstance(head, ExitHead)
        network.heads, network.exit_dims = nn.ModuleDict({name: head}), (head.dim,)
        network.stage_channels = self.stage_channels[: int(name) + 1]
        network.end_at(int(name))
        return network

    def end_at(self, stage: int) -> None:
        """Remove the layers without which the map of `stage`, counted from 0, can be computed."""
        raise NotImplementedError


class Answers(NamedTuple):
    """What a network with several exits answered.

    Attributes:
        logits: of the exit that each image took, (B, K), float32.
        exits: which one it took, counted from 0, (B,), int64.
    """

    logits: Tensor
    exits: Tensor


class EarlyExit(nn.Module):
    """Each image takes the first exit that is sure of it: max_c softmax(ℓ_k)_c ≥ τ_k.

    Images leave the batch as they exit, and nothing is computed that none of the others needs:
    the rule of MSDNet (arXiv 1703.09844) and of SDN (arXiv 1810.07052, where an image of which
    no exit is sure takes the surest one, and here the last). The network is to be in eval mode,
    where no image depends on the rest of its batch.

    Args:
        network: a network with several exits.
        thresholds: τ_k of every exit but the last, which takes whatever is left.

    Raises:
        SpecError: there are too many thresholds, or too few.
    """

    def __init__(self, network: MultiExit, thresholds: Sequence[float]) -> None:
        super().__init__()
        if len(thresholds) != network.num_exits - 1:
            raise SpecError(
                f"{len(thresholds)} thresholds for {network.num_exits} exits: give one for each "
                "exit but the last"
            )
        self.network, self.thresholds = network, (*thresholds, -math.inf)

    @torch.no_grad()
    def forward(self, x_BCHW: Tensor) -> Answers:
        """Answer the images (B, C, H, W)."""
        index_N = torch.arange(len(x_BCHW), device=x_BCHW.device)
        exits_B = torch.empty_like(index_N)
        logits_BK = torch.empty(len(x_BCHW), self.network.num_classes, device=x_BCHW.device)
        walk, unsure_N = self.network.exits(x_BCHW), None
        for k, threshold in enumerate(self.thresholds):
            logits_NK = walk.send(unsure_N).float()
            logits_BK[index_N], exits_B[index_N] = logits_NK, k  # a later exit overwrites it
            unsure_N = ~(logits_NK.softmax(dim=1).amax(dim=1) >= threshold)
            index_N = index_N[unsure_N]
            if not len(index_N):
                break
        return Answers(logits_BK, exits_B)
