"""What a forward of one image costs, in multiply-adds, as papers on small networks count it.

Counted by torch's own `torch.utils.flop_counter.FlopCounterMode`: the multiplications and additions
of convolutions, matrix products and attention, of which a multiply-add is two. Normalisation,
activations and pooling are not counted, nor are they in those papers.
"""

import copy
from typing import Any, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm  # pyright: ignore[reportPrivateUsage]
from torch.overrides import TorchFunctionMode
from torch.utils.flop_counter import FlopCounterMode

from engine.backbones.backbone import Backbone
from engine.backbones.early_exit import MultiExit

Size = int | tuple[int, int]
"""Of an image, in pixels: its side, or its height and width."""


def multiply_adds(module: nn.Module, in_channels: int, size: Size) -> int:
    """Multiply-adds of a forward of one image in eval mode, counted on the meta device.

    Args:
        module: a network; it is left as it is.
        in_channels: channels of the image.
        size: of the image.
    """
    shapes = _shapes_of(module)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        shapes(_image(in_channels, size))
    return counter.get_total_flops() // 2


@torch.no_grad()
def rough_multiply_adds(network: nn.Module, x_BCHW: Tensor) -> int:
    """Those of convolutions and linear layers, seen in a forward in eval mode.

    Enough to know small work from large: torch's counter takes a second to load.
    """
    was_training = network.training
    network.eval()
    try:
        with _Layers() as layers:
            network(x_BCHW)
    finally:
        network.train(was_training)
    return layers.multiply_adds


class _Layers(TorchFunctionMode):
    """Adds up what convolutions and linear layers cost."""

    multiply_adds = 0

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        del types
        output = func(*args, **(kwargs or {}))
        if func in (F.conv2d, F.linear):
            weight = args[1] if len(args) > 1 else kwargs["weight"]
            self.multiply_adds += output.numel() * weight[0].numel()
        return output


def exit_multiply_adds(backbone: Backbone, size: Size) -> tuple[int, ...]:
    """Multiply-adds of one image up to each exit (or with each width), the last last.

    Exits that are passed one after the other count what was computed before them, the earlier
    heads included: an image that leaves there has paid for it.

    Args:
        backbone: a network; it is left as it is.
        size: of the image.
    """
    if isinstance(backbone, MultiExit):
        shapes = _shapes_of(backbone)
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            walk = shapes.exits(_image(backbone.in_channels, size))
            return tuple(counter.get_total_flops() // 2 for _ in walk)
    exits = range(backbone.num_exits)
    networks = [backbone] if len(exits) == 1 else map(backbone.subnet, exits)
    return tuple(multiply_adds(network, backbone.in_channels, size) for network in networks)


Module = TypeVar("Module", bound=nn.Module)


def _image(in_channels: int, size: Size) -> Tensor:
    height, width = (size, size) if isinstance(size, int) else size
    return torch.empty(1, in_channels, height, width, device="meta")


def _shapes_of(module: Module) -> Module:
    """A copy of a network on the meta device, whose batch norms only keep the shape.

    They count for nothing, and are most of the time that meta tensors take.
    """
    shapes = copy.deepcopy(module).to("meta").eval()
    for norm in shapes.modules():
        if isinstance(norm, _BatchNorm):
            norm.forward = _unchanged
    return shapes


def _unchanged(input: Tensor) -> Tensor:  # noqa: A002 - as torch calls it
    return input
