"""The layer that the convolutional families are made of."""

from torch import nn

from engine.backbones.staged import conv


def conv_norm(
    in_width: int, width: int, size: int, stride: int = 1, *, groups: int = 1,
    bias: bool = False, activation: type[nn.Module] | None = nn.ReLU,
) -> nn.Sequential:
    """A convolution padded to keep the size at stride 1, batch norm, and an activation if any.

    A bias before the batch norm changes nothing but the count of parameters; some repositories
    have it.
    """
    layers = [conv(in_width, width, size, stride, groups=groups, bias=bias), nn.BatchNorm2d(width)]
    if activation is not None:
        layers.append(activation(inplace=True))
    return nn.Sequential(*layers)
