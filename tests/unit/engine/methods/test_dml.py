import pytest
import torch
import torch.nn.functional as F

from engine.methods.dml import Dml, DmlOptions
from engine.methods.plain import Plain, PlainOptions
from engine.spec.errors import SpecError
from engine.spec.options import parse


def kl(target, learner, temperature):
    log_p, log_q = (F.log_softmax(a / temperature, 1) for a in (target, learner))
    return temperature**2 * (log_p.exp() * (log_p - log_q)).sum(1).mean()


@pytest.mark.parametrize(("num_peers", "temperature"), [(2, 1.0), (3, 2.0)])
def test_that_the_terms_are_the_equation(setting, batch, noise, num_peers, temperature):
    x, y = batch
    system = Dml(setting, DmlOptions(num_peers=num_peers, temperature=temperature))
    loss = system.loss(x, y, noise)
    with torch.no_grad():
        logits = [peer(x) for peer in system.peers]
        ce = sum(F.cross_entropy(a, y) for a in logits)
        told = sum(
            kl(logits[q], logits[p], temperature) / (num_peers - 1)
            for p in range(num_peers) for q in range(num_peers) if p != q
        )
    torch.testing.assert_close(loss.terms["ce"].detach(), ce)
    torch.testing.assert_close(loss.terms["kl"].detach(), told)
    torch.testing.assert_close(loss.total.detach(), ce + told)
    assert torch.equal(loss.logits_BK, logits[0])


def test_that_peers_start_from_different_weights_and_the_first_from_plains(setting):
    first, second = (p.state_dict() for p in Dml(setting, DmlOptions()).peers)
    plain = Plain(setting, PlainOptions()).deployable().state_dict()
    assert all(torch.equal(first[name], plain[name]) for name in plain)
    assert not torch.equal(first["head.weight"], second["head.weight"])


def test_that_a_peer_gets_no_gradient_from_what_it_teaches(setting, batch, noise):
    system = Dml(setting, DmlOptions())
    system.peers[1].requires_grad_(False)
    x, y = batch
    teacher_logits = system.peers[1](x)
    system.loss(x, y, noise).terms["kl"].backward()
    taught = [p.grad.clone() for p in system.peers[0].parameters()]
    system.zero_grad()
    kl(teacher_logits, system.peers[0](x), 1.0).backward()
    for before, parameter in zip(taught, system.peers[0].parameters(), strict=True):
        torch.testing.assert_close(before, parameter.grad)


def test_that_the_other_peers_are_removed(setting):
    assert Dml(setting, DmlOptions(num_peers=3)).removed_modules() == {
        "peers.1": 78_042, "peers.2": 78_042
    }


@pytest.mark.parametrize("values", [{"num_peers": 1}, {"num_peers": 9}, {"temperature": 0}])
def test_that_options_out_of_range_are_refused(values):
    with pytest.raises(SpecError):
        parse(DmlOptions, values, "method.options")
