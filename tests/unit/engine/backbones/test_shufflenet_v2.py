import pytest
import torch

from engine.backbones.shufflenet_v2 import WIDTHS, DownUnit, SplitUnit, shufflenet_v2


def images(channels, size=8):
    return torch.randn(2, channels, size, size, generator=torch.Generator().manual_seed(0))


def test_that_half_of_the_channels_pass_a_unit_unchanged():
    unit, x = SplitUnit(8).eval(), images(8)
    with torch.no_grad():
        out = unit(x)
        assert torch.equal(out[:, ::2], x[:, :4])
        assert torch.equal(out[:, 1::2], unit.branch(x[:, 4:]))


def test_that_a_down_unit_halves_the_size_and_takes_turns_between_its_branches():
    unit, x = DownUnit(6, 8).eval(), images(6)
    with torch.no_grad():
        out = unit(x)
        assert out.shape == (2, 8, 4, 4)
        assert torch.equal(out[:, ::2], unit.shortcut(x))
        assert torch.equal(out[:, 1::2], unit.branch(x))


@pytest.mark.parametrize("size", WIDTHS)
def test_that_the_head_reads_a_wider_layer_than_the_last_stage_returns(size):
    with torch.device("meta"):
        network = shufflenet_v2(10, 3, size).eval()
        features = network.features(torch.empty(1, 3, 32, 32))
    assert [m.shape[1] for m in features.maps] == list(WIDTHS[size])
    assert [m.shape[-1] for m in features.maps] == [16, 8, 4]
    assert features.embedding.shape == (1, 2048 if size == "2.0" else 1024)
