"""Wide residual networks (Zagoruyko & Komodakis 2016, arXiv 1605.07146), without dropout."""

import torch.nn.functional as F
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.backbones.staged import Staged, conv, make_stages
from engine.registry import register
from engine.spec.options import Options

STEM_WIDTH = 16
PAPER = "Zagoruyko, Komodakis: Wide Residual Networks. BMVC 2016."


class PreActivationBlock(nn.Module):
    """F(a) + shortcut, F = conv3×3 – BN – ReLU – conv3×3, a = relu(BN(x)).

    The shortcut is x itself, or where the shape changes a 1×1 convolution of a.

    Args:
        in_width: channels in.
        width: channels out.
        stride: of the first convolution.
    """

    def __init__(self, in_width: int, width: int, stride: int) -> None:
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(in_width), conv(in_width, width, 3, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(width), conv(width, width, 3)
        same_shape = stride == 1 and in_width == width
        self.shortcut = None if same_shape else conv(in_width, width, 1, stride)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map (B, in_width, H, W) to (B, width, ⌈H/stride⌉, ⌈W/stride⌉)."""
        a_BCHW = F.relu(self.bn1(x_BCHW))
        h_BCHW = self.conv2(F.relu(self.bn2(self.conv1(a_BCHW))))
        return h_BCHW + (x_BCHW if self.shortcut is None else self.shortcut(a_BCHW))


def wide_resnet(num_classes: int, in_channels: int, depth: int, widen: int) -> Staged:
    """A WRN-depth-widen, depth = 6n + 4; stage maps are taken before the next activation."""
    widths = (16 * widen, 32 * widen, 64 * widen)
    stages = make_stages(PreActivationBlock, STEM_WIDTH, widths, (depth - 4) // 6)
    final = nn.Sequential(nn.BatchNorm2d(widths[-1]), nn.ReLU(inplace=True))
    stem = conv(in_channels, STEM_WIDTH, 3)
    return Staged(num_classes, in_channels, stem, stages, widths, final)


def _enter(depth: int, widen: int) -> None:
    @register(
        "backbone", f"wrn_{depth}_{widen}",
        title=f"WRN-{depth}-{widen}",
        summary=f"Wide ResNet of {depth} layers, {widen} times as wide as a CIFAR ResNet, with "
        "activations before the convolutions and no dropout.",
        paper=PAPER,
        facts={"family": "Wide ResNet", "depth": depth},
    )
    def make(num_classes: int, in_channels: int, options: Options) -> Backbone:
        del options
        return wide_resnet(num_classes, in_channels, depth, widen)


for _depth, _widen in ((16, 2), (28, 10), (40, 2)):
    _enter(_depth, _widen)
