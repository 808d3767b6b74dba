"""Multi-scale dense networks (Huang et al. 2018, arXiv 1703.09844), as in kalviny/MSDNet-PyTorch.

Layers by scales make a grid. What a layer computes at scale s reads the layer before it at the
scales s and s − 1, so an exit, which reads the coarsest scale only, can do without the finer ones
of the layers just before it: the paper's lazy evaluation (section 4).
"""

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import torch
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.backbones.early_exit import ExitHead, MultiExit, Walk
from engine.backbones.parts import kaiming
from engine.backbones.resnet import conv_bn_relu
from engine.registry import register
from engine.spec.options import Options

FACTORS = (1, 2, 4)
"""How much wider a scale is than the finest one, and its bottleneck than what it adds."""
COARSEST = len(FACTORS) - 1
STEM_WIDTH = 16
GROWTH = 6
HEAD_WIDTH = 128
PAPER = (
    "Huang, Chen, Li, Wu, van der Maaten, Weinberger: Multi-Scale Dense Networks for Resource "
    "Efficient Image Classification. ICLR 2018."
)


class Layer(NamedTuple):
    """What a layer of the grid reads and returns.

    Attributes:
        in_width: channels that it reads at scale s, divided by the factor of s.
        width: channels that it returns, divided likewise.
        finest: its finest scale, counted from 0.
        drops: whether the layer before it had a finer one. Then half of the channels go.
    """

    in_width: int
    width: int
    finest: int
    drops: bool


def plan(num_layers: int) -> list[Layer]:
    """The layers of the grid: after every third of them the finest scale is dropped."""
    third = math.ceil(num_layers / len(FACTORS))
    layers: list[Layer] = []
    width, before = STEM_WIDTH, 0
    for index in range(num_layers):
        finest = index // third
        drops = finest > before
        grown = (width + GROWTH) // 2 if drops else width + GROWTH
        layers.append(Layer(width, grown, finest, drops))
        width, before = grown, finest
    return layers


class GridCell(nn.Module):
    """One layer at one scale: [x_s, down(x_{s−1}), conv(x_s)], x_s alone where nothing is finer.

    Args:
        layer: the layer.
        scale: s, counted from 0.
    """

    def __init__(self, layer: Layer, scale: int) -> None:
        super().__init__()
        factor = FACTORS[scale]
        in_width, added = layer.in_width * factor, GROWTH * factor
        self.down = None
        if scale > layer.finest or layer.drops:
            added //= 2
            finer = FACTORS[scale - 1]
            self.down = bottleneck(layer.in_width * finer, added, finer, stride=2)
        self.same = bottleneck(in_width, added, factor)
        self.squeeze = nn.Identity()
        if layer.drops:
            self.squeeze = conv_bn_relu(in_width + GROWTH * factor, layer.width * factor, 1)

    def forward(self, same_BCHW: Tensor, finer_BCHW: Tensor | None) -> Tensor:
        """Map the layer before at this scale, and at the finer one, to this layer's map."""
        parts = [same_BCHW, self.same(same_BCHW)]
        if self.down is not None:
            parts.insert(1, self.down(finer_BCHW))
        return self.squeeze(torch.cat(parts, dim=1))


class MSDNet(MultiExit):
    """A multi-scale dense network of three scales for small images.

    All convolutions start Kaiming-normal over the fan-out as in gaohuang/MSDNet; in
    kalviny/MSDNet-PyTorch that is written too, but does not reach them. That repository counts
    at an exit all layers and all heads up to it, and nothing as lazy; a subnet needs less.

    Args:
        num_classes: K.
        in_channels: channels of the input images.
        steps: how many layers each block adds; behind each is an exit.
    """

    def __init__(self, num_classes: int, in_channels: int, steps: Sequence[int]) -> None:
        layers, ends = plan(sum(steps)), tuple(accumulate(steps))
        widths = [layers[end - 1].width * FACTORS[COARSEST] for end in ends]
        heads = [conv_head(width, num_classes) for width in widths]
        super().__init__(num_classes, in_channels, widths, heads)
        self.ends = ends
        stem_widths = [in_channels, *(STEM_WIDTH * factor for factor in FACTORS)]
        self.stem = nn.ModuleList(
            conv_bn_relu(stem_widths[s], stem_widths[s + 1], 3, 1 if s == 0 else 2)
            for s in range(len(FACTORS))
        )
        self.layers = nn.ModuleList(
            nn.ModuleDict({str(s): GridCell(layer, s) for s in range(layer.finest, len(FACTORS))})
            for layer in layers
        )
        self.apply(kaiming)

    def exit_maps(self, x_BCHW: Tensor) -> Walk:
        """Walk over the coarsest maps where a block ends, computing as little as they need."""
        maps: dict[tuple[int, int], Tensor] = {}
        for scale, layer in enumerate(self.stem):
            x_BCHW = layer(x_BCHW)
            maps[0, scale] = x_BCHW
        for end in self.ends:
            keep_N = yield self._map(maps, end, COARSEST)
            maps = {at: map_NCHW for at, map_NCHW in maps.items() if at[0] >= end - COARSEST}
            if keep_N is not None:
                maps = {at: map_NCHW[keep_N] for at, map_NCHW in maps.items()}

    def end_at(self, stage: int) -> None:
        """Remove the layers behind an exit, and of those before it the scales it can do without."""
        self.ends = self.ends[: stage + 1]
        self.layers = self.layers[: self.ends[-1]]
        for above, cells in enumerate(reversed(self.layers)):
            assert isinstance(cells, nn.ModuleDict)
            for scale in [name for name in cells if int(name) < COARSEST - above]:
                del cells[scale]

    def _map(self, maps: dict[tuple[int, int], Tensor], layer: int, scale: int) -> Tensor:
        """The map of a layer, counted from 1, at a scale; what it needs is computed first."""
        if (layer, scale) not in maps:
            cells = self.layers[layer - 1]
            assert isinstance(cells, nn.ModuleDict)
            cell = cells[str(scale)]
            same = self._map(maps, layer - 1, scale)
            finer = None if cell.down is None else self._map(maps, layer - 1, scale - 1)
            maps[layer, scale] = cell(same, finer)
        return maps[layer, scale]


def bottleneck(in_width: int, width: int, factor: int, stride: int = 1) -> nn.Sequential:
    """conv1×1 – BN – ReLU – conv3×3 – BN – ReLU, at most `factor` · `width` channels between."""
    inner = min(in_width, factor * width)
    return nn.Sequential(
        conv_bn_relu(in_width, inner, 1), conv_bn_relu(inner, width, 3, stride)
    )


def conv_head(in_width: int, num_classes: int) -> ExitHead:
    """Two strided 3×3 convolutions, global average pooling, a linear layer."""
    reduce = nn.Sequential(
        conv_bn_relu(in_width, HEAD_WIDTH, 3, stride=2),
        conv_bn_relu(HEAD_WIDTH, HEAD_WIDTH, 3, stride=2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    )
    return ExitHead(reduce, HEAD_WIDTH, num_classes)


def _enter(name: str, title: str, steps: Sequence[int], purpose: str) -> None:
    @register(
        "backbone", name,
        title=title,
        summary=f"A dense network of three scales and {sum(steps)} layers, with an exit after each "
        f"of {len(steps)} blocks: {purpose}.",
        paper=PAPER,
        traits=("exits", "unbranched"),
        facts={"family": "MSDNet", "num_exits": len(steps)},
    )
    def make(num_classes: int, in_channels: int, options: Options) -> Backbone:
        del options
        return MSDNet(num_classes, in_channels, steps)


_enter("msdnet_anytime_4", "MSDNet-4 (anytime)", (4, 2, 2, 2), "this project's small size, not "
       "one of the paper's")
for _blocks in (7, 10):
    _enter(f"msdnet_anytime_{_blocks}", f"MSDNet-{_blocks} (anytime)", (4, *(_blocks - 1) * (2,)),
           "the first after four layers, the others after two more, for an answer at any time")
for _blocks in (5, 7, 8):
    _enter(f"msdnet_budgeted_{_blocks}", f"MSDNet-{_blocks} (budgeted)", range(1, _blocks + 1),
           "each has one layer more than the block before it, for a budget over many images")
