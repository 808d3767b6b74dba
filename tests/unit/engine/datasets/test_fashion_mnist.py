import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.datasets.fashion_mnist import FILES, read_idx
from engine.spec.errors import DataError


def arrays() -> list[NDArray[np.uint8]]:
    rng = np.random.default_rng(0)
    train, test = (rng.integers(0, 256, (n, 28, 28), dtype=np.uint8) for n in (5, 3))
    return [train, np.array([0, 9, 3, 3, 1], np.uint8), test, np.array([2, 8, 9], np.uint8)]


def idx(array: NDArray[np.uint8]) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def write(folder: Path, packed: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in zip(FILES, arrays(), strict=True):
        if packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(idx(array)))
        else:
            (folder / name).write_bytes(idx(array))


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("inner", ["", "FashionMNIST/raw", "raw"])
def test_that_packed_and_unpacked_files_are_found(
    inner: str, packed: bool, tmp_path: Path, read
) -> None:
    write(tmp_path / inner, packed)
    data = read("fashion_mnist", tmp_path)
    train, train_labels, test, test_labels = arrays()
    assert np.array_equal(data.train.images_NHWC[..., 0], train)
    assert np.array_equal(data.test.images_NHWC[..., 0], test)
    assert np.array_equal(data.train.labels_N, train_labels)
    assert np.array_equal(data.test.labels_N, test_labels)
    assert data.train.images_NHWC.shape == (5, 28, 28, 1)


@pytest.mark.parametrize("packed", [True, False])
def test_that_a_truncated_file_is_named(packed: bool, tmp_path: Path, read) -> None:
    write(tmp_path, packed)
    broken = sorted(tmp_path.iterdir())[0]
    broken.write_bytes(broken.read_bytes()[:-20])
    with pytest.raises(DataError, match=f"{broken} is truncated or damaged"):
        read("fashion_mnist", tmp_path)


@pytest.mark.parametrize("garbage", [b"", b"\x00\x00\x08", b"\x00\x00\x0d\x01\x00\x00\x00\x00",
                                     b"\x1f\x8b garbage", b"\x00\x00\x08\xff" + b"\xff" * 1020])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_that_a_garbage_file_is_refused(garbage: bytes, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{ending}"
    path.write_bytes(garbage)
    with pytest.raises(DataError, match="is truncated or damaged") as caught:
        read_idx(path)
    assert "\n" not in str(caught.value)


def test_that_images_without_their_labels_are_refused(tmp_path: Path, read) -> None:
    write(tmp_path, packed=False)
    (tmp_path / FILES[1]).write_bytes(idx(np.zeros(2, np.uint8)))
    with pytest.raises(DataError, match="the training part has 5 images, but int64 labels"):
        read("fashion_mnist", tmp_path)


def test_that_missing_files_are_told_with_what_to_do(tmp_path: Path, read) -> None:
    with pytest.raises(DataError, match=r"looked for train-images-idx3-ubyte.gz .*name the folder"):
        read("fashion_mnist", tmp_path)
