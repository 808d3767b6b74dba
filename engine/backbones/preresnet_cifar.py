"""CIFAR ResNets with activations before the convolutions (He et al. 2016, arXiv 1603.05027).

As in bearpaw/pytorch-classification: shortcuts read the raw input where they convolve, and a
last batch norm and ReLU stand before the pooling.
"""

from functools import partial

from engine.backbones.backbone import Backbone
from engine.backbones.pre_activation import (
    PreActivationBlock,
    PreActivationBottleneck,
    final_activation,
)
from engine.backbones.staged import MakeBlock, Staged, conv, make_stages
from engine.registry import register
from engine.spec.options import Options

STEM_WIDTH = 16
BASIC_WIDTHS = (16, 32, 64)
BOTTLENECK_WIDTHS = (64, 128, 256)
PAPER = "He, Zhang, Ren, Sun: Identity Mappings in Deep Residual Networks. ECCV 2016."


def _enter(
    name: str, title: str, depth: int, num_blocks: int, widths: tuple[int, ...],
    block: MakeBlock, kind: str,
) -> None:
    @register(
        "backbone", name,
        title=title,
        summary=f"CIFAR ResNet of {depth} layers with activations before the convolutions: three "
        f"stages of {num_blocks} {kind} blocks, and a last batch norm before the pooling.",
        paper=PAPER,
        facts={"family": "PreResNet (CIFAR)", "depth": depth},
    )
    def make(num_classes: int, in_channels: int, options: Options) -> Backbone:
        del options
        stem = conv(in_channels, STEM_WIDTH, 3)
        stages = make_stages(block, STEM_WIDTH, widths, num_blocks)
        final = final_activation(widths[-1])
        return Staged(num_classes, in_channels, stem, stages, widths, final)


_basic = partial(PreActivationBlock, raw_shortcut=True)
_bottleneck = partial(PreActivationBottleneck, raw_shortcut=True)
_enter("preresnet110", "PreResNet-110", 110, 18, BASIC_WIDTHS, _basic, "basic")
_enter("preresnet164", "PreResNet-164", 164, 18, BOTTLENECK_WIDTHS, _bottleneck, "bottleneck")
_enter("preresnet164_basic", "PreResNet-164 (basic)", 164, 27, BASIC_WIDTHS, _basic, "basic")
