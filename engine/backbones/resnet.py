"""Residual networks (He et al. 2016, arXiv 1512.03385): activation after the addition."""

from collections.abc import Callable, Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from engine.backbones.staged import MakeBlock, Staged, conv, make_stages

MakeShortcut = Callable[[int, int, int], nn.Module]


def projection(in_width: int, width: int, stride: int, *, bias: bool = False) -> nn.Module:
    """The paper's option B: a strided 1×1 convolution with batch norm."""
    return nn.Sequential(conv(in_width, width, 1, stride, bias=bias), nn.BatchNorm2d(width))


class ZeroPad(nn.Module):
    """The paper's option A: every stride-th pixel, new channels zero, no parameters.

    The zeros go half before and half behind the channels, as in akamaster/pytorch_resnet_cifar10.
    """

    def __init__(self, in_width: int, width: int, stride: int) -> None:
        super().__init__()
        before = (width - in_width) // 2
        self.padding = (0, 0, 0, 0, before, width - in_width - before)
        self.stride = stride

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map (B, in_width, H, W) to (B, width, ⌈H/stride⌉, ⌈W/stride⌉)."""
        return F.pad(x_BCHW[:, :, :: self.stride, :: self.stride], self.padding)


class BasicBlock(nn.Module):
    """relu(F(x) + shortcut(x)), F = conv3×3 – BN – ReLU – conv3×3 – BN, first conv strided.

    Args:
        in_width: channels in.
        width: channels out.
        stride: of the first convolution.
        make_shortcut: makes the shortcut where the shape changes; elsewhere it is the identity.
    """

    def __init__(
        self, in_width: int, width: int, stride: int, make_shortcut: MakeShortcut = projection
    ) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv(in_width, width, 3, stride), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = conv(width, width, 3), nn.BatchNorm2d(width)
        same_shape = stride == 1 and in_width == width
        self.shortcut = nn.Identity() if same_shape else make_shortcut(in_width, width, stride)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map (B, in_width, H, W) to (B, width, ⌈H/stride⌉, ⌈W/stride⌉)."""
        h_BCHW = F.relu(self.bn1(self.conv1(x_BCHW)), inplace=True)
        return F.relu(self.bn2(self.conv2(h_BCHW)) + self.shortcut(x_BCHW), inplace=True)


class Bottleneck(nn.Module):
    """relu(F(x) + shortcut(x)), F = conv1×1 – BN – ReLU – conv3×3 – BN – ReLU – conv1×1 – BN.

    The 3×3 convolution is the strided one, as in torchvision and kuangliu/pytorch-cifar; the
    paper strides the first. The shortcut projects where the shape changes.

    Args:
        in_width: channels in.
        width: channels out.
        stride: of the 3×3 convolution.
        inner_ratio: channels of the 3×3 convolution for each channel out.
        groups: of the 3×3 convolution (its cardinality; Xie et al. 2017, arXiv 1611.05431).
        reduce_groups: of the first 1×1 convolution.
    """

    def __init__(
        self, in_width: int, width: int, stride: int, *, inner_ratio: float = 0.25,
        groups: int = 1, reduce_groups: int = 1,
    ) -> None:
        super().__init__()
        inner = int(width * inner_ratio)
        self.conv1 = conv(in_width, inner, 1, groups=reduce_groups)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = conv(inner, inner, 3, stride, groups=groups)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = conv(inner, width, 1), nn.BatchNorm2d(width)
        same_shape = stride == 1 and in_width == width
        self.shortcut = nn.Identity() if same_shape else projection(in_width, width, stride)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map (B, in_width, H, W) to (B, width, ⌈H/stride⌉, ⌈W/stride⌉)."""
        h_BCHW = F.relu(self.bn1(self.conv1(x_BCHW)), inplace=True)
        h_BCHW = F.relu(self.bn2(self.conv2(h_BCHW)), inplace=True)
        return F.relu(self.bn3(self.conv3(h_BCHW)) + self.shortcut(x_BCHW), inplace=True)


def conv_bn_relu(
    in_width: int, width: int, size: int, stride: int = 1, *, bias: bool = False
) -> nn.Sequential:
    """A convolution, batch norm and ReLU: the stem of a residual network and more."""
    return nn.Sequential(
        conv(in_width, width, size, stride, bias=bias),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
    )


def resnet(
    num_classes: int, in_channels: int, widths: Sequence[int], num_blocks: int | Sequence[int],
    block: MakeBlock = BasicBlock, *, stem_width: int | None = None, stem_size: int = 3,
) -> Staged:
    """A residual network with a stem of stride 1 and no max-pool.

    Args:
        num_classes: K.
        in_channels: channels of the input images.
        widths: channels that each stage returns.
        num_blocks: blocks of every stage, or of each.
        block: makes each block.
        stem_width: channels of the stem; by default those of the first stage.
        stem_size: of the stem's convolution.
    """
    stem_width = stem_width or widths[0]
    stem = conv_bn_relu(in_channels, stem_width, stem_size)
    return Staged(
        num_classes, in_channels, stem, make_stages(block, stem_width, widths, num_blocks), widths
    )
