"""ResNet-18 for small images."""

from engine.backbones.backbone import Backbone
from engine.backbones.resnet import resnet
from engine.registry import register
from engine.spec.options import Options


@register(
    "backbone", "resnet18",
    title="ResNet-18",
    summary="The ImageNet ResNet-18 fitted to small images: a 3×3 stem of stride 1 and no "
    "max-pool; four stages of two basic blocks, 64 to 512 channels wide.",
    paper="He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition. CVPR 2016.",
    facts={"family": "ResNet", "depth": 18},
)
def resnet18(num_classes: int, in_channels: int, options: Options) -> Backbone:
    """ResNet-18 as in kuangliu/pytorch-cifar: 11,173,962 parameters for ten classes."""
    del options
    return resnet(num_classes, in_channels, widths=(64, 128, 256, 512), num_blocks=2)
