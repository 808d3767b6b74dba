"""Auxiliary classifiers on the maps of a network's stages, for the training only.

Legend: B batch, K classes, C channels, H height, W width, D width of the embedding.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.backbones.parts import kaiming
from engine.backbones.staged import conv
from engine.spec.card import NO_NATIVE_HEADS
from engine.spec.errors import SpecError

HeadKind = Literal["linear", "conv", "native"]
HEAD_HELP = (
    "What classifies the map of a stage: pooling and a linear layer; depthwise-separable "
    "convolutions, one for each stage still to come, before them; or the auxiliary heads that "
    "the network was published with, if it was."
)


class AuxiliaryHead(nn.Sequential):
    """Blocks – global average pooling – linear layer; each block halves the size.

    A block is a depthwise 3×3 convolution of stride 2, a pointwise one, batch norm and ReLU.

    Args:
        widths: channels of the map, then those that each block returns.
        num_classes: K.
    """

    def __init__(self, widths: Sequence[int], num_classes: int) -> None:
        super().__init__(
            *(_block(in_width, width) for in_width, width in pairwise(widths)),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], num_classes),
        )
        self.apply(kaiming)

    def answer(self, map_BCHW: Tensor) -> tuple[Tensor, Tensor]:
        """Return the pooled features (B, D) that the linear layer reads, and logits (B, K)."""
        *body, linear = self
        h = map_BCHW
        for layer in body:
            h = layer(h)
        return h, linear(h)


def make_heads(backbone: Backbone, kind: HeadKind) -> nn.ModuleList:
    """New heads for the stages of a network but the last; "native" ones may be fewer.

    Convolutional heads bring a map to the width of the embedding and, where every stage halves
    the size, to the size of the last map.

    Raises:
        SpecError: the network has no native heads.
    """
    if kind == "native":
        native = backbone.native_heads()
        if native is None:
            raise SpecError(NO_NATIVE_HEADS)
        return native
    return nn.ModuleList(
        AuxiliaryHead(widths if kind == "conv" else widths[:1], backbone.num_classes)
        for widths in _widths(backbone)
    )


def make_bottlenecks(backbone: Backbone) -> list[AuxiliaryHead]:
    """New convolutional heads for the stages but the last, whose features are as the embedding."""
    return [AuxiliaryHead(widths, backbone.num_classes) for widths in _widths(backbone)]


def auxiliary_logits(heads: nn.ModuleList, maps: Sequence[Tensor]) -> list[Tensor]:
    """What the heads say of the first stage maps, (B, K) each."""
    return [head(map_BCHW) for head, map_BCHW in zip(heads, maps, strict=False)]


def _widths(backbone: Backbone) -> list[tuple[int, ...]]:
    """For each stage but the last: its channels, those of the stages between, and D."""
    *channels, _ = backbone.stage_channels
    return [(*channels[stage:], backbone.embedding_dim) for stage in range(len(channels))]


def _block(in_width: int, width: int) -> nn.Sequential:
    return nn.Sequential(
        conv(in_width, in_width, 3, stride=2, groups=in_width),
        conv(in_width, width, 1),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
    )
