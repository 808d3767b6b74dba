"""That a training goes on where it stopped, and that the same spec gives the same numbers."""

import os
import shutil

import pytest
import torch

from engine.spec.errors import DataError
from engine.spec.run_state import RunState
from engine.store import run_queue, runs
from engine.store.connect import open_store
from engine.training.checkpoint import CHECKPOINTS, FACTS, STATE
from engine.training.loop import Stopped
from engine.training.weights import BEST_WEIGHTS
from tests.unit.engine.training.trainings import (
    SILA,
    claim_in,
    kept,
    kill,
    same,
    session_of,
    ship_of,
    trace,
    train,
    warnings,
)


@pytest.mark.parametrize(("method", "options", "threads", "stop_after"), [
    *(("plain", {}, 1, stop_after) for stop_after in (1, 4)),
    *(pytest.param("plain", {}, 1, after, marks=pytest.mark.slow) for after in (3, 6)),
    ("sila", SILA, 1, 3), pytest.param("sila", SILA, 1, 4, marks=pytest.mark.slow),
    ("dml", {}, 2, 6),  # its peers on threads of their own
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
    pytest.param("cs_kd", {"training": {"sharpness": "sam"}}, marks=pytest.mark.slow),
    ("plain", {"training": {"sharpness": "asam"},
               "regularizers": {"cutmix": {}, "label_smoothing": {}}}),
    pytest.param("dml", {"regularizers": {"mixup": {"alpha": 0.2}}}, marks=pytest.mark.slow),
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
    pytest.param("sila_dml", {}, "sgd", marks=pytest.mark.slow), ("plain", {}, "adamw"),
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


def test_that_a_run_that_goes_on_with_another_pytorch_says_so(store, claim, tiny, monkeypatch):
    claimed = claim(tiny())
    monkeypatch.setattr(torch, "__version__", "1.0")
    train(store, claimed, stop_after=2)
    monkeypatch.undo()
    train(store, claim(claimed.run))
    (warning,) = warnings(store, claimed.run)
    assert warning.startswith(f"PyTorch was 1.0 and is {torch.__version__} now: from here on")


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


def test_that_a_run_without_a_readable_checkpoint_fails_and_says_so(store, claim, tiny):
    whole, claimed = claim(tiny()), claim(tiny())
    expected = train(store, whole)
    train(store, claimed, stop_after=2)
    folder = store.workspace.run_folder(claimed.run) / CHECKPOINTS
    (folder / "step-00000002" / FACTS).write_bytes(b"garbage")
    with pytest.raises(DataError, match=r"move .*checkpoints away, and the run starts from"):
        session_of(store, claimed := claim(claimed.run))
    run_queue.finish(store, claimed, RunState.FAILED, "as said")
    folder.rename(folder.with_name("aside"))
    assert same(train(store, claim(claimed.run)), expected)
    assert trace(store, claimed.run) == trace(store, whole.run)


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


@pytest.mark.parametrize(("method", "threads"), [
    pytest.param("plain", 1, marks=pytest.mark.slow), ("sila_dml", 2),
])
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


def test_that_an_interrupt_by_signal_outlives_the_recorders_rounds(store, claim, tiny):
    session, _ = session_of(store, claim(tiny()))
    session.interrupt()
    session._recorder._round()
    with pytest.raises(Stopped, match="interrupt"):
        session.run()
