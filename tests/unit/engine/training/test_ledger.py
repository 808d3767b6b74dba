import pytest
import sqlalchemy as sa

from engine.spec.errors import StoreError
from engine.spec.rows import Summary
from engine.spec.run_spec import RunSpec
from engine.store import artifacts, connect, points, run_queue, runs, schema
from engine.store.connect import open_store
from engine.training import ledger as ledger_module
from engine.training.ledger import Ledger


def up_or_down(key):
    return "up" if "top1" in key else "down"


@pytest.fixture
def run(store):
    return run_queue.enqueue(store, [RunSpec()])[0]


def of(store, run, key):
    got = points.read_series(store, [run], key)[run]
    return list(zip(got.steps.tolist(), got.values.tolist(), strict=True))


def test_that_the_best_is_by_the_metrics_own_direction(store, run):
    ledger = Ledger(store, run, up_or_down, {})
    for step, (top1, nll) in enumerate([(50.0, 2.0), (70.0, 1.0), (60.0, 3.0), (70.0, 1.0)], 1):
        ledger.add_validation("val/top1", step, top1)
        ledger.add_validation("val/nll", step, nll)
        ledger.flush()
    assert runs.get_run(store, run).summaries == {
        "val/top1": Summary(70.0, 4, 70.0, 2), "val/nll": Summary(1.0, 4, 1.0, 2),
    }
    assert of(store, run, "val/top1") == [(1, 50.0), (2, 70.0), (3, 60.0), (4, 70.0)]


def test_that_a_second_attempt_goes_on_with_the_best_of_the_first(store, run):
    first = Ledger(store, run, up_or_down, {})
    first.add_validation("val/top1", 1, 90.0)
    first.flush()
    second = Ledger(store, run, up_or_down, runs.get_run(store, run).summaries)
    second.add_validation("val/top1", 2, 80.0)
    second.flush()
    assert runs.get_run(store, run).summaries["val/top1"] == Summary(80.0, 2, 90.0, 1)


def test_that_test_numbers_say_last_and_best_by_validation(store, run):
    ledger = Ledger(store, run, up_or_down, {})
    ledger.add_outcome("test/top1", (20, 70.0), (10, 65.0))
    ledger.add_outcome("test/nll", (20, 1.0), (20, 1.0))
    ledger.flush()
    assert of(store, run, "test/top1") == [(10, 65.0), (20, 70.0)]
    assert of(store, run, "test/nll") == [(20, 1.0)]
    assert runs.get_run(store, run).summaries == {
        "test/top1": Summary(70.0, 20, 65.0, 10), "test/nll": Summary(1.0, 20, 1.0, 20),
    }


def test_that_columns_go_with_the_next_flush(store, run):
    ledger = Ledger(store, run, up_or_down, {})
    ledger.set(step=3, seconds=1.5)
    ledger.set(step=4)
    assert runs.get_run(store, run).step == 0
    ledger.flush()
    row = runs.get_run(store, run)
    assert (row.step, row.seconds) == (4, 1.5)


def test_that_what_could_not_be_stored_waits_for_the_next_flush(workspace, monkeypatch):
    monkeypatch.setattr(connect, "BUSY_TIMEOUT_S", 0.02)
    store, other = open_store(workspace), open_store(workspace)
    (run,) = run_queue.enqueue(store, [RunSpec()])
    ledger = Ledger(store, run, up_or_down, {})
    ledger.add("a", [1, 2], [1.0, 2.0], [0.1, 0.2])
    ledger.set(step=2, seconds=1.0)
    with other.write():
        for _ in range(2):
            with pytest.raises(StoreError, match="locked"):
                ledger.flush()
        ledger.add("a", [3], [3.0], [0.3])
        ledger.set(step=3)
    ledger.flush()
    assert of(store, run, "a") == [(1, 0.1), (2, 0.2), (3, 0.3)]
    row = runs.get_run(store, run)
    assert (row.step, row.seconds, row.summaries["a"].last) == (3, 1.0, 0.3)
    store.close()
    other.close()


def test_that_a_snapshot_has_what_is_not_surely_stored(store, run):
    ledger = Ledger(store, run, up_or_down, {})
    ledger.add("train/loss", [1, 2], [0.0, 1.0], [3.0, 2.0])
    ledger.add_validation("val/top1", 2, 70.0)
    snapshot = ledger.snapshot()
    killed_before_the_flush = Ledger(store, run, up_or_down, {})
    killed_before_the_flush.restore(snapshot)
    killed_before_the_flush.add_validation("val/top1", 4, 60.0)
    killed_before_the_flush.flush()
    assert of(store, run, "train/loss") == [(1, 3.0), (2, 2.0)]
    assert of(store, run, "val/top1") == [(2, 70.0), (4, 60.0)]
    assert runs.get_run(store, run).summaries["val/top1"] == Summary(60.0, 4, 70.0, 2)


def test_that_a_snapshot_restored_after_its_flush_changes_nothing(store, run):
    ledger = Ledger(store, run, up_or_down, {})
    ledger.add("train/loss", [1, 2, 3], [0.0, 1.0, 2.0], [3.0, 2.0, 1.0])
    snapshot = ledger.snapshot()
    ledger.flush()
    assert ledger.snapshot()["points"] == {}
    again = Ledger(store, run, up_or_down, {})
    again.restore(snapshot)
    again.flush()
    assert of(store, run, "train/loss") == [(1, 3.0), (2, 2.0), (3, 1.0)]


def test_that_files_are_entered_with_the_flush(store, run, tmp_path):
    ledger = Ledger(store, run, up_or_down, {})
    ledger.keep_file("checkpoint", tmp_path / "last.pt", step=7, num_bytes=10)
    assert artifacts.list_artifacts(store, run) == []
    ledger.flush()
    [file] = artifacts.list_artifacts(store, run)
    assert (file.kind, file.step, file.bytes) == ("checkpoint", 7, 10)


def test_that_small_blocks_become_few_and_no_point_is_lost_or_told_twice(store, run, monkeypatch):
    monkeypatch.setattr(ledger_module, "MERGE_EVERY", 4)
    Ledger(store, run, up_or_down, {}).flush()  # an attempt before
    ledger, cursor, told = Ledger(store, run, up_or_down, {}), 0, points.Points.empty()
    for step in range(1, 12):
        ledger.add("lr", [step], [float(step)], [step / 8])
        ledger.add("train/loss", [step], [float(step)], [1.0])
        ledger.flush()
        cursor, new = points.tail(store, cursor, [run])
        for block in new:
            if block.key == "lr":
                told = told.then(block.points)
    assert of(store, run, "lr") == [(step, step / 8) for step in range(1, 12)]
    assert told.steps.tolist() == list(range(1, 12))
    with store.read() as connection:
        blocks = connection.execute(sa.select(sa.func.count()).select_from(schema.block)).scalar()
    assert blocks == 2 * 5  # the first, two of four, and two that wait
