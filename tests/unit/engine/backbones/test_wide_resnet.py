import pytest
import torch

from engine.backbones.wide_resnet import wide_resnet
from engine.registry import lookup
from engine.spec.errors import SpecError


def images(channels=3):
    return torch.randn(4, channels, 8, 8, generator=torch.Generator().manual_seed(0))


def test_that_the_embedding_pools_the_normalised_and_activated_last_map():
    network = wide_resnet(10, 3, depth=10, widen=1).eval()
    with torch.no_grad():
        features = network.features(images())
        expected = network.final(features.maps[-1].clone()).mean(dim=(2, 3))
        assert (features.maps[-1] < 0).any()
        assert (features.embedding >= 0).all()
        assert torch.equal(features.embedding, expected)


def test_that_widening_widens_the_stages_and_not_the_stem():
    network = wide_resnet(10, 3, depth=10, widen=3)
    assert network.stage_channels == (48, 96, 192)
    assert network.stem.weight.shape[0] == 16


def test_that_the_dropout_option_reaches_every_block():
    entry = lookup("backbone", "wrn_16_1")
    network = entry.make(10, 3, entry.parse_options({"dropout": 0.3}))
    assert [block.dropout for stage in network.stages for block in stage] == [0.3] * 6


def test_that_dropout_of_everything_is_refused():
    with pytest.raises(SpecError, match="dropout"):
        lookup("backbone", "wrn_16_1").parse_options({"dropout": 1.0})
