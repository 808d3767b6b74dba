import torch
import torch.nn.functional as F

from engine.methods.plain import Plain
from engine.spec.options import Options


def test_that_plain_has_one_term_the_cross_entropy(setting, batch):
    loss = Plain(setting, Options()).loss(batch)
    assert list(loss.terms) == ["ce"]
    assert torch.equal(loss.total, F.cross_entropy(loss.logits_BK, batch.targets.y_B))


def test_that_plain_removes_nothing(setting):
    assert Plain(setting, Options()).removed_modules() == {}
