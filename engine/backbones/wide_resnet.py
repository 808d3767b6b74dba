"""Wide residual networks (Zagoruyko & Komodakis 2016, arXiv 1605.07146).

Counts as in szagoruyko/wide-residual-networks, bearpaw/pytorch-classification and RepDistiller.
"""

from functools import partial

from engine.backbones.backbone import Backbone
from engine.backbones.pre_activation import PreActivationBlock, final_activation
from engine.backbones.staged import Staged, conv, make_stages
from engine.registry import register
from engine.spec.options import Options, option

STEM_WIDTH = 16
SIZES = (
    (16, 1), (16, 2), (16, 4), (16, 8), (22, 4), (28, 2), (28, 4), (28, 10), (40, 1), (40, 2),
    (40, 4),
)
PAPER = "Zagoruyko, Komodakis: Wide Residual Networks. BMVC 2016."


class WideResNetOptions(Options):
    """Options of a wide residual network."""

    dropout: float = option(
        0.0, "Probability that an activation between the two convolutions of a block is dropped "
        "while training; the paper also reports 0.3 on CIFAR.", source="arXiv 1605.07146, "
        "section 2.4", ge=0.0, lt=1.0,
    )


def wide_resnet(
    num_classes: int, in_channels: int, depth: int, widen: int, dropout: float = 0.0
) -> Staged:
    """A WRN-depth-widen, depth = 6n + 4; stage maps are taken before the next activation."""
    widths = (16 * widen, 32 * widen, 64 * widen)
    block = partial(PreActivationBlock, dropout=dropout)
    stages = make_stages(block, STEM_WIDTH, widths, (depth - 4) // 6)
    stem = conv(in_channels, STEM_WIDTH, 3)
    return Staged(num_classes, in_channels, stem, stages, widths, final_activation(widths[-1]))


def _enter(depth: int, widen: int) -> None:
    width = "as wide as" if widen == 1 else f"{widen} times as wide as"

    @register(
        "backbone", f"wrn_{depth}_{widen}",
        title=f"WRN-{depth}-{widen}",
        summary=f"Wide ResNet of {depth} layers, {width} a CIFAR ResNet, with activations before "
        "the convolutions.",
        paper=PAPER,
        options=WideResNetOptions,
        facts={"family": "Wide ResNet", "depth": depth},
    )
    def make(num_classes: int, in_channels: int, options: WideResNetOptions) -> Backbone:
        return wide_resnet(num_classes, in_channels, depth, widen, options.dropout)


for _depth, _widen in SIZES:
    _enter(_depth, _widen)
