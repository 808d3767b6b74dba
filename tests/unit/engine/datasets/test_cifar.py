"""Both published layouts of both datasets, made small; damaged and hostile ones too."""

import os
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.spec.errors import DataError

PER_FILE = 4
LAYOUTS = ("py2", "py3", "binary")
FOLDERS = {
    "cifar10": {"binary": "cifar-10-batches-bin", "py": "cifar-10-batches-py"},
    "cifar100": {"binary": "cifar-100-binary", "py": "cifar-100-python"},
}
FILES = {
    "cifar10": (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"),
    "cifar100": ("train", "test"),
}


def pixels(index: int) -> NDArray[np.uint8]:
    """Images of file `index`, (N, 32, 32, 3)."""
    return np.random.default_rng(index).integers(0, 256, (PER_FILE, 32, 32, 3), dtype=np.uint8)


def labels(index: int) -> dict[str, list[int]]:
    """Labels of file `index`, for either dataset."""
    fine = [(7 * index + i) % 100 for i in range(PER_FILE)]
    return {"labels": [x % 10 for x in fine], "fine_labels": fine,
            "coarse_labels": [(x + 3) % 20 for x in fine]}


def keys(name: str) -> tuple[str, ...]:
    return ("labels",) if name == "cifar10" else ("coarse_labels", "fine_labels")


def planes(index: int) -> NDArray[np.uint8]:
    return pixels(index).transpose(0, 3, 1, 2).reshape(PER_FILE, -1)


def py2_pickle(name: str, index: int) -> bytes:
    """The bytes that Python 2 and its NumPy wrote, opcode by opcode, as the archives hold them."""

    def text(value: str) -> bytes:
        return b"U" + bytes([len(value)]) + value.encode()

    raw = planes(index).tobytes()
    dtype = (
        b"cnumpy\ndtype\n" + text("u1") + b"K\x00K\x01\x87R"
        b"(K\x03" + text("|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    )
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + text("b") + b"\x87R"
        b"(K\x01K" + bytes([PER_FILE]) + b"M\x00\x0c\x86" + dtype + b"\x89"
        b"T" + struct.pack("<i", len(raw)) + raw + b"tb"
    )
    lists = b"".join(
        text(key) + b"](" + b"".join(b"K" + bytes([x]) for x in labels(index)[key]) + b"e"
        for key in keys(name)
    )
    return b"\x80\x02}(" + text("batch_label") + text("made") + text("data") + array + lists + b"u."


def contents(name: str, layout: str, index: int) -> bytes:
    columns = [labels(index)[key] for key in keys(name)]
    if layout == "binary":
        marks = np.array(columns, np.uint8).T
        return np.hstack([marks, planes(index)]).tobytes()
    if layout == "py2":
        return py2_pickle(name, index)
    table = {b"data": planes(index)} | {
        key.encode(): column for key, column in zip(keys(name), columns, strict=True)
    }
    return pickle.dumps(table, protocol=2)


def write(name: str, layout: str, root: Path) -> Path:
    """Write a whole archive below `root`; return its folder."""
    folder = root / FOLDERS[name]["binary" if layout == "binary" else "py"]
    folder.mkdir(parents=True)
    for index, file in enumerate(FILES[name]):
        suffix = ".bin" if layout == "binary" else ""
        (folder / (file + suffix)).write_bytes(contents(name, layout, index))
    return folder


def test_that_the_made_pickle_is_one_that_python_reads() -> None:
    table = pickle.loads(py2_pickle("cifar10", 1), encoding="latin1")
    assert np.array_equal(table["data"], planes(1))
    assert table["labels"] == labels(1)["labels"]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", FILES)
def test_that_every_layout_is_read_from_its_folder_or_the_one_above(
    name: str, layout: str, tmp_path: Path, read
) -> None:
    folder = write(name, layout, tmp_path)
    key = "labels" if name == "cifar10" else "fine_labels"
    last = len(FILES[name]) - 1
    for root in (tmp_path, folder):
        data = read(name, root)
        assert data.root == str(folder)
        assert np.array_equal(
            data.train.images_NHWC, np.concatenate([pixels(i) for i in range(last)])
        )
        assert data.train.labels_N.tolist() == [x for i in range(last) for x in labels(i)[key]]
        assert np.array_equal(data.test.images_NHWC, pixels(last))
        assert data.test.labels_N.tolist() == labels(last)[key]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_that_coarse_labels_are_read_when_asked_for(layout: str, tmp_path: Path, read) -> None:
    write("cifar100", layout, tmp_path)
    data = read("cifar100", tmp_path, labels="coarse")
    assert data.train.labels_N.tolist() == labels(0)["coarse_labels"]
    assert len(data.classes) == 20


def test_that_the_usual_places_are_searched_when_no_folder_is_named(tmp_path: Path, read) -> None:
    folder = write("cifar10", "binary", tmp_path / "datasets")
    assert read("cifar10", search=tmp_path / "datasets").root == str(folder)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", FILES)
def test_that_a_truncated_file_is_named(name: str, layout: str, tmp_path: Path, read) -> None:
    folder = write(name, layout, tmp_path)
    broken = sorted(folder.iterdir())[0]
    broken.write_bytes(broken.read_bytes()[:-100])
    with pytest.raises(DataError, match=f"{broken} is .*damaged") as caught:
        read(name, tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("garbage", [b"", b"\x00" * 50, b"<html>not found</html>", b"\x80\x02."])
def test_that_a_garbage_file_is_named(
    garbage: bytes, layout: str, tmp_path: Path, read
) -> None:
    folder = write("cifar10", layout, tmp_path)
    broken = next(folder.glob("test_batch*"))
    broken.write_bytes(garbage)
    with pytest.raises(DataError, match=str(broken)):
        read("cifar10", tmp_path)


def test_that_labels_of_another_dataset_are_noticed(tmp_path: Path, read) -> None:
    folder = write("cifar10", "binary", tmp_path)
    record = bytes([77]) + bytes(3072)
    (folder / "data_batch_3.bin").write_bytes(record)
    with pytest.raises(DataError, match=r"data_batch_3.bin .*a label is 77, but there are 10"):
        read("cifar10", tmp_path)


@pytest.mark.parametrize(
    "table",
    [
        {"data": np.zeros((2, 10), np.uint8), "labels": [0, 1]},
        {"data": np.zeros((2, 3072), np.uint8), "labels": [0]},
        {"data": np.zeros((2, 3072), np.uint8), "labels": [0, "1"]},
        {"data": np.zeros((2, 3072), np.uint8), "labels": [0, 2**80]},
        {"data": np.zeros((2, 3072), np.uint8)},
        {"data": np.zeros((2, 3072), np.float32), "labels": [0, 1]},
        {"data": np.zeros((0, 3072), np.uint8), "labels": []},
        {"labels": [0, 1]},
        [1, 2, 3],
    ],
)
def test_that_a_pickle_of_something_else_is_refused(table: object, tmp_path: Path, read) -> None:
    folder = write("cifar10", "py3", tmp_path)
    (folder / "data_batch_2").write_bytes(pickle.dumps(table, protocol=2))
    with pytest.raises(DataError, match="data_batch_2"):
        read("cifar10", tmp_path)


class Hostile:
    """What unpickling this would do: make a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"echo run > {self.marker}",)


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_that_a_pickle_that_wants_to_run_something_is_refused(
    protocol: int, tmp_path: Path, read
) -> None:
    marker = tmp_path / "marker"
    hostile = pickle.dumps({"data": Hostile(marker), "labels": []}, protocol=protocol)
    folder = write("cifar10", "py2", tmp_path)
    (folder / "data_batch_1").write_bytes(hostile)
    with pytest.raises(DataError, match=r"data_batch_1 .*asks to run \w+\.system, .*refused"):
        read("cifar10", tmp_path)
    assert not marker.exists()
    pickle.loads(hostile)
    assert marker.exists(), "the pickle does nothing, so this test shows nothing"


def test_that_a_missing_file_is_named(tmp_path: Path, read) -> None:
    folder = write("cifar10", "binary", tmp_path)
    (folder / "data_batch_4.bin").unlink()
    with pytest.raises(DataError, match=f"not complete: {folder} lacks data_batch_4.bin"):
        read("cifar10", tmp_path)


@pytest.mark.parametrize("name", FILES)
def test_that_missing_data_says_what_was_looked_for_where_and_what_to_do(
    name: str, tmp_path: Path, read
) -> None:
    with pytest.raises(DataError) as caught:
        read(name, tmp_path)
    line = str(caught.value)
    assert "\n" not in line
    for said in (str(tmp_path), *FOLDERS[name].values(), FILES[name][0], "name the folder"):
        assert said in line


def test_that_a_missing_folder_and_a_file_instead_of_one_are_told_apart(
    tmp_path: Path, read
) -> None:
    with pytest.raises(DataError, match="there is no folder"):
        read("cifar10", tmp_path / "nowhere")
    packed = tmp_path / "cifar-10-python.tar.gz"
    packed.write_bytes(b"")
    with pytest.raises(DataError, match="is a file: name the folder that it was unpacked to"):
        read("cifar10", packed)
