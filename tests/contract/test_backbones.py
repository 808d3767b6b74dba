"""What every registered backbone must keep; a new one is tested by being registered.

Shapes and counts are tested on meta tensors for all of them, values on the smallest member of
each family. The networks of other libraries have tests of their own.
"""

import copy
from functools import cache

import pytest
import torch

from engine.backbones.backbone import count_parameters
from engine.registry import entries, lookup
from tests.contract import parameter_counts, parameter_counts_conv

ELSEWHERE = ("tv_", "timm_")
CARDS = [e.card for e in entries("backbone") if not e.card.name.startswith(ELSEWHERE)]
FAMILIES = list(dict.fromkeys(card.facts["family"] for card in CARDS))
COUNTS = parameter_counts.COUNTS | parameter_counts_conv.COUNTS
SEED = 5


@pytest.fixture(scope="module", autouse=True)
def _one_thread():  # before what is built for the module: convolutions round by the threads
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def make(name, num_classes=10, in_channels=3, device="cpu", seed=SEED):
    entry = lookup("backbone", name)
    with torch.random.fork_rng(devices=[]), torch.device(device):
        torch.manual_seed(seed)
        return entry.make(num_classes, in_channels, entry.parse_options({})).eval()


@cache
def on_meta(name):
    return make(name, device="meta")


@cache
def smallest(family):
    names = [card.name for card in CARDS if card.facts["family"] == family]
    return min(names, key=lambda name: count_parameters(on_meta(name)))


@pytest.fixture(scope="module", params=FAMILIES)
def name(request):
    """The smallest network of each family; the tests of one family run side by side."""
    return smallest(request.param)


@pytest.fixture(scope="module")
def built(name):
    """A network that tests only read, in eval mode."""
    return make(name)


@pytest.fixture(scope="module")
def seen(built):
    """Its features of the images."""
    with torch.no_grad():
        return built.features(images())


@pytest.fixture
def light_batch_norm(monkeypatch):
    """Batch norm keeps the shape, and is two thirds of the time that meta tensors take."""

    def keep(x, running_mean, *args, **kwargs):
        assert x.shape[1:2] == running_mean.shape
        return x

    monkeypatch.setattr(torch.nn.functional, "batch_norm", keep)


def images(channels=3, size=8):
    return torch.randn(2, channels, size, size, generator=torch.Generator().manual_seed(0))


def check_near(got, expected):
    """Equal but for rounding, which grows with the logits of a network not yet trained."""
    torch.testing.assert_close(got, expected, rtol=0, atol=1e-4 * expected.std().item())


@pytest.mark.parametrize("counted", COUNTS)
def test_that_the_parameters_are_those_of_the_named_network(counted):
    ten, hundred = COUNTS[counted]
    assert ten in (None, count_parameters(on_meta(counted)))
    assert hundred in (None, count_parameters(make(counted, 100, device="meta")))


@torch.no_grad()
def check_shapes(network, size):
    num_classes, in_channels = network.num_classes, network.in_channels
    seen = network.features(torch.empty(2, in_channels, size, size, device="meta"))
    assert tuple(m.shape[1] for m in seen.maps) == network.stage_channels
    assert all(m.ndim == 4 and m.shape[0] == 2 for m in seen.maps)
    assert seen.embedding.shape == (2, network.embedding_dim)
    assert [tuple(e.shape) for e in seen.exit_embeddings] == [(2, d) for d in network.exit_dims]
    assert [tuple(z.shape) for z in seen.logits] == [(2, num_classes)] * network.num_exits


def some_quickly(cards):
    """Names of cards, those of families that are large marked slow but for the ends of each."""
    families = {}
    for card in cards:
        families.setdefault(card.facts["family"], []).append(card.name)
    for names in families.values():
        for name in names:
            yield name if name in (names[0], names[-1]) else pytest.param(
                name, marks=pytest.mark.slow
            )


@pytest.mark.usefixtures("light_batch_norm")
@pytest.mark.parametrize("registered", list(some_quickly(CARDS)))
def test_that_the_shapes_are_what_the_network_says_of_itself(registered):
    network = on_meta(registered)
    assert (network.num_classes, network.in_channels) == (10, 3)
    check_shapes(network, size=8)


@pytest.mark.long
@pytest.mark.usefixtures("light_batch_norm")
def test_that_grey_images_of_another_size_fit(name):
    network = make(name, 7, 1, device="meta")
    assert (network.num_classes, network.in_channels) == (7, 1)
    check_shapes(network, size=28)


@torch.no_grad()
def test_that_calling_a_network_is_asking_for_its_last_logits(built, seen):
    called = built(images())
    assert torch.equal(called, seen.logits[-1])
    assert called.isfinite().all()
    assert called.std() > 0


@torch.no_grad()
def test_that_calling_a_training_network_is_asking_for_its_last_logits(built):
    network = copy.deepcopy(built).train()
    torch.manual_seed(0)  # a network may draw while it is trained
    called = network(images())
    torch.manual_seed(0)
    assert torch.equal(called, network.features(images()).logits[-1])
    assert called.isfinite().all()
    assert called.std() > 0


def test_that_a_network_pays_no_penalty_in_eval_mode(seen):
    assert not seen.penalties


@pytest.mark.long
@torch.no_grad()
def test_that_a_subnet_answers_what_its_exit_answers(built, seen):
    for index, exit_BK in enumerate(seen.logits):
        check_near(built.subnet(index).eval()(images()), exit_BK)
    check_near(built.subnet(-1).eval()(images()), seen.logits[-1])


@torch.no_grad()
def test_that_a_state_dict_makes_another_network_the_same(name, built, seen):
    other = make(name, seed=SEED + 1)
    assert not torch.equal(other(images()), seen.logits[-1])
    other.load_state_dict(built.state_dict(), strict=True)
    assert torch.equal(other(images()), seen.logits[-1])


@pytest.mark.long
@torch.no_grad()
def test_that_channels_last_changes_nothing_but_rounding(built):
    network = copy.deepcopy(built).to(memory_format=torch.channels_last)
    got = network(images(size=9).contiguous(memory_format=torch.channels_last))
    check_near(got, built(images(size=9)))


def test_that_equal_streams_make_equal_networks(name, built):
    first, second = built.state_dict(), make(name).state_dict()
    assert all(torch.equal(first[key], second[key]) for key in first)
