from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from engine.methods.batch import Moment
from engine.methods.plain import Plain
from engine.methods.ps_kd import PsKd, PsKdOptions, alpha_at
from engine.registry import lookup
from engine.spec.card import objections
from engine.spec.errors import SpecError
from engine.spec.options import Options, parse

NUM_IMAGES = 20


@pytest.fixture
def remembering(setting):
    return replace(setting, num_images=NUM_IMAGES)


@pytest.fixture
def at(batch):
    """A function: the batch in an epoch of five, two steps each; its images in reverse order."""
    places = torch.arange(11, -1, -1)

    def make(epoch):
        return replace(batch, index_B=places, moment=Moment(2 * epoch, 10, epoch, 5))

    return make


def soft(logits, target):
    return -(target * F.log_softmax(logits, 1)).sum(1).mean()


def one_hot(batch):
    return F.one_hot(batch.targets.y_B, 10).float()


def test_that_alpha_grows_linearly_to_its_last_value():
    values = [alpha_at(Moment(0, 10, epoch, 5), 0.8) for epoch in range(5)]
    assert values == pytest.approx([0.16, 0.32, 0.48, 0.64, 0.8])
    assert PsKdOptions().alpha == 0.8


def test_that_in_the_first_epoch_the_loss_is_the_labels_cross_entropy(remembering, at):
    system, batch = PsKd(remembering, PsKdOptions()), at(0)
    loss = system.loss(batch)
    assert list(loss.terms) == ["ce"]
    expected = F.cross_entropy(loss.logits_BK, batch.targets.y_B)
    torch.testing.assert_close(loss.terms["ce"], expected)


def test_that_targets_are_softened_by_what_was_said_of_the_same_image(remembering, at):
    system = PsKd(remembering, PsKdOptions(alpha=0.5))
    first = system.loss(at(0))
    system.after_step(at(0), first)
    past = first.logits_BK.detach().softmax(1)
    with torch.no_grad():
        next(system.deployable().parameters()).mul_(1.5)  # it has learned something
    batch = at(3)
    order = torch.tensor([4, 0, 7, 11, 2])
    targets = replace(batch.targets, y_B=batch.targets.y_B[order])
    some = replace(
        batch, views=(batch.x_BCHW[order],), targets=targets, index_B=batch.index_B[order]
    )
    loss = system.loss(some)
    expected = soft(loss.logits_BK, 0.6 * one_hot(some) + 0.4 * past[order])
    torch.testing.assert_close(loss.terms["ce"], expected)


def test_that_images_without_a_past_keep_their_labels(remembering, at):
    system, batch = PsKd(remembering, PsKdOptions()), at(4)
    first = system.loss(batch)
    half = replace(batch, index_B=batch.index_B[:6])
    system.after_step(half, replace(first, logits_BK=first.logits_BK[:6]))
    assert system.memory_NK.any(dim=1).nonzero()[:, 0].tolist() == [6, 7, 8, 9, 10, 11]
    loss = system.loss(batch)
    target = one_hot(batch)
    target[:6] = 0.2 * target[:6] + 0.8 * first.logits_BK.detach()[:6].softmax(1)
    torch.testing.assert_close(loss.terms["ce"], soft(loss.logits_BK, target))


def test_that_asking_for_the_loss_remembers_nothing(remembering, at):
    system = PsKd(remembering, PsKdOptions())
    system.loss(at(0))
    assert not system.memory_NK.any()


def test_that_the_memory_is_probabilities_without_gradient_in_the_state(remembering, at):
    system, batch = PsKd(remembering, PsKdOptions()), at(0)
    system.after_step(batch, system.loss(batch))
    memory = system.state_dict()["memory_NK"]
    assert memory.shape == (NUM_IMAGES, 10)
    assert not memory.requires_grad
    torch.testing.assert_close(memory[:12].sum(1), torch.ones(12))
    again = PsKd(remembering, PsKdOptions())
    again.load_state_dict(system.state_dict())
    assert torch.equal(again.loss(at(1)).total, system.loss(at(1)).total)


def test_that_label_smoothing_goes_into_the_labels_part(remembering, at):
    system, batch = PsKd(remembering, PsKdOptions()), at(1)
    system.after_step(batch, system.loss(batch))
    smooth = replace(batch, targets=replace(batch.targets, smoothing=0.1))
    loss = system.loss(smooth)
    labels = 0.9 * one_hot(batch) + 0.01
    target = 0.68 * labels + 0.32 * system.memory_NK[batch.index_B]
    torch.testing.assert_close(loss.terms["ce"], soft(loss.logits_BK, target))


def test_that_every_exit_learns_from_what_the_last_one_said(setting_of_exits, at):
    system = PsKd(replace(setting_of_exits, num_images=NUM_IMAGES), PsKdOptions())
    first = system.loss(at(0))
    system.after_step(at(0), first)
    batch = at(4)
    loss = system.loss(batch)
    target = 0.2 * one_hot(batch) + 0.8 * first.logits_BK.detach().softmax(1)
    exits = system.deployable().features(batch.x_BCHW).logits
    assert len(exits) == 2
    torch.testing.assert_close(loss.terms["ce"], sum(soft(logits, target) for logits in exits))


def test_that_with_alpha_zero_it_learns_as_plain_does(remembering, train):
    plain = train(Plain(remembering, Options()))
    assert train(PsKd(remembering, PsKdOptions(alpha=0.0))) == pytest.approx(plain, rel=1e-5)


def test_that_nothing_is_removed(remembering):
    assert PsKd(remembering, PsKdOptions()).removed_modules() == {}


def test_that_mixed_images_are_refused():
    cards = [lookup("method", "ps_kd").card, lookup("regularizer", "mixup").card]
    (line,) = objections(cards)
    assert line.startswith("PS-KD cannot be combined with Mixup: what was predicted of one mixture")


def test_that_options_out_of_range_are_refused():
    with pytest.raises(SpecError):
        parse(PsKdOptions, {"alpha": 1.1}, "method.options")
