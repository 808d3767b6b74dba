"""ShuffleNetV2 for small images (Ma et al. 2018, arXiv 1807.11164, table 5).

As in chenyaofo/pytorch-cifar-models: a stem of stride 1 and no max-pool (×1.0 is
kuangliu/pytorch-cifar's too). HobbitLong/RepDistiller's has a 1×1 stem.
"""

import torch
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.backbones.layers import conv_norm
from engine.backbones.shufflenet import shuffle_channels
from engine.backbones.staged import Staged
from engine.registry import register
from engine.spec.options import Options

STEM_WIDTH = 24
WIDTHS = {
    "0.5": (48, 96, 192),
    "1.0": (116, 232, 464),
    "1.5": (176, 352, 704),
    "2.0": (244, 488, 976),
}
FINAL_WIDTHS = {"0.5": 1024, "1.0": 1024, "1.5": 1024, "2.0": 2048}
NUM_BLOCKS = (4, 8, 4)
PAPER = (
    "Ma, Zhang, Zheng, Sun: ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture "
    "Design. ECCV 2018."
)


class SplitUnit(nn.Module):
    """Half of the channels pass unchanged beside F of the other half, shuffled (figure 3c).

    F = conv1×1 – conv3×3 of each channel – conv1×1.

    Args:
        width: channels in and out.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.branch = _branch(width // 2, width // 2, stride=1)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map (B, width, H, W) to the same shape."""
        kept_BCHW, changed_BCHW = x_BCHW.chunk(2, dim=1)
        return shuffle_channels(torch.cat((kept_BCHW, self.branch(changed_BCHW)), dim=1), 2)


class DownUnit(nn.Module):
    """Two branches of stride 2 over all channels side by side, shuffled (figure 3d).

    Args:
        in_width: channels in.
        width: channels out, half from each branch.
    """

    def __init__(self, in_width: int, width: int) -> None:
        super().__init__()
        self.branch = _branch(in_width, width // 2, stride=2)
        self.shortcut = nn.Sequential(
            conv_norm(in_width, in_width, 3, 2, groups=in_width, activation=None),
            conv_norm(in_width, width // 2, 1),
        )

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map (B, in_width, H, W) to (B, width, ⌈H/2⌉, ⌈W/2⌉)."""
        both_BCHW = torch.cat((self.shortcut(x_BCHW), self.branch(x_BCHW)), dim=1)
        return shuffle_channels(both_BCHW, 2)


def _branch(in_width: int, width: int, stride: int) -> nn.Module:
    return nn.Sequential(
        conv_norm(in_width, width, 1),
        conv_norm(width, width, 3, stride, groups=width, activation=None),
        conv_norm(width, width, 1),
    )


def shufflenet_v2(num_classes: int, in_channels: int, size: str, stem_size: int = 3) -> Staged:
    """A ShuffleNetV2 of one of the paper's sizes, "0.5" to "2.0"."""
    widths, final_width = WIDTHS[size], FINAL_WIDTHS[size]
    stages: list[nn.Module] = []
    in_width = STEM_WIDTH
    for width, count in zip(widths, NUM_BLOCKS, strict=True):
        rest = [SplitUnit(width) for _ in range(count - 1)]
        stages.append(nn.Sequential(DownUnit(in_width, width), *rest))
        in_width = width
    return Staged(
        num_classes, in_channels, conv_norm(in_channels, STEM_WIDTH, stem_size), stages, widths,
        final=conv_norm(in_width, final_width, 1), embedding_dim=final_width,
    )


def _enter(size: str, repository: str, stem_size: int) -> None:
    @register(
        "backbone", f"shufflenet_v2_x{size.replace('.', '_')}_{repository.lower()}",
        title=f"ShuffleNetV2 ×{size} ({repository})",
        summary="Three stages of units that pass half of their channels on unchanged and shuffle "
        f"the halves, {WIDTHS[size][0]} to {WIDTHS[size][-1]} channels wide; a "
        f"{stem_size}×{stem_size} stem.",
        paper=PAPER,
        facts={"family": "ShuffleNetV2"},
    )
    def make(num_classes: int, in_channels: int, options: Options) -> Backbone:
        del options
        return shufflenet_v2(num_classes, in_channels, size, stem_size)


for _size in WIDTHS:
    _enter(_size, "chenyaofo", stem_size=3)
_enter("1.0", "RepDistiller", stem_size=1)
