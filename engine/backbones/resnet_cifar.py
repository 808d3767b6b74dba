"""CIFAR ResNets (He et al. 2016, arXiv 1512.03385, section 4.2), with either shortcut.

The plain names project where the shape changes (option B; counts as in RepDistiller), the names
that end in `_a` are the paper's own parameter-free option A (counts as in akamaster). `x4` are
RepDistiller's four times wider networks; the bottleneck networks are those that the papers on
online distillation (ONE, OKDDip, PCL) call ResNet-110 and WRN-20-8.
"""

from functools import partial

from engine.backbones.backbone import Backbone
from engine.backbones.resnet import BasicBlock, Bottleneck, ZeroPad, resnet
from engine.backbones.staged import MakeBlock
from engine.registry import register
from engine.spec.options import Options

WIDTHS = (16, 32, 64)
DEPTHS_B = (8, 14, 20, 32, 44, 56, 110)
DEPTHS_A = (8, 20, 32, 44, 56, 110, 1202)
DEPTHS_X4 = (8, 32)
PAPER = "He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition. CVPR 2016."
PROJECTS = "1×1 projections where the shape changes (option B)"
PADS = "shortcuts without parameters (the paper's option A)"


def _enter(
    name: str, title: str, depth: int, shortcut: str, *, widths: tuple[int, ...] = WIDTHS,
    stem_width: int = WIDTHS[0], block: MakeBlock = BasicBlock, kind: str = "basic",
) -> None:
    num_blocks = (depth - 2) // (6 if kind == "basic" else 9)
    channels = ", ".join(str(width) for width in widths[:-1])

    @register(
        "backbone", name,
        title=title,
        summary=f"CIFAR ResNet of {depth} layers: three stages of {num_blocks} {kind} "
        f"{'block' if num_blocks == 1 else 'blocks'}, {channels} and {widths[-1]} channels "
        f"wide; {shortcut}.",
        paper=PAPER,
        facts={"family": "ResNet (CIFAR)", "depth": depth},
    )
    def make(num_classes: int, in_channels: int, options: Options) -> Backbone:
        del options
        return resnet(
            num_classes, in_channels, widths, num_blocks, block, stem_width=stem_width
        )


for _depth in DEPTHS_B:
    _enter(f"resnet{_depth}", f"ResNet-{_depth}", _depth, PROJECTS)
for _depth in DEPTHS_A:
    _enter(
        f"resnet{_depth}_a", f"ResNet-{_depth} (A)", _depth, PADS,
        block=partial(BasicBlock, make_shortcut=ZeroPad),
    )
for _depth in DEPTHS_X4:
    _enter(
        f"resnet{_depth}x4", f"ResNet-{_depth}x4", _depth, PROJECTS, widths=(64, 128, 256),
        stem_width=32,
    )
_enter(
    "resnet110_bottleneck", "ResNet-110 (bottleneck)", 110, PROJECTS, widths=(64, 128, 256),
    block=Bottleneck, kind="bottleneck",
)
_enter(
    "wide_resnet20_8", "Wide ResNet-20-8 (bottleneck)", 20,
    "the inner convolutions are eight times as wide as a bottleneck's, so that this is not a "
    "wide residual network of Zagoruyko and Komodakis",
    widths=(64, 128, 256), block=partial(Bottleneck, inner_ratio=2.0), kind="bottleneck",
)
