import pytest
import torch
import torch.nn.functional as F

from engine.losses.diverse_peers import diverse_divergence, peer_attention
from engine.losses.mutual import kl_divergence
from engine.methods.okddip import Okddip, OkddipOptions
from engine.spec.errors import SpecError
from engine.spec.options import parse

OPTIONS = OkddipOptions(ramp_epochs=0, temperature=2.0)


def seen(system, batch):
    h = system.deployable().trunk(batch.x_BCHW)[-1]
    answers = [network.tail(h) for network in system.networks]
    return [z for _, z, _ in answers], [logits for _, _, logits in answers]


def test_that_the_terms_are_the_equation(setting, batch):
    y = batch.targets.y_B
    system = Okddip(setting, OPTIONS)
    loss = system.loss(batch)
    (_, *z), (leader, *peers) = seen(system, batch)
    assert len(peers) == 3
    attention = peer_attention([system.query(a) for a in z], [system.key(a) for a in z])
    labels = sum(F.cross_entropy(a, y) for a in (leader, *peers))
    assert list(loss.terms) == ["ce", "peer_kl", "leader_kl"]
    torch.testing.assert_close(loss.terms["ce"], labels)
    torch.testing.assert_close(
        loss.terms["peer_kl"], diverse_divergence(peers, attention, 2.0)
    )
    torch.testing.assert_close(
        loss.terms["leader_kl"], kl_divergence(sum(peers) / 3, leader, 2.0)
    )
    assert torch.equal(loss.logits_BK, leader)


def test_that_both_divergences_are_ramped(setting, batch):
    system = Okddip(setting, OPTIONS)
    full = system.loss(batch).terms
    system.options = OkddipOptions(temperature=2.0)
    ramped = system.loss(batch).terms
    for name in ("peer_kl", "leader_kl"):
        assert (ramped[name] / full[name]).item() == pytest.approx(0.006738, rel=1e-3)
    torch.testing.assert_close(ramped["ce"], full["ce"])


def test_that_the_leader_learns_from_the_peers_and_teaches_none(setting, batch, reached):
    system = Okddip(setting, OPTIONS)
    terms = system.loss(batch).terms
    own = {n for n, _ in system.named_parameters() if n.startswith("peers")}
    assert reached(system, terms["leader_kl"]) == own
    last = {n for n in own if n.startswith(("peers.0.stages.2", "peers.0.head"))}
    others = {n for n, _ in system.named_parameters()} - last
    assert reached(system, terms["peer_kl"]) == others


def test_that_the_projections_are_an_eighth_as_wide(setting):
    removed = Okddip(setting, OkddipOptions()).removed_modules()
    assert list(removed) == ["branches.0", "branches.1", "branches.2", "query", "key"]
    assert removed["query"] == removed["key"] == 64 * 8


@pytest.mark.parametrize("values", [{"num_branches": 2}, {"temperature": 0.0}])
def test_that_options_out_of_range_are_refused(values):
    with pytest.raises(SpecError):
        parse(OkddipOptions, values, "method.options")
