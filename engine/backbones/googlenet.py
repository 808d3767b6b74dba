"""GoogLeNet for small images (Szegedy et al. 2015, arXiv 1409.4842, table 1).

Without auxiliary classifiers, with batch norm, and with two 3×3 convolutions in place of each
5×5. kuangliu/pytorch-cifar has a stem of one convolution and keeps the size of the images in it;
weiaicunzai/pytorch-cifar100 has three convolutions and a max-pool there, and dropout before the
head. (It passes a width for the ε of one batch norm in each module; here ε is 1e-5 everywhere.)
"""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.backbones.layers import conv_norm
from engine.backbones.staged import Staged
from engine.registry import register
from engine.spec.options import Options, option

STEM_WIDTH = 192
TABLE = (
    ((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)),
    (
        (192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64),
        (112, 144, 288, 32, 64, 64), (256, 160, 320, 32, 128, 128),
    ),
    ((256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)),
)
"""Of each Inception module: 1×1, 3×3 reduce, 3×3, 5×5 reduce, 5×5, pool projection."""

PAPER = "Szegedy et al.: Going Deeper with Convolutions. CVPR 2015."


class Inception(nn.Module):
    """Four branches side by side: 1×1; 1×1 – 3×3; 1×1 – 3×3 – 3×3; max-pool – 1×1.

    Args:
        in_width: channels in.
        widths: a row of the paper's table, as in `TABLE`.
    """

    def __init__(self, in_width: int, widths: Sequence[int]) -> None:
        super().__init__()
        one, reduce3, three, reduce5, five, pooled = widths
        layer = partial(conv_norm, bias=True)
        self.branches = nn.ModuleList((
            layer(in_width, one, 1),
            nn.Sequential(layer(in_width, reduce3, 1), layer(reduce3, three, 3)),
            nn.Sequential(
                layer(in_width, reduce5, 1), layer(reduce5, five, 3), layer(five, five, 3)
            ),
            nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), layer(in_width, pooled, 1)),
        ))
        self.width = one + three + five + pooled

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map (B, in_width, H, W) to (B, width, H, W)."""
        return torch.cat([branch(x_BCHW) for branch in self.branches], dim=1)


def halving_pool() -> nn.Module:
    """A 3×3 max-pool of stride 2."""
    return nn.MaxPool2d(3, stride=2, padding=1)


def googlenet(
    num_classes: int, in_channels: int, stem: nn.Module, dropout: float = 0.0
) -> Staged:
    """A GoogLeNet whose stem returns 192 channels; a max-pool begins all stages but the first."""
    stages: list[nn.Module] = []
    widths: list[int] = []
    width = STEM_WIDTH
    for rows in TABLE:
        layers = [halving_pool()] if stages else []
        for row in rows:
            module = Inception(width, row)
            layers.append(module)
            width = module.width
        stages.append(nn.Sequential(*layers))
        widths.append(width)
    return Staged(num_classes, in_channels, stem, stages, widths, neck=nn.Dropout(dropout))


class HeadOptions(Options):
    """What can be chosen about the head of weiaicunzai's GoogLeNet."""

    dropout: float = option(
        0.4, "Share of the features before the head that are dropped in training.", ge=0, lt=1,
        source="Szegedy et al. 2015, table 1",
    )


@register(
    "backbone", "googlenet_kuangliu",
    title="GoogLeNet (kuangliu)",
    summary="Nine Inception modules in three stages, 480 to 1024 channels wide; a stem of one "
    "convolution, and no auxiliary classifiers.",
    paper=PAPER,
    facts={"family": "GoogLeNet", "depth": 22},
)
def googlenet_kuangliu(num_classes: int, in_channels: int, options: Options) -> Backbone:
    """GoogLeNet as in kuangliu/pytorch-cifar: 6,166,250 parameters for ten classes."""
    del options
    return googlenet(num_classes, in_channels, conv_norm(in_channels, STEM_WIDTH, 3, bias=True))


@register(
    "backbone", "googlenet_weiaicunzai",
    title="GoogLeNet (weiaicunzai)",
    summary="Nine Inception modules in three stages, 480 to 1024 channels wide; a stem of three "
    "convolutions that halves the images, dropout, and no auxiliary classifiers.",
    paper=PAPER,
    options=HeadOptions,
    facts={"family": "GoogLeNet", "depth": 22},
)
def googlenet_weiaicunzai(
    num_classes: int, in_channels: int, options: HeadOptions
) -> Backbone:
    """GoogLeNet as in weiaicunzai/pytorch-cifar100: 6,402,564 parameters for 100 classes."""
    stem = nn.Sequential(
        conv_norm(in_channels, 64, 3), conv_norm(64, 64, 3), conv_norm(64, STEM_WIDTH, 3),
        halving_pool(),
    )
    return googlenet(num_classes, in_channels, stem, options.dropout)
