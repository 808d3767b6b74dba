"""Densely connected networks with bottlenecks and compression (Huang et al. 2017).

arXiv 1608.06993, DenseNet-BC. `densenet_bc_100_12` is bearpaw/pytorch-classification's,
`densenet_bc_40_12` DefangChen/OKDDip-AAAI2020's, which online distillation calls DenseNet-40-12
(the paper's network of that name has no bottlenecks and a million parameters).
`densenet121`, `161` and `201` are the ImageNet networks as in kuangliu/pytorch-cifar: a 3×3 stem
of stride 1 and no max-pool; `densenet121_12_kuangliu`, there called densenet_cifar, is the first of
them with 12 channels a layer. weiaicunzai/pytorch-cifar100 has as many parameters, but leaves out
the ReLU of the transitions.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.backbones.staged import Staged, conv
from engine.registry import register
from engine.spec.options import Options, option

BOTTLENECK = 4
PAPER = (
    "Huang, Liu, van der Maaten, Weinberger: Densely Connected Convolutional Networks. CVPR 2017."
)


class DenseLayer(nn.Module):
    """x beside F(x), F = BN – ReLU – conv1×1 – BN – ReLU – conv3×3 – dropout (section 3).

    Args:
        in_width: channels in.
        growth: channels that the layer adds.
        dropout: share of the new values that are dropped in training.
    """

    def __init__(self, in_width: int, growth: int, dropout: float) -> None:
        super().__init__()
        inner = BOTTLENECK * growth
        self.new = nn.Sequential(
            nn.BatchNorm2d(in_width), nn.ReLU(inplace=True), conv(in_width, inner, 1),
            nn.BatchNorm2d(inner), nn.ReLU(inplace=True), conv(inner, growth, 3),
            nn.Dropout(dropout),
        )

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map (B, in_width, H, W) to (B, in_width + growth, H, W)."""
        return torch.cat((x_BCHW, self.new(x_BCHW)), dim=1)


def transition(in_width: int, width: int) -> nn.Module:
    """BN – ReLU – conv1×1 – 2×2 average: half the size, fewer channels."""
    return nn.Sequential(
        nn.BatchNorm2d(in_width), nn.ReLU(inplace=True), conv(in_width, width, 1),
        nn.AvgPool2d(2),
    )


def densenet(
    num_classes: int, in_channels: int, growth: int, num_layers: Sequence[int],
    dropout: float = 0.0,
) -> Staged:
    """A DenseNet-BC that halves the channels between its blocks.

    Stage maps are taken at the end of a dense block, before the next normalisation.

    Args:
        num_classes: K.
        in_channels: channels of the input images.
        growth: channels that each layer adds, the paper's k.
        num_layers: layers of each dense block.
        dropout: share of each layer's new values that are dropped in training.
    """
    width = 2 * growth
    stem = conv(in_channels, width, 3)
    stages: list[nn.Module] = []
    widths: list[int] = []
    for count in num_layers:
        layers: list[nn.Module] = []
        if stages:
            layers.append(transition(width, width // 2))
            width //= 2
        for _ in range(count):
            layers.append(DenseLayer(width, growth, dropout))
            width += growth
        stages.append(nn.Sequential(*layers))
        widths.append(width)
    final = nn.Sequential(nn.BatchNorm2d(width), nn.ReLU(inplace=True))
    return Staged(num_classes, in_channels, stem, stages, widths, final)


class DropoutOptions(Options):
    """What can be chosen about a DenseNet-BC."""

    dropout: float = option(
        0.0, "Share of each layer's new values that are dropped in training; the paper drops a "
        "fifth where images are not augmented.", ge=0, lt=1,
        source="bearpaw/pytorch-classification",
    )


def _enter_bc(depth: int, growth: int, note: str = "") -> None:
    count = (depth - 4) // 6

    @register(
        "backbone", f"densenet_bc_{depth}_{growth}",
        title=f"DenseNet-BC-{depth}-{growth}",
        summary=f"Three dense blocks of {count} layers: each layer adds {growth} channels to "
        f"what all before it made{note}.",
        paper=PAPER, options=DropoutOptions, facts={"family": "DenseNet", "depth": depth},
    )
    def make(num_classes: int, in_channels: int, options: DropoutOptions) -> Backbone:
        return densenet(num_classes, in_channels, growth, (count,) * 3, options.dropout)


def _enter(depth: int, growth: int, num_layers: tuple[int, ...], thin: str = "") -> None:
    @register(
        "backbone", f"densenet{depth}{thin and f'_{growth}_{thin}'}",
        title=f"DenseNet-{depth}" + (thin and f"-{growth} ({thin})"),
        summary=f"The ImageNet DenseNet-{depth} fitted to small images: four dense blocks, whose "
        f"layers each add {growth} channels to what all before it made.",
        paper=PAPER, facts={"family": "DenseNet", "depth": depth},
    )
    def make(num_classes: int, in_channels: int, options: Options) -> Backbone:
        del options
        return densenet(num_classes, in_channels, growth, num_layers)


_enter_bc(40, 12, "; papers on online distillation call it DenseNet-40-12")
_enter_bc(100, 12)
_enter(121, 32, (6, 12, 24, 16))
_enter(121, 12, (6, 12, 24, 16), thin="kuangliu")
_enter(161, 48, (6, 12, 36, 24))
_enter(201, 32, (6, 12, 48, 32))
