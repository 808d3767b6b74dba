"""What every registered method must keep, with every family of backbones.

A new method is tested by being registered; its options at other values join `VARIANTS`.
"""

import pytest
import torch

from engine.backbones.backbone import count_parameters
from engine.methods.method import Setting
from engine.registry import entries, lookup
from engine.training.streams import AUXILIARY, BACKBONE, Streams
from tests.batches import batch_for

NUM_CLASSES = 10
FAMILIES = ("resnet8", "resnet20_a", "resnet18", "wrn_16_2")
METHODS = [entry.card.name for entry in entries("method")]
VARIANTS = [
    ("dml", {"target": "mean", "num_peers": 3}),
    ("dml", {"peer_backbones": ("wrn_16_2",)}),
    ("dml", {"num_peers": 3, "temperature": 3.0}),
    ("sila", {"alpha": 0.0, "beta": 1.0}),
    ("sila", {"beta": 1.0}),
    ("sila", {"alpha": 0.0}),
    ("sila_dml", {"beta": 1.0}),
]
CASES = [(method, {}, backbone) for method in METHODS for backbone in FAMILIES]
CASES += [(method, options, "resnet8") for method, options in VARIANTS]


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def make_backbone(name):
    entry = lookup("backbone", name)
    return entry.make(NUM_CLASSES, 3, entry.parse_options({}))


def make_system(method, options, backbone, seed=0):
    streams = Streams(seed)

    def peer(peer, name=""):
        with streams.seeded(BACKBONE, peer):
            return make_backbone(name or backbone)

    entry = lookup("method", method)
    setting = Setting(NUM_CLASSES, peer, lambda index: streams.seeded(AUXILIARY, index))
    return entry.make(setting, entry.parse_options(options))


def batch(step=0):
    generator = torch.Generator().manual_seed(step)
    x = torch.randn(6, 3, 8, 8, generator=generator)
    return x, torch.randint(NUM_CLASSES, (6,), generator=generator)


def train(system, num_steps=2):
    optimizer = torch.optim.SGD(system.parameters(), lr=0.01, momentum=0.9, nesterov=True)
    for step in range(num_steps):
        optimizer.zero_grad()
        system.loss(batch_for(system, *batch(step), step, step=step)).total.backward()
        optimizer.step()


def label(case):
    method, options, backbone = case
    return "-".join([method, *(f"{k}={v}" for k, v in options.items()), backbone])


@pytest.mark.parametrize("case", CASES, ids=label)
def test_that_after_training_the_plain_backbone_ships_bit_for_bit(case):
    system = make_system(*case)
    ship = system.deployable()
    before = {name: value.clone() for name, value in ship.state_dict().items()}
    train(system)
    assert any(not torch.equal(before[name], value) for name, value in ship.state_dict().items())

    plain = make_backbone(case[2])
    assert count_parameters(ship) == count_parameters(plain)
    removed = sum(system.removed_modules().values())
    assert removed + count_parameters(ship) == count_parameters(system)

    plain.load_state_dict(ship.state_dict(), strict=True)
    x, y = batch(9)
    system.eval()
    plain.eval()
    with torch.no_grad():
        inside = system.loss(batch_for(system, x, y)).logits_BK
        assert torch.equal(ship(x), inside)
        assert torch.equal(plain(x), inside)


@pytest.mark.parametrize("method", METHODS)
def test_that_the_network_that_ships_starts_from_the_same_weights_under_every_method(method):
    expected = make_system("plain", {}, "resnet8").deployable().state_dict()
    start = make_system(method, {}, "resnet8").deployable().state_dict()
    assert start.keys() == expected.keys()
    assert all(torch.equal(start[name], expected[name]) for name in expected)


@pytest.mark.parametrize("case", [c for c in CASES if c[2] == "resnet8"], ids=label)
def test_that_equal_noise_gives_equal_losses(case):
    torch.manual_seed(1)
    one = make_system(*case)
    torch.manual_seed(2)
    two = make_system(*case)
    x, y = batch()
    first = one.loss(batch_for(one, x, y, 3))
    torch.manual_seed(4)
    second = two.loss(batch_for(two, x, y, 3))
    assert first.terms.keys() == second.terms.keys()
    assert all(torch.equal(first.terms[name], second.terms[name]) for name in first.terms)
    assert torch.equal(first.logits_BK, second.logits_BK)


@pytest.mark.parametrize("case", [c for c in CASES if c[2] == "resnet8"], ids=label)
def test_that_every_term_is_a_finite_scalar(case):
    system = make_system(*case)
    loss = system.loss(batch_for(system, *batch()))
    assert all(term.shape == () and term.isfinite() for term in loss.terms.values())
    torch.testing.assert_close(loss.total, torch.stack(list(loss.terms.values())).sum())


@pytest.mark.parametrize("method", METHODS)
def test_that_a_card_says_what_the_method_is(method):
    card = lookup("method", method).card
    peers = make_system(method, {}, "resnet8").peers
    assert card.facts["num_peers"] == len(peers)
    assert card.facts["cost"] >= 1
    assert card.equation
    removed = make_system(method, {}, "resnet8").removed_modules()
    assert bool(card.parts) == bool(removed)
