import pytest
import torch
import torch.nn.functional as F

from engine.losses.mutual import kl_divergence
from engine.methods.dks import Dks, DksOptions
from tests.unit.engine.methods.dynamic import DYNAMIC, around


def all_pairs(logits, temperature):
    return sum(
        kl_divergence(target, learner, temperature)
        for target in logits for learner in logits if learner is not target
    )


def test_that_heads_and_network_teach_each_other(setting, batch):
    x, y = batch.x_BCHW, batch.targets.y_B
    system = Dks(setting, DksOptions(weight=0.5, temperature=2.0))
    loss = system.loss(batch)
    features = system.deployable().features(x)
    heads = [head(m) for head, m in zip(system.heads, features.maps[:2], strict=True)]
    logits = [*heads, features.logits[-1]]
    assert list(loss.terms) == ["ce", "aux_ce", "synergy"]
    torch.testing.assert_close(loss.terms["ce"], F.cross_entropy(loss.logits_BK, y))
    torch.testing.assert_close(loss.terms["aux_ce"], sum(F.cross_entropy(a, y) for a in heads))
    torch.testing.assert_close(loss.terms["synergy"], 0.5 * all_pairs(logits, 2.0))


def test_that_the_network_learns_from_the_heads_and_they_from_it(setting, batch, reached):
    system = Dks(setting, DksOptions())
    names = reached(system, system.loss(batch).terms["synergy"])
    assert names == {n for n, _ in system.named_parameters()}


@pytest.mark.parametrize("backbone", DYNAMIC)
def test_that_exits_and_widths_teach_each_other_without_any_head(setting, batch, backbone):
    system = Dks(around(setting, backbone), DksOptions())
    assert system.removed_modules() == {}
    loss = system.loss(batch)
    y = batch.targets.y_B
    logits = system.deployable().features(batch.x_BCHW).logits
    assert list(loss.terms) == ["ce", "synergy"]
    torch.testing.assert_close(loss.terms["ce"], sum(F.cross_entropy(a, y) for a in logits))
    torch.testing.assert_close(loss.terms["synergy"], all_pairs(logits, 1.0))
    assert torch.equal(loss.logits_BK, logits[-1])


def test_that_linear_heads_are_removed_too(setting):
    assert Dks(setting, DksOptions(head="linear")).removed_modules() == {
        "heads.0": 170, "heads.1": 330
    }
