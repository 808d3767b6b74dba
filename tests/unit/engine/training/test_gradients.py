import math

import pytest
import torch

from engine.build import make_job
from engine.registry import entries, lookup
from engine.spec.card import objections
from engine.store import points
from engine.training.device import autocast, default_generator
from engine.training.gradients import GradientWatch, stages_of
from engine.training.loop import make_batch, update
from tests.unit.engine.training.trainings import same, trace, train

NEEDS_TEACHER = ("kd", "tf_kd_self")
QUICK = ("sila", "deep_supervision")
RESNET8 = lookup("backbone", "resnet8").card
METHODS = [
    e.card.name for e in entries("method")
    if e.card.name not in NEEDS_TEACHER and not objections([e.card, RESNET8])
]


def steps(job, watched):
    """Take two steps; returns what was seen of the gradients and the weights."""
    watch, seen = GradientWatch(job), []
    noise, precision = default_generator(job.device), autocast(job.spec.training, job.device)
    look = (lambda loss: seen.append(watch.look(loss))) if watched else None
    job.system.train()
    for step, drawn in zip(range(2), job.batches.epoch(0), strict=False):
        update(job, make_batch(job, drawn, step, noise), precision, look)
    return seen, {name: value.clone() for name, value in job.system.state_dict().items()}


@pytest.mark.parametrize(("method", "threads"), [
    *(pytest.param(name, 1, marks=() if name in QUICK else pytest.mark.slow) for name in METHODS),
    # peers on threads of their own
    pytest.param("dml", 2, marks=pytest.mark.slow), ("sila_dml", 2),
])
def test_that_a_training_goes_on_as_if_nobody_had_looked(store, tiny, method, threads):
    spec = tiny(method)
    torch.set_num_threads(threads)
    _, expected = steps(make_job(spec, store.workspace), watched=False)
    seen, got = steps(make_job(spec, store.workspace), watched=True)
    assert same(got, expected)
    for each in seen:
        for key, value in each.items():
            assert math.isfinite(value)
            assert key.startswith(("gradient/cosine/", "gradient/ratio/"))
            assert -1.000001 <= value <= 1.000001 or "ratio" in key


def test_that_cosine_and_ratio_are_those_of_the_gradients(store, tiny):
    job = make_job(tiny("sila", {"alpha": 0.5, "beta": 1.0}), store.workspace)
    job.system.train()
    drawn = next(job.batches.epoch(0))
    batch = make_batch(job, drawn, 0, default_generator(job.device))
    loss = job.system.loss(batch)
    head = list(job.system.deployable().head.parameters())
    terms = [loss.terms["ce"], sum(t for name, t in loss.terms.items() if name != "ce")]
    task, other = (
        torch.cat([g.flatten() for g in torch.autograd.grad(t, head, retain_graph=True)])
        for t in terms
    )
    seen = GradientWatch(job).look(loss)
    assert seen["gradient/cosine/head"] == pytest.approx(
        float(torch.nn.functional.cosine_similarity(task, other, dim=0)), abs=1e-5
    )
    assert seen["gradient/ratio/head"] == pytest.approx(float(other.norm() / task.norm()), rel=1e-4)
    assert [key.rpartition("/")[2] for key in seen if "cosine" in key] == [
        "stem", "stages.1", "stages.2", "stages.3", "head"
    ]
    assert all(p.grad is None for p in job.system.parameters())


def test_that_a_loss_of_one_term_has_nothing_to_tell(store, tiny):
    job = make_job(tiny(), store.workspace)
    assert steps(job, watched=True)[0] == [{}, {}]


def test_that_stages_hold_every_parameter_once(store, tiny):
    network = make_job(tiny(), store.workspace).system.deployable()
    held = [p for parameters in stages_of(network).values() for p in parameters]
    assert [id(p) for p in held] == [id(p) for p in network.parameters()]


def test_that_some_steps_are_looked_at_and_the_numbers_stay_the_same(store, claim, tiny):
    recipes = [{"gradients_every": every} for every in (0, 3)]
    bare, watched = (claim(tiny("sila", training=recipe)) for recipe in recipes)
    assert same(train(store, bare), train(store, watched))
    seen = points.read_series(store, [watched.run], "gradient/cosine/stages.3")[watched.run]
    assert seen.steps.tolist() == [1, 4, 7]
    mine = trace(store, watched.run)
    others = {key: value for key, value in mine.items() if not key.startswith("gradient/")}
    assert len(mine) == len(others) + 8
    assert others == trace(store, bare.run)
