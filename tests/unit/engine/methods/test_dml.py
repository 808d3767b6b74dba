from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from engine.backbones.msdnet import MSDNet
from engine.backbones.resnet import resnet
from engine.methods.dml import Dml, DmlOptions
from engine.methods.plain import Plain
from engine.spec.errors import SpecError
from engine.spec.options import Options, parse
from engine.training.streams import Streams


def kl(target, learner, temperature):
    log_p, log_q = (F.log_softmax(a / temperature, 1) for a in (target, learner))
    return temperature**2 * (log_p.exp() * (log_p - log_q)).sum(1).mean()


@pytest.mark.parametrize(("num_peers", "temperature"), [(2, 1.0), (3, 2.0)])
def test_that_the_terms_are_the_equation(setting, batch, noise, num_peers, temperature):
    x, y = batch.x_BCHW, batch.targets.y_B
    system = Dml(setting, DmlOptions(num_peers=num_peers, temperature=temperature))
    loss = system.loss(batch)
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


@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_that_from_the_mean_each_peer_learns_once(setting, batch, temperature):
    options = DmlOptions(num_peers=3, temperature=temperature, target="mean")
    system = Dml(setting, options)
    loss = system.loss(batch)
    with torch.no_grad():
        logits = [peer(batch.x_BCHW) for peer in system.peers]
        probs = torch.stack([(a / temperature).softmax(1) for a in logits])
        told = 0.0
        for p, own in enumerate(logits):
            mean = (probs.sum(0) - probs[p]) / 2
            gap = mean.log() - F.log_softmax(own / temperature, 1)
            told += temperature**2 * (mean * gap).sum(1).mean()
    torch.testing.assert_close(loss.terms["kl"].detach(), told)


@pytest.fixture
def setting_of_names(setting):
    """A setting that knows ResNet-8, a wider one, and one with two exits."""

    def make_backbone(peer, name=""):
        with Streams(0).seeded("backbone", peer):
            if name == "exits":
                return MSDNet(10, 3, (2, 1))
            return resnet(10, 3, (24, 48, 96) if name == "wide" else (16, 32, 64), num_blocks=1)

    return replace(setting, make_backbone=make_backbone)


@pytest.mark.parametrize("target", ["pairwise", "mean"])
def test_that_peers_of_different_backbones_learn_from_each_other(
    setting_of_names, batch, reached, target
):
    options = DmlOptions(num_peers=3, peer_backbones=("wide", "wide"), target=target)
    system = Dml(setting_of_names, options)
    assert [peer.embedding_dim for peer in system.peers] == [64, 96, 96]
    loss = system.loss(batch)
    assert reached(system, loss.terms["kl"]) == {n for n, _ in system.named_parameters()}
    assert torch.equal(loss.logits_BK, system.peers[0](batch.x_BCHW))
    assert list(system.removed_modules()) == ["peers.1", "peers.2"]
    twins = (peer.head.weight for peer in system.peers[1:])
    assert not torch.equal(*twins)  # each from its own stream


@pytest.mark.parametrize(("names", "num_peers"), [(("wide",), 3), (("wide", "wide"), 2)])
def test_that_every_other_peer_needs_a_name_where_some_have_one(setting_of_names, names, num_peers):
    with pytest.raises(SpecError) as caught:
        Dml(setting_of_names, DmlOptions(num_peers=num_peers, peer_backbones=names))
    assert str(caught.value) == (
        f"[method.options] peer_backbones names {len(names)} networks, but num_peers = "
        f"{num_peers} leaves {num_peers - 1} beside the first"
    )


def test_that_peers_with_different_numbers_of_exits_are_refused(setting_of_names):
    with pytest.raises(SpecError) as caught:
        Dml(setting_of_names, DmlOptions(peer_backbones=("exits",)))
    assert str(caught.value) == (
        "[method.options] peer_backbones: the peers have 1, 2 exits; mutual learning needs "
        "networks with the same number of them"
    )


def test_that_exits_learn_from_the_same_exit_of_the_other_peer(setting_of_exits, batch):
    system = Dml(setting_of_exits, DmlOptions(temperature=2.0)).eval()
    first, second = (peer.features(batch.x_BCHW).logits for peer in system.peers)
    expected = sum(
        kl(b, a, 2.0) + kl(a, b, 2.0) for a, b in zip(first, second, strict=True)
    )
    loss = system.loss(batch)
    torch.testing.assert_close(loss.terms["kl"], expected)
    ce = sum(F.cross_entropy(a, batch.targets.y_B) for a in (*first, *second))
    torch.testing.assert_close(loss.terms["ce"], ce)
    assert torch.equal(loss.logits_BK, first[-1])


def test_that_peers_start_from_different_weights_and_the_first_from_plains(setting):
    first, second = (p.state_dict() for p in Dml(setting, DmlOptions()).peers)
    plain = Plain(setting, Options()).deployable().state_dict()
    assert all(torch.equal(first[name], plain[name]) for name in plain)
    assert not torch.equal(first["head.weight"], second["head.weight"])


def test_that_a_peer_gets_no_gradient_from_what_it_teaches(setting, batch, noise):
    system = Dml(setting, DmlOptions())
    system.peers[1].requires_grad_(False)
    x = batch.x_BCHW
    teacher_logits = system.peers[1](x)
    system.loss(batch).terms["kl"].backward()
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
