import time

import numpy as np
import pytest
import torch
from sqlalchemy.exc import IntegrityError

from engine.losses.targets import Targets
from engine.methods.method import Loss
from engine.spec.errors import StoreError
from engine.spec.run_spec import RunSpec
from engine.store import connect, points, run_queue, runs, staff, watching
from engine.store.connect import open_store
from engine.training import recorder as recorder_module
from engine.training.ledger import Ledger
from engine.training.machine import Machine
from engine.training.recorder import BUFFER_STEPS, NonFiniteLoss, Recorder

TARGETS = Targets(torch.tensor([0, 1, 1, 0]))
LOGITS = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])  # three of four right


@pytest.fixture
def run(store):
    return run_queue.enqueue(store, [RunSpec()])[0]


def recorder(store, run):
    return Recorder(store, run, Ledger(store, run, lambda _: "down", {}), batch_size=4)


def step(recording, number, *terms, lr=0.1):
    names = ("ce", "kl", "contrast")
    loss = Loss({n: torch.tensor(t) for n, t in zip(names, terms, strict=False)}, LOGITS)
    recording.step(number, loss, TARGETS, lr)


def read(store, run, key):
    got = points.read_series(store, [run], key)[run]
    return got.steps.tolist(), got.values.tolist()


def test_that_the_time_of_the_steps_is_stored_with_them_before_any_checkpoint(store, run):
    with recorder(store, run) as recording:
        for number in (1, 2, 3):
            recording.trained_s = 5.0 * number
            step(recording, number, 1.0)
        recording.settle()
        recording.trained_s = 99.0  # of a step that is not told of yet
    row = runs.get_run(store, run)
    assert (row.step, row.seconds) == (3, 15.0)


def test_that_every_step_arrives(store, run):
    count = 2 * BUFFER_STEPS + 17
    with recorder(store, run) as recording:
        for i in range(1, count + 1):
            step(recording, i, float(i), 0.5, lr=1.0 / i)
    steps = list(range(1, count + 1))
    assert points.series_keys(store, run) == [
        "lr", "train/loss", "train/loss/ce", "train/loss/kl", "train/top1"
    ]
    assert read(store, run, "train/loss/ce") == (steps, [float(i) for i in steps])
    assert read(store, run, "train/loss") == (steps, [i + 0.5 for i in steps])
    assert read(store, run, "train/top1") == (steps, [75.0] * count)
    assert read(store, run, "lr") == (steps, [1.0 / i for i in steps])
    row = runs.get_run(store, run)
    assert (row.step, row.value("train/loss")) == (count, count + 0.5)
    assert row.images_per_s > 0
    times = points.read_series(store, [run], "lr")[run].times
    assert (np.diff(times) >= -1e-4).all()
    assert abs(times[-1] - time.time()) < 60


def test_that_the_machine_is_looked_at_now_and_then(store, run, monkeypatch):
    monkeypatch.setattr(recorder_module, "SAMPLE_S", 0.05)
    monkeypatch.setattr(recorder_module, "FLUSH_S", 0.05)
    ledger = Ledger(store, run, lambda _: "down", {})
    with Recorder(store, run, ledger, 4, Machine(torch.device("cpu"))) as recording:
        for i in range(1, 41):
            step(recording, i, 1.0)
            recording.waited_s += 0.005
            time.sleep(0.01)
    seen = {key: read(store, run, key) for key in points.series_keys(store, run)}
    system = {key: values for key, values in seen.items() if key.startswith("system/")}
    assert system.keys() == {
        "system/cpu", "system/memory", "system/data_wait", "system/images_per_s"
    }
    steps, waited = system["system/data_wait"]
    assert len(steps) >= 2
    assert steps == sorted(set(steps))
    assert all(0 < share < 60 for share in waited)
    assert all(0 < rate < 4000 for rate in system["system/images_per_s"][1])  # 400, were it exact
    assert all(value > 50 for value in system["system/memory"][1])


def test_that_one_term_is_one_curve(store, run):
    with recorder(store, run) as recording:
        step(recording, 1, 2.0)
    assert points.series_keys(store, run) == ["lr", "train/loss", "train/top1"]


def test_that_points_are_stored_more_often_while_somebody_looks_on(store, run, monkeypatch):
    monkeypatch.setattr(recorder_module, "FLUSH_S", 0.05)
    monkeypatch.setattr(recorder_module, "WATCHED_FLUSH_S", 0.01)
    flushed = []
    with recorder(store, run) as recording:
        flush = recording._ledger.flush
        recording._ledger.flush = lambda: (flushed.append(recording._flush_s), flush())
        for watched in (False, True):
            if watched:
                watching.look_on(store)
            before = len(flushed)
            for i in range(40):
                step(recording, 40 * watched + i + 1, 1.0)
                time.sleep(0.005)
            assert flushed[-1] == (0.01 if watched else 0.05)
            assert len(flushed) > before + 1
    assert watching.is_watched(store)
    monkeypatch.setattr(watching.time, "time", lambda: 0.0)
    assert not watching.is_watched(store)


def test_that_points_arrive_while_training_goes_on(store, run, monkeypatch):
    monkeypatch.setattr(recorder_module, "FLUSH_S", 0.02)
    with recorder(store, run) as recording:
        for i in range(1, 400):
            step(recording, i, 1.0)
            time.sleep(0.005)
            if points.series_keys(store, run):
                break
        else:
            pytest.fail("nothing arrived before the end")
        assert len(read(store, run, "train/loss")[0]) <= i
    assert read(store, run, "train/loss")[0] == list(range(1, i + 1))


def test_that_what_was_recorded_is_stored_when_the_training_fails(store, run):
    def fail():
        with recorder(store, run) as recording:
            for i in (1, 2, 3):
                step(recording, i, 1.0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert read(store, run, "train/loss")[0] == [1, 2, 3]


@pytest.mark.parametrize(
    ("bad", "said"), [(float("nan"), "became nan"), (float("inf"), "became inf")]
)
def test_that_a_loss_that_is_no_number_is_named_by_step_and_term(store, run, bad, said):
    def train():
        with recorder(store, run) as recording:
            step(recording, 11, 1.0, 2.0, 3.0)
            step(recording, 12, 1.0, bad, 3.0)
            step(recording, 13, bad, bad, bad)
            recording.settle()

    with pytest.raises(NonFiniteLoss, match=rf"^the loss term 'kl' {said} at step 12; [^\n]*$"):
        train()
    steps, values = read(store, run, "train/loss/kl")
    assert steps == [11, 12, 13]
    assert values[0] == 2.0
    assert not np.isfinite(values[1:]).any()


def test_that_settling_with_finite_losses_says_nothing(store, run):
    with recorder(store, run) as recording:
        recording.settle()
        step(recording, 1, 1.0)
        recording.settle()


def test_that_a_store_that_is_locked_for_a_while_loses_nothing(workspace, monkeypatch):
    monkeypatch.setattr(connect, "BUSY_TIMEOUT_S", 0.02)
    monkeypatch.setattr(recorder_module, "FLUSH_S", 0.05)
    store, other = open_store(workspace), open_store(workspace)
    (run,) = run_queue.enqueue(store, [RunSpec()])
    with recorder(store, run) as recording:
        with other.write():
            for i in range(1, 40):
                step(recording, i, float(i))
                time.sleep(0.01)
            assert recording.store_problem is not None
        for i in range(40, 50):
            step(recording, i, float(i))
    assert read(store, run, "train/loss") == (list(range(1, 50)), [float(i) for i in range(1, 50)])
    store.close()
    other.close()


def test_that_a_store_that_stays_locked_is_an_error_at_the_end(workspace, monkeypatch):
    monkeypatch.setattr(connect, "BUSY_TIMEOUT_S", 0.02)
    store, other = open_store(workspace), open_store(workspace)
    (run,) = run_queue.enqueue(store, [RunSpec()])
    recording = recorder(store, run)
    recording.__enter__()
    step(recording, 1, 1.0)
    with other.write(), pytest.raises(StoreError, match="locked"):
        recording.__exit__()
    store.close()
    other.close()


def test_that_requests_are_noticed(store, run, monkeypatch):
    monkeypatch.setattr(recorder_module, "FLUSH_S", 0.02)
    run_queue.claim(store, staff.hire(store, "train"))
    with recorder(store, run) as recording:
        assert recording.request is None
        run_queue.ask(store, run, run_queue.PAUSE)
        limit = time.monotonic() + 10
        while recording.request is None and time.monotonic() < limit:
            time.sleep(0.01)
        assert recording.request == run_queue.PAUSE


def test_that_a_fault_of_the_writer_ends_the_training_instead_of_hanging_it(store, run):
    recording = recorder(store, run)
    recording.__enter__()
    step(recording, 1, 1.0)
    runs.delete_runs(store, [run])  # there is no run any more that points could belong to
    with pytest.raises(IntegrityError):
        recording.__exit__()
    with pytest.raises(IntegrityError):
        recording.settle()
