"""Resolution adaptive networks (Yang et al. 2020, arXiv 2003.07326), as in yangle15/RANet-pytorch.

A flow for each scale, the coarsest first. An image that the coarse flows are not sure of goes
through the next finer one, which reads what they have seen.
"""

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.backbones.early_exit import MultiExit, Walk
from engine.backbones.msdnet import GROWTH, STEM_WIDTH, bottleneck, conv_head
from engine.backbones.parts import kaiming
from engine.backbones.resnet import conv_bn_relu
from engine.registry import register
from engine.spec.options import Options

EXITS_PER_FLOW = 2
COARSE_SHARE = 4
"""One in so many of the new channels comes from the coarser flow."""
PAPER = (
    "Yang, Han, Chen, Song, Dai, Huang: Resolution Adaptive Networks for Efficient Inference. "
    "CVPR 2020."
)

Trail = list[Tensor]
"""What a block was given and what each of its layers returned."""


class Flow(NamedTuple):
    """One flow.

    Attributes:
        scale: 1 is the coarsest resolution, each next one has twice the edge.
        factor: how much wider it is than the finest flow, and its bottlenecks than what they add.
    """

    scale: int
    factor: int


class Block(NamedTuple):
    """One block of a flow.

    Attributes:
        in_width: channels that it reads.
        num_layers: how many layers it has.
        growth: channels that each layer adds.
        factor: of its flow.
        squeezes: whether it gives up half of its channels at its end.
        halves: whether its last layer halves the edge.
        coarse_widths: channels of the trail that it reads in the coarser flow; none where it
            reads none.
        coarse_factor: factor of that flow.
    """

    in_width: int
    num_layers: int
    growth: int
    factor: int
    squeezes: bool
    halves: bool = False
    coarse_widths: Sequence[int] = ()
    coarse_factor: int = 1

    @property
    def trail_widths(self) -> list[int]:
        """Channels of its own trail."""
        return [self.in_width + n * self.growth for n in range(self.num_layers + 1)]

    @property
    def joined_width(self) -> int:
        """Channels at its end, with the last of the coarser trail."""
        width = self.trail_widths[-1]
        return width + width // COARSE_SHARE if self.coarse_widths else width

    @property
    def width(self) -> int:
        """Channels that it returns."""
        return self.joined_width // 2 if self.squeezes else self.joined_width


def plan(flows: Sequence[Flow], layers: Sequence[int]) -> list[list[Block]]:
    """The blocks of every flow.

    Flow f, counted from 0, has 2(f + 1) blocks. The first 2f read the flow before; behind each of
    the last two is an exit.

    Args:
        flows: the flows, coarsest first.
        layers: how many layers the first, second, … block of a flow has.
    """
    plans: list[list[Block]] = []
    for index, flow in enumerate(flows):
        num_read, num_blocks = EXITS_PER_FLOW * index, EXITS_PER_FLOW * (index + 1)
        ends = [EXITS_PER_FLOW * before for before in range(1, index + 1)]
        halving = ends[-(flow.scale - 1):] if flow.scale > 1 else []
        squeezing = [part * num_blocks // flow.scale for part in range(1, flow.scale)]
        width, blocks = STEM_WIDTH * flow.factor, list[Block]()
        for number in range(1, num_blocks + 1):
            block = Block(
                width, layers[number - 1], GROWTH * flow.factor, flow.factor, number in squeezing
            )
            if number <= num_read:
                block = block._replace(
                    halves=number in halving,
                    coarse_widths=plans[-1][number - 1].trail_widths,
                    coarse_factor=flows[index - 1].factor,
                )
            width = block.width
            blocks.append(block)
        plans.append(blocks)
    return plans


class DenseBlock(nn.Module):
    """Layers x ← [x, conv(x)]; the block's end may be squeezed.

    Args:
        block: its numbers.
    """

    def __init__(self, block: Block) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            bottleneck(width, block.growth, block.factor) for width in block.trail_widths[:-1]
        )
        self.squeeze = nn.Identity()
        if block.squeezes:
            self.squeeze = conv_bn_relu(block.joined_width, block.width, 1)

    def forward(self, x_BCHW: Tensor) -> tuple[Tensor, Trail]:
        """Return the block's end and its trail."""
        trail = [x_BCHW]
        for layer in self.layers:
            trail.append(torch.cat((trail[-1], layer(trail[-1])), dim=1))
        return self.squeeze(trail[-1]), trail


class FusionBlock(nn.Module):
    """Layers x ← [x, up(conv(c)), conv(x)], c the coarser flow's map; where x halves, all do.

    At the end comes a 1×1 convolution of the last c, and the whole may be squeezed.

    Args:
        block: its numbers.
    """

    def __init__(self, block: Block) -> None:
        super().__init__()
        from_coarse = block.growth // COARSE_SHARE
        self.coarse = nn.ModuleList(
            bottleneck(width, from_coarse, block.coarse_factor)
            for width in block.coarse_widths[:-1]
        )
        last = block.num_layers - 1
        self.layers = nn.ModuleList(
            bottleneck(
                width, block.growth - from_coarse, block.factor,
                stride=2 if block.halves and n == last else 1,
            )
            for n, width in enumerate(block.trail_widths[:-1])
        )
        grown = block.trail_widths[-1]
        self.join = conv_bn_relu(block.coarse_widths[-1], block.joined_width - grown, 1)
        self.squeeze = nn.Identity()
        if block.squeezes:
            self.squeeze = conv_bn_relu(block.joined_width, block.width, 1)

    def forward(self, x_BCHW: Tensor, coarse: Trail) -> tuple[Tensor, Trail]:
        """Return the block's end and its trail.

        Args:
            x_BCHW: what the block before it returned.
            coarse: trail of the block in its place in the coarser flow.
        """
        trail = [x_BCHW]
        for layer, convolve, coarse_BCHW in zip(self.layers, self.coarse, coarse[:-1], strict=True):
            new_BCHW = layer(trail[-1])
            kept_BCHW = _resize(trail[-1], new_BCHW)
            coarse_BCHW = _resize(convolve(coarse_BCHW), new_BCHW)
            trail.append(torch.cat((kept_BCHW, coarse_BCHW, new_BCHW), dim=1))
        joined = torch.cat((trail[-1], _resize(self.join(coarse[-1]), trail[-1])), dim=1)
        return self.squeeze(joined), trail


class RANet(MultiExit):
    """A resolution adaptive network for small images.

    All convolutions start Kaiming-normal over the fan-out, also those of the stem, which the
    authors leave as PyTorch has them.

    Args:
        num_classes: K.
        in_channels: channels of the input images.
        flows: the flows, coarsest first.
        layers: how many layers the first, second, … block of a flow has.
    """

    def __init__(
        self, num_classes: int, in_channels: int, flows: Sequence[Flow], layers: Sequence[int]
    ) -> None:
        plans = plan(flows, layers)
        widths = [block.width for blocks in plans for block in blocks[-EXITS_PER_FLOW:]]
        heads = [conv_head(width, num_classes) for width in widths]
        super().__init__(num_classes, in_channels, widths, heads)
        self.stem, width, scale = nn.ModuleList(), in_channels, flows[-1].scale
        for flow in reversed(flows):
            stride = 1 if flow.scale == scale else 2
            self.stem.append(conv_bn_relu(width, STEM_WIDTH * flow.factor, 3, stride))
            width, scale = STEM_WIDTH * flow.factor, flow.scale
        self.flows = nn.ModuleList(
            nn.ModuleList(
                FusionBlock(block) if block.coarse_widths else DenseBlock(block)
                for block in blocks
            )
            for blocks in plans
        )
        self.apply(kaiming)

    def exit_maps(self, x_BCHW: Tensor) -> Walk:
        """Walk over the ends of the last two blocks of every flow, coarsest flow first."""
        starts: Trail = []
        for layer in self.stem:
            x_BCHW = layer(x_BCHW)
            starts.append(x_BCHW)
        trails: list[Trail] = []
        for flow in self.flows:
            assert isinstance(flow, nn.ModuleList)
            h_NCHW, coarse, trails = starts.pop(), trails, []
            for block, read in zip_longest(flow, coarse):
                h_NCHW, trail = block(h_NCHW) if read is None else block(h_NCHW, read)
                trails.append(trail)
                if read is not None:
                    continue
                keep_N = yield h_NCHW
                if keep_N is not None:
                    h_NCHW = h_NCHW[keep_N]
                    starts = [map_NCHW[keep_N] for map_NCHW in starts]
                    trails = [[map_NCHW[keep_N] for map_NCHW in trail] for trail in trails]

    def end_at(self, stage: int) -> None:
        """Remove the flows and blocks behind an exit; it needs all that come before it."""
        *before, flow = self.flows[: stage // EXITS_PER_FLOW + 1]
        assert isinstance(flow, nn.ModuleList)
        self.flows = nn.ModuleList([*before, flow[: stage + 1]])


def _resize(x_BCHW: Tensor, like_BCHW: Tensor) -> Tensor:
    size = like_BCHW.shape[2:]
    if x_BCHW.shape[2:] == size:
        return x_BCHW
    return F.interpolate(x_BCHW, size, mode="bilinear", align_corners=True)


def _enter(name: str, title: str, flows: Sequence[Flow], layers: Sequence[int]) -> None:
    num_exits = EXITS_PER_FLOW * len(flows)

    @register(
        "backbone", name,
        title=title,
        summary=f"{len(flows)} flows, the one of the lowest resolution first, each with two of "
        f"the {num_exits} exits; an image goes through a finer flow only if it needs to.",
        paper=PAPER,
        traits=("exits", "unbranched"),
        facts={"family": "RANet", "num_exits": num_exits},
    )
    def make(num_classes: int, in_channels: int, options: Options) -> Backbone:
        del options
        return RANet(num_classes, in_channels, flows, layers)


_FLOWS = (Flow(1, 4), Flow(2, 2), Flow(3, 1))
_enter("ranet_6exits", "RANet (6 exits)", _FLOWS, (2, 4, 6, 8, 10, 12))
_enter("ranet_8exits", "RANet (8 exits)", (*_FLOWS, Flow(3, 1)), 8 * (4,))
