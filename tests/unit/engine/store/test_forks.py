import shutil

import numpy as np
import pytest

from engine.spec.errors import SpecError, StoreError
from engine.spec.options import parse
from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from engine.store import artifacts, forks, points, run_queue, runs, schema
from engine.store.points import Points

STEPS = 10


def change(store, run, **tables):
    table = runs.get_spec(store, run).model_dump(mode="json")
    return parse(RunSpec, {**table, **tables}, "spec")


def put_checkpoint(store, run, epoch):
    place = store.workspace.run_folder(run) / "checkpoints" / f"step-{epoch * STEPS:08}"
    place.mkdir(parents=True)
    for name in ("state.safetensors", "checkpoint.json"):
        (place / name).write_text(f"{name} of run {run} at epoch {epoch}")
    artifacts.record(store, run, "checkpoint", place, step=epoch * STEPS, num_bytes=100)
    return place


@pytest.fixture
def parents(store, enqueue):
    """Two seeds of a variant, trained for three epochs of four, with checkpoints of two."""
    ids = enqueue(2, training={"epochs": 4})
    for run in ids:
        with store.write() as connection:
            connection.execute(schema.run.update().where(schema.run.c.id == run).values(
                step=3 * STEPS, steps_per_epoch=STEPS, num_steps=4 * STEPS, data_digest="images",
                state=RunState.PAUSED,
            ))
            steps = np.arange(1, 3 * STEPS + 1)
            ends = steps[STEPS - 1 :: STEPS]
            points.append(connection, run, {
                "train/loss": Points(steps, steps / 10, 1 / steps),
                "val/top1": Points(ends, ends / 10, 50.0 + ends + run),
                "test/top1": Points(ends[-1:], ends[-1:] / 10, ends[-1:] + 60.0),
            })
        for epoch in (1, 2):
            put_checkpoint(store, run, epoch)
    return ids


def test_that_runs_can_be_forked_where_all_have_the_checkpoint_of_an_epoch(store, parents):
    first, second = parents
    inside = store.workspace.run_folder(first) / "checkpoints" / "step-00000025"
    inside.mkdir()
    artifacts.record(store, first, "checkpoint", inside, step=25, num_bytes=1)
    put_checkpoint(store, first, 3)
    assert [(p.epoch, p.top1) for p in forks.fork_points(store, [first])] == [
        (1, 61.0), (2, 71.0), (3, 81.0)
    ]
    assert [(p.epoch, p.top1) for p in forks.fork_points(store, parents)] == [(1, 61.5), (2, 71.5)]
    shutil.rmtree(store.workspace.run_folder(second))
    assert forks.fork_points(store, parents) == []


def test_that_a_fork_is_queued_with_all_that_its_parent_has_up_to_there(store, parents):
    first, _ = parents
    (number,) = forks.fork(store, {first: change(store, first, method={"name": "dml"})}, 2)
    row, parent = runs.get_run(store, number), runs.get_run(store, first)
    assert (row.forked_from, row.forked_at, row.state) == (first, 2, RunState.QUEUED)
    assert (row.step, row.epoch, row.num_steps, row.method) == (20, 2, 40, "dml")
    assert row.name == "dml resnet8 digits s0 fork@2"
    assert row.variant == "dml fork@2"
    assert row.context == parent.context
    assert row.digest not in (parent.digest, runs.get_spec(store, number).digest())
    assert row.value("val/top1") == 71.0
    assert row.value("val/top1", "best") is None
    curves = {key: points.read_series(store, [number], key)[number].steps.tolist()
              for key in points.series_keys(store, number)}
    assert curves == {"train/loss": list(range(1, 21)), "val/top1": [10, 20]}
    (file,) = artifacts.list_artifacts(store, number)
    copy = artifacts.locate(store, file)
    assert copy == store.workspace.run_folder(number) / "checkpoints" / "step-00000020"
    assert (copy / "checkpoint.json").read_text() == f"checkpoint.json of run {first} at epoch 2"
    assert file.bytes == runs.folder_bytes(copy)
    assert [line.text for line in runs.read_log(store, number)] == [
        f"forked from run {first} ({parent.name}) at epoch 2"
    ]
    runs.check_data(store, number, "images")


def test_that_a_fork_outlives_its_parent(store, parents):
    first, _ = parents
    (number,) = forks.fork(store, {first: change(store, first)}, 2, "a name of its own")
    runs.delete_runs(store, [first])
    row = runs.get_run(store, number)
    assert (row.forked_from, row.name) == (first, "a name of its own")
    (file,) = artifacts.list_artifacts(store, number)
    assert artifacts.locate(store, file).is_dir()


def test_that_forks_of_several_seeds_are_one_variant(store, parents):
    ids = forks.fork(store, {run: change(store, run) for run in parents}, 1)
    rows = [runs.get_run(store, number) for number in ids]
    assert [row.seed for row in rows] == [0, 1]
    assert len({row.digest for row in rows}) == 1


def test_that_one_that_cannot_be_forked_spares_the_others(store, parents):
    first, second = parents
    shutil.rmtree(store.workspace.run_folder(second) / "checkpoints" / "step-00000020")
    specs = {run: change(store, run) for run in parents}
    with pytest.raises(StoreError, match=rf"^run {second} has no checkpoint of epoch 2: it can be "
                                         r"forked at epoch 1 \([^\n]*$"):
        forks.fork(store, specs, 2)
    with pytest.raises(SpecError, match="leave seed at 1"):
        forks.fork(store, {**specs, second: change(store, second, seed=9)}, 1)
    taught = change(store, first, method={"name": "kd", "options": {"teacher": "run:77"}})
    with pytest.raises(StoreError, match="there is no run of that number"):
        forks.fork(store, {first: taught}, 1)
    assert [row.id for row in runs.list_runs(store)] == [second, first]


def test_that_a_run_without_checkpoints_says_how_to_have_some(store, enqueue):
    (run,) = enqueue()
    with pytest.raises(StoreError, match=r"no checkpoint of the end of an epoch [^\n]*keep_every"):
        forks.fork(store, {run: change(store, run)}, 1)


def test_that_a_checkpoint_that_cannot_be_copied_leaves_nothing_behind(store, parents):
    first, _ = parents
    place = store.workspace.run_folder(first) / "checkpoints" / "step-00000020"
    (place / "state.safetensors").unlink()
    (place / "state.safetensors").symlink_to(place / "nothing")
    with pytest.raises(StoreError, match=r"cannot be copied \(No such file[^\n]*was not forked$"):
        forks.fork(store, {first: change(store, first)}, 2)
    with store.read() as connection:
        assert len(connection.execute(schema.run.select()).all()) == 2
    left = store.workspace.run_folder(first).parent.iterdir()
    assert sorted(path.name for path in left) == ["1", "2"]


def test_that_a_folder_of_a_database_that_is_gone_is_set_aside(store, parents):
    first, _ = parents
    left = store.workspace.run_folder(3) / "checkpoints" / "step-00000990"
    left.mkdir(parents=True)
    assert forks.fork(store, {first: change(store, first)}, 2) == [3]
    assert [path.name for path in left.parent.glob("step-*")] == ["step-00000020"]
    aside = store.workspace.run_folder(3).with_name("3-of-another-1")
    assert (aside / "checkpoints" / left.name).is_dir()


def test_that_a_queued_fork_is_not_made_another_run(store, parents):
    first, _ = parents
    (number,) = forks.fork(store, {first: change(store, first)}, 2)
    with pytest.raises(StoreError, match="is a fork and was left as it is"):
        run_queue.replace_spec(store, number, change(store, first, seed=4))
