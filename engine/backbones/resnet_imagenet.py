"""The ImageNet ResNets (He et al. 2016, arXiv 1512.03385, table 1) fitted to small images.

Counts as in kuangliu/pytorch-cifar and weiaicunzai/pytorch-cifar100.
"""

from engine.backbones.backbone import Backbone
from engine.backbones.resnet import BasicBlock, Bottleneck, resnet
from engine.backbones.staged import MakeBlock
from engine.registry import register
from engine.spec.options import Options

BASIC_WIDTHS = (64, 128, 256, 512)
BOTTLENECK_WIDTHS = (256, 512, 1024, 2048)
BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3),
          152: (3, 8, 36, 3)}
PAPER = "He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition. CVPR 2016."


def _enter(depth: int, block: MakeBlock, kind: str, widths: tuple[int, ...]) -> None:
    counts = BLOCKS[depth]

    @register(
        "backbone", f"resnet{depth}",
        title=f"ResNet-{depth}",
        summary=f"The ImageNet ResNet-{depth} fitted to small images: a 3×3 stem of stride 1 and "
        f"no max-pool; four stages of {counts[0]}, {counts[1]}, {counts[2]} and {counts[3]} "
        f"{kind} blocks, {widths[0]} to {widths[-1]} channels wide.",
        paper=PAPER,
        facts={"family": "ResNet", "depth": depth},
    )
    def make(num_classes: int, in_channels: int, options: Options) -> Backbone:
        del options
        return resnet(num_classes, in_channels, widths, counts, block, stem_width=64)


for _depth in (18, 34):
    _enter(_depth, BasicBlock, "basic", BASIC_WIDTHS)
for _depth in (50, 101, 152):
    _enter(_depth, Bottleneck, "bottleneck", BOTTLENECK_WIDTHS)
