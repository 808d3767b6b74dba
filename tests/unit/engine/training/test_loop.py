import numpy as np
import torch

from engine.build import make_job
from engine.spec.options import parse
from engine.spec.run_spec import RunSpec
from engine.training.loop import make_batch


def job_of(workspace, method="plain", options=None, regularizers=None, seed=0):
    table = {
        "dataset": {"name": "digits", "train_images": 40, "augmentation": "crop_flip"},
        "method": {"name": method, "options": options or {}},
        "regularizers": regularizers or {}, "seed": seed,
        "training": {"epochs": 3, "batch_size": 8, "threads": 1, "device": "cpu"},
    }
    return make_job(parse(RunSpec, table, "spec"), workspace)


def batches_of(job):
    drawn = [each for epoch in range(3) for each in job.batches.epoch(epoch)]
    return [
        make_batch(job, each, step, torch.default_generator) for step, each in enumerate(drawn)
    ]


TEACHER_VIEW = {"beta": 1.0, "teacher_view": True}
MIXED = {"mixup": {}, "label_smoothing": {"epsilon": 0.2}}


def test_that_a_batch_knows_where_the_training_stands(workspace):
    batches = batches_of(job_of(workspace))
    moments = [batch.moment for batch in batches]
    assert [m.step for m in moments] == list(range(15))
    assert [m.epoch for m in moments] == [0] * 5 + [1] * 5 + [2] * 5
    assert {(m.num_steps, m.num_epochs) for m in moments} == {(15, 3)}
    assert (moments[0].done, moments[5].done) == (0.0, 1 / 3)


def test_that_without_regularizers_images_and_labels_are_as_drawn(workspace):
    job = job_of(workspace)
    (drawn, *_), (batch, *_) = list(job.batches.epoch(0)), batches_of(job)
    assert torch.equal(batch.x_BCHW, drawn.views[0])
    assert torch.equal(batch.index_B, drawn.index_B)
    assert (batch.targets.other_B, batch.targets.smoothing) == (None, 0.0)
    assert torch.equal(job.batches.images.labels_N[batch.index_B], batch.targets.y_B)
    assert batch.partner_BCHW is None


def test_that_partners_are_mixed_like_the_images(workspace):
    job = job_of(workspace, "sila", {"beta": 1.0, "pair_twins": True}, {"mixup": {}})
    (drawn, *_), (batch, *_) = list(job.batches.epoch(0)), batches_of(job)
    share, others = batch.targets.share, batch.targets.other_B
    for mixed, before in ((batch.x_BCHW, drawn.views[0]), (batch.partner_BCHW, drawn.partner_BCHW)):
        assert not torch.equal(mixed, before)
        blended = [torch.isclose(
            mixed[i], share * before[i] + (1 - share) * before, atol=1e-5
        ).flatten(1).all(1) for i in range(len(before))]
        found = torch.stack(blended).int().argmax(dim=1)
        assert torch.equal(drawn.y_B[found], others)


def test_that_every_method_sees_the_same_mixtures(workspace):
    plain = batches_of(job_of(workspace, regularizers=MIXED))
    for method, options in (("dml", {}), ("sila", TEACHER_VIEW)):
        torch.manual_seed(9)
        others = batches_of(job_of(workspace, method, options, MIXED))
        for one, other in zip(plain, others, strict=True):
            assert torch.equal(one.x_BCHW, other.x_BCHW)
            assert torch.equal(one.targets.other_B, other.targets.other_B)
            assert one.targets.share == other.targets.share
            assert (one.targets.smoothing, other.targets.smoothing) == (0.2, 0.2)


def test_that_every_step_and_every_seed_draws_another_mixture(workspace):
    shares = {
        batch.targets.share for seed in (0, 1)
        for batch in batches_of(job_of(workspace, regularizers=MIXED, seed=seed))
    }
    assert len(shares) == 30


def test_that_all_views_of_a_batch_are_mixed_alike(workspace):
    plain = batches_of(job_of(workspace, "sila", TEACHER_VIEW))
    job = job_of(workspace, "sila", TEACHER_VIEW, MIXED)
    for batch, other in zip(plain, batches_of(job), strict=True):
        assert len(other.views) == 2
        share = other.targets.share
        draws = np.random.default_rng(job.streams.key("regularizers", other.moment.step))
        assert share == draws.beta(1.0, 1.0)
        order = torch.from_numpy(draws.permutation(8))
        assert torch.equal(other.targets.other_B, batch.targets.y_B[order])
        for view, seen in zip(batch.views, other.views, strict=True):
            torch.testing.assert_close(seen, share * view + (1 - share) * view[order])
