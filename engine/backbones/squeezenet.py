"""SqueezeNet with bypasses for small images (Iandola et al. 2016, arXiv 1602.07360).

As in weiaicunzai/pytorch-cifar100: batch norm everywhere, a 3×3 stem of 96 channels, 2×2
max-pools, bypasses around fire modules 3, 5 and 7. Its last 1×1 convolution is averaged over all
places; that is a linear layer on the averaged features, which the head is here.
"""

import torch
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.backbones.layers import conv_norm
from engine.backbones.staged import Staged
from engine.registry import register
from engine.spec.options import Options

STEM_WIDTH = 96
WIDTHS = (256, 512, 512)


class Fire(nn.Module):
    """A narrow 1×1 convolution, then a 1×1 and a 3×3 convolution of it side by side (figure 1).

    Args:
        in_width: channels in.
        width: channels out, half from each convolution; the narrow one has an eighth.
        bypass: whether the input is added to the result.
    """

    def __init__(self, in_width: int, width: int, *, bypass: bool = False) -> None:
        super().__init__()
        self.bypass = bypass
        self.squeeze = conv_norm(in_width, width // 8, 1, bias=True)
        self.expand1 = conv_norm(width // 8, width // 2, 1, bias=True)
        self.expand3 = conv_norm(width // 8, width // 2, 3, bias=True)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map (B, in_width, H, W) to (B, width, H, W)."""
        s_BCHW = self.squeeze(x_BCHW)
        h_BCHW = torch.cat((self.expand1(s_BCHW), self.expand3(s_BCHW)), dim=1)
        return h_BCHW + x_BCHW if self.bypass else h_BCHW


@register(
    "backbone", "squeezenet",
    title="SqueezeNet",
    summary="Eight fire modules, which squeeze the channels before they convolve, with bypasses "
    "around every second one; 128 to 512 channels wide.",
    paper="Iandola, Han, Moskewicz, Ashraf, Dally, Keutzer: SqueezeNet: AlexNet-level accuracy "
    "with 50x fewer parameters and <0.5MB model size. arXiv 1602.07360, 2016.",
    facts={"family": "SqueezeNet"},
)
def squeezenet(num_classes: int, in_channels: int, options: Options) -> Backbone:
    """SqueezeNet as in weiaicunzai/pytorch-cifar100: 781,156 parameters for a hundred classes."""
    del options
    stem = nn.Sequential(conv_norm(in_channels, STEM_WIDTH, 3, bias=True), nn.MaxPool2d(2))
    stages = [
        nn.Sequential(Fire(STEM_WIDTH, 128), Fire(128, 128, bypass=True), Fire(128, 256)),
        nn.Sequential(
            nn.MaxPool2d(2), Fire(256, 256, bypass=True), Fire(256, 384),
            Fire(384, 384, bypass=True), Fire(384, 512),
        ),
        nn.Sequential(nn.MaxPool2d(2), Fire(512, 512)),
    ]
    return Staged(num_classes, in_channels, stem, stages, WIDTHS)
