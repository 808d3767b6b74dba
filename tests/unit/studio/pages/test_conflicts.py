import pytest

from engine.spec.card import Card, options_problem
from studio.pages.compose.conflicts import conflicts, reasons_against


def card(kind, name, traits=(), refuses=None):
    return Card(
        kind=kind, name=name, title=name.upper(), summary="", traits=traits, refuses=refuses or {}
    )


MIXED = {"mixes": "once is enough"}
PLAIN, ONE = card("method", "plain"), card("method", "one", refuses={"exits": "it branches"})
RESNET, MSDNET = card("backbone", "resnet"), card("backbone", "msdnet", ("exits",))
MIXUP, CUTMIX = (card("regularizer", name, ("mixes",), MIXED) for name in ("mixup", "cutmix"))


def test_that_a_pair_that_clashes_is_named_once():
    assert conflicts([MSDNET, PLAIN, ONE]) == ["ONE cannot be combined with MSDNET: it branches"]
    assert conflicts([RESNET, ONE, MIXUP, CUTMIX]) == [
        "MIXUP cannot be combined with CUTMIX: once is enough"
    ]


def test_that_what_is_picked_together_does_not_clash():
    assert conflicts([RESNET, MSDNET, PLAIN, MIXUP]) == []


def test_that_alternatives_are_never_in_one_run():
    picky = card("method", "picky", ("loud",), {"loud": "one is enough"})
    louder = card("method", "louder", ("loud",), {"loud": "one is enough"})
    assert conflicts([picky, louder]) == []


def test_that_a_regularizer_does_not_clash_with_itself():
    assert reasons_against([MIXUP, CUTMIX], [MIXUP]) == {
        "cutmix": "CUTMIX cannot be combined with MIXUP: once is enough"
    }


@pytest.mark.parametrize(
    ("cards", "picked", "clashing"),
    [
        ([RESNET, MSDNET], [PLAIN], set()), ([RESNET, MSDNET], [PLAIN, ONE], {"msdnet"}),
        ([PLAIN, ONE], [RESNET, MSDNET], {"one"}), ([MIXUP, CUTMIX], [ONE, MSDNET], set()),
    ],
)
def test_that_any_pick_of_a_grid_can_rule_a_card_out(cards, picked, clashing):
    assert reasons_against(cards, picked).keys() == clashing


def test_that_every_pick_that_rules_a_card_out_has_its_line():
    two = card("method", "two", refuses={"exits": "it does not want them"})
    assert reasons_against([MSDNET], [ONE, two])["msdnet"].splitlines() == [
        "ONE cannot be combined with MSDNET: it branches",
        "TWO cannot be combined with MSDNET: it does not want them",
    ]


def test_that_one_backbone_is_named_for_each_peer_but_the_first():
    options = {"properties": {"num_peers": {"default": 2}, "peer_backbones": {"default": []}}}
    dml = PLAIN.model_copy(update={"options": options})
    named = {"peer_backbones": ["resnet", "vgg"]}
    assert options_problem(dml, named) == (
        "peer_backbones", "2 other peers' backbones are named: that makes 3 peers, not 2"
    )
    assert options_problem(dml, {**named, "num_peers": 3}) is None
    assert options_problem(dml, {"num_peers": 5}) is None
    assert options_problem(PLAIN, named) is None


def test_that_a_method_that_needs_a_teacher_needs_its_name():
    kd = PLAIN.model_copy(update={"options": {"properties": {"teacher": {"default": ""}}}})
    said = "name a teacher, such as run:12, a completed run"
    assert options_problem(kd, {}) == ("teacher", said)
    assert options_problem(kd, {"teacher": "run:3"}) is None
