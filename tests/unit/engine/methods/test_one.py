import math

import pytest
import torch
import torch.nn.functional as F

from engine.losses.mutual import kl_divergence
from engine.methods.one import One, OneOptions
from engine.spec.errors import SpecError
from engine.spec.options import parse


def seen(system, batch):
    """Logits of every branch, gate and ensemble, spelt out."""
    h = system.deployable().trunk(batch.x_BCHW)[-1]
    logits = [network.tail(h)[2] for network in system.networks]
    linear, norm, relu = system.gate
    gate = torch.softmax(relu(norm(linear(h.mean((2, 3))))), dim=1)
    return logits, gate, sum(gate[:, b, None] * logits[b] for b in range(len(logits)))


def test_that_the_terms_are_the_equation(setting, batch):
    y = batch.targets.y_B
    system = One(setting, OneOptions(temperature=2.0))
    loss = system.loss(batch)
    logits, gate, ensemble = seen(system, batch)
    assert gate.shape == (12, 3)
    told = sum(kl_divergence(ensemble, a, 2.0) for a in logits)
    assert list(loss.terms) == ["ce", "ensemble_ce", "kl"]
    torch.testing.assert_close(loss.terms["ce"], sum(F.cross_entropy(a, y) for a in logits))
    torch.testing.assert_close(loss.terms["ensemble_ce"], F.cross_entropy(ensemble, y))
    torch.testing.assert_close(loss.terms["kl"], math.exp(-5) * told)
    assert torch.equal(loss.logits_BK, logits[0])


def test_that_without_a_ramp_the_divergence_counts_from_the_start(setting, batch):
    system = One(setting, OneOptions(ramp_epochs=0))
    logits, _, ensemble = seen(system, batch)
    told = sum(kl_divergence(ensemble, a, 3.0) for a in logits)
    torch.testing.assert_close(system.loss(batch).terms["kl"], told)


def test_that_the_ensemble_teaches_every_branch_and_learns_from_the_labels_alone(
    setting, batch, reached
):
    system = One(setting, OneOptions())
    terms = system.loss(batch).terms
    own = {n for n, _ in system.named_parameters() if not n.startswith("gate")}
    assert reached(system, terms["kl"]) == own
    gate = {n for n, _ in system.gate.named_parameters(prefix="gate")}
    # A constant before a batch norm changes nothing.
    assert reached(system, terms["ensemble_ce"]) >= gate - {"gate.0.bias"}


def test_that_two_branches_may_be_asked_for(setting):
    system = One(setting, OneOptions(num_branches=2))
    assert list(system.removed_modules()) == ["branches.0", "gate"]


@pytest.mark.parametrize("values", [{"num_branches": 1}, {"ramp_epochs": -1}, {"temperature": 0.0}])
def test_that_options_out_of_range_are_refused(values):
    with pytest.raises(SpecError):
        parse(OneOptions, values, "method.options")
