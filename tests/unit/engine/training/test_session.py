"""Whole trainings in this process: half a second each."""

import errno
import itertools
import os
import shutil
import threading

import pytest
import torch

from engine import worker
from engine.build import evaluation_metrics, make_job
from engine.spec.errors import CheckpointError, DataError
from engine.spec.run_state import RunState
from engine.store import artifacts, cards, points, run_queue, runs, staff
from engine.store.connect import open_store
from engine.training import checkpoint as checkpoint_files
from engine.training.checkpoint import (
    CHECKPOINTS,
    FACTS,
    STATE,
    checkpoints,
    load_checkpoint,
)
from engine.training.evaluate import evaluate
from engine.training.ledger import Ledger
from engine.training.loop import Stopped
from engine.training.session import Session
from engine.training.weights import BEST_WEIGHTS, LAST_WEIGHTS, file_sha256, load_weights

SILA = {"alpha": 0.5, "beta": 1.0}  # every auxiliary part and the noise stream are in use


def session_of(store, claimed):
    job = make_job(runs.get_spec(store, claimed.run), store.workspace)
    row = runs.get_run(store, claimed.run)
    ledger = Ledger(store, claimed.run, cards.read_catalog(store).direction, row.summaries)
    return Session(store, claimed.run, job, ledger), job


def claim_in(store, spec):
    run_queue.enqueue(store, [cards.read_catalog(store).resolve(spec)])
    return run_queue.claim(store, staff.hire(store, "train"))


def train(store, claimed, stop_after=None):
    """Train a claimed run in a session of its own; returns the weights of its system."""
    session, job = session_of(store, claimed)
    if stop_after is not None:
        loss, left = job.system.loss, iter(range(stop_after - 1))

        def counted(*batch):
            if next(left, None) is None:
                session._recorder.request = run_queue.PAUSE
            return loss(*batch)

        job.system.loss = counted
        with pytest.raises(Stopped, match="pause"):
            session.run()
        run_queue.finish(store, claimed, RunState.PAUSED)
    else:
        session.run()
        run_queue.finish(store, claimed, RunState.COMPLETED)
    return {name: value.clone() for name, value in job.system.state_dict().items()}


class Killed(BaseException):
    """What no handler of the training sees coming."""


def kill(store, claimed, at_step):
    """Train until `at_step` steps are done, and then no further: nothing is said or stored."""
    session, job = session_of(store, claimed)
    loss, left = job.system.loss, iter(range(at_step))

    def counted(*batch):
        if next(left, None) is None:
            raise Killed
        return loss(*batch)

    job.system.loss = counted
    with pytest.raises(Killed):
        session.run()
    run_queue.finish(store, claimed, RunState.INTERRUPTED)


def kept(store, run):
    """The steps of a run's checkpoints; each of them whole, and in the table of files."""
    folder = store.workspace.run_folder(run) / CHECKPOINTS
    there = checkpoints(folder)
    rows = artifacts.list_artifacts(store, run, "checkpoint")
    assert {artifacts.locate(store, row) for row in rows} == set(there.values())
    for row in rows:
        assert row.bytes == runs.folder_bytes(artifacts.locate(store, row)) > 1000
        assert there[row.step] == artifacts.locate(store, row)
    for place in there.values():
        assert checkpoint_files._read(place).system
    assert sorted(place.name for place in folder.iterdir()) == sorted(
        place.name for place in there.values()
    )
    return sorted(there)


def warnings(store, run):
    return [line.text for line in runs.read_log(store, run) if line.level == "warning"]


def ship_of(weights):
    prefix = "peers.0."
    return {n.removeprefix(prefix): v for n, v in weights.items() if n.startswith(prefix)}


def same(left, right):
    return left.keys() == right.keys() and all(torch.equal(left[n], right[n]) for n in left)


def trace(store, run):
    """Every point of a run but the ones that measure the machine."""
    keys = [key for key in points.series_keys(store, run) if not key.startswith("system/")]
    read = {key: points.read_series(store, [run], key)[run] for key in keys}
    return {key: (p.steps.tolist(), p.values.tolist()) for key, p in read.items()}


@pytest.mark.parametrize("stop_after", [1, 3, 4, 6])
@pytest.mark.parametrize(("method", "options", "threads"), [
    ("plain", {}, 1), ("sila", SILA, 1), ("dml", {}, 2),  # its peers on threads of their own
])
def test_that_going_on_after_a_pause_is_bit_identical_to_never_stopping(
    store, claim, tiny, method, options, threads, stop_after
):
    torch.set_num_threads(threads)
    whole, halved = claim(tiny(method, options)), claim(tiny(method, options))
    expected = train(store, whole)
    train(store, halved, stop_after)
    assert runs.get_run(store, halved.run).step == stop_after
    torch.manual_seed(12345)  # whatever happened between the two attempts
    got = train(store, claim(halved.run))
    assert same(got, expected)
    assert trace(store, halved.run) == trace(store, whole.run)
    first, second = (runs.get_run(store, each.run).summaries for each in (whole, halved))
    assert all(first[key] == second[key] for key in first if not key.startswith("system/"))


@pytest.mark.parametrize(("method", "tables"), [
    ("ps_kd", {}),
    ("cs_kd", {"training": {"sharpness": "sam"}}),
    ("plain", {"training": {"sharpness": "asam"},
               "regularizers": {"cutmix": {}, "label_smoothing": {}}}),
    ("dml", {"regularizers": {"mixup": {"alpha": 0.2}}}),
])
def test_that_memories_partners_mixtures_and_sharpness_go_on_exactly(
    store, claim, tiny, method, tables
):
    whole, halved = claim(tiny(method, **tables)), claim(tiny(method, **tables))
    expected = train(store, whole)
    train(store, halved, stop_after=3)
    torch.manual_seed(12345)
    got = train(store, claim(halved.run))
    assert same(got, expected)
    assert trace(store, halved.run) == trace(store, whole.run)


def test_that_a_run_killed_between_checkpoints_repeats_the_lost_steps_exactly(store, claim, tiny):
    spec = tiny("sila", SILA, training={"epochs": 3})
    whole, killed = claim(spec), claim(spec)
    expected = train(store, whole)
    train(store, killed, stop_after=10)
    assert kept(store, killed.run) == [8, 10]
    place = store.workspace.run_folder(killed.run) / CHECKPOINTS / "step-00000010"
    os.truncate(place / STATE, 100)
    got = train(store, claim(killed.run))
    assert same(got, expected)
    assert trace(store, killed.run) == trace(store, whole.run)
    assert kept(store, killed.run) == [12]
    (warning,) = warnings(store, killed.run)
    assert warning.startswith(f"checkpoint {place} is damaged (state.safetensors has 100 bytes")
    assert warning.endswith("): the one before it is used")
    assert any(line.text == "goes on from step 8" for line in runs.read_log(store, killed.run))


@pytest.mark.parametrize(("method", "options", "optimizer"), [
    ("sila_dml", {}, "sgd"), ("plain", {}, "adamw"),
])
def test_that_a_run_killed_after_a_timed_checkpoint_goes_on_exactly(
    store, claim, tiny, method, options, optimizer
):
    def spec(minutes):
        return tiny(method, options, training={
            "epochs": 3, "optimizer": optimizer, "lr": 0.01, "checkpoint_minutes": minutes,
        })

    whole, killed = claim(spec(0)), claim(spec(1e-9))
    expected = train(store, whole)
    kill(store, killed, at_step=7)  # within the second epoch of four steps
    assert kept(store, killed.run) == [6, 7]
    folder = store.workspace.run_folder(killed.run) / CHECKPOINTS
    shutil.rmtree(folder / "step-00000007")  # as if the kill had come before it was on the disk
    for left in ("step-00000007.new", "step-00000099.new"):
        (folder / left).mkdir()
        (folder / left / STATE).write_bytes(b"half of it")
    (folder.parent / f"{BEST_WEIGHTS}.new").write_bytes(b"half of it")
    got = train(store, claim(killed.run))
    assert any(line.text == "goes on from step 6" for line in runs.read_log(store, killed.run))
    assert same(got, expected)
    assert trace(store, killed.run) == trace(store, whole.run)
    assert trace(store, whole.run)["train/loss"][0] == list(range(1, 13))
    assert kept(store, killed.run) == [12]
    assert not list(folder.parent.glob("*.new"))


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


def test_that_a_run_that_goes_on_with_another_pytorch_says_so(store, claim, tiny, monkeypatch):
    claimed = claim(tiny())
    monkeypatch.setattr(torch, "__version__", "1.0")
    train(store, claimed, stop_after=2)
    monkeypatch.undo()
    train(store, claim(claimed.run))
    (warning,) = warnings(store, claimed.run)
    assert warning.startswith(f"PyTorch was 1.0 and is {torch.__version__} now: from here on")


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


def test_that_best_weights_that_are_not_the_checkpoints_are_looked_for_again(store, claim, tiny):
    whole, claimed = claim(tiny(training={"epochs": 5})), claim(tiny(training={"epochs": 5}))
    train(store, whole)
    train(store, claimed, stop_after=10)
    best = store.workspace.run_folder(claimed.run) / BEST_WEIGHTS
    content = bytearray(best.read_bytes())
    content[-1] ^= 1
    best.write_bytes(content)
    train(store, claim(claimed.run))
    (warning,) = warnings(store, claimed.run)
    assert warning.startswith(f"the weights {best} are not those of the checkpoint")
    found, expected = (
        runs.get_run(store, each.run).summaries["test/top1"] for each in (claimed, whole)
    )
    assert found.last == expected.last
    assert found.best_step > 10


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


def test_that_a_run_without_a_readable_checkpoint_fails_and_says_so(store, claim, tiny):
    claimed = claim(tiny())
    train(store, claimed, stop_after=2)
    folder = store.workspace.run_folder(claimed.run) / CHECKPOINTS
    (folder / "step-00000002" / FACTS).write_bytes(b"garbage")
    with pytest.raises(DataError, match="the run has to start again"):
        session_of(store, claim(claimed.run))


def test_that_a_run_with_files_of_an_earlier_version_starts_again_and_says_so(store, claim, tiny):
    whole, claimed = claim(tiny()), claim(tiny())
    expected = train(store, whole)
    folder = store.workspace.run_folder(claimed.run)
    folder.mkdir(parents=True)
    for name in ("last.pt", "previous.pt"):
        (folder / name).write_bytes(b"of an earlier version")
    assert same(train(store, claimed), expected)
    (warning,) = warnings(store, claimed.run)
    assert warning == (
        f"the checkpoint {folder / 'last.pt'} is of an earlier version, which this one cannot "
        "read: the run starts again; nothing was deleted"
    )
    assert (folder / "last.pt").exists()


@pytest.mark.parametrize(("method", "threads"), [("plain", 1), ("sila_dml", 2)])
def test_that_a_spec_gives_the_same_numbers_in_every_workspace(
    store, claim, tiny, workspace, method, threads
):
    torch.set_num_threads(threads)
    other_place = type(workspace)(workspace.root.with_name("elsewhere"))
    shutil.copytree(workspace.root, other_place.root)
    claimed = claim(tiny(method, seed=3))
    weights = train(store, claimed)
    torch.manual_seed(12345)
    elsewhere = open_store(other_place)
    again = claim_in(elsewhere, tiny(method, seed=3))
    assert same(train(elsewhere, again), weights)
    assert trace(elsewhere, again.run) == trace(store, claimed.run)
    assert len(trace(store, claimed.run)) > 8
    elsewhere.close()


def test_that_a_spec_trained_twice_gives_the_same_numbers_and_another_seed_others(
    store, claim, tiny
):
    specs = [tiny("sila", SILA), tiny("sila", SILA), tiny("sila", SILA, seed=1)]
    first, second, other = (claim(spec) for spec in specs)
    weights = [train(store, each) for each in (first, second, other)]
    assert same(weights[0], weights[1])
    assert not same(weights[0], weights[2])
    assert trace(store, first.run) == trace(store, second.run)
    assert trace(store, first.run) != trace(store, other.run)


def test_that_sila_without_its_weights_is_plain_bit_for_bit(store, claim, tiny):
    plain, sila = claim(tiny()), claim(tiny("sila", {"alpha": 0.0, "beta": 0.0}))
    expected, got = ship_of(train(store, plain)), ship_of(train(store, sila))
    assert len(expected) > 10
    assert same(expected, got)
    left, right = trace(store, plain.run), trace(store, sila.run)
    assert all(left[key] == right[key] for key in left)


def test_that_every_number_of_a_run_is_there(store, claim, tiny):
    claimed = claim(tiny("sila"))
    state, error = worker.attempt(store, claimed)
    assert (state, error) == (RunState.COMPLETED, "")
    row = runs.get_run(store, claimed.run)
    assert (row.step, row.num_steps, row.steps_per_epoch, row.device) == (8, 8, 4, "cpu")
    assert row.params_deployed == 78_042 - 2 * 9 * 16  # digits are grey
    assert row.params_training > row.params_deployed
    assert row.seconds > 0
    found = trace(store, claimed.run)
    every_step, every_epoch = list(range(1, 9)), [4, 8]
    for key in ("train/loss", "train/loss/ce", "train/loss/contrast", "train/top1", "lr"):
        assert found[key][0] == every_step
    for metric in evaluation_metrics():
        assert found[f"val/{metric}"][0] == every_epoch
        assert set(found[f"test/{metric}"][0]) <= set(every_epoch)
        assert row.summaries[f"test/{metric}"].last_step == 8
    text = runs.read_log(store, claimed.run)[0].text
    assert "200 training" in text
    assert "450 test images" in text


def test_that_best_on_test_is_the_number_of_the_weights_best_by_validation(store, claim, tiny):
    # The learning rate rises to where training falls apart: the last epoch is not the best.
    recipe = {"epochs": 6, "lr": 2.0, "schedule": "constant", "warmup_epochs": 5.9}
    for seed in range(5):
        claimed = claim(tiny(seed=seed, training=recipe))
        train(store, claimed)
        row = runs.get_run(store, claimed.run)
        top1 = row.summaries["test/top1"]
        if top1.best_step != top1.last_step:
            break
    else:
        pytest.fail("the last epoch was always the best: this recipe shows nothing")
    validation = row.summaries["val/top1"]
    steps, values = trace(store, claimed.run)["val/top1"]
    best = max(values)
    assert (validation.best, validation.best_step) == (best, steps[values.index(best)])
    assert top1.best_step == validation.best_step
    job = make_job(runs.get_spec(store, claimed.run), store.workspace)
    folder = store.workspace.run_folder(claimed.run)
    for name, which in ((LAST_WEIGHTS, "last"), (BEST_WEIGHTS, "best")):
        job.system.load_state_dict(load_weights(folder / name))
        again = evaluate(job.system.deployable(), job.test, job.normalise, job.metrics)
        for metric, value in again.items():
            assert row.value(f"test/{metric}", which) == value
    rows = artifacts.list_artifacts(store, claimed.run, "weights")
    files = {artifacts.locate(store, row).name: row for row in rows}
    assert files.keys() == {BEST_WEIGHTS, LAST_WEIGHTS}
    assert files[BEST_WEIGHTS].step == top1.best_step
    for name, row in files.items():
        assert row.bytes == (folder / name).stat().st_size
        assert row.sha256 == file_sha256(folder / name)


def test_that_without_validation_the_last_weights_are_the_best(store, claim, tiny):
    claimed = claim(tiny(dataset={"validation": 0}))
    train(store, claimed)
    row = runs.get_run(store, claimed.run)
    top1 = row.summaries["test/top1"]
    assert (top1.best, top1.best_step) == (top1.last, top1.last_step) == (top1.last, 8)
    assert not any(key.startswith("val/") for key in row.summaries)
    assert not (store.workspace.run_folder(claimed.run) / BEST_WEIGHTS).exists()


def test_that_an_exploding_run_fails_with_step_and_term(store, claim, tiny):
    claimed = claim(tiny("dml", training={"lr": 100.0, "weight_decay": 10.0, "epochs": 40}))
    state, error = worker.attempt(store, claimed)
    assert state is RunState.FAILED
    assert error.startswith("the loss term '")
    assert "at step" in error
    assert "\n" not in error


def test_that_a_request_stops_a_run_with_a_checkpoint(store, claim, tiny):
    claimed = claim(tiny(training={"epochs": 10_000}))
    run_queue.ask(store, claimed.run, run_queue.STOP)
    assert worker.attempt(store, claimed) == (RunState.CANCELLED, "")
    row = runs.get_run(store, claimed.run)
    assert 0 < row.step < 40_000
    found, complaints = load_checkpoint(store.workspace.run_folder(claimed.run) / CHECKPOINTS)
    assert (found.progress.step, complaints) == (row.step, [])
    assert len(trace(store, claimed.run)["train/loss"][0]) == row.step


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"dataset": {"train_images": 5000}}, "train_images = 5000, but only"),
        ({"dataset": {"name": "cifar10", "root": "/nowhere"}}, "/nowhere"),
        ({"training": {"device": "cuda:99"}}, "there is no such device here"),
    ],
)
def test_that_a_run_that_cannot_be_built_fails_in_one_line(store, claim, tiny, tables, said):
    state, error = worker.attempt(store, claim(tiny(**tables)))
    assert state is RunState.FAILED
    assert said in error
    assert "\n" not in error


def test_that_a_fault_in_a_method_is_in_the_runs_log(store, claim, tiny, monkeypatch):
    from engine.methods.plain import Plain

    def broken(*_):
        raise ZeroDivisionError("here")

    monkeypatch.setattr(Plain, "loss", broken)
    claimed = claim(tiny())
    state, error = worker.attempt(store, claimed)
    assert (state, error) == (
        RunState.FAILED, "ZeroDivisionError: here (details in the run's log)"
    )
    assert "Traceback" in runs.read_log(store, claimed.run)[-1].text


def test_that_a_run_never_goes_on_with_another_runs_checkpoint(store, claim, tiny):
    first = claim(tiny(seed=1))
    expected = train(store, first)
    second = claim(tiny(seed=2))
    store.workspace.run_folder(first.run).rename(store.workspace.run_folder(second.run))
    other = train(store, second)
    assert not same(expected, other)
    assert same(other, train(store, claim(tiny(seed=2))))
    assert list(store.workspace.run_folder(second.run).parent.glob("*-of-another-1"))
    assert "another run's checkpoints" in runs.read_log(store, second.run)[0].text


def test_that_data_that_changed_stops_a_run_and_its_export(store, claim, tiny):
    claimed = claim(tiny())
    runs.check_data(store, claimed.run, "what it was")
    runs.check_data(store, claimed.run, "what it was")
    state, error = worker.attempt(store, claimed)
    assert state is RunState.FAILED
    assert f"the dataset of run {claimed.run} has changed" in error


def test_that_an_interrupt_by_signal_outlives_the_recorders_rounds(store, claim, tiny):
    session, _ = session_of(store, claim(tiny()))
    session.interrupt()
    session._recorder._round()
    with pytest.raises(Stopped, match="interrupt"):
        session.run()
