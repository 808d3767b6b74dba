"""What every backbone offers: its features, and nothing about training methods.

Legend: B batch, K classes, C channels, H height, W width, D features that a head reads.
"""

import copy
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from torch import Tensor, nn

from engine.spec.errors import SpecError

NO_PENALTIES: Mapping[str, Tensor] = MappingProxyType({})


class Features(NamedTuple):
    """What a backbone saw in a batch.

    Attributes:
        maps: output of each stage, (B, C_s, H_s, W_s), first stage first.
        embedding: pooled features that the last head reads, (B, D).
        logits: one tensor (B, K) for each exit (or width), the last exit last.
        exit_embeddings: what the head of each exit reads, (B, D_k); the last is `embedding`.
        penalties: addends of the loss that belong to the network itself, whatever it is trained
            by: what a skipping network pays for the blocks it takes. Empty in eval mode.
    """

    maps: tuple[Tensor, ...]
    embedding: Tensor
    logits: tuple[Tensor, ...]
    exit_embeddings: tuple[Tensor, ...]
    penalties: Mapping[str, Tensor] = NO_PENALTIES


class Backbone(nn.Module):
    """A network that can be asked for its features. Its `state_dict` is the deployable one.

    Attributes:
        num_classes: K.
        in_channels: channels of the input images.
        stage_channels: C_s of every stage map.
        exit_dims: D_k of every exit; one exit unless the network is dynamic.
        needs_calibration: whether its batch norms have to be calibrated before it is evaluated.
    """

    num_classes: int
    in_channels: int
    stage_channels: tuple[int, ...]
    exit_dims: tuple[int, ...]
    needs_calibration: bool = False

    @property
    def embedding_dim(self) -> int:
        """D of the last exit."""
        return self.exit_dims[-1]

    @property
    def num_exits(self) -> int:
        """How many answers the network can give: its exits or its widths."""
        return len(self.exit_dims)

    def features(self, x_BCHW: Tensor) -> Features:
        """Return stage maps, embedding and the logits of every exit."""
        raise NotImplementedError

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return the logits of the last exit, (B, K)."""
        return self.features(x_BCHW).logits[-1]

    def run_all(self, x_BCHW: Tensor) -> None:
        """Run every layer that any image may need: of all exits, all widths, all blocks.

        Statistics are taken by it: `forward` leaves out what its one answer does not need. A
        network whose `features` leaves something out as well runs it here.

        Args:
            x_BCHW: normalised images (B, C, H, W).
        """
        self.features(x_BCHW)

    def subnet(self, exit: int) -> nn.Module:  # noqa: A002 - the field's word
        """The network that ends at one exit (or has one width), as a plain module of its own.

        Its weights are copies. In eval mode it answers what the exit answers in the network.

        Args:
            exit: counted from 0; −1 is the last.

        Raises:
            SpecError: there is no such exit.
        """
        if exit not in (0, -1):
            raise SpecError(f"exit {exit + 1}: this network has one exit")
        return copy.deepcopy(self)

    def calibrate(self, batches: Iterable[Tensor]) -> None:
        """Set the statistics of the batch norms from some training images; does nothing.

        Args:
            batches: normalised images (B, C, H, W), not augmented.
        """

    def exit_name(self, index: int) -> str:
        """What people call an exit, counted from 0: "exit 2 of 4"."""
        return f"exit {index + 1} of {self.num_exits}"

    def native_heads(self) -> nn.ModuleList | None:
        """New auxiliary heads as the network's authors train it with, or None.

        Head i reads `maps[i]` for as many of the first stage maps as there are heads, and returns
        logits (B, K).
        """
        return None


def exit_index(network: Backbone, exit: int) -> int:  # noqa: A002 - the field's word
    """`exit` counted from 0, with −1 for the last, as a place in the network's exits.

    Raises:
        SpecError: there is no such exit.
    """
    index = exit + network.num_exits if exit < 0 else exit
    if not 0 <= index < network.num_exits:
        raise SpecError(f"exit {exit + 1}: the network has exits 1 to {network.num_exits}")
    return index


def count_parameters(module: nn.Module) -> int:
    """Number of parameters, shared ones once."""
    return sum(p.numel() for p in module.parameters())
