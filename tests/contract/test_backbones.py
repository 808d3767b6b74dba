"""What every registered backbone must keep; a new one is tested by being registered."""

import pytest
import torch

from engine.backbones.backbone import count_parameters
from engine.registry import entries, lookup

NAMES = [entry.card.name for entry in entries("backbone")]
SMALL = [name for name in NAMES if name != "wrn_28_10"]  # 36 million weights: shapes only

# Parameters for 10 and for 100 classes, as counted in the repositories named.
COUNTS = {
    "resnet8": (78_042, 83_892),  # RepDistiller
    "resnet20": (272_474, 278_324),
    "resnet32": (466_906, 472_756),
    "resnet44": (661_338, 667_188),
    "resnet56": (855_770, 861_620),
    "resnet110": (1_730_714, 1_736_564),
    "resnet20_a": (269_722, 275_572),  # akamaster
    "resnet32_a": (464_154, 470_004),
    "resnet44_a": (658_586, 664_436),
    "resnet56_a": (853_018, 858_868),
    "resnet110_a": (1_727_962, 1_733_812),
    "resnet18": (11_173_962, 11_220_132),  # kuangliu, weiaicunzai
    "wrn_16_2": (691_674, 703_284),  # RepDistiller
    "wrn_28_10": (36_479_194, 36_536_884),  # the authors, bearpaw
    "wrn_40_2": (2_243_546, 2_255_156),  # RepDistiller
}


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def make(name, num_classes=10, in_channels=3, device="cpu"):
    entry = lookup("backbone", name)
    with torch.device(device):
        return entry.make(num_classes, in_channels, entry.parse_options({}))


def images(channels=3, size=8):
    return torch.randn(2, channels, size, size, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", COUNTS)
def test_that_the_parameters_are_those_of_the_named_network(name):
    counts = tuple(count_parameters(make(name, k, device="meta")) for k in (10, 100))
    assert counts == COUNTS[name]


@pytest.mark.parametrize("in_channels", [1, 3])
@pytest.mark.parametrize("name", NAMES)
def test_that_the_shapes_are_what_the_network_says_of_itself(name, in_channels):
    network = make(name, 7, in_channels, device="meta")
    assert (network.num_classes, network.in_channels) == (7, in_channels)
    for size in (8, 28, 32):
        maps, embedding, logits = network.features(
            torch.empty(2, in_channels, size, size, device="meta")
        )
        assert tuple(m.shape[1] for m in maps) == network.stage_channels
        assert all(m.ndim == 4 and m.shape[0] == 2 for m in maps)
        assert embedding.shape == (2, network.embedding_dim)
        assert [tuple(exit_BK.shape) for exit_BK in logits] == [(2, 7)] * len(logits)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", SMALL)
def test_that_calling_a_network_is_asking_for_its_last_logits(name, training):
    network = make(name).train(training)
    with torch.no_grad():
        called, asked = network(images()), network.features(images()).logits[-1]
        assert torch.equal(called, asked)
        assert called.isfinite().all()
        assert called.std() > 0


@pytest.mark.parametrize("name", SMALL)
def test_that_a_state_dict_makes_another_network_the_same(name):
    first, second = make(name).eval(), make(name).eval()
    with torch.no_grad():
        expected = first(images())
        assert not torch.equal(second(images()), expected)
        second.load_state_dict(first.state_dict(), strict=True)
        assert torch.equal(second(images()), expected)


@pytest.mark.parametrize("name", ["resnet8", "resnet8_a", "resnet18", "wrn_16_2"])
def test_that_channels_last_changes_nothing_but_rounding(name):
    network = make(name).eval()
    with torch.no_grad():
        expected = network(images(size=9))
        network = network.to(memory_format=torch.channels_last)
        got = network(images(size=9).contiguous(memory_format=torch.channels_last))
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", SMALL)
def test_that_equal_streams_make_equal_networks(name):
    states = []
    for _ in range(2):
        torch.manual_seed(5)
        states.append(make(name).state_dict())
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
