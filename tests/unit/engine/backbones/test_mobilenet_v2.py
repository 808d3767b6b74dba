import pytest
import torch
from torch import nn

from engine.backbones.mobilenet_v2 import (
    CHENYAOFO,
    KUANGLIU,
    REPDISTILLER,
    InvertedResidual,
    mobilenet_v2,
    multiple_of_8,
)
from engine.registry import lookup


def images(channels, size=8):
    return torch.randn(2, channels, size, size, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("width", "expected"), [(3, 8), (12, 16), (16, 16), (18, 24), (33.6, 32), (44.8, 48)]
)
def test_that_widths_are_multiples_of_8_not_more_than_a_tenth_too_narrow(width, expected):
    assert multiple_of_8(width) == expected


def test_that_a_block_of_one_shape_adds_its_input():
    block = InvertedResidual(4, 4, 1, 6, CHENYAOFO).eval()
    with torch.no_grad():
        block.residual[-1][1].weight.zero_()
        assert torch.equal(block(images(4)), images(4))


@pytest.mark.parametrize(("width", "stride"), [(6, 1), (4, 2)])
def test_that_a_block_that_changes_shape_has_no_shortcut(width, stride):
    block = InvertedResidual(4, width, stride, 6, CHENYAOFO).eval()
    with torch.no_grad():
        block.residual[-1][1].weight.zero_()
        assert not block(images(4)).any()


def test_that_kuangliu_projects_where_only_the_width_changes():
    assert InvertedResidual(4, 6, 1, 6, KUANGLIU).shortcut is not None
    assert InvertedResidual(4, 6, 2, 6, KUANGLIU).shortcut is None


def test_that_chenyaofo_leaves_the_expansion_out_where_nothing_expands():
    assert len(InvertedResidual(4, 6, 1, 1, CHENYAOFO).residual) == 2
    assert len(InvertedResidual(4, 6, 1, 1, REPDISTILLER).residual) == 3


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mobilenet_v2_x0_5_chenyaofo", [32, 16, 8, 4]),
        ("mobilenet_v2_x0_5_repdistiller", [16, 8, 4, 2]),
        ("mobilenet_v2_kuangliu", [32, 16, 8, 4]),
        ("mobilenet_v2_weiaicunzai", [34, 17, 9, 5]),
    ],
)
def test_that_each_repository_strides_at_its_own_places(name, expected):
    entry = lookup("backbone", name)
    with torch.device("meta"):
        network = entry.make(10, 3, entry.parse_options({})).eval()
        maps = network.features(torch.empty(1, 3, 32, 32)).maps
    assert [m.shape[-1] for m in maps] == expected


def test_that_dropout_before_the_head_is_drawn_in_training_only():
    network = mobilenet_v2(3, 3, 0.5, CHENYAOFO, dropout=0.5)
    with torch.no_grad():
        dropped = network.features(images(3)).embedding
        network.neck.eval()
        whole = network.features(images(3)).embedding
    kept = dropped != 0
    torch.testing.assert_close(dropped[kept], 2 * whole[kept])
    assert 0.4 < (~kept[whole != 0]).float().mean() < 0.6


def test_that_the_paper_s_network_drops_a_fifth_by_default():
    entry = lookup("backbone", "mobilenet_v2_x0_5_chenyaofo")
    for values, expected in (({}, 0.2), ({"dropout": 0.0}, 0.0)):
        with torch.device("meta"):
            assert entry.make(10, 3, entry.parse_options(values)).neck.p == expected


def test_that_weiaicunzai_has_a_bias_in_every_convolution():
    entry = lookup("backbone", "mobilenet_v2_weiaicunzai")
    with torch.device("meta"):
        network = entry.make(10, 3, entry.parse_options({}))
    assert all(m.bias is not None for m in network.modules() if isinstance(m, nn.Conv2d))
