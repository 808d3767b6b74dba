"""RepVGG for small images (Ding et al. 2021, arXiv 2101.03697), to be re-parameterised.

As in chenyaofo/pytorch-cifar-models: the stem and the first stage keep the size of the images.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.backbones.staged import MakeBlock, Staged, conv, make_stages
from engine.registry import register
from engine.spec.options import Options

NUM_BLOCKS = (2, 4, 14, 1)
WIDTHS = {"a0": (48, 96, 192, 1280), "a1": (64, 128, 256, 1280), "a2": (96, 192, 384, 1408)}
MAX_STEM_WIDTH = 64


class RepVGGBlock(nn.Module):
    """relu(BN(conv3×3(x)) + BN(conv1×1(x)) + BN(x)), the last only where no shape changes.

    Args:
        in_width: channels in.
        width: channels out.
        stride: of both convolutions.
    """

    def __init__(self, in_width: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv3, self.bn3 = conv(in_width, width, 3, stride), nn.BatchNorm2d(width)
        self.conv1, self.bn1 = conv(in_width, width, 1, stride), nn.BatchNorm2d(width)
        same_shape = stride == 1 and in_width == width
        self.bn0 = nn.BatchNorm2d(width) if same_shape else None

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map (B, in_width, H, W) to (B, width, ⌈H/stride⌉, ⌈W/stride⌉)."""
        h_BCHW = self.bn3(self.conv3(x_BCHW)) + self.bn1(self.conv1(x_BCHW))
        return F.relu(h_BCHW if self.bn0 is None else h_BCHW + self.bn0(x_BCHW), inplace=True)

    def fused(self) -> tuple[Tensor, Tensor]:
        """Kernel and bias of the one 3×3 convolution that the block is in eval mode (eq. 3, 4)."""
        kernel, bias = _fold(self.conv3.weight, self.bn3)
        kernel1, bias1 = _fold(self.conv1.weight, self.bn1)
        if self.bn0 is not None:
            identity = torch.eye(len(kernel1), device=kernel1.device)[:, :, None, None]
            kernel0, bias0 = _fold(identity, self.bn0)
            kernel1, bias1 = kernel1 + kernel0, bias1 + bias0
        kernel, bias = kernel + F.pad(kernel1, (1, 1, 1, 1)), bias + bias1
        return kernel.to(self.conv3.weight), bias.to(self.conv3.weight)


class RepVGG(Staged):
    """A network of RepVGG blocks, which is a plain stack of 3×3 convolutions in eval mode."""

    def __init__(self, num_classes: int, in_channels: int, widths: Sequence[int]) -> None:
        stem, stages = _body(RepVGGBlock, in_channels, widths)
        super().__init__(num_classes, in_channels, stem, stages, widths)

    @torch.no_grad()
    def reparameterized(self) -> Staged:
        """Return the plain network, in eval mode: convolution, bias and ReLU in place of a block.

        Its logits are those of this network in eval mode but for rounding; it shares no weights
        with it, and draws no random number.
        """
        with torch.device("meta"):
            stem, stages = _body(_plain_block, self.in_channels, self.stage_channels)
            plain = Staged(
                self.num_classes, self.in_channels, stem, stages, self.stage_channels
            )
        weights = {f"head.{key}": value.clone() for key, value in self.head.state_dict().items()}
        for name, module in self.named_modules():
            if isinstance(module, RepVGGBlock):
                weights[f"{name}.0.weight"], weights[f"{name}.0.bias"] = module.fused()
        plain.load_state_dict(weights, strict=True, assign=True)
        return plain.eval()


def _plain_block(in_width: int, width: int, stride: int) -> nn.Module:
    return nn.Sequential(conv(in_width, width, 3, stride, bias=True), nn.ReLU(inplace=True))


def _body(
    block: MakeBlock, in_channels: int, widths: Sequence[int]
) -> tuple[nn.Module, list[nn.Module]]:
    stem_width = min(MAX_STEM_WIDTH, widths[0])
    stages = make_stages(block, stem_width, widths, NUM_BLOCKS)
    return block(in_channels, stem_width, stride=1), stages


def _fold(kernel: Tensor, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Kernel and bias of a convolution and the batch norm behind it, in double precision."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    return kernel.double() * scale[:, None, None, None], norm.bias - norm.running_mean * scale


def _enter(size: str) -> None:
    widths = WIDTHS[size]

    @register(
        "backbone", f"repvgg_{size}",
        title=f"RepVGG-{size.upper()}",
        summary="Trained as 3×3 and 1×1 convolutions and identities in parallel, which become one "
        f"3×3 convolution each afterwards; four stages, {widths[0]} to {widths[-1]} channels wide.",
        paper="Ding, Zhang, Ma, Han, Ding, Sun: RepVGG: Making VGG-style ConvNets Great Again. "
        "CVPR 2021.",
        traits=("reparameterizable",),
        facts={"family": "RepVGG"},
    )
    def make(num_classes: int, in_channels: int, options: Options) -> Backbone:
        del options
        return RepVGG(num_classes, in_channels, widths)


for _size in WIDTHS:
    _enter(_size)
