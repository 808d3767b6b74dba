"""CIFAR ResNets of depth 6n + 2 (He et al. 2016, section 4.2), with either shortcut.

The plain names project where the shape changes (option B; counts as in RepDistiller), the names
that end in `_a` are the paper's own parameter-free option A (counts as in akamaster).
"""

from engine.backbones.backbone import Backbone
from engine.backbones.resnet import MakeShortcut, ZeroPad, projection, resnet
from engine.registry import register
from engine.spec.options import Options

WIDTHS = (16, 32, 64)
DEPTHS = (8, 20, 32, 44, 56, 110)
PAPER = "He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition. CVPR 2016."


def _enter(depth: int, suffix: str, make_shortcut: MakeShortcut, shortcut: str) -> None:
    num_blocks = (depth - 2) // 6

    @register(
        "backbone", f"resnet{depth}{suffix}",
        title=f"ResNet-{depth}{' (A)' if suffix else ''}",
        summary=f"CIFAR ResNet of {depth} layers: three stages of {num_blocks} basic "
        f"{'block' if num_blocks == 1 else 'blocks'}, 16, 32 and 64 channels wide; {shortcut}.",
        paper=PAPER,
        facts={"family": "ResNet (CIFAR)", "depth": depth},
    )
    def make(num_classes: int, in_channels: int, options: Options) -> Backbone:
        del options
        return resnet(num_classes, in_channels, WIDTHS, num_blocks, make_shortcut)


for _depth in DEPTHS:
    _enter(_depth, "", projection, "1×1 projections where the shape changes (option B)")
for _depth in DEPTHS:
    _enter(_depth, "_a", ZeroPad, "shortcuts without parameters (the paper's option A)")
