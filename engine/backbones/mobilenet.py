"""MobileNet for small images (Howard et al. 2017, arXiv 1704.04861, table 1).

Both repositories halve the images four times instead of five: kuangliu/pytorch-cifar, and
weiaicunzai/pytorch-cifar100, whose 1×1 convolutions have biases besides.
"""

from functools import partial

from torch import nn

from engine.backbones.backbone import Backbone
from engine.backbones.layers import conv_norm
from engine.backbones.staged import Staged, make_stages
from engine.registry import register
from engine.spec.options import Options

STEM_WIDTH = 32
WIDTHS = (64, 128, 256, 512, 1024)
NUM_BLOCKS = (1, 2, 2, 6, 2)
PAPER = (
    "Howard et al.: MobileNets: Efficient Convolutional Neural Networks for Mobile Vision "
    "Applications. arXiv 1704.04861, 2017."
)


def separable_conv(in_width: int, width: int, stride: int, *, bias: bool = False) -> nn.Module:
    """A 3×3 convolution of each channel, then a 1×1 convolution over channels (figure 3).

    Args:
        in_width: channels in.
        width: channels out.
        stride: of the first convolution.
        bias: whether the 1×1 convolution has one.
    """
    return nn.Sequential(
        conv_norm(in_width, in_width, 3, stride, groups=in_width),
        conv_norm(in_width, width, 1, bias=bias),
    )


def _enter(repository: str, bias: bool, note: str) -> None:
    @register(
        "backbone", f"mobilenet_{repository}",
        title=f"MobileNet ({repository})",
        summary="Thirteen convolutions, each split into one for each channel and one over the "
        f"channels, 64 to 1024 channels wide, in five stages{note}.",
        paper=PAPER,
        facts={"family": "MobileNet"},
    )
    def make(num_classes: int, in_channels: int, options: Options) -> Backbone:
        del options
        stem = conv_norm(in_channels, STEM_WIDTH, 3)
        block = partial(separable_conv, bias=bias)
        stages = make_stages(block, STEM_WIDTH, WIDTHS, NUM_BLOCKS)
        return Staged(num_classes, in_channels, stem, stages, WIDTHS)


_enter("kuangliu", False, "")
_enter("weiaicunzai", True, "; the 1×1 convolutions have biases")
