"""`kill -9`, of whatever there is: what was committed stays, and the rest can be gone on with."""

import signal
import time

import psutil
import pytest
import torch

from engine.service import FORKS
from engine.spec.run_state import RunState
from engine.spec.spec_file import parse_spec
from engine.spec.workspace import Workspace
from engine.store import points, run_queue, runs, staff
from engine.store.connect import open_store
from engine.store.launch import ensure_engine
from engine.training.weights import LAST_WEIGHTS, file_sha256
from engine.worker import attempt

pytestmark = pytest.mark.e2e

LONG = 40  # epochs: some seconds of training, so that there is time to kill


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


def measured(row):
    """All that was measured of the training; what memory the process took is not of it."""
    return {k: s for k, s in row.summaries.items() if not k.startswith("system/")}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """A function: what a spec's run comes to when nobody disturbs it; trained once."""
    known = {}

    def train(path):
        text = path.read_text()
        if text not in known:
            workspace = Workspace(tmp_path_factory.mktemp("uninterrupted") / "workspace")
            store = open_store(workspace)
            threads, handler = torch.get_num_threads(), signal.getsignal(signal.SIGTERM)
            [run] = run_queue.enqueue(store, parse_spec(text))
            claimed = run_queue.claim(store, staff.hire(store, "train"))
            state, error = attempt(store, claimed)
            run_queue.finish(store, claimed, state, error)
            known[text] = (measured(runs.get_run(store, run)), weights(workspace, run))
            store.close()
            torch.set_num_threads(threads)
            signal.signal(signal.SIGTERM, handler)
        return known[text]

    return train


@pytest.mark.parametrize(("method", "epochs"), [
    ("plain", LONG), pytest.param("sila_dml", LONG // 3, marks=pytest.mark.slow),
])
def test_that_a_killed_worker_is_marked_interrupted_and_resumes_bit_identically(
    sila, store, spec, wait, row, busy_worker, workspace, uninterrupted, method, epochs
):
    path = spec(epochs=epochs, methods=[method])
    sila("enqueue", path)
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

    summaries, sha256 = uninterrupted(path)
    assert measured(row(1)) == summaries
    assert weights(workspace, 1) == sha256
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


@pytest.mark.skipif(not FORKS, reason="workers are forked on Linux only")
def test_that_a_killed_nursery_ends_no_training_and_another_forks_the_rest(
    store, spec, wait, row, busy_worker, sila
):
    sila("enqueue", spec(epochs=12, seeds=[0, 1]))
    ensure_engine(store, idle_exit_s=5)
    worker = wait(busy_worker)
    [nursery] = staff.staff(store, "nursery")
    psutil.Process(nursery["pid"]).kill()
    wait(lambda: row(2).state is RunState.COMPLETED)
    assert row(1).state is RunState.COMPLETED
    assert not worker.is_running()
    with store.read() as connection:
        attempts = connection.exec_driver_sql("SELECT run_id, number FROM attempt").all()
    assert [tuple(a) for a in attempts] == [(1, 1), (2, 1)]
    [other] = staff.staff(store, "nursery")
    children = wait(lambda: not psutil.Process(other["pid"]).children() or None)
    assert children is True  # those that have ended are asked after


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


def test_that_a_paused_run_goes_on_where_it_was(
    sila, store, spec, wait, row, workspace, uninterrupted
):
    path = spec(epochs=LONG, methods=["plain"])
    sila("enqueue", path)
    ensure_engine(store, idle_exit_s=20)
    wait(lambda: row(1).epoch >= 2)
    sila("pause", 1)
    wait(lambda: row(1).state is RunState.PAUSED, 20)
    step = row(1).step
    assert 0 < step < row(1).num_steps
    assert "paused" in runs.read_log(store, 1)[-1].text

    [resumed] = sila.json("resume", 1)
    assert resumed["state"] == "completed"
    assert weights(workspace, 1) == uninterrupted(path)[1]


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


def test_that_a_worker_killed_while_it_starts_costs_its_run_nothing(sila, store, spec, wait, row):
    sila("enqueue", spec())
    engine = sila.start("serve")
    kind = "nursery" if FORKS else "train"
    [starting] = wait(lambda: [r for r in staff.staff(store, kind) if r["state"] == "starting"])
    engine.kill()
    engine.communicate()
    for process in psutil.process_iter(["cmdline"]):
        if {str(store.workspace.root), "work"} <= set(process.info["cmdline"] or []):
            process.kill()
    ensure_engine(store, idle_exit_s=5)
    wait(lambda: row(1).state is RunState.COMPLETED)
    assert starting["id"] not in [r["id"] for r in staff.staff(store, kind)]
