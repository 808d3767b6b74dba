"""Residual blocks that activate before they convolve (He et al. 2016, arXiv 1603.05027)."""

import torch.nn.functional as F
from torch import Tensor, nn

from engine.backbones.staged import conv


class PreActivationBlock(nn.Module):
    """F(a) + shortcut, F = conv3×3 – BN – ReLU – dropout – conv3×3, a = relu(BN(x)).

    The shortcut is x itself, or where the shape changes a 1×1 convolution of a.

    Args:
        in_width: channels in.
        width: channels out.
        stride: of the first convolution.
        raw_shortcut: convolve x itself on the shortcut, not a.
        bias: whether the convolutions have one.
        dropout: probability that an activation is dropped while training.
    """

    def __init__(
        self, in_width: int, width: int, stride: int, *, raw_shortcut: bool = False,
        bias: bool = False, dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_width)
        self.conv1 = conv(in_width, width, 3, stride, bias=bias)
        self.bn2, self.conv2 = nn.BatchNorm2d(width), conv(width, width, 3, bias=bias)
        self.shortcut = shortcut(in_width, width, stride, bias=bias)
        self.raw_shortcut, self.dropout = raw_shortcut, dropout

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map (B, in_width, H, W) to (B, width, ⌈H/stride⌉, ⌈W/stride⌉)."""
        a_BCHW = F.relu(self.bn1(x_BCHW), inplace=True)
        h_BCHW = self.residual(a_BCHW)
        if self.shortcut is None:
            return h_BCHW + x_BCHW
        return h_BCHW + self.shortcut(x_BCHW if self.raw_shortcut else a_BCHW)

    def residual(self, a_BCHW: Tensor) -> Tensor:
        """F(a), (B, width, ⌈H/stride⌉, ⌈W/stride⌉)."""
        h_BCHW = F.relu(self.bn2(self.conv1(a_BCHW)), inplace=True)
        return self.conv2(F.dropout(h_BCHW, self.dropout, self.training))


class PreActivationBottleneck(nn.Module):
    """F(a) + shortcut, F = conv1×1 – BN – ReLU – conv3×3 – BN – ReLU – conv1×1, a = relu(BN(x)).

    The inner convolutions have a quarter of the channels. The shortcut is as in
    `PreActivationBlock`.

    Args:
        in_width: channels in.
        width: channels out.
        stride: of the 3×3 convolution.
        raw_shortcut: convolve x itself on the shortcut, not a.
        bias: whether the convolutions have one.
        stride_first: stride the first 1×1 convolution instead of the 3×3.
    """

    def __init__(
        self, in_width: int, width: int, stride: int, *, raw_shortcut: bool = False,
        bias: bool = False, stride_first: bool = False,
    ) -> None:
        super().__init__()
        inner = width // 4
        first, second = (stride, 1) if stride_first else (1, stride)
        self.bn1, self.conv1 = nn.BatchNorm2d(in_width), conv(in_width, inner, 1, first, bias=bias)
        self.bn2, self.conv2 = nn.BatchNorm2d(inner), conv(inner, inner, 3, second, bias=bias)
        self.bn3, self.conv3 = nn.BatchNorm2d(inner), conv(inner, width, 1, bias=bias)
        self.shortcut = shortcut(in_width, width, stride, bias=bias)
        self.raw_shortcut = raw_shortcut

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Map (B, in_width, H, W) to (B, width, ⌈H/stride⌉, ⌈W/stride⌉)."""
        a_BCHW = F.relu(self.bn1(x_BCHW), inplace=True)
        h_BCHW = F.relu(self.bn2(self.conv1(a_BCHW)), inplace=True)
        h_BCHW = self.conv3(F.relu(self.bn3(self.conv2(h_BCHW)), inplace=True))
        if self.shortcut is None:
            return h_BCHW + x_BCHW
        return h_BCHW + self.shortcut(x_BCHW if self.raw_shortcut else a_BCHW)


def shortcut(in_width: int, width: int, stride: int, *, bias: bool = False) -> nn.Conv2d | None:
    """A strided 1×1 convolution where the shape changes, else None."""
    same_shape = stride == 1 and in_width == width
    return None if same_shape else conv(in_width, width, 1, stride, bias=bias)


def final_activation(width: int) -> nn.Sequential:
    """Batch norm and ReLU behind the last block, whose output is not activated."""
    return nn.Sequential(nn.BatchNorm2d(width), nn.ReLU(inplace=True))
