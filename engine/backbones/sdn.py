"""Shallow-deep networks (Kaya et al. 2019, arXiv 1810.07052): plain networks with early exits.

Internal classifiers stand at about 15, 30, … 90 % of the cost, in the places where
yigitcankaya/Shallow-Deep-Networks has them. (For MobileNet these places do not have those shares
of the cost: the repository counts its depthwise convolutions once for each of their channels.)
All convolutions start Kaiming-normal over the fan-out, linear layers as PyTorch has them.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.backbones.early_exit import ExitHead, MultiExit, Walk
from engine.backbones.parts import kaiming
from engine.backbones.resnet import BasicBlock, conv_bn_relu
from engine.backbones.staged import conv
from engine.registry import register
from engine.spec.options import Options, option

WEIGHTS = (
    " All exits are trained with weight 1; the authors let those of the internal classifiers grow "
    "from 0.01 to their share of the cost."
)
READ_EDGE = 4
"""An internal classifier reads a map reduced to this edge."""
IMAGE_EDGE = 32
"""Edge of the images that the networks are laid out for; others are fitted where they are read."""
PAPER = (
    "Kaya, Hong, Dumitras: Shallow-Deep Networks: Understanding and Mitigating Network "
    "Overthinking. ICML 2019."
)
TRAITS = ("exits", "unbranched")
FACTS = {"family": "Shallow-deep network"}


class Block(NamedTuple):
    """One block of a network.

    Attributes:
        layers: the block.
        width: channels that it returns.
        edge: edge of its map, for images of 32×32.
    """

    layers: nn.Module
    width: int
    edge: int


class FeatureReduction(nn.Module):
    """m · max-pool + (1 − m) · average-pool to a fixed edge, m learnt.

    The feature reduction of the paper, with the mixed pooling of Lee et al. (arXiv 1509.08985).
    The windows are equal, and overlap where the edge is no multiple of the fixed one; a smaller
    map is enlarged first. Where images of 32×32 have a smaller map than 4×4, the authors do not
    reduce it; then the fixed edge is that one, and the pooling is average.

    Args:
        edge: edge of the map, for images of 32×32.
    """

    def __init__(self, edge: int) -> None:
        super().__init__()
        self.edge = min(edge, READ_EDGE)
        self.mix = nn.Parameter(torch.rand(1)) if edge >= READ_EDGE else None

    def forward(self, map_BCHW: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, C · edge²)."""
        at_least = [max(size, self.edge) for size in map_BCHW.shape[2:]]
        if at_least != list(map_BCHW.shape[2:]):
            map_BCHW = F.interpolate(map_BCHW, at_least)
        strides = [size // self.edge for size in at_least]
        kernels = [
            size - (self.edge - 1) * stride for size, stride in zip(at_least, strides, strict=True)
        ]
        read_BCEE = F.avg_pool2d(map_BCHW, kernels, strides)
        if self.mix is not None:
            max_BCEE = F.max_pool2d(map_BCHW, kernels, strides)
            read_BCEE = self.mix * max_BCEE + (1 - self.mix) * read_BCEE
        return read_BCEE.flatten(1)


class ShallowDeepNetwork(MultiExit):
    """A chain of blocks with internal classifiers behind some, and the network's own at its end.

    Args:
        num_classes: K.
        in_channels: channels of the input images.
        stem: layers before the first block; None where there are none.
        blocks: the blocks.
        places: the blocks that have an internal classifier behind them, counted from 0.
        head: the network's own classifier.
    """

    def __init__(
        self, num_classes: int, in_channels: int, stem: nn.Module | None,
        blocks: Sequence[Block], places: Sequence[int], head: ExitHead,
    ) -> None:
        readers = [blocks[place] for place in places]
        internal = [internal_classifier(block, num_classes) for block in readers]
        widths = [*(block.width for block in readers), blocks[-1].width]
        super().__init__(num_classes, in_channels, widths, [*internal, head])
        starts, ends = [0, *(place + 1 for place in places)], [*(p + 1 for p in places), None]
        parts = [
            [block.layers for block in blocks[start:end]]
            for start, end in zip(starts, ends, strict=True)
        ]
        if stem is not None:
            parts[0].insert(0, stem)
        self.parts = nn.ModuleList(nn.Sequential(*part) for part in parts)
        self.apply(kaiming)

    def exit_maps(self, x_BCHW: Tensor) -> Walk:
        """Walk over the maps behind the blocks that have a classifier."""
        h_NCHW = x_BCHW
        for part in self.parts:
            h_NCHW = part(h_NCHW)
            keep_N = yield h_NCHW
            if keep_N is not None:
                h_NCHW = h_NCHW[keep_N]

    def end_at(self, stage: int) -> None:
        """Remove the blocks behind an exit."""
        self.parts = self.parts[: stage + 1]


def internal_classifier(block: Block, num_classes: int) -> ExitHead:
    """Feature reduction and a linear layer, behind a block."""
    reduction = FeatureReduction(block.edge)
    return ExitHead(reduction, block.width * reduction.edge**2, num_classes)


def pooled(*before: nn.Module) -> nn.Sequential:
    """Global average pooling, (B, C, H, W) → (B, C), behind some layers."""
    return nn.Sequential(*before, nn.AdaptiveAvgPool2d(1), nn.Flatten())


@register(
    "backbone", "sdn_resnet56",
    title="SDN ResNet-56",
    summary="CIFAR ResNet-56 with six internal classifiers, at about 15, 30, … 90 % of its cost."
    + WEIGHTS,
    paper=PAPER, traits=TRAITS, facts={**FACTS, "num_exits": 7},
)
def sdn_resnet56(num_classes: int, in_channels: int, options: Options) -> Backbone:
    """ResNet-56 with projection shortcuts: 1,220,626 parameters for 100 classes."""
    del options
    blocks: list[Block] = []
    before, edge = 16, IMAGE_EDGE
    for width in (16, 32, 64):
        for _ in range(9):
            stride = width // before
            edge //= stride
            blocks.append(Block(BasicBlock(before, width, stride), width, edge))
            before = width
    head = ExitHead(pooled(), 64, num_classes)
    places = (3, 7, 11, 15, 19, 23)
    stem = conv_bn_relu(in_channels, 16, 3)
    return ShallowDeepNetwork(num_classes, in_channels, stem, blocks, places, head)


class VggOptions(Options):
    """Options of the VGG."""

    dropout: float = option(
        0.5, "Probability that a feature behind a hidden linear layer is dropped while training.",
        source="yigitcankaya/Shallow-Deep-Networks", ge=0.0, lt=1.0,
    )


@register(
    "backbone", "sdn_vgg16",
    title="SDN VGG-16",
    summary="VGG-16 with batch norm and two hidden linear layers of 512, with six internal "
    "classifiers at about 15, 30, … 90 % of its cost." + WEIGHTS,
    paper=PAPER, traits=TRAITS, facts={**FACTS, "num_exits": 7}, options=VggOptions,
)
def sdn_vgg16(num_classes: int, in_channels: int, options: VggOptions) -> Backbone:
    """VGG-16: 17,450,753 parameters for 100 classes."""
    blocks: list[Block] = []
    before, edge = in_channels, IMAGE_EDGE
    for width, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for number in range(1, depth + 1):
            layers = conv_bn_relu(before, width, 3, bias=True)
            if number == depth:
                edge //= 2
                layers.append(nn.MaxPool2d(2, ceil_mode=True))  # an edge of 1 stays
            blocks.append(Block(layers, width, edge))
            before = width
    hidden = nn.Sequential(
        pooled(), nn.Linear(512, 512), nn.ReLU(inplace=True), nn.Dropout(options.dropout),
        nn.Linear(512, 512), nn.Dropout(options.dropout),
    )
    head, places = ExitHead(hidden, 512, num_classes), (1, 3, 5, 6, 8, 9)
    return ShallowDeepNetwork(num_classes, in_channels, None, blocks, places, head)


class LateStrideBlock(nn.Module):
    """F(x) + shortcut, F = BN – ReLU – conv3×3 – dropout – BN – ReLU – conv3×3.

    The second convolution is strided, and all have biases. The shortcut is a 1×1 convolution of x
    where the shape changes.

    Args:
        in_width: channels in.
        width: channels out.
        stride: of the second convolution.
        dropout: probability that an activation is dropped while training.
    """

    def __init__(self, in_width: int, width: int, stride: int, dropout: float) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.BatchNorm2d(in_width), nn.ReLU(inplace=True), conv(in_width, width, 3, bias=True),
            nn.Dropout(dropout),
            nn.BatchNorm2d(width), nn.ReLU(inplace=True), conv(width, width, 3, stride, bias=True),
        )
        self.shortcut = nn.Identity()
        if stride > 1 or in_width != width:
            self.shortcut = conv(in_width, width, 1, stride, bias=True)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map (B, in_width, H, W) to (B, width, ⌈H/stride⌉, ⌈W/stride⌉)."""
        return self.residual(x_BCHW) + self.shortcut(x_BCHW)


class WideResNetOptions(Options):
    """Options of the wide residual network."""

    dropout: float = option(
        0.3, "Probability that an activation between the two convolutions of a block is dropped "
        "while training.", source="yigitcankaya/Shallow-Deep-Networks", ge=0.0, lt=1.0,
    )


@register(
    "backbone", "sdn_wrn_32_4",
    title="SDN WRN-32-4",
    summary="Wide ResNet of three stages of five blocks, 4 times as wide as a CIFAR ResNet, with "
    "six internal classifiers at about 15, 30, … 90 % of its cost. Its blocks are not those of "
    "the other wide ResNets here: their second convolution is strided, and all have biases."
    + WEIGHTS,
    paper=PAPER, traits=TRAITS, facts={**FACTS, "num_exits": 7}, options=WideResNetOptions,
)
def sdn_wrn_32_4(num_classes: int, in_channels: int, options: WideResNetOptions) -> Backbone:
    """The authors' WRN-32-4 (by the usual count 34 layers): 8,861,410 parameters, 100 classes."""
    blocks: list[Block] = []
    before, edge = 16, IMAGE_EDGE
    for stage, width in enumerate((64, 128, 256)):
        for number in range(5):
            stride = 2 if stage > 0 and number == 0 else 1
            edge //= stride
            block = LateStrideBlock(before, width, stride, options.dropout)
            blocks.append(Block(block, width, edge))
            before = width
    final = pooled(nn.BatchNorm2d(before), nn.ReLU())
    head, places = ExitHead(final, before, num_classes), (2, 4, 6, 8, 10, 12)
    stem = conv(in_channels, 16, 3, bias=True)
    return ShallowDeepNetwork(num_classes, in_channels, stem, blocks, places, head)


@register(
    "backbone", "sdn_mobilenet",
    title="SDN MobileNet",
    summary="MobileNet (V1) for small images with five internal classifiers." + WEIGHTS,
    paper=PAPER, traits=TRAITS, facts={**FACTS, "num_exits": 6},
)
def sdn_mobilenet(num_classes: int, in_channels: int, options: Options) -> Backbone:
    """MobileNet: 5,972,380 parameters for 100 classes."""
    del options
    blocks: list[Block] = []
    before, edge = 32, IMAGE_EDGE
    strides = {2: 2, 4: 2, 6: 2, 12: 2}
    widths = (64, 128, 128, 256, 256, *6 * (512,), 1024, 1024)
    for number, width in enumerate(widths, start=1):
        stride = strides.get(number, 1)
        edge //= stride
        blocks.append(Block(separable(before, width, stride), width, edge))
        before = width
    head, places = ExitHead(pooled(), before, num_classes), (2, 4, 6, 8, 11)
    stem = conv_bn_relu(in_channels, 32, 3)
    return ShallowDeepNetwork(num_classes, in_channels, stem, blocks, places, head)


def separable(in_width: int, width: int, stride: int) -> nn.Sequential:
    """A strided depthwise 3×3 convolution, then a 1×1 convolution; BN and ReLU behind both."""
    return nn.Sequential(
        conv(in_width, in_width, 3, stride, groups=in_width),
        nn.BatchNorm2d(in_width), nn.ReLU(inplace=True),
        *conv_bn_relu(in_width, width, 1),
    )
