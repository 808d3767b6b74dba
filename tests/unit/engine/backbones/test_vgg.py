import pytest
import torch
from torch import nn

from engine.backbones.vgg import vgg
from engine.registry import lookup


def sizes(name, size):
    entry = lookup("backbone", name)
    with torch.device("meta"):
        network = entry.make(10, 3, entry.parse_options({})).eval()
        return [m.shape[-1] for m in network.features(torch.empty(1, 3, size, size)).maps]


@pytest.mark.parametrize("name", ["vgg11_kuangliu", "vgg11_chenyaofo", "vgg11_weiaicunzai"])
def test_that_a_max_pool_follows_every_stage(name):
    assert sizes(name, 32) == [32, 16, 8, 4, 2]
    entry = lookup("backbone", name)
    with torch.device("meta"):
        network = entry.make(10, 3, entry.parse_options({}))
        assert network.final(torch.empty(1, 512, 2, 2)).shape == (1, 512, 1, 1)


@pytest.mark.parametrize("name", ["vgg8", "vgg11_repdistiller"])
def test_that_repdistiller_pools_three_times_and_averages_4_by_4_maps(name):
    assert sizes(name, 32) == [32, 16, 8, 4, 4]


@pytest.mark.parametrize(("size", "expected"), [(8, [8, 4, 2, 1, 1]), (28, [28, 14, 7, 4, 2])])
def test_that_tiny_images_are_never_pooled_away(size, expected):
    assert sizes("vgg11_kuangliu", size) == expected


@pytest.mark.parametrize("depth", [8, 11, 13, 16, 19])
def test_that_depth_counts_convolutions_and_three_linear_layers(depth):
    with torch.device("meta"):
        network = vgg(10, 3, depth, hidden_width=32)
    layers = [m for m in network.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(layers) == depth


def test_that_the_head_reads_the_hidden_layers():
    with torch.device("meta"):
        network = vgg(7, 3, 8, hidden_width=33)
        features = network.features(torch.empty(2, 3, 8, 8))
    assert network.embedding_dim == 33
    assert features.embedding.shape == (2, 33)
    assert [m.out_features for m in network.modules() if isinstance(m, nn.Linear)] == [33, 33, 7]


def test_that_the_classifier_drops_half_by_default_and_what_is_asked_for():
    entry = lookup("backbone", "vgg11_chenyaofo")
    for values, expected in (({}, 0.5), ({"dropout": 0.25}, 0.25)):
        with torch.device("meta"):
            network = entry.make(10, 3, entry.parse_options(values))
        assert [m.p for m in network.modules() if isinstance(m, nn.Dropout)] == [expected] * 2
