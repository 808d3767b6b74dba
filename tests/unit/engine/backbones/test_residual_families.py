"""What the names of the residual families promise beyond their numbers of parameters."""

import pytest
import torch
from torch import nn

from engine.registry import entries, lookup

FAMILIES = {
    "ResNet (CIFAR)", "ResNet", "PreActResNet", "PreResNet (CIFAR)", "Wide ResNet", "ResNeXt",
    "SENet", "SE-ResNet",
}
NAMES = [e.card.name for e in entries("backbone") if e.card.facts.get("family") in FAMILIES]


def on_meta(name):
    entry = lookup("backbone", name)
    with torch.device("meta"):
        return entry.make(10, 3, entry.parse_options({}))


def layers(module, kind):
    return [m for m in module.modules() if isinstance(m, kind)]


@pytest.mark.parametrize("name", NAMES)
def test_that_depth_counts_the_layers_on_the_longest_way(name):
    network = on_meta(name)
    beside = sum(len(layers(m, nn.Conv2d)) for n, m in network.named_modules()
                 if n.endswith("shortcut"))
    depth = len(layers(network, nn.Conv2d)) - beside + 1
    # Wide residual networks count the convolutions of their shortcuts in place of the head.
    wide = name.startswith("wrn_")
    assert lookup("backbone", name).card.facts["depth"] == depth + 2 * wide


def test_that_the_named_widths_are_those_of_the_stages():
    assert on_meta("resnet8x4").stage_channels == (64, 128, 256)
    assert on_meta("resnet50").stage_channels == (256, 512, 1024, 2048)
    assert on_meta("preresnet164").stage_channels == (64, 128, 256)
    assert on_meta("preresnet164_basic").stage_channels == (16, 32, 64)


@pytest.mark.parametrize(
    ("name", "cardinality", "group_width"),
    [
        ("resnext29_32x4d", 32, 4), ("resnext29_2x64d", 2, 64), ("resnext29_8x64d", 8, 64),
        ("resnext50_grouped", 32, 4),
    ],
)
def test_that_a_resnext_is_named_by_the_groups_of_its_first_stage(name, cardinality, group_width):
    block = on_meta(name).stages[0][0]
    assert block.conv2.groups == cardinality
    assert block.conv2.out_channels == cardinality * group_width
    assert block.conv1.groups == (cardinality if name.endswith("_grouped") else 1)


@pytest.mark.parametrize(
    ("name", "biased", "normed_stem", "normed_end"),
    [
        ("preact_resnet18", False, False, False), ("preact_resnet18_biased", True, True, False),
        ("preresnet110", False, False, True), ("senet18", False, True, False),
    ],
)
def test_that_pre_activation_networks_differ_as_their_names_say(
    name, biased, normed_stem, normed_end
):
    network = on_meta(name)
    assert {c.bias is not None for c in layers(network, nn.Conv2d)} == {biased}
    assert bool(layers(network.stem, nn.BatchNorm2d)) == normed_stem
    assert bool(layers(network.final, nn.BatchNorm2d)) == normed_end
