"""Pre-activation ResNets for small images (He et al. 2016, arXiv 1603.05027), in two shapes.

`preact_resnetN` is kuangliu/pytorch-cifar's: a bare convolution as stem and shortcuts that read
the activated input. `preact_resnetN_biased` is weiaicunzai/pytorch-cifar100's: convolutions with
biases, a batch norm in the stem, shortcuts that read the raw input, and bottlenecks whose first
convolution is strided. Neither has the paper's last batch norm before the pooling.
"""

from functools import partial

from engine.backbones.backbone import Backbone
from engine.backbones.pre_activation import PreActivationBlock, PreActivationBottleneck
from engine.backbones.resnet import conv_bn_relu
from engine.backbones.staged import MakeBlock, Staged, conv, make_stages
from engine.registry import register
from engine.spec.options import Options

STEM_WIDTH = 64
BASIC_WIDTHS = (64, 128, 256, 512)
BOTTLENECK_WIDTHS = (256, 512, 1024, 2048)
PAPER = "He, Zhang, Ren, Sun: Identity Mappings in Deep Residual Networks. ECCV 2016."
PLAIN = "no batch norm in the stem or behind the last block"
BIASED = (
    "the convolutions have biases, the stem a batch norm, and shortcuts read the input before "
    "its activation"
)


def _enter(
    depth: int, num_blocks: tuple[int, ...], widths: tuple[int, ...], block: MakeBlock, *,
    biased: bool = False,
) -> None:
    @register(
        "backbone", f"preact_resnet{depth}{'_biased' if biased else ''}",
        title=f"PreActResNet-{depth}{' (biased)' if biased else ''}",
        summary=f"ResNet-{depth} for small images with activations before the convolutions; "
        f"{BIASED if biased else PLAIN}.",
        paper=PAPER,
        facts={"family": "PreActResNet", "depth": depth},
    )
    def make(num_classes: int, in_channels: int, options: Options) -> Backbone:
        del options
        make_stem = partial(conv_bn_relu, bias=True) if biased else conv
        stem = make_stem(in_channels, STEM_WIDTH, 3)
        stages = make_stages(block, STEM_WIDTH, widths, num_blocks)
        return Staged(num_classes, in_channels, stem, stages, widths)


_enter(18, (2, 2, 2, 2), BASIC_WIDTHS, PreActivationBlock)
_enter(34, (3, 4, 6, 3), BASIC_WIDTHS, PreActivationBlock)
_enter(50, (3, 4, 6, 3), BOTTLENECK_WIDTHS, PreActivationBottleneck)

_basic = partial(PreActivationBlock, raw_shortcut=True, bias=True)
_bottleneck = partial(PreActivationBottleneck, raw_shortcut=True, bias=True, stride_first=True)
_enter(18, (2, 2, 2, 2), BASIC_WIDTHS, _basic, biased=True)
_enter(34, (3, 4, 6, 3), BASIC_WIDTHS, _basic, biased=True)
_enter(50, (3, 4, 6, 3), BOTTLENECK_WIDTHS, _bottleneck, biased=True)
