"""Decoding image files once into arrays on disk, from which training reads quickly.

A packed folder holds train.npy and test.npy (N, S, S, C) uint8, their labels, and index.json.
It appears under its name only when it is complete.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from engine.datasets.dataset import CHUNK, ImageSet, Problem, channel_statistics, choose_test
from engine.datasets.folder_listing import Listing, shown
from engine.datasets.images import read_image
from engine.spec.errors import DataError

MAX_THREADS = 8
SMALLEST_CLASS = 2
"""One image to learn from, one to test or to hold out."""


@dataclass(frozen=True)
class Packed:
    """A packed folder: images as memmaps, statistics of the training part, unreadable files."""

    train: ImageSet
    test: ImageSet
    mean: tuple[float, ...]
    std: tuple[float, ...]
    problems: tuple[Problem, ...]


def load_packed(folder: Path) -> Packed | None:
    """Return what `folder` holds, or None where it is absent or damaged."""
    try:
        index = json.loads((folder / "index.json").read_text("utf-8"))
        return Packed(
            _load(folder, "train"), _load(folder, "test"), tuple(index["mean"]),
            tuple(index["std"]), tuple(Problem(**problem) for problem in index["problems"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _load(folder: Path, part: str) -> ImageSet:
    # Copy on write: the file stays as it is, and torch takes the array without complaint.
    images_NHWC = np.load(folder / f"{part}.npy", mmap_mode="c")
    return ImageSet(images_NHWC, np.load(folder / f"{part}_labels.npy"))


def pack(
    listing: Listing, shape: tuple[int, int, int], test_part: float, folder: Path,
    progress: Callable[[int, int, str], None],
) -> Packed:
    """Read every image of `listing` and write the packed `folder`.

    Args:
        listing: the files.
        shape: (H, W, C) that every image is brought to.
        test_part: part of each class chosen as test images, where the listing has none.
        folder: where to write.
        progress: told (done, total, what is being done).

    Raises:
        DataError: a class has too few readable images, or the disk is full.
    """
    _check_classes(listing, np.arange(len(listing.items)))  # before an hour of decoding
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _check_space(folder.parent, 2 * len(listing.items) * int(np.prod(shape)))
        with tempfile.TemporaryDirectory(prefix=".packing-", dir=folder.parent) as name:
            work = Path(name) / "packed"
            work.mkdir()
            _write(listing, shape, test_part, work, progress)
            _publish(work, folder)
    except OSError as error:
        raise DataError(f"cannot write packed images to {folder}: {error.strerror}") from None
    packed = load_packed(folder)
    if packed is None:
        raise DataError(f"packed images in {folder} cannot be read back: remove it and try again")
    return packed


def _check_space(place: Path, num_bytes: int) -> None:
    # Beforehand, as writing to a memmap on a full disk ends the process without a word.
    free = shutil.disk_usage(place).free
    if num_bytes > free:
        raise DataError(
            f"packing the images needs {num_bytes / 2**30:.1f} GiB in {place}, where "
            f"{free / 2**30:.1f} GiB are free: free some, or choose a smaller size"
        )


def _write(
    listing: Listing, shape: tuple[int, int, int], test_part: float, work: Path,
    progress: Callable[[int, int, str], None],
) -> None:
    decoded = work.parent / "decoded.npy"
    images_NHWC = open_memmap(decoded, "w+", np.uint8, (len(listing.items), *shape))
    problems = _decode(listing, images_NHWC, progress)
    readable = np.flatnonzero([problem is None for problem in problems])
    _check_classes(listing, readable)
    labels_N = np.array([item.label for item in listing.items], np.int64)
    test_N = np.array([item.test for item in listing.items], bool)
    if not listing.has_test:
        test_N[readable] = choose_test(labels_N[readable], test_part)
    tested = test_N[readable]
    for part, rows in (("train", readable[~tested]), ("test", readable[tested])):
        _copy_rows(images_NHWC, rows, work / f"{part}.npy")
        np.save(work / f"{part}_labels.npy", labels_N[rows])
    del images_NHWC
    mean, std = channel_statistics(_load(work, "train").images_NHWC)
    faults = [asdict(problem) for problem in problems if problem is not None]
    index = {"root": shown(str(listing.root)), "mean": mean, "std": std, "problems": faults}
    (work / "index.json").write_text(json.dumps(index), "utf-8")


def _decode(
    listing: Listing, images_NHWC: NDArray[np.uint8], progress: Callable[[int, int, str], None]
) -> list[Problem | None]:
    """Fill `images_NHWC`; return what is wrong with each file."""
    height, width, channels = images_NHWC.shape[1:]
    total = len(listing.items)

    def read(row: int) -> Problem | None:
        path = listing.root / listing.items[row].name
        try:
            images_NHWC[row] = read_image(path, (height, width), channels)
        except DataError as error:
            reason = str(error).removeprefix(f"cannot read {path}: ")
            return Problem(shown(listing.items[row].name), reason)
        return None

    problems: list[Problem | None] = []
    for problem in _in_threads(read, total):
        problems.append(problem)
        if len(problems) % max(1, total // 100) == 0 or len(problems) == total:
            progress(len(problems), total, "packing images")
    return problems


def _in_threads(read: Callable[[int], Problem | None], total: int) -> Iterator[Problem | None]:
    """Call `read` for every row; Pillow decodes outside the interpreter's lock."""
    pool = ThreadPoolExecutor(min(MAX_THREADS, os.cpu_count() or 1))
    try:
        yield from pool.map(read, range(total))
    finally:
        pool.shutdown(cancel_futures=True)  # whoever stops listening does not wait for the rest


def _check_classes(listing: Listing, rows: NDArray[np.int64]) -> None:
    """Raise if the files at `rows` are too few of a class."""
    items = [listing.items[row] for row in rows]
    train = np.array([item.label for item in items if not item.test], np.int64)
    counts_K = np.bincount(train, minlength=len(listing.classes))
    for name, count in zip(listing.classes, counts_K.tolist(), strict=True):
        if count < SMALLEST_CLASS:
            raise DataError(
                f"class '{name}' of {listing.root} has {count} readable training images: each "
                f"class needs at least {SMALLEST_CLASS}; add some, or remove its folder"
            )
    if listing.has_test and len(train) == len(items):
        raise DataError(f"the test folder of {listing.root} has no readable images")


def _copy_rows(source: NDArray[np.uint8], rows: NDArray[np.int64], path: Path) -> None:
    target = open_memmap(path, "w+", np.uint8, (len(rows), *source.shape[1:]))
    for start in range(0, len(rows), CHUNK):
        target[start : start + CHUNK] = source[rows[start : start + CHUNK]]


def _publish(work: Path, folder: Path) -> None:
    try:
        work.replace(folder)
    except OSError:  # there is one: another run was faster, or it was damaged since
        if load_packed(folder) is None:
            shutil.rmtree(folder)
            work.replace(folder)
