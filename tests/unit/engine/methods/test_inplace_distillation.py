import pytest
import torch
import torch.nn.functional as F

from engine.losses.mutual import kl_divergence
from engine.methods.inplace_distillation import (
    InplaceDistillation,
    InplaceDistillationOptions,
)
from engine.registry import lookup
from engine.spec.card import objections
from engine.spec.errors import SpecError
from tests.unit.engine.methods.dynamic import DYNAMIC, around

IMTA = InplaceDistillationOptions(weight=0.1, ce_weight=1.0, temperature=2.0)


@pytest.mark.parametrize("backbone", DYNAMIC)
def test_that_the_last_learns_from_the_labels_and_the_others_from_it(setting, batch, backbone):
    system = InplaceDistillation(around(setting, backbone), InplaceDistillationOptions())
    loss = system.loss(batch)
    *others, last = system.deployable().features(batch.x_BCHW).logits
    assert list(loss.terms) == ["ce", "kl"]
    torch.testing.assert_close(loss.terms["ce"], F.cross_entropy(last, batch.targets.y_B))
    torch.testing.assert_close(loss.terms["kl"], sum(kl_divergence(last, a) for a in others))
    assert torch.equal(loss.logits_BK, last)
    assert system.removed_modules() == {}


def test_that_the_others_may_learn_from_the_labels_too(setting, batch):
    system = InplaceDistillation(around(setting, "msdnet_anytime_4"), IMTA)
    loss = system.loss(batch)
    *others, last = system.deployable().features(batch.x_BCHW).logits
    labels = sum(F.cross_entropy(a, batch.targets.y_B) for a in others)
    told = sum(kl_divergence(last, a, 2.0) for a in others)
    torch.testing.assert_close(loss.terms["exit_ce"], labels)
    torch.testing.assert_close(loss.terms["kl"], 0.1 * told)


def test_that_the_last_exit_is_not_moved_by_what_it_teaches(setting, batch, reached):
    system = InplaceDistillation(around(setting, "msdnet_anytime_4"), IMTA)
    loss = system.loss(batch)
    names = reached(system, loss.terms["kl"])
    assert not any(n.startswith("peers.0.heads.3") for n in names)
    assert all(any(n.startswith(f"peers.0.heads.{k}") for n in names) for k in range(3))


def test_that_networks_with_one_exit_are_refused_in_the_same_words(setting):
    cards = [lookup("method", "inplace_distillation").card, lookup("backbone", "resnet20").card]
    (objection,) = objections(cards)
    with pytest.raises(SpecError) as refused:
        InplaceDistillation(setting, InplaceDistillationOptions())
    assert objection.split(": ", 1)[1] == str(refused.value).split(": ", 1)[1]


@pytest.mark.parametrize("backbone", DYNAMIC)
def test_that_networks_with_several_exits_or_widths_are_not_refused(backbone):
    cards = [lookup("method", "inplace_distillation").card, lookup("backbone", backbone).card]
    assert objections(cards) == []
