from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from engine.backbones.resnet import resnet
from engine.methods.plain import Plain
from engine.methods.tf_kd import TfKdReg, TfKdRegOptions, TfKdSelf, TfKdSelfOptions
from engine.spec.errors import SpecError
from engine.spec.options import Options, parse
from tests.batches import make_batch


def network_of(*widths):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        return resnet(10, 3, widths, num_blocks=1).requires_grad_(False).eval()


@pytest.fixture
def taught(setting):
    """The setting with a teacher of the same architecture, and one of another."""
    teachers = {"run:1": network_of(16, 32, 64), "run:2": network_of(16, 32)}
    return replace(setting, make_teacher=teachers.__getitem__)


def kl(target, learner, temperature):
    log_p, log_q = (F.log_softmax(a / temperature, 1) for a in (target, learner))
    return temperature**2 * (log_p.exp() * (log_p - log_q)).sum(1).mean()


def test_that_self_trainings_terms_are_the_equation(taught, batch):
    options = TfKdSelfOptions(teacher="run:1", alpha=0.9, temperature=3.0, multiplier=0.25)
    system = TfKdSelf(taught, options)
    loss = system.loss(batch)
    logits, told = system.deployable()(batch.x_BCHW), network_of(16, 32, 64)(batch.x_BCHW)
    assert list(loss.terms) == ["ce", "kd"]
    ce = F.cross_entropy(logits, batch.targets.y_B)
    torch.testing.assert_close(loss.terms["ce"], (1 - 0.9) * ce)
    torch.testing.assert_close(loss.terms["kd"], 0.9 * 0.25 * kl(told, logits, 3.0))


def test_that_the_authors_multiplier_of_50_is_the_default_on_100_classes():
    options = TfKdSelfOptions()
    assert (options.alpha, options.temperature) == (0.95, 6.0)
    target, logits = torch.randn(2, 8, 100, generator=torch.Generator().manual_seed(0)).unbind()
    p, log_q = (target / 6).softmax(1), F.log_softmax(logits / 6, 1)
    elements = 36 * p * (p.log() - log_q)
    torch.testing.assert_close(options.multiplier * kl(target, logits, 6), 50 * elements.mean())


def test_that_self_training_is_refused_from_another_network(taught):
    with pytest.raises(SpecError, match="'run:2' is another network than the one it would teach"):
        TfKdSelf(taught, TfKdSelfOptions(teacher="run:2"))


def test_that_self_training_needs_a_teacher(taught):
    with pytest.raises(SpecError, match="this method needs a teacher"):
        TfKdSelf(taught, TfKdSelfOptions())


def test_that_self_trainings_teacher_stays_in_eval_mode_and_is_removed(taught):
    system = TfKdSelf(taught, TfKdSelfOptions(teacher="run:1")).train()
    assert not system.teacher.training
    assert system.removed_modules() == {"teacher": 78_042}


def virtual(logits, labels, correct, temperature):
    u = torch.full_like(logits, (1 - correct) / (logits.shape[1] - 1))
    u[torch.arange(len(labels)), labels] = correct
    t = (u / temperature).softmax(1)
    return (t * (t.log() - F.log_softmax(logits, 1))).sum(1).mean()


def test_that_the_virtual_teachers_terms_are_the_equation(setting, batch):
    system = TfKdReg(setting, TfKdRegOptions(alpha=0.3, temperature=5.0, correct=0.9))
    loss, y = system.loss(batch), batch.targets.y_B
    logits = system.deployable()(batch.x_BCHW)
    assert list(loss.terms) == ["ce", "virtual_kd"]
    torch.testing.assert_close(loss.terms["ce"], 0.7 * F.cross_entropy(logits, y))
    torch.testing.assert_close(loss.terms["virtual_kd"], 0.3 * virtual(logits, y, 0.9, 5.0))


def test_that_the_virtual_teachers_defaults_are_the_authors():
    options = TfKdRegOptions()
    assert (options.alpha, options.temperature, options.correct) == (0.1, 20.0, 0.99)


def test_that_on_a_mixture_both_classes_virtual_teachers_count_by_their_shares(setting, batch):
    other = batch.targets.y_B.roll(1)
    mixed = make_batch(batch.x_BCHW, batch.targets.y_B, other_B=other, share=0.8)
    system = TfKdReg(setting, TfKdRegOptions())
    logits = system.deployable()(batch.x_BCHW)
    first, second = (virtual(logits, y, 0.99, 20.0) for y in (batch.targets.y_B, other))
    expected = 0.1 * (0.8 * first + 0.2 * second)
    torch.testing.assert_close(system.loss(mixed).terms["virtual_kd"], expected)


def test_that_every_exit_has_the_virtual_teacher(setting_of_exits, batch):
    system = TfKdReg(setting_of_exits, TfKdRegOptions())
    loss, y = system.loss(batch), batch.targets.y_B
    exits = system.deployable().features(batch.x_BCHW).logits
    expected = 0.1 * sum(virtual(logits, y, 0.99, 20.0) for logits in exits)
    torch.testing.assert_close(loss.terms["virtual_kd"], expected)


def test_that_the_virtual_teacher_is_no_module_and_reaches_the_whole_network(
    setting, batch, reached
):
    system = TfKdReg(setting, TfKdRegOptions())
    assert system.removed_modules() == {}
    names = reached(system, system.loss(batch).terms["virtual_kd"])
    assert names == {n for n, _ in system.named_parameters()}


def test_that_without_the_virtual_teachers_weight_the_steps_are_plains(setting, train):
    assert train(TfKdReg(setting, TfKdRegOptions(alpha=0.0))) == train(Plain(setting, Options()))


@pytest.mark.parametrize(("options", "values"), [
    (TfKdSelfOptions, {"multiplier": 0.0}), (TfKdSelfOptions, {"alpha": -0.1}),
    (TfKdRegOptions, {"correct": 1.0}), (TfKdRegOptions, {"temperature": 0.0}),
])
def test_that_options_out_of_range_are_refused(options, values):
    with pytest.raises(SpecError):
        parse(options, values, "method.options")
