import pytest
import torch

from engine.methods.deep_supervision import DeepSupervision, DeepSupervisionOptions
from engine.methods.sila import Sila
from engine.methods.sila_auxiliary import SilaOptions
from engine.methods.sila_deep import SilaDeep, SilaDeepOptions
from engine.registry import lookup
from engine.spec.card import objections
from tests.unit.engine.methods.dynamic import DYNAMIC


def test_that_the_terms_are_those_of_sila_and_of_deep_supervision(setting, batch):
    system = SilaDeep(setting, SilaDeepOptions(beta=1.0, label_dropout=1.0, weight=0.4))
    sila = Sila(setting, SilaOptions(beta=1.0, label_dropout=1.0))
    deep = DeepSupervision(setting, DeepSupervisionOptions(weight=0.4))
    deep.heads.load_state_dict(system.heads.state_dict())
    loss = system.loss(batch)
    expected = sila.loss(batch).terms | {"aux_ce": deep.loss(batch).terms["aux_ce"]}
    assert list(loss.terms) == [
        "ce", "contrast", "teach_q", "teach_ce", "teach_kl", "aux_ce"
    ]
    for name, value in expected.items():
        torch.testing.assert_close(loss.terms[name], value)


def test_that_silas_modules_start_as_silas(setting):
    own = SilaDeep(setting, SilaDeepOptions(beta=1.0)).auxiliary.state_dict()
    alone = Sila(setting, SilaOptions(beta=1.0)).auxiliary.state_dict()
    assert own.keys() == alone.keys()
    assert all(torch.equal(own[name], alone[name]) for name in alone)


def test_that_without_silas_weights_it_is_deep_supervision(setting, train):
    joined = SilaDeep(setting, SilaDeepOptions(alpha=0.0))
    assert train(joined) == train(DeepSupervision(setting, DeepSupervisionOptions()))


def test_that_it_asks_for_the_views_that_sila_asks_for(setting):
    assert SilaDeep(setting, SilaDeepOptions(beta=1.0, teacher_view=True)).num_views == 2


def test_that_all_of_it_is_removed(setting):
    removed = SilaDeep(setting, SilaDeepOptions()).removed_modules()
    sila = Sila(setting, SilaOptions()).removed_modules()
    assert removed == sila | {"heads.0": 170, "heads.1": 330}


@pytest.mark.parametrize("backbone", DYNAMIC)
def test_that_networks_with_several_exits_or_widths_are_sent_to_sila(backbone):
    cards = [lookup("method", "sila_deep").card, lookup("backbone", backbone).card]
    (objection,) = objections(cards)
    assert objection.endswith("choose SiLa")
