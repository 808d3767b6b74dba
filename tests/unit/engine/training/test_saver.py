"""Which checkpoints and weights a training leaves, and what it does on a full disk."""

import errno
import itertools
import os
import shutil
import threading

import pytest

from engine import worker
from engine.spec.errors import CheckpointError
from engine.spec.run_state import RunState
from engine.store import artifacts, run_queue, runs, staff
from engine.training import checkpoint as checkpoint_files
from engine.training.checkpoint import (
    CHECKPOINTS,
    FACTS,
    STATE,
    checkpoints,
    load_checkpoint,
)
from engine.training.weights import BEST_WEIGHTS, file_sha256
from tests.unit.engine.training.trainings import (
    kept,
    killed,
    same,
    session_of,
    trace,
    train,
    warnings,
)


def test_that_a_checkpoint_is_due_after_so_many_minutes_in_an_epoch(
    store, claim, tiny, monkeypatch
):
    written = []
    real = checkpoint_files.write_checkpoint
    monkeypatch.setattr("engine.training.saver.write_checkpoint", lambda folder, snapshot, best: (
        written.append(snapshot.step), real(folder, snapshot, best)))
    for minutes, expected in ((0, [4, 8]), (100, [4, 8]), (1e-9, list(range(9)))):
        written.clear()
        train(store, claim(tiny(training={"checkpoint_minutes": minutes})))
        assert written == expected
    session, _ = session_of(store, claim(tiny(training={"checkpoint_minutes": 2})))
    clock = itertools.count(session._saved_at, 119.0)
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    assert [session._is_due() for _ in range(3)] == [False, False, True]


def test_that_the_newest_two_are_kept_and_one_when_the_run_is_complete(store, claim, tiny):
    claimed = claim(tiny(training={"epochs": 6}))
    train(store, claimed, stop_after=14)
    assert kept(store, claimed.run) == [12, 14]
    train(store, claim(claimed.run), stop_after=3)
    assert kept(store, claimed.run) == [16, 17]
    train(store, claim(claimed.run))
    assert kept(store, claimed.run) == [24]


def test_that_those_of_every_so_many_epochs_are_kept_for_good(store, claim, tiny):
    claimed = claim(tiny(training={"epochs": 5, "keep_every": 2}))
    train(store, claimed, stop_after=18)
    assert kept(store, claimed.run) == [8, 16, 18]
    train(store, claim(claimed.run))
    assert kept(store, claimed.run) == [8, 16, 20]


def disk_is_full_from(monkeypatch, step, until=10**9):
    """Let nothing of a checkpoint of these steps reach the disk."""
    real = checkpoint_files.save_file

    def full(tensors, path):
        if step <= int(path.parent.name[5:13]) < until:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(tensors, path)

    monkeypatch.setattr(checkpoint_files, "save_file", full)


def test_that_a_full_disk_costs_a_checkpoint_and_not_the_training(
    store, claim, tiny, monkeypatch
):
    whole, claimed = claim(tiny(training={"epochs": 5})), claim(tiny(training={"epochs": 5}))
    expected = train(store, whole)
    disk_is_full_from(monkeypatch, 8, until=16)
    got = train(store, claimed, stop_after=18)
    (warning,) = warnings(store, claimed.run)  # one, though two failed
    assert "step-00000008 cannot be written (No space left on device): make room" in warning
    assert warning.endswith("; the checkpoint of step 4 is kept")
    assert kept(store, claimed.run) == [16, 18]
    got = train(store, claim(claimed.run))
    assert same(got, expected)
    assert trace(store, claimed.run) == trace(store, whole.run)


def test_that_a_stop_says_when_its_checkpoint_cannot_be_written(store, claim, tiny, monkeypatch):
    whole, claimed = claim(tiny()), claim(tiny())
    expected = train(store, whole)
    disk_is_full_from(monkeypatch, 6)
    session, _ = session_of(store, claimed)
    monkeypatch.setattr(session, "_is_due", lambda: (
        session.progress.step > 4 and session.interrupt()))
    with pytest.raises(CheckpointError, match=r"step-0000000\d cannot .* of step 4 is kept$"):
        session.run()
    run_queue.finish(store, claimed, RunState.FAILED, "as said")
    assert kept(store, claimed.run) == [4]
    monkeypatch.undo()
    assert same(train(store, claim(claimed.run)), expected)
    assert trace(store, claimed.run) == trace(store, whole.run)


def test_that_a_run_without_any_checkpoint_does_not_train_on(store, claim, tiny, monkeypatch):
    disk_is_full_from(monkeypatch, 0)
    claimed = claim(tiny(training={"epochs": 50}))
    state, error = worker.attempt(store, claimed)
    assert state is RunState.FAILED
    assert "step-00000004 cannot be written (No space left on device)" in error
    assert "\n" not in error
    assert runs.get_run(store, claimed.run).step <= 8
    assert list((store.workspace.run_folder(claimed.run) / CHECKPOINTS).iterdir()) == []


@pytest.mark.parametrize("failures", [1, 99])
def test_that_best_weights_are_written_when_there_is_room_again(
    store, claim, tiny, monkeypatch, failures
):
    from engine.training import saver

    whole, claimed = claim(tiny(training={"epochs": 4})), claim(tiny(training={"epochs": 4}))
    train(store, whole)
    real, calls = saver.write_weights, itertools.count()

    def full(*arguments):
        # However long it lasts: at the end of the training, in its own thread, there is room.
        in_training = threading.current_thread() is threading.main_thread()
        if 1 <= next(calls) <= failures and not in_training:
            raise CheckpointError("no room")
        real(*arguments)

    monkeypatch.setattr(saver, "write_weights", full)
    train(store, claimed)
    assert next(calls) > 2
    (warning,) = warnings(store, claimed.run)
    assert warning == "no room; the checkpoint of step 4 is kept"
    digests = [
        file_sha256(store.workspace.run_folder(each.run) / BEST_WEIGHTS)
        for each in (whole, claimed)
    ]
    assert digests[0] == digests[1]
    assert trace(store, claimed.run) == trace(store, whole.run)


def test_that_what_a_kill_left_out_of_the_table_of_files_is_entered(store, claim, tiny):
    claimed = claim(tiny(training={"epochs": 3}))
    train(store, claimed, stop_after=6)
    folder = store.workspace.run_folder(claimed.run)
    with store.write() as connection:
        connection.exec_driver_sql("DELETE FROM artifact WHERE kind = 'weights' OR step = 6")
        gone = folder / CHECKPOINTS / "step-00000001"
        artifacts.put(connection, store, claimed.run, "checkpoint", gone, num_bytes=1)
    session, _ = session_of(store, claim(claimed.run))
    session._ledger.flush()
    run_queue.finish(store, claimed, RunState.INTERRUPTED)
    assert kept(store, claimed.run) == [4, 6]
    (row,) = artifacts.list_artifacts(store, claimed.run, "weights")
    digest = file_sha256(folder / BEST_WEIGHTS)
    assert (row.step, row.sha256) == (4, digest)
    train(store, claim(claimed.run), stop_after=1)
    assert load_checkpoint(folder / CHECKPOINTS)[0].best_sha256 == digest


def entered(store, run):
    """The steps of the checkpoints in the table of files."""
    return sorted(row.step for row in artifacts.list_artifacts(store, run, "checkpoint"))


def test_that_the_checkpoints_of_a_dead_worker_are_those_on_the_disk(store, claim, tiny):
    claimed = claim(tiny(training={"epochs": 4, "keep_every": 1}))
    killed(store, claimed, at_step=14)
    places = checkpoints(store.workspace.run_folder(claimed.run) / CHECKPOINTS)
    assert sorted(places) == [4, 8, 12]
    with store.write() as connection:  # as it was some flushes earlier
        connection.exec_driver_sql("DELETE FROM artifact WHERE kind = 'checkpoint' AND step > 4")
        gone = places[4].with_name("step-00000002")
        artifacts.put(connection, store, claimed.run, "checkpoint", gone, step=2, num_bytes=1)
    (places[8] / STATE).write_bytes(b"half of it")
    places[12].with_name("step-00000014.new").mkdir()
    staff.bury(store, staff.staff(store, "train")[-1]["id"], "it was killed")
    assert runs.get_run(store, claimed.run).state is RunState.INTERRUPTED
    assert entered(store, claimed.run) == [4, 12]


def test_that_checkpoints_of_another_run_are_not_taken_for_a_dead_workers(store, claim, tiny):
    claimed, other = claim(tiny()), claim(tiny(seed=1))
    killed(store, other, at_step=6)
    folders = [store.workspace.run_folder(each.run) for each in (other, claimed)]
    shutil.copytree(folders[0] / CHECKPOINTS, folders[1] / CHECKPOINTS)
    for dead in staff.staff(store, "train"):
        staff.bury(store, dead["id"], "it was killed")
    assert entered(store, claimed.run) == []
    assert entered(store, other.run) == [4]


def test_that_points_left_out_of_a_checkpoint_are_on_the_disk_before_it(
    store, claim, tiny, monkeypatch
):
    if not os.path.isdir("/proc/self/fd"):  # noqa: PTH112
        pytest.skip("nobody says what a descriptor is of")
    synced, real = [], os.fsync

    def sync(handle):
        synced.append(os.readlink(f"/proc/self/fd/{handle}").rpartition("/")[2])  # noqa: PTH115
        real(handle)

    monkeypatch.setattr(os, "fsync", sync)
    train(store, claim(tiny(training={"epochs": 1})))
    folder = "step-00000004.new"
    checkpoint = synced[synced.index("studio.sqlite3-wal"):][:6]
    assert checkpoint == ["studio.sqlite3-wal", STATE, FACTS, folder, CHECKPOINTS, "1"]
