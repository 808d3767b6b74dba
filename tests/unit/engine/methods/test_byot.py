import pytest
import torch
import torch.nn.functional as F

from engine.losses.mutual import kl_divergence
from engine.methods.byot import Byot, ByotOptions
from engine.spec.errors import SpecError
from engine.spec.options import parse
from tests.unit.engine.methods.dynamic import DYNAMIC, around

OPTIONS = ByotOptions(alpha=0.3, temperature=2.0, beta=0.01)


def check(loss, features, shallow, batch):
    """Whether a loss is the equation, given features and logits of the shallow classifiers."""
    y, deepest = batch.targets.y_B, features.logits[-1]
    labels = sum(F.cross_entropy(logits, y) for _, logits in shallow)
    told = sum(kl_divergence(deepest, logits, 2.0) for _, logits in shallow)
    distance = sum((v - features.embedding).square().sum() for v, _ in shallow)
    assert list(loss.terms) == ["ce", "aux_ce", "kl", "feature"]
    torch.testing.assert_close(loss.terms["ce"], F.cross_entropy(deepest, y))
    torch.testing.assert_close(loss.terms["aux_ce"], 0.7 * labels)
    torch.testing.assert_close(loss.terms["kl"], 0.3 * told)
    torch.testing.assert_close(loss.terms["feature"], 0.01 * distance)
    assert torch.equal(loss.logits_BK, deepest)


def test_that_bottleneck_heads_learn_as_the_equation_says(setting, batch):
    system = Byot(setting, OPTIONS)
    features = system.deployable().features(batch.x_BCHW)
    heads = zip(system.shallow.readers, features.maps[:2], strict=True)
    check(system.loss(batch), features, [head.answer(m) for head, m in heads], batch)


@pytest.mark.parametrize("backbone", DYNAMIC)
def test_that_exits_and_widths_learn_as_the_equation_says(setting, batch, backbone):
    system = Byot(around(setting, backbone), OPTIONS)
    features = system.deployable().features(batch.x_BCHW)
    adapted = [
        adapter(v)
        for adapter, v in zip(system.shallow.readers, features.exit_embeddings[:-1], strict=True)
    ]
    shallow = list(zip(adapted, features.logits[:-1], strict=True))
    check(system.loss(batch), features, shallow, batch)
    widths = [v.shape[1] for v in features.exit_embeddings]
    assert list(system.removed_modules().values()) == [
        (width + 1) * widths[-1] for width in widths[:-1]
    ]


@pytest.mark.parametrize("term", ["aux_ce", "kl", "feature"])
def test_that_the_deepest_classifier_is_not_moved_by_what_it_teaches(
    setting, batch, reached, term
):
    system = Byot(setting, OPTIONS)
    names = reached(system, system.loss(batch).terms[term])
    assert not any(n.startswith(("peers.0.stages.2", "peers.0.head")) for n in names)
    assert {"peers.0.stem.0.weight", "shallow.readers.0.0.0.weight"} <= names


def test_that_only_the_deepest_learns_from_the_labels_alone(setting, batch, reached):
    system = Byot(setting, OPTIONS)
    names = reached(system, system.loss(batch).terms["ce"])
    assert names == {n for n, _ in system.named_parameters() if n.startswith("peers")}


@pytest.mark.parametrize("values", [{"alpha": 1.5}, {"beta": -1.0}, {"temperature": 0.0}])
def test_that_options_out_of_range_are_refused(values):
    with pytest.raises(SpecError):
        parse(ByotOptions, values, "method.options")
