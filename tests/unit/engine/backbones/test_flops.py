import pytest
import torch
from torch import nn

from engine.backbones.backbone import Backbone
from engine.backbones.flops import exit_multiply_adds, multiply_adds
from engine.registry import lookup


def on_meta(name, num_classes=10):
    entry = lookup("backbone", name)
    with torch.device("meta"):
        return entry.make(num_classes, 3, entry.parse_options({}))


@pytest.mark.parametrize(
    ("name", "num_classes", "size", "millions"),
    [
        ("resnet20", 10, 32, 40.8),  # chenyaofo: 41 M
        ("resnet56", 10, 32, 125.7),  # chenyaofo: 126 M
        ("resnet18", 10, 32, 555.4),  # kuangliu: 0.56 G
        ("tv_resnet50", 1000, 224, 4089.2),  # torchvision: 4.089 G
        ("tv_mobilenet_v2", 1000, 224, 300.8),  # torchvision: 0.301 G
        ("tv_vit_b_32", 1000, 224, 4409.2),  # torchvision, attention included: 4.409 G
    ],
)
def test_that_networks_cost_what_is_known_of_them(name, num_classes, size, millions):
    counted = multiply_adds(on_meta(name, num_classes), 3, size)
    assert counted / 1e6 == pytest.approx(millions, abs=0.05)


def test_that_a_convolution_and_a_linear_layer_are_counted_by_hand():
    network = nn.Sequential(
        nn.Conv2d(2, 8, 3, stride=2, padding=1, groups=2), nn.BatchNorm2d(8), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5),
    )
    assert multiply_adds(network, 2, 16) == 8 * 8 * 8 * 9 + 8 * 5


def test_that_a_network_is_left_as_it_was():
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    multiply_adds(network, 3, 8)
    assert network.training
    assert network(torch.ones(2, 3, 8, 8)).is_cpu
    network[1].reset_running_stats()
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_that_a_network_of_one_exit_has_one_figure():
    network = on_meta("resnet8")
    assert exit_multiply_adds(network, 32) == (multiply_adds(network, 3, 32),)


@pytest.mark.parametrize("name", ["slimmable_resnet20", "msdnet_anytime_4"])
def test_that_every_exit_and_width_has_a_figure_and_the_last_is_that_of_the_whole(name):
    network = on_meta(name)
    assert isinstance(network, Backbone)
    counted = exit_multiply_adds(network, 32)
    assert len(counted) == network.num_exits > 1
    assert sorted(set(counted)) == list(counted)
    assert counted[0] == multiply_adds(network.subnet(0), 3, 32)
    assert counted[-1] == multiply_adds(network, 3, 32)


@pytest.mark.parametrize("name", ["resnet8", "slimmable_resnet20", "msdnet_anytime_4"])
def test_that_an_image_twice_as_wide_costs_twice_as_much_but_for_the_head(name):
    network = on_meta(name)
    square, wide = (exit_multiply_adds(network, size) for size in ((16, 16), (16, 32)))
    assert square == exit_multiply_adds(network, 16)
    for one, other in zip(square, wide, strict=True):
        assert 1.99 * one < other <= 2 * one
