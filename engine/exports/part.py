"""What ships of a network: the whole of it, one exit, width or path, or all exits at once.

Legend: B batch, N images, K classes, L blocks that may be skipped.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.backbones.flops import Size, exit_multiply_adds, multiply_adds
from engine.spec.errors import ExportError
from engine.spec.teaching import WHOLE


@dataclass(frozen=True)
class Part:
    """What of a trained network is written to a file.

    Attributes:
        name: how people call it: "the whole network", "exit 3 of 10", "width 0.5 ×"…
        cut: makes it from the network, with copied weights; its forward returns logits (B, K), or
            a tuple of them where there are several outputs.
        answer: what the trained network itself says in its place: logits, one for each output.
        outputs: names of the outputs.
        takes: which of the images (B, C, H, W) it is for, (B,) bool; None: all.
        facts: what is worth telling whoever uses it, as plain values.
        recipe: the Python expression that makes it of a plain backbone called `network`.
    """

    name: str
    cut: Callable[[Backbone], nn.Module]
    answer: Callable[[Backbone, Tensor], tuple[Tensor, ...]]
    outputs: tuple[str, ...] = ("logits",)
    takes: Callable[[Backbone, Tensor], Tensor] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    recipe: str = "network"

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the network is left out or added."""
        return self.name == WHOLE


@runtime_checkable
class Skipping(Protocol):
    """A network that skips blocks, image by image."""

    def gates(self, x_BCHW: Tensor) -> Tensor:
        """Which blocks each image takes, (B, L) bool."""
        ...

    def subnet_for_path(self, taken: Sequence[bool]) -> nn.Module:
        """The plain network of one path."""
        ...


@runtime_checkable
class Reparameterizable(Protocol):
    """A network with branches for the training that can be folded into single convolutions."""

    def reparameterized(self) -> nn.Module:
        """The plain network with the folded weights."""
        ...


class AllExits(nn.Module):
    """A network that returns what every exit says; its weights have the network's own names."""

    def __init__(self, network: Backbone) -> None:
        """Wrap `network`."""
        super().__init__()
        self.network = network

    def state_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The network's state dict."""
        return self.network.state_dict(*args, **kwargs)

    def load_state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """Load the network's state dict."""
        return self.network.load_state_dict(*args, **kwargs)

    def forward(self, x_BCHW: Tensor) -> tuple[Tensor, ...]:
        """Return the logits (B, K) of every exit."""
        return self.network.features(x_BCHW).logits


def whole() -> Part:
    """All of the network, and its last logits."""
    return Part(WHOLE, lambda network: network, lambda network, x: (network(x),))


def one_exit(network: Backbone, number: int, size: Size) -> Part:
    """One exit (or width) as a plain network of its own.

    Args:
        network: only looked at.
        number: of the exit, counted from 1.
        size: height and width of the images.

    Raises:
        ExportError: the network has one exit only, or no such exit.
    """
    if network.num_exits == 1:
        raise ExportError("this network has one exit: it ships whole")
    if not 1 <= number <= network.num_exits:
        raise ExportError(f"exit {number}: the network has exits 1 to {network.num_exits}")
    index = number - 1
    cost = multiply_adds(network.subnet(index), network.in_channels, size)
    return Part(
        network.exit_name(index),
        lambda full: full.subnet(index),
        lambda full, x: (full.features(x).logits[index],),
        facts={"exit": index + 1, "multiply_adds": cost},
        recipe=f"network.subnet({index})",
    )


def all_exits(network: Backbone, size: Size, budgeted: Mapping[str, Any] | None = None) -> Part:
    """The network with an output for each exit, and what it takes to leave early.

    Args:
        network: only looked at.
        size: height and width of the images.
        budgeted: the stored curve of the run, with its thresholds; None where there is none.

    Raises:
        ExportError: the network has one exit only.
    """
    if network.num_exits == 1:
        raise ExportError("this network has one exit: it ships whole")
    facts: dict[str, Any] = {"multiply_adds": list(exit_multiply_adds(network, size))}
    if budgeted is not None:
        facts["leave_early"] = leaving_early(budgeted)
    return Part(
        f"all {network.num_exits} exits",
        AllExits,
        lambda full, x: tuple(full.features(x).logits),
        outputs=tuple(f"logits_{k + 1}" for k in range(network.num_exits)),
        facts=facts,
    )


def leaving_early(budgeted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A budgeted curve (`CostCurve.to_json`), budget by budget, as certificates tell it."""
    rows = zip(
        budgeted["thresholds"], budgeted["cost"], budgeted["shares"], budgeted["top1"], strict=True
    )
    return [
        {"thresholds": thresholds, "expected_multiply_adds": cost, "exit_shares": shares,
         "test_top1": top1}
        for thresholds, cost, shares, top1 in rows
    ]


def one_path(network: Backbone, taken: Sequence[bool], size: Size) -> Part:
    """The blocks of one path as a plain network: for the images that take it.

    Args:
        network: only looked at.
        taken: for each block that may be skipped, whether it runs.
        size: height and width of the images.

    Raises:
        ExportError: the network skips nothing.
    """
    path = tuple(taken)
    if not isinstance(network, Skipping):
        raise ExportError("this network skips no blocks: it ships whole")

    def cut(full: Backbone) -> nn.Module:
        assert isinstance(full, Skipping)
        return full.subnet_for_path(path)

    def takes(full: Backbone, x_BCHW: Tensor) -> Tensor:
        assert isinstance(full, Skipping)
        gates_BL = full.gates(x_BCHW)
        return (gates_BL == gates_BL.new_tensor(path)).all(dim=1)

    bits = "".join("1" if block else "0" for block in path)
    cost = multiply_adds(cut(network), network.in_channels, size)
    return Part(
        f"the path of {sum(path)} of {len(path)} blocks",
        cut, lambda full, x: (full(x),), takes=takes,
        facts={"path": bits, "multiply_adds": cost},
        recipe=f"network.subnet_for_path([b == '1' for b in '{bits}'])",
    )


def reparameterized(network: Backbone) -> Part:
    """The network with its training-time branches folded into single convolutions.

    Ding et al. 2021 (RepVGG), arXiv 2101.03697. Its answers agree to rounding.

    Args:
        network: only looked at.

    Raises:
        ExportError: the network has nothing to fold.
    """
    if not isinstance(network, Reparameterizable):
        raise ExportError("this network has no branches to fold: it ships whole")

    def cut(full: Backbone) -> nn.Module:
        assert isinstance(full, Reparameterizable)
        return full.reparameterized()

    return Part(
        "the re-parameterised network", cut, lambda full, x: (full(x),),
        facts={"reparameterized": True}, recipe="network.reparameterized()",
    )


def most_common_path(network: Backbone, x_NCHW: Tensor) -> tuple[bool, ...]:
    """The path that most of these images take; of equals the one with the fewest blocks.

    Raises:
        ExportError: the network skips nothing.
    """
    if not isinstance(network, Skipping):
        raise ExportError("this network skips no blocks: it ships whole")
    paths, counts = network.gates(x_NCHW).unique(dim=0, return_counts=True)
    best = min(range(len(paths)), key=lambda i: (-int(counts[i]), int(paths[i].sum())))
    return tuple(bool(block) for block in paths[best])


def part_again(facts: Mapping[str, Any], network: Backbone, size: Size) -> Part:
    """The part that a certificate tells of.

    Args:
        facts: the certificate's entry `part`.
        network: the plain backbone; only looked at.
        size: height and width of the images.

    Raises:
        ExportError: the network has no such part.
    """
    if "exit" in facts:
        return one_exit(network, int(facts["exit"]), size)
    if "path" in facts:
        return one_path(network, [bit == "1" for bit in str(facts["path"])], size)
    if "reparameterized" in facts:
        return reparameterized(network)
    return all_exits(network, size) if facts["name"].startswith("all ") else whole()
