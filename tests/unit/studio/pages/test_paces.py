from dataclasses import replace

import pytest

from engine.spec.rows import RunRow
from engine.spec.run_spec import BackboneSpec, DatasetSpec, MethodSpec, RunSpec, TrainingSpec
from engine.spec.run_state import RunState
from studio.pages.compose.paces import Paces, comparable, earlier

EPOCHS = 10


def spec(dataset=None, **training):
    return RunSpec(
        dataset=DatasetSpec(**(dataset or {})), backbone=BackboneSpec(), method=MethodSpec(),
        training=TrainingSpec(**{"epochs": EPOCHS, **training}),
    )


def row(run, *, seconds=60.0, of=None, **rest):
    of = of or spec()
    return RunRow(
        id=run, experiment="", name="", seed=0, digest="", context="", method=of.arm(),
        backbone=of.backbone.name, dataset=of.dataset.name, epochs=of.training.epochs,
        created_at=0.0, colour=0, position=0.0, pinned=False, tags=(), note="", error="",
        started_at=0.0, finished_at=1.0, seconds=seconds, step=90, num_steps=90,
        images_per_s=None, params_training=None, params_deployed=None,
        **{"state": RunState.COMPLETED, "steps_per_epoch": 9, "device": "cpu", **rest},
    )


def told(wanted, *runs):
    """What rows tell of one variant, each given with its spec."""
    rows = comparable([wanted], [each for each, _ in runs])
    return earlier([wanted], rows, {each.id: of.pace_digest() for each, of in runs})


def test_that_runs_that_differ_in_nothing_that_takes_time_tell_of_another_number_of_epochs():
    [found] = told(
        spec(epochs=3 * EPOCHS, lr=0.4), (row(2, seconds=80.0), spec()), (row(1), spec())
    )
    assert found == (210.0, {1, 2}, "cpu")


@pytest.mark.parametrize("other", [
    spec({"train_images": 140}), spec(batch_size=16), spec(precision="bfloat16"),
    spec({"options": {"image_size": 64}}), spec({"root": "/other"}), spec(threads=3),
    spec(device="cuda"), spec({"validation": 0.3}),
])
def test_that_runs_that_differ_in_what_takes_time_tell_nothing(other):
    assert told(spec(), (row(1, of=other), other)) is None


def test_that_a_run_tells_nothing_before_it_is_known_what_it_was():
    assert earlier([spec()], [row(1)], {}) is None


def test_that_one_variant_of_which_nothing_is_known_leaves_all_untold():
    known, other = spec(), spec(batch_size=16)
    paces = {1: known.pace_digest()}
    assert earlier([known], [row(1)], paces) is not None
    assert earlier([known, other], [row(1)], paces) is None


@pytest.mark.parametrize("older", [
    {"device": "cuda:0 H200"}, {"steps_per_epoch": 900},
])
def test_that_those_count_that_ran_as_the_newest_did(older):
    [found] = told(spec(), (row(2), spec()), (row(1, seconds=600.0, **older), spec()))
    assert found == (60.0, {2}, "cpu")


def test_that_only_whole_trainings_of_the_same_names_are_comparable():
    other = RunSpec(backbone=BackboneSpec(name="resnet20"))
    rows = [
        row(1), row(2, state=RunState.RUNNING), row(3, forked_from=1, forked_at=2),
        row(4, seconds=0.0), row(5, of=other), replace(row(6), method="sila"),
    ]
    assert [each.id for each in comparable([spec()], rows)] == [1]


def test_that_what_was_probed_is_told_for_the_same_threads_only():
    paces, probed = Paces(), {"seconds": 60.0}
    paces.keep(spec(), probed)
    assert paces.of(spec()) == probed
    assert paces.of(spec(epochs=2 * EPOCHS)) == {"seconds": 120.0}
    assert paces.of(spec(threads=2)) is None
