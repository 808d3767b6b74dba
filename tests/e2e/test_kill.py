"""`kill -9`, of whatever there is: what was committed stays, and the rest can be gone on with."""

import time

import psutil
import pytest

from engine.spec.run_state import RunState
from engine.store import points, run_queue, runs, staff
from engine.store.launch import ensure_engine
from engine.training.checkpoint import LAST_WEIGHTS, file_sha256

pytestmark = pytest.mark.e2e

LONG = 60  # epochs: some seconds of training, so that there is time to kill


def committed(store, run):
    return {
        key: series[run].values.tolist()
        for key in points.series_keys(store, run)
        if run in (series := points.read_series(store, [run], key))
    }


def assert_kept(before, after):
    for key, values in before.items():
        assert after[key][: len(values)] == pytest.approx(values, nan_ok=True), key


def weights(workspace, run):
    return file_sha256(workspace.run_folder(run) / LAST_WEIGHTS)


@pytest.mark.parametrize("method", ["plain", "sila_dml"])
def test_that_a_killed_worker_is_marked_interrupted_and_resumes_bit_identically(
    sila, store, spec, wait, row, busy_worker, workspace, method
):
    sila("enqueue", spec(epochs=LONG if method == "plain" else LONG // 3, methods=[method]))
    engine = sila.start("serve")
    wait(lambda: row(1).epoch >= 3)
    worker, before = busy_worker(), committed(store, 1)
    worker.kill()
    killed = time.monotonic()
    wait(lambda: row(1).state is RunState.INTERRUPTED, 10)
    assert time.monotonic() - killed < 10
    assert 0 < row(1).step < row(1).num_steps
    assert_kept(before, committed(store, 1))

    [resumed] = sila.json("resume", 1)
    assert resumed["state"] == "completed"
    assert_kept(before, committed(store, 1))
    assert points.read_series(store, [1], "lr")[1].steps.tolist() == list(
        range(1, row(1).num_steps + 1)
    )

    [whole] = sila.json("run", spec(epochs=LONG if method == "plain" else LONG // 3,
                                    methods=[method]))
    assert whole["metrics"] == resumed["metrics"]
    assert weights(workspace, 1) == weights(workspace, whole["run"])
    engine.kill()
    engine.communicate()


def test_that_a_killed_engine_ends_no_training_and_the_next_takes_up_the_queue(
    sila, store, spec, wait, row, busy_worker
):
    sila("enqueue", spec(epochs=LONG, seeds=[0, 1]))
    engine = sila.start("serve")
    wait(lambda: row(1).epoch >= 2)
    worker, step = busy_worker(), row(1).step
    engine.kill()
    engine.communicate()
    assert staff.living_engine(store) is None
    wait(lambda: row(1).step > step + 5)
    assert worker.is_running()
    assert row(1).state is RunState.RUNNING

    ensure_engine(store, idle_exit_s=5)
    wait(lambda: row(1).state is RunState.COMPLETED)
    wait(lambda: row(2).state is RunState.RUNNING)
    with store.read() as connection:
        attempts = connection.exec_driver_sql(
            "SELECT run_id, number, state FROM attempt ORDER BY id"
        ).all()
    assert [tuple(a) for a in attempts] == [(1, 1, "completed"), (2, 1, "running")]


def test_that_the_next_engine_marks_what_died_with_the_first_one(
    sila, store, spec, wait, row, busy_worker
):
    sila("enqueue", spec(epochs=LONG))
    engine = sila.start("serve")
    wait(lambda: row(1).epoch >= 2)
    worker = busy_worker()
    engine.kill()
    engine.communicate()
    worker.kill()
    wait(lambda: not psutil.pid_exists(worker.pid) or worker.status() == "zombie")
    assert row(1).state is RunState.RUNNING  # nobody is there to say otherwise

    ensure_engine(store, idle_exit_s=5)
    wait(lambda: row(1).state is RunState.INTERRUPTED, 10)
    assert "ended unexpectedly" in row(1).error


def test_that_a_paused_run_goes_on_where_it_was(sila, store, spec, wait, row, workspace):
    sila("enqueue", spec(epochs=LONG))
    ensure_engine(store, idle_exit_s=20)
    wait(lambda: row(1).epoch >= 2)
    sila("pause", 1)
    wait(lambda: row(1).state is RunState.PAUSED, 20)
    step = row(1).step
    assert 0 < step < row(1).num_steps
    assert "paused" in runs.read_log(store, 1)[-1].text

    [resumed] = sila.json("resume", 1)
    assert resumed["state"] == "completed"
    [whole] = sila.json("run", spec(epochs=LONG))
    assert weights(workspace, 1) == weights(workspace, whole["run"])


def test_that_ctrl_c_leaves_a_run_that_can_be_resumed(sila, store, spec, wait, row):
    following = sila.start("run", spec(epochs=LONG, seeds=[0, 1]), "--json")
    wait(lambda: row(1).epoch >= 2) if wait(lambda: runs.list_runs(store)) else None
    following.send_signal(2)
    following.communicate(timeout=60)
    assert following.returncode == 130
    assert row(1).state is RunState.INTERRUPTED
    assert row(1).state.can_resume
    assert row(2).state is RunState.INTERRUPTED
    assert run_queue.pending_request(store, 1) is None
