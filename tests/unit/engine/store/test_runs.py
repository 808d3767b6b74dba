import shutil

import numpy as np
import pytest
import sqlalchemy as sa

from engine.spec.errors import StoreError
from engine.spec.rows import Summary
from engine.spec.run_state import RunState
from engine.store import artifacts, points, run_queue, runs, schema
from engine.store.points import Points


def fill(store, workspace, run):
    """Give a run everything that a run can have; returns the bytes of its files."""
    one = Points(np.array([1]), np.array([1e9]), np.array([0.5]))
    with store.write() as connection:
        points.append(connection, run, {"a": one}, {"a": Summary(0.5, 1, None, None)})
        runs.log(connection, run, "hello")
    total = 0
    for folder in (workspace.run_folder(run), workspace.export_folder(run) / "x"):
        folder.mkdir(parents=True)
        (folder / "file.bin").write_bytes(b"x" * 1000)
        artifacts.record(store, run, "bundle", folder / "file.bin", num_bytes=1000)
        total += 1000
    return total


def rows_of(store):
    owned = (schema.attempt, schema.series, schema.block, schema.summary, schema.event,
             schema.artifact, schema.request)
    with store.read() as connection:
        return {t.name: connection.execute(sa.select(sa.func.count()).select_from(t)).scalar_one()
                for t in owned}


def test_that_deleting_frees_rows_and_files_of_those_runs_only(store, workspace, enqueue, worker):
    first, second = enqueue(2)
    fill(store, workspace, first)
    before = rows_of(store)
    size = fill(store, workspace, second)
    claimed = run_queue.claim(store, worker)
    run_queue.finish(store, claimed, RunState.COMPLETED)
    kept = {**before, "attempt": 1, "event": before["event"] + 1}
    assert runs.delete_runs(store, [second]) == size
    assert rows_of(store) == kept
    assert not workspace.run_folder(second).exists()
    assert not workspace.export_folder(second).exists()
    assert (workspace.run_folder(first) / "file.bin").exists()
    assert [row.id for row in runs.list_runs(store)] == [first]
    runs.delete_runs(store, [first])
    assert set(rows_of(store).values()) == {0}


def test_that_a_running_run_is_not_deleted_nor_what_was_named_with_it(
    store, workspace, enqueue, worker
):
    running, queued = enqueue(2)
    fill(store, workspace, queued)
    run_queue.claim(store, worker)
    with pytest.raises(StoreError, match=f"^run {running} is running: stop it first; nothing"):
        runs.delete_runs(store, [queued, running])
    with pytest.raises(StoreError, match=r"^there is no run 99 "):
        runs.delete_runs(store, [queued, 99])
    assert len(runs.list_runs(store)) == 2
    assert (workspace.run_folder(queued) / "file.bin").exists()


def test_that_a_run_named_twice_is_deleted_once(store, workspace, enqueue):
    (run,) = enqueue()
    size = fill(store, workspace, run)
    assert runs.delete_runs(store, [run, run]) == size
    assert runs.list_runs(store) == []


def folders(workspace, run):
    return [workspace.run_folder(run), workspace.export_folder(run)]


def test_that_a_run_in_the_trash_is_as_good_as_gone_and_keeps_all_it_has(
    store, workspace, enqueue
):
    kept, run = enqueue(2)
    size, before = fill(store, workspace, run), rows_of(store)
    assert runs.trash(store, [run, run]) == size
    assert [row.id for row in runs.list_runs(store)] == [kept]
    for act in (
        lambda: runs.get_run(store, run), lambda: runs.get_spec(store, run),
        lambda: runs.annotate(store, run, note="x"), lambda: runs.delete_runs(store, [run]),
        lambda: runs.trash(store, [kept, run]),
    ):
        with pytest.raises(StoreError, match=f"^there is no run {run} in "):
            act()
    assert [row.id for row in runs.list_runs(store)] == [kept]
    assert rows_of(store) == before
    assert all(folder.exists() for folder in folders(workspace, run))


def test_that_a_restored_run_is_what_it_was(store, workspace, enqueue):
    first, second, third = enqueue(3)
    fill(store, workspace, second)
    runs.annotate(store, second, name="mine", tags=["a"], note="n", pinned=True, position=0.5)
    rows = runs.list_runs(store)
    _, blocks = points.tail(store, 0, [second])
    runs.trash(store, [first, second])
    runs.restore(store, [second, first])
    assert runs.list_runs(store) == rows
    _, again = points.tail(store, 0, [second])
    assert [(b.key, b.points.values.tolist()) for b in again] == [
        (b.key, b.points.values.tolist()) for b in blocks
    ]
    assert runs.purge(store, [first, second, third]) == runs.purge(store) == 0
    assert runs.list_runs(store) == rows
    assert (workspace.run_folder(second) / "file.bin").exists()


def test_that_a_running_run_is_not_put_into_the_trash_nor_what_was_named_with_it(
    store, enqueue, worker
):
    running, queued = enqueue(2)
    run_queue.claim(store, worker)
    with pytest.raises(StoreError, match=f"^run {running} is running: stop it first; nothing"):
        runs.trash(store, [queued, running])
    assert len(runs.list_runs(store)) == 2


def test_that_purging_frees_what_is_named_or_old_enough_and_no_other(store, workspace, enqueue):
    numbers = enqueue(4)
    size = {fill(store, workspace, run) for run in numbers}.pop()
    named, old, young, kept = numbers
    runs.trash(store, [named, old, young])
    with store.write() as connection:
        connection.execute(
            schema.run.update().where(schema.run.c.id == old)
            .values(deleted_at=schema.run.c.deleted_at - 61)
        )
    assert runs.purge(store, [named, kept]) == size
    assert runs.purge(store, min_age_s=60.0) == size
    there = [[folder.exists() for folder in folders(workspace, run)] for run in numbers]
    assert there == [[False] * 2, [False] * 2, [True] * 2, [True] * 2]
    with pytest.raises(StoreError, match=f"^run {old} was freed for good and cannot be brought"):
        runs.restore(store, [young, old])
    assert [row.id for row in runs.list_runs(store)] == [kept], "nothing was brought back"
    runs.restore(store, [young])
    assert [row.id for row in runs.list_runs(store)] == [kept, young]


def test_that_what_a_killed_purge_left_is_freed_by_the_next(
    store, workspace, enqueue, monkeypatch
):
    def killed(folder, **_):
        raise KeyboardInterrupt

    (run,) = enqueue()
    size = fill(store, workspace, run)
    runs.trash(store, [run])
    with monkeypatch.context() as during:
        during.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            runs.purge(store)
    with pytest.raises(StoreError, match="cannot be brought back"):
        runs.restore(store, [run])
    assert runs.purge(store, min_age_s=60.0) == size
    assert set(rows_of(store).values()) == {0}


def test_that_a_deleted_runs_number_brings_no_old_points_to_a_tail(store, workspace, enqueue):
    first, second = enqueue(2)
    fill(store, workspace, first)
    fill(store, workspace, second)
    cursor, _ = points.tail(store, 0, [first, second])
    runs.delete_runs(store, [second])
    (third,) = enqueue()
    assert points.tail(store, cursor, [first, third]) == (cursor, [])
    assert runs.get_run(store, third).summaries == {}


def test_that_the_user_writes_his_own_columns(store, enqueue):
    (run,) = enqueue()
    said = {"name": "mine", "tags": ["a", "b"], "note": "ö\n", "pinned": True, "colour": 3,
            "position": 0.5}
    runs.annotate(store, run, **said)
    row = runs.get_run(store, run)
    assert {name: getattr(row, name) for name in said} == {**said, "tags": ("a", "b")}


@pytest.mark.parametrize("name", ["", " \t"])
def test_that_no_run_is_left_without_a_name(store, enqueue, name):
    (run,) = enqueue()
    before = runs.get_run(store, run)
    with pytest.raises(StoreError, match=f"^run {run} keeps its name: "):
        runs.annotate(store, run, name=name, note="x")
    assert runs.get_run(store, run) == before


@pytest.mark.parametrize("column", ["state", "seed", "spec", "error", "id", "nonsense"])
def test_that_the_user_writes_no_other_column(store, enqueue, column):
    (run,) = enqueue()
    before = runs.get_run(store, run)
    with pytest.raises(ValueError, match=f"not the user's to write: {column}"):
        runs.annotate(store, run, note="x", **{column: 1})
    assert runs.get_run(store, run) == before


def test_that_runs_are_listed_newest_first_and_as_named(store, enqueue):
    numbers = enqueue(4)
    assert [row.id for row in runs.list_runs(store)] == numbers[::-1]
    assert [row.id for row in runs.list_runs(store, numbers[1:3])] == numbers[2:0:-1]
    assert runs.list_runs(store, []) == []


def test_that_a_row_counts_epochs_and_progress(store, enqueue):
    (run,) = enqueue()
    row = runs.get_run(store, run)
    assert (row.epoch, row.progress, row.value("val/top1")) == (0, 0.0, None)
    with store.write() as connection:
        connection.execute(schema.run.update().values(step=25, num_steps=100, steps_per_epoch=10))
        points.append(connection, run, {}, {"val/top1": Summary(3.0, 20, 4.0, 10)})
    row = runs.get_run(store, run)
    assert (row.epoch, row.progress) == (2, 0.25)
    assert (row.value("val/top1"), row.value("val/top1", "best")) == (3.0, 4.0)


def test_that_an_artifact_is_kept_relative_to_the_workspace_and_renewed(
    store, workspace, enqueue, tmp_path
):
    (run,) = enqueue()
    inside, outside = workspace.run_folder(run) / "a.bin", tmp_path / "elsewhere" / "b.bin"
    artifacts.record(store, run, "weights", inside, step=1, num_bytes=10, sha256="aa")
    artifacts.record(store, run, "bundle", outside, step=2, num_bytes=20, facts={"x": 1})
    artifacts.record(store, run, "weights", inside, step=3, num_bytes=30, sha256="bb")
    (weights,) = artifacts.list_artifacts(store, run, "weights")
    assert (weights.path, weights.step, weights.bytes, weights.sha256) == (
        f"runs/{run}/a.bin", 3, 30, "bb"
    )
    everything = artifacts.list_artifacts(store, run)
    assert [a.kind for a in everything] == ["weights", "bundle"]
    assert [artifacts.locate(store, a) for a in everything] == [inside, outside]
    assert everything[1].facts == {"x": 1}


def test_that_the_specs_of_runs_come_without_what_is_gone_or_cannot_be_read(store, enqueue):
    first, second, third = enqueue(3)
    runs.trash(store, [second])
    with store.write() as connection:
        connection.execute(
            schema.run.update().where(schema.run.c.id == third).values(spec={"of_tomorrow": 1})
        )
    assert runs.get_specs(store, [first, second, third]) == {first: runs.get_spec(store, first)}
