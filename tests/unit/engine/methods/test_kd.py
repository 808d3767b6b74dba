from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from engine.backbones.resnet import resnet
from engine.methods.kd import Kd, KdOptions
from engine.methods.plain import Plain
from engine.spec.errors import SpecError
from engine.spec.options import Options, parse
from engine.spec.run_spec import TrainingSpec
from engine.training.optim import make_optimizer


def teacher_network():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        network = resnet(10, 3, (16, 32), num_blocks=1)
        network.train()(torch.randn(8, 3, 8, 8))  # statistics that are not those of a batch
    return network.eval()


@pytest.fixture
def taught(setting):
    """The setting with one teacher, a smaller network, named "run:1"."""
    return replace(setting, make_teacher={"run:1": teacher_network()}.__getitem__)


def kl(target, learner, temperature):
    log_p, log_q = (F.log_softmax(a / temperature, 1) for a in (target, learner))
    return temperature**2 * (log_p.exp() * (log_p - log_q)).sum(1).mean()


def test_that_the_terms_are_the_equation(taught, batch):
    system = Kd(taught, KdOptions(teacher="run:1", alpha=0.7, temperature=3.0))
    loss = system.loss(batch)
    logits, told = system.deployable()(batch.x_BCHW), system.teacher(batch.x_BCHW)
    assert list(loss.terms) == ["ce", "kd"]
    torch.testing.assert_close(
        loss.terms["ce"], 0.3 * F.cross_entropy(logits, batch.targets.y_B)
    )
    torch.testing.assert_close(loss.terms["kd"], 0.7 * kl(told, logits, 3.0))


def test_that_the_defaults_are_a_tenth_for_the_labels_and_a_temperature_of_four():
    options = KdOptions()
    assert (options.alpha, options.temperature) == (0.9, 4.0)


def test_that_the_divergence_reaches_the_whole_student_and_nothing_of_the_teacher(
    taught, batch, reached
):
    system = Kd(taught, KdOptions(teacher="run:1"))
    names = reached(system, system.loss(batch).terms["kd"])
    assert names == {f"peers.0.{n}" for n, _ in system.deployable().named_parameters()}


def test_that_the_teacher_stays_as_it_is_in_eval_mode(taught, batch):
    system = Kd(taught, KdOptions(teacher="run:1")).train()
    assert system.deployable().training
    assert not any(m.training for m in system.teacher.modules())
    before = {name: value.clone() for name, value in system.teacher.state_dict().items()}
    optimizer = make_optimizer(system, TrainingSpec(weight_decay=0.1))
    for _ in range(2):
        optimizer.zero_grad()
        system.loss(batch).total.backward()
        optimizer.step()
    assert all(torch.equal(before[n], v) for n, v in system.teacher.state_dict().items())


def test_that_the_optimiser_knows_nothing_of_the_teacher(taught):
    system = Kd(taught, KdOptions(teacher="run:1"))
    (group,) = make_optimizer(system, TrainingSpec()).param_groups
    assert {id(p) for p in group["params"]} == {id(p) for p in system.deployable().parameters()}


def test_that_the_teacher_is_counted_and_removed(taught):
    system = Kd(taught, KdOptions(teacher="run:1"))
    count = sum(p.numel() for p in teacher_network().parameters())
    assert system.removed_modules() == {"teacher": count}


def test_that_the_student_starts_as_plains_network(taught, setting):
    student = Kd(taught, KdOptions(teacher="run:1")).deployable().state_dict()
    plain = Plain(setting, Options()).deployable().state_dict()
    assert all(torch.equal(student[name], plain[name]) for name in plain)


def test_that_without_weight_the_steps_are_plains(taught, setting, train):
    assert train(Kd(taught, KdOptions(teacher="run:1", alpha=0.0))) == train(
        Plain(setting, Options())
    )


def test_that_every_exit_learns_from_the_teacher(taught, setting_of_exits, batch):
    setting = replace(setting_of_exits, make_teacher=taught.make_teacher)
    system = Kd(setting, KdOptions(teacher="run:1", alpha=0.5, temperature=2.0)).eval()
    loss = system.loss(batch)
    logits = system.deployable().features(batch.x_BCHW).logits
    told = system.teacher(batch.x_BCHW)
    assert len(logits) > 1
    torch.testing.assert_close(
        loss.terms["kd"], 0.5 * sum(kl(told, at, 2.0) for at in logits)
    )
    torch.testing.assert_close(
        loss.terms["ce"], 0.5 * sum(F.cross_entropy(at, batch.targets.y_B) for at in logits)
    )
    assert torch.equal(loss.logits_BK, logits[-1])


def test_that_a_teacher_must_be_named(setting):
    with pytest.raises(SpecError, match=r"^this method needs a teacher: .* 'run:12' [^\n]+$"):
        Kd(setting, KdOptions())


@pytest.mark.parametrize("values", [{"alpha": 1.1}, {"temperature": 0.0}, {"teacher": 3}])
def test_that_options_out_of_range_are_refused(values):
    with pytest.raises(SpecError):
        parse(KdOptions, values, "method.options")
