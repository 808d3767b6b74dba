"""Squeeze-and-excitation ResNets for small images (Hu et al. 2018, arXiv 1709.01507).

`senet18` is kuangliu/pytorch-cifar's, which activates before it convolves; `seresnetN` are
weiaicunzai/pytorch-cifar100's, whose convolutions have biases and whose residual is activated
once more before it is scaled.
"""

from functools import partial

import torch.nn.functional as F
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.backbones.pre_activation import PreActivationBlock
from engine.backbones.resnet import conv_bn_relu, projection
from engine.backbones.staged import MakeBlock, Staged, make_stages
from engine.registry import register
from engine.spec.options import Options

REDUCTION = 16
STEM_WIDTH = 64
BASIC_WIDTHS = (64, 128, 256, 512)
BOTTLENECK_WIDTHS = (256, 512, 1024, 2048)
PAPER = "Hu, Shen, Sun: Squeeze-and-Excitation Networks. CVPR 2018."


class SqueezeExcitation(nn.Module):
    """s · h, where s = sigmoid(W₂ relu(W₁ mean(h))) has one value for each channel (eq. 2–4).

    Args:
        width: channels in and out.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(width, width // REDUCTION)
        self.excite = nn.Linear(width // REDUCTION, width)

    def forward(self, h_BCHW: Tensor) -> Tensor:
        """Map (B, width, H, W) to the same shape."""
        s_BC = self.excite(F.relu(self.squeeze(h_BCHW.mean(dim=(2, 3))))).sigmoid()
        return h_BCHW * s_BC[:, :, None, None]


class SEPreActivationBlock(PreActivationBlock):
    """A pre-activation block whose residual is scaled by squeeze and excitation."""

    def __init__(self, in_width: int, width: int, stride: int) -> None:
        super().__init__(in_width, width, stride)
        self.scale = SqueezeExcitation(width)

    def residual(self, a_BCHW: Tensor) -> Tensor:
        """Scaled F(a), (B, width, ⌈H/stride⌉, ⌈W/stride⌉)."""
        return self.scale(super().residual(a_BCHW))


class SEBlock(nn.Module):
    """relu(scale(relu(F(x))) + shortcut(x)), F as in a basic block or a bottleneck.

    All convolutions have biases; the shortcut projects where the shape changes.

    Args:
        in_width: channels in.
        width: channels out.
        stride: of the first 3×3 convolution.
        bottleneck: whether F is a bottleneck.
    """

    def __init__(
        self, in_width: int, width: int, stride: int, *, bottleneck: bool = False
    ) -> None:
        super().__init__()
        layer, inner = partial(conv_bn_relu, bias=True), width // 4
        layers = (
            (layer(in_width, inner, 1), layer(inner, inner, 3, stride), layer(inner, width, 1))
            if bottleneck
            else (layer(in_width, width, 3, stride), layer(width, width, 3))
        )
        self.residual = nn.Sequential(*layers, SqueezeExcitation(width))
        same_shape = stride == 1 and in_width == width
        self.shortcut = (
            nn.Identity() if same_shape else projection(in_width, width, stride, bias=True)
        )

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map (B, in_width, H, W) to (B, width, ⌈H/stride⌉, ⌈W/stride⌉)."""
        return F.relu(self.residual(x_BCHW) + self.shortcut(x_BCHW), inplace=True)


@register(
    "backbone", "senet18",
    title="SENet-18",
    summary="ResNet-18 for small images with activations before the convolutions; each residual "
    "is scaled channel by channel, as squeeze and excitation say.",
    paper=PAPER,
    facts={"family": "SENet", "depth": 18},
)
def senet18(num_classes: int, in_channels: int, options: Options) -> Backbone:
    """SENet-18 as in kuangliu/pytorch-cifar: 11,260,354 parameters for ten classes."""
    del options
    stem = conv_bn_relu(in_channels, STEM_WIDTH, 3)
    stages = make_stages(SEPreActivationBlock, STEM_WIDTH, BASIC_WIDTHS, 2)
    return Staged(num_classes, in_channels, stem, stages, BASIC_WIDTHS)


def _enter(
    depth: int, num_blocks: tuple[int, ...], widths: tuple[int, ...], block: MakeBlock
) -> None:
    @register(
        "backbone", f"seresnet{depth}",
        title=f"SE-ResNet-{depth}",
        summary=f"ResNet-{depth} for small images; each residual is scaled channel by channel, "
        "as squeeze and excitation say. The convolutions have biases.",
        paper=PAPER,
        facts={"family": "SE-ResNet", "depth": depth},
    )
    def make(num_classes: int, in_channels: int, options: Options) -> Backbone:
        del options
        stem = conv_bn_relu(in_channels, STEM_WIDTH, 3, bias=True)
        stages = make_stages(block, STEM_WIDTH, widths, num_blocks)
        return Staged(num_classes, in_channels, stem, stages, widths)


_enter(18, (2, 2, 2, 2), BASIC_WIDTHS, SEBlock)
_enter(34, (3, 4, 6, 3), BASIC_WIDTHS, SEBlock)
_enter(50, (3, 4, 6, 3), BOTTLENECK_WIDTHS, partial(SEBlock, bottleneck=True))
