import pytest
import torch
import torch.nn.functional as F

from engine.methods.deep_supervision import DeepSupervision, DeepSupervisionOptions
from engine.methods.plain import Plain
from engine.registry import lookup
from engine.spec.card import objections
from engine.spec.errors import SpecError
from engine.spec.options import Options, parse
from tests.batches import make_batch
from tests.unit.engine.methods.dynamic import DYNAMIC, around


@pytest.mark.parametrize("head", ["linear", "conv"])
def test_that_the_terms_are_the_equation(setting, batch, head):
    x, y = batch.x_BCHW, batch.targets.y_B
    system = DeepSupervision(setting, DeepSupervisionOptions(weight=0.4, head=head))
    loss = system.loss(batch)
    maps = system.deployable().features(x).maps
    heads = sum(F.cross_entropy(h(m), y) for h, m in zip(system.heads, maps[:2], strict=True))
    assert list(loss.terms) == ["ce", "aux_ce"]
    torch.testing.assert_close(loss.terms["ce"], F.cross_entropy(loss.logits_BK, y))
    torch.testing.assert_close(loss.terms["aux_ce"], 0.4 * heads)


def test_that_the_heads_teach_the_early_stages_and_never_the_last(setting, batch, reached):
    system = DeepSupervision(setting, DeepSupervisionOptions())
    names = reached(system, system.loss(batch).terms["aux_ce"])
    own = {".".join(n.split(".")[2:4]) for n in names if n.startswith("peers.0.stages")}
    assert own == {"stages.0", "stages.1"}
    assert not any(n.startswith("peers.0.head") for n in names)
    assert {n for n in names if n.startswith("heads")} == {
        f"heads.{n}" for n, _ in system.heads.named_parameters()
    }


def test_that_without_weight_the_network_learns_as_plain(setting, train):
    system = DeepSupervision(setting, DeepSupervisionOptions(weight=0.0))
    plain = Plain(setting, Options())
    assert train(system) == train(plain)


def test_that_the_heads_are_removed(setting):
    removed = DeepSupervision(setting, DeepSupervisionOptions()).removed_modules()
    assert removed == {"heads.0": 16 * 10 + 10, "heads.1": 32 * 10 + 10}


def test_that_googlenet_has_the_heads_it_was_published_with(setting):
    wide = around(setting, "tv_googlenet")
    system = DeepSupervision(wide, DeepSupervisionOptions(head="native", weight=0.3)).eval()
    batch = make_batch(torch.randn(2, 3, 32, 32), torch.tensor([1, 2]))
    with torch.no_grad():
        loss = system.loss(batch)
        maps = system.deployable().features(batch.x_BCHW).maps
        own = sum(F.cross_entropy(system.heads[i](maps[i]), batch.targets.y_B) for i in (0, 1))
    assert len(system.heads) == 2
    torch.testing.assert_close(loss.terms["aux_ce"], 0.3 * own)


def test_that_native_heads_are_refused_where_there_are_none(setting):
    with pytest.raises(SpecError, match="published without auxiliary heads"):
        DeepSupervision(setting, DeepSupervisionOptions(head="native"))


@pytest.mark.parametrize("backbone", DYNAMIC)
def test_that_networks_that_are_supervised_already_are_refused(backbone):
    cards = [lookup("method", "deep_supervision").card, lookup("backbone", backbone).card]
    (objection,) = objections(cards)
    assert "learn from the labels already" in objection


@pytest.mark.parametrize("values", [{"weight": -0.1}, {"head": "deep"}])
def test_that_options_out_of_range_are_refused(values):
    with pytest.raises(SpecError):
        parse(DeepSupervisionOptions, values, "method.options")
