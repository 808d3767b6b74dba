"""ShuffleNet for small images (Zhang et al. 2018, arXiv 1707.01083, table 1, g = 3).

As in HobbitLong/RepDistiller: a 1×1 stem of stride 1 and no max-pool.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.backbones.layers import conv_norm
from engine.backbones.staged import Staged
from engine.registry import register
from engine.spec.options import Options

GROUPS = 3
STEM_WIDTH = 24
WIDTHS = (240, 480, 960)
NUM_BLOCKS = (4, 8, 4)


def shuffle_channels(h_BCHW: Tensor, groups: int) -> Tensor:
    """Deal the channels out again: from (groups, C/groups) to (C/groups, groups) order."""
    return h_BCHW.unflatten(1, (groups, -1)).transpose(1, 2).flatten(1, 2)


class ShuffleUnit(nn.Module):
    """relu(x + F(x)), or at stride 2 relu(F(x) beside the 3×3 average of x) (figure 2).

    F = grouped conv1×1 – shuffle – conv3×3 of each channel – grouped conv1×1, a quarter as wide
    inside as what it returns. The first convolution of the network's first unit is not grouped.

    Args:
        in_width: channels in.
        width: channels out.
        stride: 1, with equal widths, or 2.
    """

    def __init__(self, in_width: int, width: int, stride: int) -> None:
        super().__init__()
        new_width = width - in_width if stride == 2 else width
        inner = new_width // 4
        self.groups = 1 if in_width == STEM_WIDTH else GROUPS
        self.reduce = conv_norm(in_width, inner, 1, groups=self.groups)
        self.depthwise = conv_norm(inner, inner, 3, stride, groups=inner)
        self.expand = conv_norm(inner, new_width, 1, groups=GROUPS, activation=None)
        self.average = nn.AvgPool2d(3, stride=2, padding=1) if stride == 2 else None

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map (B, in_width, H, W) to (B, width, ⌈H/stride⌉, ⌈W/stride⌉)."""
        h_BCHW = shuffle_channels(self.reduce(x_BCHW), self.groups)
        h_BCHW = self.expand(self.depthwise(h_BCHW))
        if self.average is None:
            return F.relu(h_BCHW + x_BCHW, inplace=True)
        return F.relu(torch.cat((h_BCHW, self.average(x_BCHW)), dim=1), inplace=True)


@register(
    "backbone", "shufflenet_v1_repdistiller",
    title="ShuffleNetV1 (RepDistiller)",
    summary="Three stages of residual units whose 1×1 convolutions run in three groups, with "
    "the channels shuffled between them; 240 to 960 channels wide.",
    paper="Zhang, Zhou, Lin, Sun: ShuffleNet: An Extremely Efficient Convolutional Neural "
    "Network for Mobile Devices. CVPR 2018.",
    facts={"family": "ShuffleNet"},
)
def shufflenet_v1(num_classes: int, in_channels: int, options: Options) -> Backbone:
    """ShuffleNetV1 as in HobbitLong/RepDistiller: 862,768 parameters for ten classes."""
    del options
    stages: list[nn.Module] = []
    in_width = STEM_WIDTH
    for width, count in zip(WIDTHS, NUM_BLOCKS, strict=True):
        rest = [ShuffleUnit(width, width, stride=1) for _ in range(count - 1)]
        stages.append(nn.Sequential(ShuffleUnit(in_width, width, stride=2), *rest))
        in_width = width
    stem = conv_norm(in_channels, STEM_WIDTH, 1)
    return Staged(num_classes, in_channels, stem, stages, WIDTHS)
