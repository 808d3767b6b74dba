import pytest
import torch
import torch.nn.functional as F

from engine.losses.mutual import kl_divergence
from engine.methods.dml import Dml, DmlOptions
from engine.methods.kdcl import Kdcl, KdclOptions
from engine.spec.errors import SpecError
from engine.spec.options import parse
from tests.batches import batch_for
from tests.unit.engine.methods.dynamic import DYNAMIC, around


def with_views(system, batch):
    return batch_for(system, batch.x_BCHW, batch.targets.y_B)


@pytest.mark.parametrize("num_peers", [2, 3])
def test_that_every_peer_sees_its_own_view_and_learns_from_the_mean(setting, batch, num_peers):
    system = Kdcl(setting, KdclOptions(alpha=0.3, temperature=2.0, num_peers=num_peers))
    assert system.num_views == num_peers
    own = with_views(system, batch)
    loss = system.loss(own)
    logits = [peer(x) for peer, x in zip(system.peers, own.views, strict=True)]
    labels = sum(F.cross_entropy(a, own.targets.y_B) for a in logits)
    told = sum(kl_divergence(sum(logits) / num_peers, a, 2.0) for a in logits)
    assert list(loss.terms) == ["ce", "kl"]
    torch.testing.assert_close(loss.terms["ce"], 0.7 * labels)
    torch.testing.assert_close(loss.terms["kl"], 0.3 * told)
    assert torch.equal(loss.logits_BK, logits[0])


def test_that_the_mean_gets_no_gradient(setting, batch):
    system = Kdcl(setting, KdclOptions(alpha=0.5))
    own = with_views(system, batch)
    with torch.no_grad():
        mean = sum(peer(x) for peer, x in zip(system.peers, own.views, strict=True)) / 2
    system.loss(own).terms["kl"].backward()
    taught = [p.grad.clone() for p in system.peers[0].parameters()]
    system.zero_grad()
    (0.5 * kl_divergence(mean, system.peers[0](own.x_BCHW), 4.0)).backward()
    for before, parameter in zip(taught, system.peers[0].parameters(), strict=True):
        torch.testing.assert_close(before, parameter.grad)


@pytest.mark.parametrize("backbone", DYNAMIC)
def test_that_every_exit_learns_from_the_mean_of_that_exit(setting, batch, backbone):
    system = Kdcl(around(setting, backbone), KdclOptions())
    own = with_views(system, batch)
    loss = system.loss(own)
    seen = [p.features(x).logits for p, x in zip(system.peers, own.views, strict=True)]
    told = sum(
        kl_divergence((one + other) / 2, a, 4.0)
        for one, other in zip(*seen, strict=True) for a in (one, other)
    )
    torch.testing.assert_close(loss.terms["kl"], 0.5 * told)


def test_that_the_peers_start_as_those_of_mutual_learning(setting):
    own, dml = Kdcl(setting, KdclOptions()).peers, Dml(setting, DmlOptions()).peers
    expected = dml.state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in own.state_dict().items())


def test_that_too_few_names_are_refused(setting):
    with pytest.raises(SpecError, match="peer_backbones names 1 networks"):
        Kdcl(setting, KdclOptions(num_peers=3, peer_backbones=("wrn_16_2",)))


@pytest.mark.parametrize("values", [{"num_peers": 1}, {"alpha": 1.0}, {"temperature": 0.0}])
def test_that_options_out_of_range_are_refused(values):
    with pytest.raises(SpecError):
        parse(KdclOptions, values, "method.options")
