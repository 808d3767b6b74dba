import tarfile
from pathlib import Path

import numpy as np
import pytest

from engine.chores.look import add_dataset, inspect_dataset
from engine.spec.errors import DataError
from engine.store.connect import open_store

RECORD = 2 + 3072


@pytest.fixture
def store(workspace):
    store = open_store(workspace)
    yield store
    store.close()


def quiet(*_):
    pass


def add(store, path):
    return add_dataset(store, {"path": str(path)}, quiet)


def put_arrays(tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "mine.npz"
    np.savez(path, x=rng.integers(0, 256, (60, 8, 8), dtype=np.uint8), y=np.arange(60) % 2)
    return path


def test_that_arrays_are_added_with_what_they_hold(store, tmp_path):
    path = put_arrays(tmp_path)
    added = add(store, path)
    assert added["title"] == "mine"
    assert added["dataset"] == {"name": "npz", "root": str(path), "options": {}}
    found = added["found"]
    assert (found["train_counts"], found["test_counts"]) == ([24, 24], [6, 6])
    assert found["held_out"] == 4
    assert found["num_bytes"] == path.stat().st_size
    assert found == inspect_dataset(store, {"dataset": added["dataset"]}, quiet)


def test_that_an_archive_is_unpacked_into_the_workspace_and_added(store, tmp_path):
    folder = tmp_path / "cifar-100-binary"
    folder.mkdir()
    for name, count in (("train", 200), ("test", 100)):
        records = np.zeros((count, RECORD), np.uint8)
        records[:, 1] = np.arange(count) % 100
        records[:, 2:] = np.random.default_rng(count).integers(0, 256, (count, 3072))
        (folder / f"{name}.bin").write_bytes(records.tobytes())
    with tarfile.open(tmp_path / "cifar-100-binary.tar.gz", "w:gz", compresslevel=1) as tar:
        tar.add(folder, folder.name)
    added = add(store, tmp_path / "cifar-100-binary.tar.gz")
    root = Path(added["dataset"]["root"])
    assert root == store.workspace.downloads / "cifar-100-binary"
    assert added["title"] == "CIFAR-100"
    assert added["found"]["num_bytes"] == 300 * RECORD


def test_that_what_cannot_be_read_is_not_added(store, tmp_path):
    text = tmp_path / "text.npz"
    text.write_text("no arrays")
    with pytest.raises(DataError, match=r"is no \.npz file"):
        add(store, text)


def test_that_bundled_images_have_no_place_on_disk(store):
    found = inspect_dataset(store, {"dataset": {"name": "digits"}}, quiet)
    assert found["num_bytes"] is None
    assert found["held_out"] == 136
