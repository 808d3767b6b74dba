import torch
from torch import nn

from engine.backbones.mobilenet import separable_conv
from engine.registry import lookup


def make(name):
    entry = lookup("backbone", name)
    with torch.device("meta"):
        return entry.make(10, 3, entry.parse_options({}))


def test_that_a_separable_convolution_mixes_channels_in_its_second_half_only():
    first, second = separable_conv(4, 8, 2)
    assert (first[0].groups, first[0].stride) == (4, (2, 2))
    assert (second[0].groups, second[0].kernel_size) == (1, (1, 1))


def test_that_the_images_are_halved_four_times():
    with torch.device("meta"):
        maps = make("mobilenet_kuangliu").eval().features(torch.empty(1, 3, 32, 32)).maps
    assert [m.shape[-1] for m in maps] == [32, 16, 8, 4, 2]


def test_that_weiaicunzai_has_biases_in_the_1_by_1_convolutions_and_nowhere_else():
    for name, expected in (("mobilenet_weiaicunzai", {(1, 1)}), ("mobilenet_kuangliu", set())):
        convolutions = [m for m in make(name).modules() if isinstance(m, nn.Conv2d)]
        assert {m.kernel_size for m in convolutions if m.bias is not None} == expected
