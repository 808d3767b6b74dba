"""EfficientNet-B0 for small images (Tan & Le 2019, arXiv 1905.11946, table 1).

As in kuangliu/pytorch-cifar: a stem of stride 1, and the head reads the last block. Two things
that we do not take over: it makes a 1×1 convolution for the block that does not expand and never
calls it (its 3,599,686 parameters for ten classes are our 3,598,598 and the 1,088 of that layer),
and it never counts its blocks, so that its drop-connect rate of 0.2 stays 0 in all of them.
"""

import torch
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.backbones.layers import conv_norm
from engine.backbones.staged import Staged
from engine.registry import register
from engine.spec.options import Options, option

STEM_WIDTH = 32
SQUEEZE = 4
TABLE = (
    (1, 16, 1, 3, 1), (6, 24, 2, 3, 2), (6, 40, 2, 5, 2), (6, 80, 3, 3, 2), (6, 112, 3, 5, 1),
    (6, 192, 4, 5, 2), (6, 320, 1, 3, 1),
)
"""Expansion, channels, blocks, kernel size and first stride of each row of the table."""


class SqueezeExcitation(nn.Module):
    """s · h, where s = sigmoid(W₂ silu(W₁ mean(h))) has one value for each channel.

    Hu et al. 2018, arXiv 1709.01507.

    Args:
        width: channels in and out.
        squeezed: units of the hidden layer.
    """

    def __init__(self, width: int, squeezed: int) -> None:
        super().__init__()
        self.gate = nn.Sequential(
            nn.Linear(width, squeezed), nn.SiLU(inplace=True), nn.Linear(squeezed, width),
            nn.Sigmoid(),
        )

    def forward(self, h_BCHW: Tensor) -> Tensor:
        """Map (B, width, H, W) to the same shape."""
        s_BC = self.gate(h_BCHW.mean(dim=(2, 3)))
        return h_BCHW * s_BC[:, :, None, None]


class DropConnect(nn.Module):
    """In training, zero for a random share of the images; the rest is scaled to the same mean.

    Stochastic depth (Huang et al. 2016, arXiv 1603.09382) under the name it has in EfficientNet.

    Args:
        rate: share of the images whose residual is dropped.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, h_BCHW: Tensor) -> Tensor:
        """Map (B, C, H, W) to the same shape."""
        if not self.training or self.rate == 0:
            return h_BCHW
        keep = 1 - self.rate
        return h_BCHW * torch.bernoulli(torch.full_like(h_BCHW[:, :1, :1, :1], keep)) / keep


class MBConv(nn.Module):
    """x + F(x), F = conv1×1 (widens) – conv of each channel – squeeze-excitation – conv1×1.

    There is no shortcut where the shape changes, and no first convolution where nothing widens.

    Args:
        in_width: channels in.
        width: channels out.
        stride: of the convolution of each channel.
        expansion: how many times wider the inside is than `in_width`.
        size: of the convolution of each channel.
        drop_rate: share of the images whose residual is dropped in training.
    """

    def __init__(
        self, in_width: int, width: int, stride: int, expansion: int, size: int, drop_rate: float
    ) -> None:
        super().__init__()
        inner = in_width * expansion
        layers = [
            conv_norm(inner, inner, size, stride, groups=inner, activation=nn.SiLU),
            SqueezeExcitation(inner, in_width // SQUEEZE),
            conv_norm(inner, width, 1, activation=None),
        ]
        if expansion > 1:
            layers.insert(0, conv_norm(in_width, inner, 1, activation=nn.SiLU))
        self.residual = nn.Sequential(*layers)
        self.drop = DropConnect(drop_rate) if stride == 1 and in_width == width else None

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map (B, in_width, H, W) to (B, width, ⌈H/stride⌉, ⌈W/stride⌉)."""
        h_BCHW = self.residual(x_BCHW)
        return h_BCHW if self.drop is None else self.drop(h_BCHW) + x_BCHW


class EfficientNetOptions(Options):
    """What can be chosen about an EfficientNet."""

    dropout: float = option(
        0.2, "Share of the features before the head that are dropped in training.", ge=0, lt=1,
        source="kuangliu/pytorch-cifar",
    )
    drop_connect: float = option(
        0.2, "Share of the images whose residual is dropped in training; it grows from 0 in the "
        "first block towards this in the last.", title="Drop-connect", ge=0, lt=1,
        source="tensorflow/tpu, EfficientNet-B0",
    )


@register(
    "backbone", "efficientnet_b0",
    title="EfficientNet-B0",
    summary="Inverted residual blocks with squeeze-and-excitation, 3×3 and 5×5, in five stages "
    "of 16 to 320 channels; fitted to small images by a stem of stride 1, as in kuangliu/"
    "pytorch-cifar without the 1,088 parameters of a layer that is never called there.",
    paper="Tan, Le: EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks. "
    "ICML 2019.",
    options=EfficientNetOptions,
    facts={"family": "EfficientNet"},
)
def efficientnet_b0(
    num_classes: int, in_channels: int, options: EfficientNetOptions
) -> Backbone:
    """EfficientNet-B0; its stages are the rows of the table that see maps of one size."""
    num_blocks = sum(row[2] for row in TABLE)
    stages: list[list[nn.Module]] = []
    widths: list[int] = []
    in_width, block = STEM_WIDTH, 0
    for expansion, width, count, size, row_stride in TABLE:
        if not stages or row_stride == 2:
            stages.append([])
            widths.append(width)
        for index in range(count):
            stride = row_stride if index == 0 else 1
            drop_rate = options.drop_connect * block / num_blocks
            stages[-1].append(MBConv(in_width, width, stride, expansion, size, drop_rate))
            in_width, block = width, block + 1
        widths[-1] = width
    return Staged(
        num_classes, in_channels, conv_norm(in_channels, STEM_WIDTH, 3, activation=nn.SiLU),
        [nn.Sequential(*stage) for stage in stages], widths, neck=nn.Dropout(options.dropout),
    )
