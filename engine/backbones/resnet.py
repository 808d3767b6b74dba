"""Residual networks of basic blocks (He et al. 2016, arXiv 1512.03385)."""

from collections.abc import Callable, Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from engine.backbones.staged import Staged, conv, make_stages

MakeShortcut = Callable[[int, int, int], nn.Module]


class BasicBlock(nn.Module):
    """relu(F(x) + shortcut(x)), F = conv3×3 – BN – ReLU – conv3×3 – BN, first conv strided.

    Args:
        in_width: channels in.
        width: channels out.
        stride: of the first convolution.
        make_shortcut: makes the shortcut where the shape changes; elsewhere it is the identity.
    """

    def __init__(
        self, in_width: int, width: int, stride: int, make_shortcut: MakeShortcut
    ) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv(in_width, width, 3, stride), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = conv(width, width, 3), nn.BatchNorm2d(width)
        same_shape = stride == 1 and in_width == width
        self.shortcut = nn.Identity() if same_shape else make_shortcut(in_width, width, stride)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map (B, in_width, H, W) to (B, width, ⌈H/stride⌉, ⌈W/stride⌉)."""
        h_BCHW = F.relu(self.bn1(self.conv1(x_BCHW)))
        return F.relu(self.bn2(self.conv2(h_BCHW)) + self.shortcut(x_BCHW))


def projection(in_width: int, width: int, stride: int) -> nn.Module:
    """The paper's option B: a strided 1×1 convolution with batch norm."""
    return nn.Sequential(conv(in_width, width, 1, stride), nn.BatchNorm2d(width))


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


def resnet(
    num_classes: int, in_channels: int, widths: Sequence[int], num_blocks: int,
    make_shortcut: MakeShortcut = projection,
) -> Staged:
    """A residual network with a 3×3 stem, no max-pool, and `num_blocks` blocks in each stage."""

    def block(in_width: int, width: int, stride: int) -> nn.Module:
        return BasicBlock(in_width, width, stride, make_shortcut)

    stem = nn.Sequential(
        conv(in_channels, widths[0], 3), nn.BatchNorm2d(widths[0]), nn.ReLU(inplace=True)
    )
    stages = make_stages(block, widths[0], widths, num_blocks)
    return Staged(num_classes, in_channels, stem, stages, widths)
