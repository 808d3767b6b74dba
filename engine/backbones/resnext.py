"""ResNeXt for small images (Xie et al. 2017, arXiv 1611.05431).

A C×d network has 3×3 convolutions of C groups, d channels each in the first stage and twice as
many in each next one. Counts as in kuangliu/pytorch-cifar (32×4d and 2×64d, whose stem is a 1×1
convolution), bearpaw/pytorch-classification (8×64d) and weiaicunzai/pytorch-cifar100
(ResNeXt-50, which groups the first 1×1 convolution of a block too; the paper does not).
"""

from functools import partial

from engine.backbones.backbone import Backbone
from engine.backbones.resnet import Bottleneck, resnet
from engine.registry import register
from engine.spec.options import Options

STEM_WIDTH = 64
WIDTHS = (256, 512, 1024, 2048)
PAPER = (
    "Xie, Girshick, Dollár, Tu, He: Aggregated Residual Transformations for Deep Neural "
    "Networks. CVPR 2017."
)


def _enter(
    name: str, cardinality: int, group_width: int, num_blocks: tuple[int, ...], note: str, *,
    stem_size: int = 3, group_reduction: bool = False,
) -> None:
    depth = 3 * sum(num_blocks) + 2
    block = partial(
        Bottleneck, inner_ratio=cardinality * group_width / WIDTHS[0], groups=cardinality,
        reduce_groups=cardinality if group_reduction else 1,
    )

    @register(
        "backbone", name,
        title=f"ResNeXt-{depth} ({cardinality}×{group_width}d)",
        summary=f"Residual network of {depth} layers whose bottlenecks convolve in {cardinality} "
        f"groups, {group_width} channels each in the first stage; {note}.",
        paper=PAPER,
        facts={"family": "ResNeXt", "depth": depth},
    )
    def make(num_classes: int, in_channels: int, options: Options) -> Backbone:
        del options
        widths = WIDTHS[: len(num_blocks)]
        return resnet(
            num_classes, in_channels, widths, num_blocks, block, stem_width=STEM_WIDTH,
            stem_size=stem_size,
        )


_enter("resnext29_32x4d", 32, 4, (3, 3, 3), "a 1×1 stem", stem_size=1)
_enter("resnext29_2x64d", 2, 64, (3, 3, 3), "a 1×1 stem", stem_size=1)
_enter("resnext29_8x64d", 8, 64, (3, 3, 3), "a 3×3 stem")
_enter(
    "resnext50_grouped", 32, 4, (3, 4, 6, 3),
    "a 3×3 stem, and unlike in the paper the first 1×1 convolution of a block is grouped too",
    group_reduction=True,
)
