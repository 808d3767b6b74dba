"""What a forward of one image costs, in multiply-adds, as papers on small networks count it.

Counted by torch's own `torch.utils.flop_counter.FlopCounterMode`: the multiplications and additions
of convolutions, matrix products and attention, of which a multiply-add is two. Normalisation,
activations and pooling are not counted, nor are they in those papers.
"""

import copy

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from engine.backbones.backbone import Backbone


def multiply_adds(module: nn.Module, in_channels: int, size: int) -> int:
    """Multiply-adds of a forward of one square image in eval mode, counted on the meta device.

    Args:
        module: a network; it is left as it is.
        in_channels: channels of the image.
        size: its side, in pixels.
    """
    return _count(copy.deepcopy(module), in_channels, size)


def exit_multiply_adds(backbone: Backbone, size: int) -> tuple[int, ...]:
    """Multiply-adds of one square image up to each exit (or with each width), the last last.

    Args:
        backbone: a network; it is left as it is.
        size: side of the image, in pixels.
    """
    if backbone.num_exits == 1:
        return (multiply_adds(backbone, backbone.in_channels, size),)
    exits = (backbone.subnet(k) for k in range(backbone.num_exits))  # copies
    return tuple(_count(network, backbone.in_channels, size) for network in exits)


def _count(module: nn.Module, in_channels: int, size: int) -> int:
    """Multiply-adds of a network that is used up."""
    image_BCHW = torch.empty(1, in_channels, size, size, device="meta")
    module.to("meta").eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(image_BCHW)
    return counter.get_total_flops() // 2
