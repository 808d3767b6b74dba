import dataclasses
import random

import numpy as np
import pytest
from safetensors.numpy import save_file

from engine.cli.doctor import verdict
from engine.cli.drift import Comparison, compare_runs, curve_drift, weights_drift
from engine.cli.drill import LATEST, Drill, Kill, Victim, drill_store
from engine.spec.errors import DataError
from engine.spec.rows import Summary
from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from engine.store import artifacts, points, run_queue, runs
from engine.store.connect import open_store
from engine.store.points import Points

KILLS = [Kill(Victim.WORKER, 37), Kill(Victim.ENGINE, 101)]
STEPS = (1, 2, 3, 4)
VALUES = (0.5, float("nan"), -0.0, 0.25)
WEIGHTS = {
    "stem.weight": np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4),
    "head.bias": np.zeros(5, np.float32),
    "norm.num_batches_tracked": np.array(7),
}


@pytest.fixture
def store(workspace):
    store = open_store(workspace)
    yield store
    store.close()


def curve(steps=STEPS, values=VALUES):
    return Points(np.array(steps, np.int64), np.zeros(len(steps)), np.array(values))


def changed(name, index, value):
    tensor = WEIGHTS[name].copy()
    tensor[index] = value
    return {**WEIGHTS, name: tensor}


@pytest.fixture
def weights(tmp_path):
    def write(tensors, run=1):
        folder = tmp_path / str(run)
        folder.mkdir(exist_ok=True)
        save_file(tensors, folder / "last.safetensors")
        return folder / "last.safetensors"

    return write


# ---- weights


def test_that_equal_weights_do_not_drift(weights):
    assert weights_drift(weights(WEIGHTS, 1), weights(WEIGHTS, 2)) == (18, "")


def test_that_one_value_that_differs_is_named_with_its_tensor_and_size(weights):
    nudged = np.nextafter(np.float32(1), np.float32(2))
    other = weights(changed("stem.weight", (2, 3), nudged), 2)
    assert weights_drift(weights(WEIGHTS), other) == (18, (
        "last.safetensors: 1 of 3 tensors differ, 'stem.weight' most "
        "(largest |difference| 1.19e-07)"
    ))


def test_that_bits_count_and_not_only_values(weights):
    other = weights(changed("head.bias", 3, -0.0), 2)
    assert "'head.bias' most (largest |difference| 0)" in weights_drift(weights(WEIGHTS), other)[1]


def test_that_the_tensor_that_is_furthest_off_is_named(weights):
    both = {**changed("head.bias", 0, 0.125), "norm.num_batches_tracked": np.array(9)}
    line = weights_drift(weights(WEIGHTS), weights(both, 2))[1]
    assert "2 of 3 tensors differ, 'norm.num_batches_tracked' most" in line
    assert "|difference| 2)" in line


@pytest.mark.parametrize(("tensors", "said"), [
    ({**WEIGHTS, "head.bias": np.zeros(6, np.float32)}, "'head.bias' most"),
    ({**WEIGHTS, "head.bias": np.zeros(5, np.float64)}, "'head.bias' most"),
    ({**WEIGHTS, "more": np.zeros(5)}, "'more' is in one of the two files only"),
    ({"stem.weight": WEIGHTS["stem.weight"]}, "'head.bias' is in one of the two files only"),
])
def test_that_tensors_of_another_shape_kind_or_name_are_drift(weights, tensors, said):
    assert said in weights_drift(weights(WEIGHTS), weights(tensors, 2))[1]


def test_that_weights_that_cannot_be_read_are_one_clear_line(weights, tmp_path):
    good, bad = weights(WEIGHTS), tmp_path / "bad.safetensors"
    bad.write_bytes(good.read_bytes()[:-3])
    for path in (bad, tmp_path / "none.safetensors"):
        with pytest.raises(DataError, match=f"cannot read the weights .*{path.name}: "):
            weights_drift(good, path)


# ---- curves


def test_that_equal_curves_do_not_drift():
    assert curve_drift("loss", curve(), curve()) is None


@pytest.mark.parametrize(("steps", "values", "step", "said"), [
    (STEPS, (0.5, np.nan, 0.125, 0.5), 3,
     "loss: differs first at step 3 (0.125 instead of -0), at 2 of 4 steps"),
    (STEPS, (0.5, 0.5, 0.0, 0.25), 2,
     "loss: differs first at step 2 (0.5 instead of nan), at 1 of 4 steps"),
    ((1, 2, 4), (0.5, np.nan, 0.25), 3, "loss: step 3 is missing"),
    ((1, 2, 2, 3, 4), (0.5, np.nan, np.nan, 0.0, 0.25), 2, "loss: step 2 is there twice"),
    ((1, 2, 3, 4, 5), (*VALUES, 0.5), 5, "loss: step 5 should not be there"),
    ((1, 3, 2, 4), VALUES, 3, "loss: step 3 is out of order"),
    ((2, 2, 3, 4), VALUES, 1, "loss: step 1 is missing"),
    ((), (), 1, "loss: step 1 is missing"),
])
def test_that_the_first_step_that_differs_is_named(steps, values, step, said):
    assert curve_drift("loss", curve(), curve(steps, values)) == (step, said)


# ---- runs


@pytest.fixture
def two_runs(store, tmp_path, weights):
    """Two equal runs of a store; `change` says what is different about the second."""

    def make(tensors=WEIGHTS, later=None, best=0.5, name="last.safetensors"):
        ids = run_queue.enqueue(store, [RunSpec(), RunSpec()])
        for run in ids:
            second = run == ids[1]
            path = weights(tensors if second else WEIGHTS, run)
            path = path.rename(path.with_name(name)) if second else path
            artifacts.record(store, run, "weights", path, num_bytes=1)
            memory = curve((4,), (float(run),))
            loss = later if second and later is not None else curve()
            table = {"val/top1": Summary(0.5, 4, best if second else 0.5, 4)}
            with store.write() as connection:
                blocks = {"train/loss": curve(), "lr": curve(), "system/peak_memory": memory}
                points.append(connection, run, blocks, table)
                points.append(connection, run, {"train/loss": loss})
        return compare_runs(store, *ids)

    return make


def test_that_equal_runs_agree_whatever_memory_they_took(two_runs):
    assert two_runs() == Comparison(18, 3, [])


def test_that_the_drift_of_runs_names_weights_curves_and_tables(two_runs):
    late = curve((3, 4), (-0.0, 0.75))
    drift = two_runs(changed("head.bias", 1, 2.0), late, best=0.75).drift
    assert [line.partition(" ")[0] for line in drift] == [
        "last.safetensors:", "train/loss:", "val/top1:"
    ]
    assert "at step 4 (0.75 instead of 0.25)" in drift[1]


def test_that_weights_of_one_run_only_are_drift(two_runs):
    assert two_runs(name="best.safetensors").drift == [
        "best.safetensors: only one of the two runs has it",
        "last.safetensors: only one of the two runs has it",
    ]


def test_that_runs_without_weights_are_not_taken_for_equal(store):
    ids = run_queue.enqueue(store, [RunSpec(), RunSpec()])
    with pytest.raises(DataError, match="run 1 has no final weights"):
        compare_runs(store, *ids)


# ---- what is said, and when is killed


def test_that_the_verdict_is_one_line_where_nothing_is_lost():
    assert verdict(Comparison(412345, 8, []), KILLS, 2, "cpu") == [
        "bit-identical: 2 kill(s) (worker at step 37, engine at step 101), 412,345 values of "
        "weights and 8 curves agree"
    ]


def test_that_the_verdict_says_which_kills_came_too_late():
    [line] = verdict(Comparison(1, 1, []), KILLS, 3, "cpu")
    assert "2 kill(s) (worker at step 37, engine at step 101) of 3: the run ended before" in line
    [line] = verdict(Comparison(1, 1, []), [], 3, "cpu")
    assert line.startswith("nothing is proved")


def test_that_drift_is_listed_and_on_a_gpu_perhaps_explained():
    first, *lines = verdict(Comparison(1, 1, ["a", "b"]), KILLS, 2, "cpu")
    assert lines == ["a", "b"]
    assert first.startswith("drift: 2 kill(s)")
    assert "algorithm" not in first
    assert "; on cuda:0 an operation may" in verdict(Comparison(1, 1, ["a"]), KILLS, 2, "cuda:0")[0]


def test_that_a_seed_decides_the_moments(store, monkeypatch):
    [run] = run_queue.enqueue(store, [RunSpec()])
    with store.write() as connection:
        connection.exec_driver_sql(
            "UPDATE run SET started_at = 10, finished_at = 16, seconds = 4, num_steps = 100"
        )
    row = runs.get_run(store, run)

    def moments(seed):
        waited = []
        drill = Drill(store, random.Random(seed), print)
        monkeypatch.setattr(drill, "pause", waited.append)

        def until(run, done):
            assert run == row.id
            running = dataclasses.replace(row, state=RunState.RUNNING)
            rows = (dataclasses.replace(running, step=step) for step in range(101))
            waited.append(next(row.step for row in rows if done(row)))

        monkeypatch.setattr(drill, "_until", until)
        for moment in drill.some_time(row, 20):
            moment(row)
        return waited

    assert moments(1) == moments(1) != moments(2)
    assert all(0 <= waited <= LATEST * 100 for waited in moments(1))
    assert len(set(moments(1))) > 20  # steps, and pauses after them


def test_that_a_drill_that_is_given_up_leaves_nothing_behind(tmp_path):
    def drill():
        with drill_store(tmp_path) as store:
            assert list(tmp_path.iterdir()) == [store.workspace.root]
            Drill(store, random.Random(0), print, lambda: True).pause(60)

    with pytest.raises(KeyboardInterrupt):
        drill()
    assert list(tmp_path.iterdir()) == []
