import pytest
import torch
import torch.nn.functional as F

from engine.methods.plain import Plain, PlainOptions
from engine.spec.errors import SpecError
from engine.spec.options import parse


def test_that_plain_has_one_term_the_cross_entropy(setting, batch, noise):
    x, y = batch
    loss = Plain(setting, PlainOptions()).loss(x, y, noise)
    assert list(loss.terms) == ["ce"]
    assert torch.equal(loss.total, F.cross_entropy(loss.logits_BK, y))


def test_that_label_smoothing_reaches_the_loss(setting, batch, noise):
    x, y = batch
    loss = Plain(setting, PlainOptions(label_smoothing=0.1)).loss(x, y, noise)
    assert torch.equal(loss.total, F.cross_entropy(loss.logits_BK, y, label_smoothing=0.1))


@pytest.mark.parametrize("smoothing", [-0.1, 1.0])
def test_that_a_smoothing_out_of_range_is_refused_in_one_line(smoothing):
    with pytest.raises(SpecError, match=r"^\[method.options\] label_smoothing = [^\n]*$"):
        parse(PlainOptions, {"label_smoothing": smoothing}, "method.options")


def test_that_plain_removes_nothing(setting):
    assert Plain(setting, PlainOptions()).removed_modules() == {}
