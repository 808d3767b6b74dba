import pytest

from engine.spec.run_state import RunState
from engine.store import artifacts, run_queue, runs


@pytest.fixture
def complete(store, workspace, worker):
    """A function: train the next run to its end; it leaves checkpoints and weights."""

    def train(state=RunState.COMPLETED):
        claimed = run_queue.claim(store, worker)
        folder = workspace.run_folder(claimed.run)
        for step, size in ((4, 100), (8, 200)):
            place = folder / "checkpoints" / f"step-{step:08d}"
            place.mkdir(parents=True)
            (place / "state.safetensors").write_bytes(bytes(size))
            artifacts.record(store, claimed.run, "checkpoint", place, step=step, num_bytes=size)
        for name in ("best", "last"):
            path = folder / f"{name}.safetensors"
            path.write_bytes(b"weights")
            artifacts.record(store, claimed.run, "weights", path, step=8, num_bytes=7)
        run_queue.finish(store, claimed, state)
        return claimed.run

    return train


def left(store, workspace, run):
    """Names of a run's files on the disk, and kinds of those that are listed."""
    folder = workspace.run_folder(run)
    return (
        sorted(path.name for path in folder.rglob("*") if path.is_file()),
        sorted(file.kind for file in artifacts.list_artifacts(store, run)),
    )


def test_that_checkpoints_of_completed_runs_go_and_their_weights_stay(
    store, workspace, enqueue, complete
):
    enqueue(2)
    first, second = complete(), complete()
    assert artifacts.spare_checkpoints(store, [first, second]) == {first: 300, second: 300}
    assert artifacts.remove_checkpoints(store, [first]) == 300
    assert left(store, workspace, first) == (
        ["best.safetensors", "last.safetensors"], ["weights", "weights"]
    )
    assert runs.read_log(store, first)[-1].text.startswith("its checkpoints were removed")
    assert artifacts.spare_checkpoints(store, [first, second]) == {second: 300}
    assert artifacts.remove_checkpoints(store, [first]) == 0


@pytest.mark.parametrize(
    "state", [s for s in RunState if not s.is_active and s is not RunState.COMPLETED]
)
def test_that_what_can_be_resumed_keeps_its_checkpoints(
    store, workspace, enqueue, complete, state
):
    enqueue()
    run = complete(state)
    before = left(store, workspace, run)
    assert artifacts.spare_checkpoints(store, [run]) == {}
    assert artifacts.remove_checkpoints(store, [run]) == 0
    assert left(store, workspace, run) == before


@pytest.mark.parametrize("missing", ["best", "last"])
def test_that_a_run_whose_weights_are_not_all_there_keeps_its_checkpoints(
    store, workspace, enqueue, complete, missing
):
    enqueue()
    run = complete()
    (workspace.run_folder(run) / f"{missing}.safetensors").unlink()
    assert artifacts.remove_checkpoints(store, [run]) == 0
    assert (workspace.run_folder(run) / "checkpoints" / "step-00000008").is_dir()


def test_that_a_checkpoint_that_lies_elsewhere_is_not_touched(
    store, workspace, enqueue, complete, tmp_path
):
    enqueue()
    run = complete()
    mine = tmp_path / "mine"
    mine.mkdir()
    artifacts.record(store, run, "checkpoint", mine, num_bytes=1000)
    assert artifacts.remove_checkpoints(store, [run]) == 300
    assert mine.is_dir()


def test_that_one_that_was_removed_by_hand_is_no_longer_listed_nor_counted(
    store, workspace, enqueue, complete
):
    enqueue()
    run = complete()
    place = workspace.run_folder(run) / "checkpoints" / "step-00000004"
    (place / "state.safetensors").unlink()
    place.rmdir()
    assert artifacts.spare_checkpoints(store, [run]) == {run: 200}
    assert artifacts.remove_checkpoints(store, [run]) == 200
    assert left(store, workspace, run)[1] == ["weights", "weights"]
