import torch

from engine.methods.dml import Dml, DmlOptions
from engine.methods.sila import Sila
from engine.methods.sila_auxiliary import SilaOptions
from engine.methods.sila_dml import SilaDml, SilaDmlOptions


def test_that_the_terms_are_those_of_sila_and_of_mutual_learning(setting, batch, noise):
    system = SilaDml(setting, SilaDmlOptions(beta=1.0, label_dropout=1.0, num_peers=3))
    sila = Sila(setting, SilaOptions(beta=1.0, label_dropout=1.0))
    dml = Dml(setting, DmlOptions(num_peers=3))
    loss = system.loss(batch)
    mutual = dml.loss(batch)
    summed = dict.fromkeys(["contrast", "teach_q", "teach_ce", "teach_kl"], 0.0)
    for peer, auxiliary in zip(system.peers, system.auxiliaries, strict=True):
        sila.deployable().load_state_dict(peer.state_dict())
        sila.auxiliary.load_state_dict(auxiliary.state_dict())
        terms = sila.loss(batch).terms
        summed = {name: value + terms[name] for name, value in summed.items()}
    assert list(loss.terms) == ["ce", "contrast", "teach_q", "teach_ce", "teach_kl", "kl"]
    for name, expected in {**mutual.terms, **summed}.items():
        torch.testing.assert_close(loss.terms[name], expected)


def test_that_without_silas_weights_it_is_mutual_learning(setting, train):
    alone, joined = Dml(setting, DmlOptions()), SilaDml(setting, SilaDmlOptions(alpha=0.0))
    assert train(joined) == train(alone)


def test_that_every_peer_has_its_own_auxiliary_modules(setting):
    system = SilaDml(setting, SilaDmlOptions())
    alone = Sila(setting, SilaOptions()).removed_modules()
    assert system.removed_modules() == {"peers.1": 78_042} | {
        f"auxiliaries.{peer}.{name.removeprefix('auxiliary.')}": count
        for peer in (0, 1) for name, count in alone.items()
    }
    first, second = (a.encoder.layers[0].weight for a in system.auxiliaries)
    assert not torch.equal(first, second)


def test_that_the_first_peers_auxiliary_modules_start_as_silas(setting):
    first = SilaDml(setting, SilaDmlOptions()).auxiliaries[0].state_dict()
    alone = Sila(setting, SilaOptions()).auxiliary.state_dict()
    assert all(torch.equal(first[name], alone[name]) for name in alone)


def test_that_the_auxiliary_modules_hear_nothing_of_the_other_peers(
    setting, batch, noise, reached
):
    system = SilaDml(setting, SilaDmlOptions(beta=1.0))
    names = reached(system, system.loss(batch).terms["kl"])
    assert names == {n for n, _ in system.named_parameters() if n.startswith("peers")}
