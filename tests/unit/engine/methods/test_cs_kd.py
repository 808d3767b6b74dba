from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from engine.backbones.batch_norm import frozen_statistics
from engine.methods.cs_kd import CsKd, CsKdOptions
from engine.methods.plain import Plain
from engine.registry import lookup
from engine.spec.card import objections
from engine.spec.errors import SpecError
from engine.spec.options import Options, parse


def kl(target, learner, temperature):
    log_p, log_q = (F.log_softmax(a / temperature, 1) for a in (target, learner))
    return temperature**2 * (log_p.exp() * (log_p - log_q)).sum(1).mean()


@pytest.fixture
def pairs(batch):
    """The batch with another image to every image."""
    generator = torch.Generator().manual_seed(4)
    return replace(batch, partner_BCHW=torch.randn(12, 3, 8, 8, generator=generator))


def test_that_the_terms_are_the_equation(setting, pairs):
    system = CsKd(setting, CsKdOptions(weight=0.5, temperature=3.0))
    loss = system.loss(pairs)
    logits, others = (system.deployable()(x) for x in (pairs.x_BCHW, pairs.partner_BCHW))
    assert list(loss.terms) == ["ce", "class_kd"]
    torch.testing.assert_close(loss.terms["ce"], F.cross_entropy(logits, pairs.targets.y_B))
    torch.testing.assert_close(loss.terms["class_kd"], 0.5 * kl(others, logits, 3.0))
    assert torch.equal(loss.logits_BK, logits)


def test_that_the_defaults_are_the_authors():
    assert (CsKdOptions().weight, CsKdOptions().temperature) == (1.0, 4.0)


def test_that_no_gradient_goes_through_the_other_image(setting, pairs):
    system = CsKd(setting, CsKdOptions())
    pairs.partner_BCHW.requires_grad_()
    system.loss(pairs).terms["class_kd"].backward()
    assert pairs.partner_BCHW.grad is None
    taught = [p.grad.clone() for p in system.parameters()]
    system.zero_grad()
    network = system.deployable()
    with torch.no_grad():
        others = network(pairs.partner_BCHW)
    kl(others, network(pairs.x_BCHW), 4.0).backward()
    for before, parameter in zip(taught, system.parameters(), strict=True):
        torch.testing.assert_close(before, parameter.grad)


def test_that_the_divergence_reaches_the_whole_network(setting, pairs, reached):
    system = CsKd(setting, CsKdOptions())
    names = reached(system, system.loss(pairs).terms["class_kd"])
    assert names == {n for n, _ in system.named_parameters()}


def test_that_running_statistics_are_those_of_the_labelled_images(setting, pairs):
    system, plain = CsKd(setting, CsKdOptions()), Plain(setting, Options())
    for each in (system, plain):
        each.train().loss(pairs)
    seen, expected = (dict(each.deployable().named_buffers()) for each in (system, plain))
    assert any("running_mean" in name for name in expected)
    assert all(torch.equal(seen[name], expected[name]) for name in expected)


def test_that_the_other_images_are_normalised_by_their_own_batch(setting, pairs):
    system = CsKd(setting, CsKdOptions(temperature=1.0)).train()
    network = system.deployable()
    with torch.no_grad(), frozen_statistics(network):
        by_batch = network(pairs.partner_BCHW)
        logits = network(pairs.x_BCHW)
        by_running = network.eval()(pairs.partner_BCHW)
    term = system.train().loss(pairs).terms["class_kd"].detach()
    torch.testing.assert_close(term, kl(by_batch, logits, 1.0))
    assert not torch.isclose(term, kl(by_running, logits, 1.0), rtol=0.1)


def test_that_each_exit_learns_from_its_own_answer(setting_of_exits, pairs):
    system = CsKd(setting_of_exits, CsKdOptions())
    loss = system.loss(pairs)
    network = system.deployable()
    seen, others = (network.features(x).logits for x in (pairs.x_BCHW, pairs.partner_BCHW))
    expected = sum(kl(other, at, 4.0) for other, at in zip(others, seen, strict=True))
    torch.testing.assert_close(loss.terms["class_kd"], expected)
    ce = sum(F.cross_entropy(at, pairs.targets.y_B) for at in seen)
    torch.testing.assert_close(loss.terms["ce"], ce)


def test_that_nothing_is_removed(setting):
    assert CsKd(setting, CsKdOptions()).removed_modules() == {}


@pytest.mark.parametrize("regularizer", ["mixup", "cutmix"])
def test_that_mixed_images_are_refused(regularizer):
    cards = [lookup("method", "cs_kd").card, lookup("regularizer", regularizer).card]
    (line,) = objections(cards)
    assert line.endswith("a mixture of two classes has no other image of its class")


@pytest.mark.parametrize("values", [{"weight": -1.0}, {"temperature": 0.0}])
def test_that_options_out_of_range_are_refused(values):
    with pytest.raises(SpecError):
        parse(CsKdOptions, values, "method.options")
