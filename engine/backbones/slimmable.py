"""Layers of which a network of any width uses the first channels.

Yu, Yang, Xu, Yang, Huang 2019, arXiv 1812.08928 (slimmable) and Yu, Huang 2019, arXiv 1903.05134
(universally slimmable); repository JiahuiYu/slimmable_networks. A layer has the weights of the
full network; at a width it reads and returns the first channels only. What cannot be shared are
the statistics of the batch norms, since they differ from width to width.
"""

import copy
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.backbones.parts import copied

WIDTHS = (0.25, 0.5, 0.75, 1.0)


class Width(NamedTuple):
    """One width of a slimmable network.

    Attributes:
        share: of the full number of channels.
        place: in the ladder of widths that have statistics of their own; None between its rungs.
        momentum: weight of this batch in those statistics while they are calibrated; else None.
    """

    share: float
    place: int | None
    momentum: float | None = None


LADDER = tuple(Width(share, place) for place, share in enumerate(WIDTHS))


class Channels(NamedTuple):
    """How many channels a layer has at each width.

    Attributes:
        full: at width 1, before `times`.
        divisor: the number is rounded to a multiple of it, never more than a tenth down.
        times: how often the rounded number is repeated (the expansion of a bottleneck).
        slim: False where all widths have all channels.
    """

    full: int
    divisor: int = 1
    times: int = 1
    slim: bool = True

    def at(self, share: float) -> int:
        """The number of channels at a share of the full width."""
        wanted = self.full * (share if self.slim else 1)
        number = max(self.divisor, int(wanted / self.divisor + 0.5) * self.divisor)
        if number < 0.9 * wanted:
            number += self.divisor
        return number * self.times


class Slim(nn.Module):
    """A module that runs at any width, and can be cut out at one."""

    def forward(self, x_BCHW: Tensor, at: Width) -> Tensor:
        """Map the first channels to the first channels."""
        raise NotImplementedError

    def plain(self, at: Width) -> nn.Module:
        """A plain module with copies of what this width uses."""
        raise NotImplementedError


MakeNorm = Callable[[Channels], Slim]


class SlimConv2d(Slim):
    """A convolution without bias, padded to keep the size at stride 1.

    Args:
        source: channels in.
        target: channels out; a depthwise convolution has as many as it reads.
        size: of the kernel.
        stride: of the convolution.
        depthwise: each channel is convolved alone.
    """

    def __init__(
        self, source: Channels, target: Channels, size: int, stride: int = 1, *,
        depthwise: bool = False,
    ) -> None:
        super().__init__()
        self.source, self.target, self.depthwise = source, target, depthwise
        groups = source.at(1) if depthwise else 1
        self.conv = nn.Conv2d(
            source.at(1), target.at(1), size, stride, size // 2, groups=groups, bias=False
        )

    def forward(self, x_BCHW: Tensor, at: Width) -> Tensor:
        """Convolve (B, source, H, W) to (B, target, ⌈H/stride⌉, ⌈W/stride⌉)."""
        groups = x_BCHW.shape[1] if self.depthwise else 1
        weight, conv = self._weight(at), self.conv
        return F.conv2d(x_BCHW, weight, None, conv.stride, conv.padding, groups=groups)

    def plain(self, at: Width) -> nn.Conv2d:
        """A plain convolution with a copy of the weights that this width uses."""
        weight, conv = self._weight(at), self.conv
        groups = weight.shape[0] if self.depthwise else 1
        layer = nn.Conv2d(
            weight.shape[1] * groups, weight.shape[0], weight.shape[2], conv.stride[0],
            weight.shape[2] // 2, groups=groups, bias=False, device="meta",
        )
        layer.weight = copied(weight)
        return layer

    def _weight(self, at: Width) -> Tensor:
        fan_in = 1 if self.depthwise else self.source.at(at.share)
        return self.conv.weight[: self.target.at(at.share), :fan_in]


class SwitchableNorm(Slim):
    """A batch norm for each width (arXiv 1812.08928, "switchable batch normalization")."""

    def __init__(self, channels: Channels) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.BatchNorm2d(channels.at(share)) for share in WIDTHS)

    def forward(self, x_BCHW: Tensor, at: Width) -> Tensor:
        """Normalise by the batch norm of this width."""
        return self._norm(at)(x_BCHW)

    def plain(self, at: Width) -> nn.Module:
        """A copy of the batch norm of this width."""
        return copy.deepcopy(self._norm(at))

    def _norm(self, at: Width) -> nn.Module:
        assert at.place is not None, "a slimmable network has the widths of its ladder only"
        return self.norms[at.place]


class UniversalNorm(Slim):
    """One batch norm for all widths (arXiv 1903.05134, "post-statistics").

    It keeps no statistics while it is trained. Those of the ladder's widths are averaged
    afterwards, when the width says with what momentum.
    """

    means: Tensor
    variances: Tensor

    def __init__(self, channels: Channels) -> None:
        super().__init__()
        self.channels = channels
        number = channels.at(1)
        self.weight, self.bias = nn.Parameter(torch.ones(number)), nn.Parameter(torch.zeros(number))
        self.register_buffer("means", torch.zeros(len(WIDTHS), number))
        self.register_buffer("variances", torch.ones(len(WIDTHS), number))

    def forward(self, x_BCHW: Tensor, at: Width) -> Tensor:
        """Normalise by the batch in train mode and calibration, else by this width's statistics."""
        weight, bias = self._affine(at)
        if at.momentum is not None:
            means, variances = self._statistics(at)
            return F.batch_norm(x_BCHW, means, variances, weight, bias, True, at.momentum)
        if self.training:
            return F.batch_norm(x_BCHW, None, None, weight, bias, True)
        return F.batch_norm(x_BCHW, *self._statistics(at), weight, bias)

    def plain(self, at: Width) -> nn.BatchNorm2d:
        """A plain batch norm with copies of this width's weights and statistics."""
        (weight, bias), (means, variances) = self._affine(at), self._statistics(at)
        norm = nn.BatchNorm2d(weight.numel(), device=weight.device)
        norm.weight, norm.bias = copied(weight), copied(bias)
        norm.running_mean, norm.running_var = means.clone(), variances.clone()
        return norm

    def _affine(self, at: Width) -> tuple[Tensor, Tensor]:
        number = self.channels.at(at.share)
        return self.weight[:number], self.bias[:number]

    def _statistics(self, at: Width) -> tuple[Tensor, Tensor]:
        assert at.place is not None, "only the ladder's widths have statistics"
        number = self.channels.at(at.share)
        return self.means[at.place, :number], self.variances[at.place, :number]


class SlimStack(Slim):
    """Modules one after another; those that are not slim work at every width."""

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x_BCHW: Tensor, at: Width) -> Tensor:
        """Run all layers."""
        for layer in self.layers:
            x_BCHW = layer(x_BCHW, at) if isinstance(layer, Slim) else layer(x_BCHW)
        return x_BCHW

    def plain(self, at: Width) -> nn.Sequential:
        """The plain layers of this width."""
        return nn.Sequential(
            *(m.plain(at) if isinstance(m, Slim) else copy.deepcopy(m) for m in self.layers)
        )


class Residual(nn.Module):
    """activation(body(x) + shortcut(x))."""

    def __init__(self, body: nn.Module, shortcut: nn.Module, activation: nn.Module) -> None:
        super().__init__()
        self.body, self.shortcut, self.activation = body, shortcut, activation

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Return the body's output added to the shortcut's."""
        return self.activation(self.body(x_BCHW) + self.shortcut(x_BCHW))


class SlimResidual(Slim):
    """activation(body(x) + shortcut(x)); a stack without layers is the identity."""

    def __init__(self, body: SlimStack, shortcut: SlimStack, activation: nn.Module) -> None:
        super().__init__()
        self.body, self.shortcut, self.activation = body, shortcut, activation

    def forward(self, x_BCHW: Tensor, at: Width) -> Tensor:
        """Return the body's output added to the shortcut's."""
        return self.activation(self.body(x_BCHW, at) + self.shortcut(x_BCHW, at))

    def plain(self, at: Width) -> Residual:
        """The plain block of this width."""
        activation = copy.deepcopy(self.activation)
        return Residual(self.body.plain(at), self.shortcut.plain(at), activation)
