from contextlib import nullcontext
from copy import deepcopy

import pytest
import torch
from torch import nn

from engine.build import make_job
from engine.spec.options import parse
from engine.spec.run_spec import RunSpec, TrainingSpec
from engine.training.loop import make_batch, update
from engine.training.sharpness import perturbed


def recipe(**values):
    return parse(TrainingSpec, values, "training")


SAM, ASAM = recipe(sharpness="sam", sam_rho=0.2), recipe(sharpness="asam", asam_rho=0.7)


def net():
    """Two layers with a batch norm between them, and gradients of some loss."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 2))
        loss_of(module).backward()
    return module


def loss_of(module):
    x = torch.randn(6, 3, generator=torch.Generator().manual_seed(1))
    return module(x).square().mean()


def norm(tensors):
    return sum(t.square().sum() for t in tensors).sqrt()


def test_that_sam_goes_rho_along_the_gradient():
    module = net()
    before = [p.detach().clone() for p in module.parameters()]
    gradients = [p.grad.clone() for p in module.parameters()]
    with perturbed(module, SAM):
        moved = [p.detach() - b for p, b in zip(module.parameters(), before, strict=True)]
        for step, gradient in zip(moved, gradients, strict=True):
            torch.testing.assert_close(
                step, 0.2 * gradient / norm(gradients), rtol=1e-4, atol=1e-7
            )
        assert norm(moved).item() == pytest.approx(0.2, rel=1e-4)


def test_that_asam_measures_every_weight_in_its_own_units():
    module = net()
    before = [p.detach().clone() for p in module.parameters()]
    gradients = [p.grad.clone() for p in module.parameters()]
    # Matrices are normalised by |w| + η; biases and what scales a norm are not.
    units = [p.abs() + 0.01 if p.ndim == 2 else torch.ones_like(p) for p in before]
    scaled = [t * g for t, g in zip(units, gradients, strict=True)]
    with perturbed(module, ASAM):
        moved = [p.detach() - b for p, b in zip(module.parameters(), before, strict=True)]
        for step, t, g in zip(moved, units, gradients, strict=True):
            torch.testing.assert_close(step, 0.7 * t**2 * g / norm(scaled), rtol=1e-4, atol=1e-7)
        in_units = [step / t for step, t in zip(moved, units, strict=True)]
        assert norm(in_units).item() == pytest.approx(0.7, rel=1e-4)


@pytest.mark.parametrize("spec", [SAM, ASAM])
def test_that_the_loss_is_higher_there(spec):
    module = net()
    here = loss_of(module)
    with perturbed(module, spec):
        assert loss_of(module) > here


@pytest.mark.parametrize("spec", [SAM, ASAM])
@pytest.mark.parametrize("fails", [False, True])
def test_that_weights_come_back_bit_for_bit(spec, fails):
    module = net()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    with pytest.raises(ZeroDivisionError) if fails else nullcontext(), perturbed(module, spec):
        assert all(p.grad is None for p in module.parameters())
        loss_of(module).backward()
        if fails:
            raise ZeroDivisionError
    after = module.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert module[1].track_running_stats


def test_that_the_gradients_that_are_left_are_those_of_the_second_pass():
    module, there = net(), net()
    with torch.no_grad():
        gradients = [p.grad.clone() for p in there.parameters()]
        for parameter, gradient in zip(there.parameters(), gradients, strict=True):
            parameter.add_(0.2 * gradient / norm(gradients))
    there.zero_grad()
    loss_of(there).backward()
    with perturbed(module, SAM):
        loss_of(module).backward()
    for left, right in zip(module.parameters(), there.parameters(), strict=True):
        torch.testing.assert_close(left.grad, right.grad, rtol=1e-4, atol=1e-6)


def test_that_what_has_no_gradient_stays_where_it_is():
    module = net()
    frozen = nn.Linear(2, 2).requires_grad_(False)
    module.append(frozen)
    before = frozen.weight.clone()
    with perturbed(module, SAM):
        assert torch.equal(frozen.weight, before)


# ---- a whole step of the training loop


def job_of(workspace, method="plain", options=None, **training):
    table = {
        "dataset": {"name": "digits", "train_images": 40},
        "method": {"name": method, "options": options or {}},
        "training": {"epochs": 2, "batch_size": 10, "threads": 1, "device": "cpu", **training},
    }
    return make_job(parse(RunSpec, table, "spec"), workspace)


def batches_of(job):
    drawn = [each for epoch in range(2) for each in job.batches.epoch(epoch)]
    return [
        make_batch(job, each, step, torch.default_generator) for step, each in enumerate(drawn)
    ]


def by_hand(system, spec, batch, optimizer):
    """A step of SAM in so many words: nothing is frozen, the statistics are put back."""
    system.loss(batch).total.backward()
    here = {name: value.clone() for name, value in system.state_dict().items()}
    with torch.no_grad():
        gradients = [p.grad for p in system.parameters()]
        length = norm(gradients)
        for parameter, gradient in zip(system.parameters(), gradients, strict=True):
            parameter += spec.sam_rho * gradient / length
    system.zero_grad()
    system.loss(batch).total.backward()
    system.load_state_dict(here)
    optimizer.step()
    optimizer.zero_grad()


def test_that_a_step_is_the_hand_written_one(workspace):
    job = job_of(workspace, sharpness="sam", sam_rho=0.1)
    system = deepcopy(job.system).train()
    optimizer = torch.optim.SGD(
        system.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True
    )
    job.system.train()
    for batch in batches_of(job)[:3]:
        update(job, batch, nullcontext())
        by_hand(system, job.spec.training, batch, optimizer)
    expected = system.state_dict()
    for name, value in job.system.state_dict().items():
        torch.testing.assert_close(value, expected[name], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("sharpness", ["sam", "asam"])
def test_that_batch_norms_learn_once_a_step_and_from_where_the_weights_were(workspace, sharpness):
    job, plain = job_of(workspace, sharpness=sharpness), job_of(workspace)
    for each in (job, plain):
        each.system.train()
        update(each, batches_of(each)[0], nullcontext())
    seen, expected = dict(job.system.named_buffers()), dict(plain.system.named_buffers())
    assert all(torch.equal(seen[name], expected[name]) for name in expected)
    counts = [value.item() for name, value in seen.items() if "num_batches" in name]
    assert counts
    assert set(counts) == {1}
    weights, others = (
        torch.cat([p.detach().flatten() for p in each.system.parameters()]) for each in (job, plain)
    )
    assert not torch.equal(weights, others)


def test_that_the_loss_that_is_recorded_is_the_first_passs(workspace):
    job, plain = job_of(workspace, sharpness="sam"), job_of(workspace)
    first, other = (update(each, batches_of(each)[0], nullcontext()) for each in (job, plain))
    assert torch.equal(first.total, other.total)
    assert torch.equal(first.logits_BK, other.logits_BK)


def test_that_both_passes_see_the_same_noise_and_every_step_another(workspace):
    job = job_of(workspace, "sila", {"alpha": 0.0, "beta": 1.0}, sharpness="sam")
    loss, seen = job.system.loss, []

    def listening(batch):
        state = batch.noise.get_state()
        seen.append(torch.rand(4, generator=batch.noise).tolist())
        batch.noise.set_state(state)
        return loss(batch)

    job.system.loss = listening
    for batch in batches_of(job)[:3]:
        torch.rand(7)  # whatever else is drawn between the steps
        update(job, batch, nullcontext())
    assert len(seen) == 6
    assert seen[0::2] == seen[1::2]
    assert len({tuple(draw) for draw in seen}) == 3


def test_that_a_method_takes_note_of_a_step_once(workspace):
    job = job_of(workspace, "ps_kd", sharpness="sam")
    noted = []
    job.system.after_step = lambda batch, loss: noted.append((batch.moment.step, loss))
    losses = [update(job, batch, nullcontext()) for batch in batches_of(job)[:2]]
    assert [step for step, _ in noted] == [0, 1]
    assert all(loss is told for loss, (_, told) in zip(losses, noted, strict=True))
