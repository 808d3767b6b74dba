import torch
import torch.nn.functional as F

from engine.backbones.shufflenet import ShuffleUnit, shuffle_channels


def images(channels, size=8):
    return torch.randn(2, channels, size, size, generator=torch.Generator().manual_seed(0))


def test_that_shuffled_channels_take_turns_between_the_groups():
    h = torch.arange(6.0).reshape(1, 6, 1, 1)
    assert shuffle_channels(h, 2).flatten().tolist() == [0, 3, 1, 4, 2, 5]
    assert shuffle_channels(h, 3).flatten().tolist() == [0, 2, 4, 1, 3, 5]
    assert torch.equal(shuffle_channels(shuffle_channels(h, 2), 3), h)


def test_that_a_unit_of_stride_1_adds_its_input_before_the_activation():
    unit = ShuffleUnit(12, 12, 1).eval()
    with torch.no_grad():
        unit.expand[1].weight.zero_()
        assert torch.equal(unit(images(12)), F.relu(images(12)))


def test_that_a_unit_of_stride_2_sets_the_averaged_input_beside_its_own_channels():
    unit = ShuffleUnit(12, 24, 2).eval()
    with torch.no_grad():
        out = unit(images(12))
        averaged = F.avg_pool2d(images(12), 3, stride=2, padding=1)
        assert out.shape == (2, 24, 4, 4)
        assert torch.equal(out[:, 12:], F.relu(averaged))


def test_that_only_the_unit_behind_the_stem_reads_all_channels_at_once():
    assert ShuffleUnit(24, 240, 2).reduce[0].groups == 1
    assert ShuffleUnit(240, 240, 1).reduce[0].groups == 3
