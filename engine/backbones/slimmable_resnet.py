"""Slimmable and universally slimmable CIFAR ResNets."""

from torch import nn

from engine.backbones.backbone import Backbone
from engine.backbones.slimmable import (
    WIDTHS,
    Channels,
    MakeNorm,
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
from engine.registry import register
from engine.spec.options import Options

STAGES = tuple(Channels(number) for number in (16, 32, 64))
DEPTHS = (20, 32, 56, 110)
UNIVERSAL_DEPTHS = (20, 56)
SLIMMABLE_PAPER = (
    "Yu, Yang, Xu, Yang, Huang: Slimmable Neural Networks. ICLR 2019, arXiv 1812.08928."
)
UNIVERSAL_PAPER = (
    "Yu, Huang: Universally Slimmable Networks and Improved Training Techniques. ICCV 2019, "
    "arXiv 1903.05134."
)
TRAITS = ("widths", "unbranched")
UNIVERSAL_TRAITS = (*TRAITS, "any_width")


def resnet_parts(in_channels: int, num_blocks: int, norm: MakeNorm) -> SlimParts:
    """The layers of a CIFAR ResNet with projection shortcuts, all of them slim."""
    source = STAGES[0]
    images = Channels(in_channels, slim=False)
    stem = SlimStack([SlimConv2d(images, source, 3), norm(source), nn.ReLU(inplace=True)])
    stages: list[SlimStack] = []
    for index, target in enumerate(STAGES):
        blocks = [basic_block(source, target, 1 if index == 0 else 2, norm)]
        blocks += [basic_block(target, target, 1, norm) for _ in range(num_blocks - 1)]
        stages.append(SlimStack(blocks))
        source = target
    return SlimParts(stem, stages, SlimStack([]), STAGES, source)


def basic_block(source: Channels, target: Channels, stride: int, norm: MakeNorm) -> SlimResidual:
    """The block of `BasicBlock` with projection, slim."""
    body = SlimStack([
        SlimConv2d(source, target, 3, stride), norm(target), nn.ReLU(inplace=True),
        SlimConv2d(target, target, 3), norm(target),
    ])
    same_shape = stride == 1 and source == target
    projection = [] if same_shape else [SlimConv2d(source, target, 1, stride), norm(target)]
    return SlimResidual(body, SlimStack(projection), nn.ReLU(inplace=True))


def _enter_slimmable(depth: int) -> None:
    @register(
        "backbone", f"slimmable_resnet{depth}",
        title=f"Slimmable ResNet-{depth}",
        summary=f"CIFAR ResNet of {depth} layers that can be run at a quarter, half, three "
        "quarters or all of its channels; the weights are shared, each width has batch norms of "
        "its own.",
        paper=SLIMMABLE_PAPER,
        traits=TRAITS,
        facts={
            "family": "Slimmable ResNet (CIFAR)", "depth": depth,
            "num_exits": len(WIDTHS), "widths": list(WIDTHS),
        },
    )
    def make(num_classes: int, in_channels: int, options: Options) -> Backbone:
        del options
        parts = resnet_parts(in_channels, (depth - 2) // 6, SwitchableNorm)
        return SlimmableNetwork(num_classes, in_channels, parts)


def _enter_universal(depth: int) -> None:
    @register(
        "backbone", f"us_resnet{depth}",
        title=f"Universally slimmable ResNet-{depth}",
        summary=f"CIFAR ResNet of {depth} layers trained at random widths from a quarter to all of "
        "its channels (the sandwich rule), with shared batch norms whose statistics are averaged "
        "anew for each of four widths before it is evaluated.",
        paper=UNIVERSAL_PAPER,
        traits=UNIVERSAL_TRAITS,
        facts={
            "family": "Universally slimmable ResNet (CIFAR)", "depth": depth,
            "num_exits": len(WIDTHS), "widths": list(WIDTHS),
        },
    )
    def make(num_classes: int, in_channels: int, options: Options) -> Backbone:
        del options
        parts = resnet_parts(in_channels, (depth - 2) // 6, UniversalNorm)
        return UniversallySlimmableNetwork(num_classes, in_channels, parts)


for _depth in DEPTHS:
    _enter_slimmable(_depth)
for _depth in UNIVERSAL_DEPTHS:
    _enter_universal(_depth)
