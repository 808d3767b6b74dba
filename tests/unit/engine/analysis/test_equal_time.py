from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analysis.compare import compare
from engine.analysis.equal_time import timeline, training_seconds, with_equal_time
from engine.analysis.results import from_row
from engine.analysis.wording import seconds_text
from engine.spec.clock import Clock
from engine.spec.errors import DataError
from engine.spec.rows import RunRow, Summary
from engine.spec.run_state import RunState
from engine.store.points import Points

EPOCHS, STEPS = 4, 5
CLOCK = Clock(1, 999.0, 2000.0, "here", "cpu", 2)


def row(run, method, seed, step_s, top1):
    steps = EPOCHS * STEPS
    return RunRow(
        id=run, experiment="e", name=method, seed=seed, digest=method, context="c", method=method,
        backbone="resnet8", dataset="digits", epochs=EPOCHS, created_at=0.0, colour=0,
        position=0.0, pinned=False, tags=(), note="", state=RunState.COMPLETED, error="",
        started_at=0.0, finished_at=1.0, seconds=step_s * steps, step=steps, num_steps=steps,
        steps_per_epoch=STEPS, images_per_s=None, device="cpu", params_training=1,
        params_deployed=1, summaries={"test/top1": Summary(top1, steps, top1, steps)},
    )


def series(step_s, values, evaluation_s=3.0):
    """The steps of a run that evaluates for a while after each epoch, and its validation."""
    steps = np.arange(1, EPOCHS * STEPS + 1)
    times = 1000 + step_s * steps + evaluation_s * ((steps - 1) // STEPS)
    ends = steps[STEPS - 1 :: STEPS]
    return (
        Points(steps, times, np.zeros(len(steps))),
        Points(ends, times[ends - 1] + 1, np.array(values)),
    )


PLAIN, SILA = [50.0, 60.0, 70.0, 80.0], [55.0, 66.0, 77.0, 88.0]
BY_SEED = {False: (0.1, 0.2, 0.3), True: (0.1, 0.3, 0.2)}  # of SiLa or not, which ends as it began


@pytest.fixture
def runs():
    """Plain takes 1 s a step, SiLa a quarter more: when plain ends, SiLa has done 3 epochs."""
    rows = [row(seed, "plain", seed, 1.0, 80.0 + seed) for seed in (1, 2, 3)]
    rows += [row(10 + seed, "sila", seed, 1.25, 88.0 + seed) for seed in (1, 2, 3)]
    found = {
        each.id: series(
            each.seconds / (EPOCHS * STEPS),
            [
                value + BY_SEED[each.id > 10][each.seed - 1]
                for value in (PLAIN if each.id < 10 else SILA)
            ],
        )
        for each in rows
    }
    steps, validation = ({run: pair[at] for run, pair in found.items()} for at in (0, 1))
    return rows, {each.id: CLOCK for each in rows}, steps, validation


def judged(runs, which="last", metric="test/top1", direction="up"):
    comparison = compare([from_row(each) for each in runs[0]], None, metric, which, direction)
    return {g.method: g.equal_time for g in with_equal_time(comparison, *runs).groups}


def test_that_the_dearer_run_is_read_where_it_stood_when_the_cheaper_had_ended(runs):
    found = judged(runs)
    assert found["plain"] is None
    assert (found["sila"].metric, found["sila"].seconds) == ("val/top1", 20.0)
    assert found["sila"].difference.mean == pytest.approx(77 - 80)
    assert (found["sila"].difference.n, found["sila"].verdict) == (3, "worse")
    assert found["sila"].sentence == (
        "at equal training time (20 s, val/top1): sila is −3.00 points (95 % interval −3.25 to "
        "−2.75, 3 seeds) below plain"
    )


def test_that_a_difference_that_is_the_same_in_every_seed_names_no_winner(runs):
    for run in (11, 12, 13):
        runs[3][run].values[:] = runs[3][run - 10].values - 9
    found = judged(runs)["sila"]
    assert (found.verdict, found.difference.interval) == ("not enough seeds", None)
    assert found.sentence.endswith(
        "sila: the difference from plain is −19.00 points in each of 3 seeds: without spread there "
        "is no interval; more seeds tell"
    )


def test_that_with_best_weights_the_best_until_then_counts(runs):
    for run in (11, 12, 13):
        values = runs[3][run].values
        values[0] = 79.0 + run
    assert judged(runs, "best")["sila"].difference.mean == pytest.approx(91 - 80.2)


def test_that_a_loss_is_better_when_it_is_lower(runs):
    for each in runs[0]:
        each.summaries["test/loss"] = each.summaries["test/top1"]
    found = judged(runs, "best", "test/loss", "down")["sila"]
    assert found.metric == "val/loss"
    assert found.difference.mean == pytest.approx(55 - 50)
    assert found.verdict == "worse"


@pytest.mark.parametrize(("changes", "said"), [
    ({"host": "there"}, "different computers (here, there)"),
    ({"device": "NVIDIA H100"}, "different devices (cpu, NVIDIA H100)"),
    ({"threads": 1}, "different numbers of CPU threads (2, 1)"),
    ({"threads": None}, "different numbers of CPU threads (2, unknown)"),
    ({"num_attempts": 2}, "run 11: it was paused or interrupted"),
    ({"beside": (7, 8)}, "run 11: it shared its device with run 7, 8"),
    ({"started_at": 1500.0}, "run 11: it goes on from another run"),
])
def test_that_seconds_that_cannot_be_compared_are_refused_with_the_reason(runs, changes, said):
    for run in (11, 12, 13):
        runs[1][run] = replace(CLOCK, **changes)
    found = judged(runs)["sila"]
    assert (found.difference, found.verdict, len(found.problems)) == (None, "not enough seeds", 3)
    assert found.sentence.startswith("no comparison at equal training time: run")
    assert said in found.sentence


def test_that_one_seed_that_cannot_be_compared_is_left_out_and_named(runs):
    runs[1][12] = replace(CLOCK, device="cuda")
    found = judged(runs)["sila"]
    assert (found.difference.seeds, found.verdict) == ((1, 3), "not enough seeds")
    assert found.sentence.endswith(
        "; 1 seed(s) left out: runs 2 and 12 trained on different devices (cpu, cuda)"
    )


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_that_runs_without_curves_or_clock_are_told(runs, lost):
    for run in (1, 2, 3):
        del runs[lost][run]
    assert "run 1: it has not kept" in judged(runs)["sila"].sentence


def test_that_a_run_that_had_not_validated_by_then_is_told(runs):
    for run in (1, 2, 3):
        steps, points = runs[2][run], runs[3][run]
        runs[2][run] = Points(steps.steps[:3], steps.times[:3], steps.values[:3])
        runs[3][run] = Points(np.array([3]), points.times[:1], points.values[:1])
        runs[0][run - 1] = replace(runs[0][run - 1], seconds=3.0)
    assert "seed 1: after 3 s one had not validated yet" in judged(runs)["sila"].sentence


@given(
    st.lists(st.floats(0.01, 5), min_size=2 * STEPS, max_size=4 * STEPS),
    st.floats(0, 100), st.floats(0, 10),
)
def test_that_evaluation_between_epochs_is_no_training(taken, evaluation, start):
    taken = np.array(taken)
    steps = np.arange(1, len(taken) + 1)
    times = 1000 + start + np.cumsum(taken) + evaluation * ((steps - 1) // STEPS)
    seconds = training_seconds(steps, times, float(taken.sum()), STEPS)
    assert seconds[-1] == pytest.approx(taken.sum())
    firsts = (steps - 1) % STEPS == 0
    np.testing.assert_allclose(np.diff(seconds)[~firsts[1:]], taken[1:][~firsts[1:]], atol=1e-6)
    np.testing.assert_allclose(np.diff(seconds)[firsts[1:]], taken[firsts].mean(), atol=1e-6)


@pytest.mark.parametrize(("steps", "times", "seconds"), [
    ([2, 3], [1.0, 2.0], 5.0), ([], [], 5.0), ([1, 2], [2.0, 1.0], 5.0), ([1, 2], [1.0, 9.0], 5.0),
])
def test_that_a_clock_that_was_set_or_lacks_steps_is_refused(steps, times, seconds):
    with pytest.raises(DataError):
        training_seconds(np.array(steps, np.int64), np.array(times), seconds, STEPS)


def test_that_validations_that_have_no_step_are_passed_over(runs):
    rows, clocks, steps, validation = runs
    late = Points(np.array([5, 99]), np.array([1.0, 2.0]), np.array([50.0, 99.0]))
    assert timeline(rows[0], clocks[1], steps[1], late).values_E.tolist() == [50.0]
    assert len(validation) == 6


@pytest.mark.parametrize(("seconds", "said"), [
    (0.931, "0.93 s"), (41.4, "41 s"), (700, "12 min"), (7500, "2 h 05 min"),
])
def test_that_durations_are_said_as_people_do(seconds, said):
    assert seconds_text(seconds) == said
