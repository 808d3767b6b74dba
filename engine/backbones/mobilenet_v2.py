"""MobileNetV2 for small images (Sandler et al. 2018, arXiv 1801.04381, table 2).

The same name means four networks, so each ends in the repository that trains it:

- chenyaofo/pytorch-cifar-models: the paper's, with the first two strides of 2 left out; widths
  are multiples of 8; dropout before the head.
- HobbitLong/RepDistiller: only the second stride is left out, so the last maps of a 32×32 image
  are 2×2; widths are cut to integers, ReLU instead of ReLU6, and blocks that do not widen have
  their first 1×1 convolution all the same.
- kuangliu/pytorch-cifar: strides as chenyaofo, the rest as RepDistiller; besides, blocks of
  stride 1 that change the width have a shortcut, a 1×1 convolution.
- weiaicunzai/pytorch-cifar100: a 1×1 stem that pads each image by a pixel (34×34), strides at
  other places, and biases everywhere.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.backbones.layers import conv_norm
from engine.backbones.staged import Staged
from engine.registry import register
from engine.spec.options import Options, option

TABLE = ((1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1))
"""Expansion t, channels c and blocks n of each row of the paper's table 2."""

STEM_WIDTH, FINAL_WIDTH = 32, 1280
PAPER = (
    "Sandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2: Inverted Residuals and Linear "
    "Bottlenecks. CVPR 2018."
)


def multiple_of_8(width: float) -> int:
    """The nearest multiple of 8, at least 8, that is not more than a tenth below `width`."""
    nearest = max(8, int(width + 4) // 8 * 8)
    return nearest if nearest >= 0.9 * width else nearest + 8


@dataclass(frozen=True)
class Design:
    """What tells the repositories' networks apart.

    Attributes:
        strides: of the first block of each row of the table.
        stem_stride: stride of the 3×3 stem; 0 for a 1×1 stem that pads by a pixel.
        activation: ReLU or ReLU6.
        scaled: a width times the multiplier, as an integer.
        always_expands: whether a block that does not widen has its first 1×1 convolution.
        projects: whether a block of stride 1 that changes the width has a shortcut.
        bias: whether the convolutions have biases.
    """

    strides: tuple[int, ...] = (1, 1, 2, 2, 1, 2, 1)
    stem_stride: int = 1
    activation: type[nn.Module] = nn.ReLU
    scaled: Callable[[float], int] = int
    always_expands: bool = True
    projects: bool = False
    bias: bool = False

    @property
    def layer(self) -> Callable[..., nn.Sequential]:
        """A convolution with batch norm and activation."""
        return partial(conv_norm, bias=self.bias, activation=self.activation)


CHENYAOFO = Design(activation=nn.ReLU6, scaled=multiple_of_8, always_expands=False)
REPDISTILLER = Design(stem_stride=2)
KUANGLIU = Design(projects=True)
WEIAICUNZAI = Design(
    strides=(1, 2, 2, 2, 1, 1, 1), stem_stride=0, activation=nn.ReLU6, bias=True
)


class InvertedResidual(nn.Module):
    """x + F(x), F = conv1×1 (widens) – conv3×3 of each channel – conv1×1 without activation.

    Where the shape changes there is no shortcut, but see `Design.projects`.

    Args:
        in_width: channels in.
        width: channels out.
        stride: of the 3×3 convolution.
        expansion: how many times wider the inside is than `in_width`.
        design: the repository's ways.
    """

    def __init__(
        self, in_width: int, width: int, stride: int, expansion: int, design: Design
    ) -> None:
        super().__init__()
        inner = in_width * expansion
        layers = [
            design.layer(inner, inner, 3, stride, groups=inner),
            design.layer(inner, width, 1, activation=None),
        ]
        if expansion != 1 or design.always_expands:
            layers.insert(0, design.layer(in_width, inner, 1))
        self.residual = nn.Sequential(*layers)
        self.shortcut: nn.Module | None = None
        if stride == 1 and in_width == width:
            self.shortcut = nn.Identity()
        elif stride == 1 and design.projects:
            self.shortcut = design.layer(in_width, width, 1, activation=None)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map (B, in_width, H, W) to (B, width, ⌈H/stride⌉, ⌈W/stride⌉)."""
        h_BCHW = self.residual(x_BCHW)
        return h_BCHW if self.shortcut is None else h_BCHW + self.shortcut(x_BCHW)


def mobilenet_v2(
    num_classes: int, in_channels: int, multiplier: float, design: Design, dropout: float = 0.0
) -> Staged:
    """A MobileNetV2; its stages are the rows of the table that see maps of one size."""
    in_width = design.scaled(STEM_WIDTH * multiplier)
    final_width = design.scaled(FINAL_WIDTH * max(1.0, multiplier))
    stem = _stem(in_channels, in_width, design)
    stages: list[list[nn.Module]] = []
    widths: list[int] = []
    for (expansion, channels, count), row_stride in zip(TABLE, design.strides, strict=True):
        width = design.scaled(channels * multiplier)
        if not stages or row_stride == 2:
            stages.append([])
            widths.append(width)
        for index in range(count):
            stride = row_stride if index == 0 else 1
            stages[-1].append(InvertedResidual(in_width, width, stride, expansion, design))
            in_width = width
        widths[-1] = width
    return Staged(
        num_classes, in_channels, stem, [nn.Sequential(*stage) for stage in stages], widths,
        final=design.layer(in_width, final_width, 1), neck=nn.Dropout(dropout),
        embedding_dim=final_width,
    )


def _stem(in_channels: int, width: int, design: Design) -> nn.Module:
    if design.stem_stride:
        return design.layer(in_channels, width, 3, design.stem_stride)
    return nn.Sequential(nn.ZeroPad2d(1), design.layer(in_channels, width, 1))


class HeadOptions(Options):
    """What can be chosen about the head of chenyaofo's MobileNetV2."""

    dropout: float = option(
        0.2, "Share of the features before the head that are dropped in training.", ge=0, lt=1,
        source="chenyaofo/pytorch-cifar-models, torchvision",
    )


def _enter(name: str, title: str, multiplier: float, design: Design, note: str) -> None:
    @register(
        "backbone", name, title=title,
        summary=f"Inverted residual blocks, narrow outside and wide inside; {note}.",
        paper=PAPER, facts={"family": "MobileNetV2"},
    )
    def make(num_classes: int, in_channels: int, options: Options) -> Backbone:
        del options
        return mobilenet_v2(num_classes, in_channels, multiplier, design)


def _enter_chenyaofo(multiplier: float) -> None:
    @register(
        "backbone", f"mobilenet_v2_x{str(multiplier).replace('.', '_')}_chenyaofo",
        title=f"MobileNetV2 ×{multiplier} (chenyaofo)",
        summary="Inverted residual blocks, narrow outside and wide inside; the paper's network "
        f"{multiplier} times as wide, with the first two strides of 2 left out.",
        paper=PAPER, options=HeadOptions, facts={"family": "MobileNetV2"},
    )
    def make(num_classes: int, in_channels: int, options: HeadOptions) -> Backbone:
        return mobilenet_v2(num_classes, in_channels, multiplier, CHENYAOFO, options.dropout)


for _multiplier in (0.5, 0.75, 1.0, 1.4):
    _enter_chenyaofo(_multiplier)
_enter(
    "mobilenet_v2_x0_5_repdistiller", "MobileNetV2 ×0.5 (RepDistiller)", 0.5, REPDISTILLER,
    "half as wide as the paper's, with a stem of stride 2",
)
_enter(
    "mobilenet_v2_kuangliu", "MobileNetV2 (kuangliu)", 1.0, KUANGLIU,
    "with 1×1 shortcuts where only the width changes",
)
_enter(
    "mobilenet_v2_weiaicunzai", "MobileNetV2 (weiaicunzai)", 1.0, WEIAICUNZAI,
    "with a 1×1 stem, and biases in all convolutions",
)
