"""What every registered method must keep, with every family of backbones.

A new method or family is tested by being registered; options at other values join `VARIANTS`.
Every method with every family takes minutes and is marked slow; by default every method meets
the smallest network that it is for, and some methods each kind.
"""

import pytest
import torch

from engine.backbones.backbone import count_parameters
from engine.registry import lookup
from tests.batches import batch_for
from tests.contract.systems import (
    METHODS,
    families,
    images_and_labels,
    make_backbone,
    make_system,
    refused,
    train,
)

KINDS = ("resnet8", "msdnet_anytime_4", "slimmable_resnet20", "aig_resnet20")
BY_DEFAULT = ("plain", "dml", "sila", "sila_dml", "deep_supervision")
VARIANTS = [
    ("dml", {"num_peers": 3, "temperature": 3.0}),
    ("dml", {"target": "mean", "num_peers": 3}),
    ("dml", {"peer_backbones": ("wrn_16_2",)}),
    ("sila", {"alpha": 0.0, "beta": 1.0}),
    ("sila", {"beta": 1.0}),
    ("sila", {"alpha": 0.0}),
    ("sila", {"contrast_twins": False}),
    ("sila", {"contrast_stages": True}),
    ("sila", {"beta": 1.0, "label_corruption": "wrong", "fusion_gradient": True}),
    ("sila", {"beta": 1.0, "teacher_view": True, "start": 0.1, "ramp": 0.5}),
    ("sila_dml", {"beta": 1.0}),
    ("sila_deep", {"beta": 1.0, "teacher_view": True}),
    ("deep_supervision", {"head": "conv"}),
    ("dks", {"head": "linear"}),
    ("one", {"num_branches": 2, "ramp_epochs": 0}),
    ("kdcl", {"num_peers": 3}),
    ("kdcl", {"peer_backbones": ("wrn_16_2",)}),
    ("okddip", {"num_branches": 3}),
    ("pcl", {"num_branches": 2, "decay": 0.9}),
    ("inplace_distillation", {"weight": 0.1, "ce_weight": 1.0}),
    ("tf_kd_reg", {"temperature": 1.0}),
    ("ps_kd", {"alpha": 0.0}),
    ("cs_kd", {"weight": 0.5}),
]


def fitting(method):
    """The smallest kind of network that a method is for."""
    return next(b for b in KINDS if not refused(method, b))


SMALL = [(m, {}, fitting(m)) for m in METHODS] + [(m, o, fitting(m)) for m, o in VARIANTS]


def label(case):
    method, options, backbone = case
    return "-".join([method, *(f"{k}={v}" for k, v in options.items()), backbone])


def all_cases():
    """Every method with every family that it is for; by default some with every kind."""
    backbones = list(dict.fromkeys([*KINDS, *families().values()]))
    for method in METHODS:
        for backbone in backbones:
            if not refused(method, backbone) and (method, {}, backbone) not in SMALL:
                quick = method in BY_DEFAULT and backbone in KINDS
                marks = [] if quick else [pytest.mark.slow]
                yield pytest.param((method, {}, backbone), marks=marks)


CASES = [*(pytest.param(case) for case in SMALL), *all_cases()]


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("case", CASES, ids=lambda case: label(case))
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
    x, y = images_and_labels(9)
    system.eval()
    plain.eval()
    with torch.no_grad():
        inside = system.loss(batch_for(system, x, y)).logits_BK
        assert torch.equal(ship(x), inside)
        assert torch.equal(plain(x), inside)


def test_that_what_a_method_is_not_for_is_refused_with_a_reason():
    reasons = [r for m in METHODS for b in families().values() for r in refused(m, b)]
    assert reasons
    assert all(" cannot be combined with " in r and len(r.split(": ", 1)[1]) > 15 for r in reasons)


@pytest.mark.parametrize("method", METHODS)
def test_that_the_network_that_ships_starts_from_the_same_weights_under_every_method(method):
    backbone = fitting(method)
    expected = make_system("plain", {}, backbone).deployable().state_dict()
    start = make_system(method, {}, backbone).deployable().state_dict()
    assert start.keys() == expected.keys()
    assert all(torch.equal(start[name], expected[name]) for name in expected)


@pytest.mark.parametrize("case", SMALL, ids=label)
def test_that_equal_noise_gives_equal_losses(case):
    torch.manual_seed(1)
    one = make_system(*case)
    torch.manual_seed(2)
    two = make_system(*case)
    x, y = images_and_labels()
    first = one.loss(batch_for(one, x, y, 3))
    torch.manual_seed(4)
    second = two.loss(batch_for(two, x, y, 3))
    assert first.terms.keys() == second.terms.keys()
    assert all(torch.equal(first.terms[name], second.terms[name]) for name in first.terms)
    assert torch.equal(first.logits_BK, second.logits_BK)


@pytest.mark.parametrize("case", SMALL, ids=label)
def test_that_every_term_is_a_finite_scalar_and_asking_twice_changes_nothing(case):
    system = make_system(*case).eval()
    batch, again = (batch_for(system, *images_and_labels(), 5) for _ in range(2))
    loss, second = system.loss(batch), system.loss(again)
    assert all(term.shape == () and term.isfinite() for term in loss.terms.values())
    torch.testing.assert_close(loss.total, torch.stack(list(loss.terms.values())).sum())
    assert all(torch.equal(loss.terms[name], second.terms[name]) for name in loss.terms)


@pytest.mark.parametrize("method", METHODS)
def test_that_a_card_says_what_the_method_is(method):
    card = lookup("method", method).card
    system = make_system(method, {}, fitting(method))
    assert card.facts["num_peers"] == len(system.peers)
    assert card.facts["cost"] >= 1
    assert card.equation
    assert card.paper or method == "plain"
    assert bool(card.parts) == bool(system.removed_modules())
