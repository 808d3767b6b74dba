import pytest
import torch
from torch import nn

from engine.backbones.googlenet import Inception
from engine.registry import lookup


def images(channels, size=8):
    return torch.randn(2, channels, size, size, generator=torch.Generator().manual_seed(0))


def test_that_a_module_sets_its_branches_side_by_side():
    module = Inception(6, (1, 2, 3, 4, 5, 6)).eval()
    with torch.no_grad():
        out = module(images(6))
        parts = out.split((1, 3, 5, 6), dim=1)
        assert module.width == out.shape[1] == 15
        for branch, part in zip(module.branches, parts, strict=True):
            assert torch.equal(branch(images(6)), part)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("googlenet_kuangliu", [32, 16, 8]), ("googlenet_weiaicunzai", [16, 8, 4])],
)
def test_that_only_the_stem_of_weiaicunzai_halves_the_images(name, expected):
    entry = lookup("backbone", name)
    with torch.device("meta"):
        network = entry.make(10, 3, entry.parse_options({})).eval()
        maps = network.features(torch.empty(1, 3, 32, 32)).maps
    assert [m.shape[-1] for m in maps] == expected


def test_that_the_head_drops_what_is_asked_for():
    entry = lookup("backbone", "googlenet_weiaicunzai")
    for values, expected in (({}, 0.4), ({"dropout": 0.1}, 0.1)):
        with torch.device("meta"):
            network = entry.make(10, 3, entry.parse_options(values))
        assert isinstance(network.neck, nn.Dropout)
        assert network.neck.p == expected
