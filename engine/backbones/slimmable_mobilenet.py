"""Slimmable and universally slimmable MobileNetV2 for small images.

Structure: Sandler et al. 2018, arXiv 1801.04381, table 2, with the first two strides 1 as in
chenyaofo/pytorch-cifar-models, and no dropout. As in JiahuiYu/slimmable_networks channels are
rounded to multiples of 8 before the expansion, and all widths have the 1280 last channels; the
last batch norm, which that repository shares, is one per width like the others.
"""

from itertools import groupby

from torch import nn

from engine.backbones.backbone import Backbone
from engine.backbones.slimmable import (
    WIDTHS,
    Channels,
    MakeNorm,
    Slim,
    SlimConv2d,
    SlimResidual,
    SlimStack,
    SwitchableNorm,
    UniversalNorm,
)
from engine.backbones.slimmable_network import (
    SlimmableNetwork,
    SlimParts,
    UniversallySlimmableNetwork,
)
from engine.backbones.slimmable_resnet import (
    SLIMMABLE_PAPER,
    TRAITS,
    UNIVERSAL_PAPER,
    UNIVERSAL_TRAITS,
)
from engine.registry import register
from engine.spec.options import Options

DIVISOR = 8
STEM = Channels(32, DIVISOR)
LAST = Channels(1280, slim=False)
# stage, expansion, channels, blocks, stride of the first block
GROUPS = (
    (1, 1, 16, 1, 1), (1, 6, 24, 2, 1), (2, 6, 32, 3, 2), (3, 6, 64, 4, 2), (3, 6, 96, 3, 1),
    (4, 6, 160, 3, 2), (4, 6, 320, 1, 1),
)
FACTS = {"num_exits": len(WIDTHS), "widths": list(WIDTHS)}


def mobilenet_parts(in_channels: int, norm: MakeNorm) -> SlimParts:
    """The layers of a MobileNetV2, all of them slim."""
    images, source = Channels(in_channels, slim=False), STEM
    stem = SlimStack([SlimConv2d(images, STEM, 3), norm(STEM), nn.ReLU6(inplace=True)])
    stages: list[SlimStack] = []
    stage_channels: list[Channels] = []
    for _, groups in groupby(GROUPS, key=lambda group: group[0]):
        blocks: list[Slim] = []
        for _, expansion, number, num_blocks, stride in groups:
            target = Channels(number, DIVISOR)
            for index in range(num_blocks):
                blocks.append(
                    inverted_residual(source, target, expansion, 1 if index else stride, norm)
                )
                source = target
        stages.append(SlimStack(blocks))
        stage_channels.append(source)
    final = SlimStack([SlimConv2d(source, LAST, 1), norm(LAST), nn.ReLU6(inplace=True)])
    return SlimParts(stem, stages, final, stage_channels, LAST)


def inverted_residual(
    source: Channels, target: Channels, expansion: int, stride: int, norm: MakeNorm
) -> Slim:
    """Expand, convolve each channel, project back; added to the input where the shapes agree."""
    hidden = source._replace(times=expansion)
    layers: list[nn.Module] = []
    if expansion != 1:
        layers += [SlimConv2d(source, hidden, 1), norm(hidden), nn.ReLU6(inplace=True)]
    layers += [
        SlimConv2d(hidden, hidden, 3, stride, depthwise=True), norm(hidden), nn.ReLU6(inplace=True),
        SlimConv2d(hidden, target, 1), norm(target),
    ]
    body = SlimStack(layers)
    if stride == 1 and source == target:
        return SlimResidual(body, SlimStack([]), nn.Identity())
    return body


@register(
    "backbone", "slimmable_mobilenet_v2",
    title="Slimmable MobileNetV2",
    summary="MobileNetV2 for small images that can be run at a quarter, half, three quarters or "
    "all of its channels; the weights are shared, each width has batch norms of its own.",
    paper=SLIMMABLE_PAPER,
    traits=TRAITS,
    facts={"family": "Slimmable MobileNetV2", **FACTS},
)
def slimmable_mobilenet_v2(num_classes: int, in_channels: int, options: Options) -> Backbone:
    """MobileNetV2 with a batch norm per width."""
    del options
    return SlimmableNetwork(
        num_classes, in_channels, mobilenet_parts(in_channels, SwitchableNorm)
    )


@register(
    "backbone", "us_mobilenet_v2",
    title="Universally slimmable MobileNetV2",
    summary="MobileNetV2 for small images trained at random widths from a quarter to all of its "
    "channels (the sandwich rule), with shared batch norms whose statistics are averaged anew for "
    "each of four widths before it is evaluated.",
    paper=UNIVERSAL_PAPER,
    traits=UNIVERSAL_TRAITS,
    facts={"family": "Universally slimmable MobileNetV2", **FACTS},
)
def us_mobilenet_v2(num_classes: int, in_channels: int, options: Options) -> Backbone:
    """MobileNetV2 of any width with shared batch norms."""
    del options
    parts = mobilenet_parts(in_channels, UniversalNorm)
    return UniversallySlimmableNetwork(num_classes, in_channels, parts)
