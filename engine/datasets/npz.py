"""Your own images as NumPy arrays: one .npz file.

Legend: N images, H height, W width, C channels, K classes.
"""

import zipfile
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.datasets.dataset import (
    DataPlaces,
    ImageData,
    ImageSet,
    Problem,
    channel_statistics,
    choose_test,
)
from engine.datasets.packing import SMALLEST_CLASS
from engine.registry import register
from engine.spec.errors import DataError
from engine.spec.options import Options, option

ENDING = ".npz"
SPLIT = (
    ("x_train", "y_train", "x_test", "y_test"),
    ("train_images", "train_labels", "test_images", "test_labels"),
)
"""Names of arrays, training images and labels, then test; as Keras and MedMNIST write them."""
WHOLE = (("images", "labels"), ("x", "y"))
CLASSES = "classes"
MAX_CLASSES = 65_536
LOOKED_FOR = (
    "arrays x_train, y_train, x_test and y_test (or train_images, train_labels, …), else images "
    "and labels (or x and y), of which a stratified part becomes the test part; images are uint8, "
    "(N, H, W) or (N, H, W, channels), labels whole numbers from 0, and an array classes may "
    "name them"
)


class NpzOptions(Options):
    """Options of a file of arrays."""

    test_part: float = option(
        0.2, "Part of each class set aside as test images, where the file has none.",
        ge=0.05, le=0.5,
    )


@register(
    "dataset", "npz", title="NumPy arrays", options=NpzOptions,
    summary="Your own images as arrays in one .npz file, of one size, grey or in colour.",
    facts={
        "num_classes": None, "image_size": None, "channels": None, "augmentation": "crop",
        "needs_root": True, "train_images": None, "test_images": None, "bundled": False,
        "looked_for": f"In the .npz file named, or the only one of the folder named: {LOOKED_FOR}.",
    },
)
def make(places: DataPlaces, options: NpzOptions) -> ImageData:
    """Read the arrays.

    Raises:
        DataError: no such file, or its arrays are not what is looked for.
    """
    if places.root is None:
        raise DataError("npz needs 'root': name the .npz file")
    path = _file(places.root)
    places.progress(0, 1, f"reading {path.name}")
    arrays = _read(path)
    names = _names(path, arrays)
    train, test = _parts(path, arrays, names, options.test_part)
    places.progress(1, 1, f"reading {path.name}")
    classes = _classes(path, arrays, train, test)
    mean, std = channel_statistics(train.images_NHWC)
    problems = tuple(
        Problem(name, "not used: validation is held out of the training images")
        for name in sorted(arrays) if name not in (*names, CLASSES)
    )
    return ImageData(
        name="npz", train=train, test=test, classes=classes, mean=mean, std=std,
        root=str(path), problems=problems,
    )


def _file(root: Path) -> Path:
    if root.is_dir():
        files = sorted(root.glob(f"*{ENDING}"))
        if len(files) != 1:
            raise DataError(f"{root} holds {len(files)} .npz files: name one of them")
        return files[0]
    if not root.is_file():
        raise DataError(f"there is no file {root}: name the .npz file")
    return root


def _read(path: Path) -> dict[str, NDArray[Any]]:
    """Every array of the file; pickled objects are refused."""
    if not zipfile.is_zipfile(path):
        raise DataError(f"{path} is no .npz file, or truncated; looked for {LOOKED_FOR}")
    try:
        with np.load(path, allow_pickle=False) as table:
            return {name: table[name] for name in table.files}
    except (
        OSError, EOFError, MemoryError, ValueError, zipfile.BadZipFile, zlib.error
    ) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise DataError(f"{path} is damaged or cannot be used: {reason}") from None


def _names(path: Path, arrays: Collection[str]) -> tuple[str, ...]:
    for names in (*SPLIT, *WHOLE):
        if set(names) <= set(arrays):
            return names
    raise DataError(
        f"{path} holds {', '.join(sorted(arrays)[:8]) or 'nothing'}; looked for {LOOKED_FOR}"
    )


def _parts(
    path: Path, arrays: Mapping[str, NDArray[Any]], names: tuple[str, ...], test_part: float
) -> tuple[ImageSet, ImageSet]:
    """The training and the test part."""
    pairs = zip(names[::2], names[1::2], strict=True)
    sets = [_image_set(path, images, labels, arrays) for images, labels in pairs]
    if len(sets) == 1:
        whole = sets[0]
        test_N = choose_test(whole.labels_N, test_part)
        sets = [
            ImageSet(whole.images_NHWC[rows_N], whole.labels_N[rows_N])
            for rows_N in (~test_N, test_N)
        ]
    train, test = sets
    return train, test


def _image_set(
    path: Path, images: str, labels: str, arrays: Mapping[str, NDArray[Any]]
) -> ImageSet:
    labels_N = arrays[labels]
    if labels_N.ndim == 2 and labels_N.shape[1] == 1:
        labels_N = labels_N[:, 0]
    if labels_N.shape != arrays[images].shape[:1] or labels_N.dtype.kind not in "iu":
        raise DataError(
            f"{path}: '{labels}' is {labels_N.dtype} {labels_N.shape}; one whole number for every "
            "image is needed"
        )
    if len(labels_N) and not 0 <= labels_N.min() <= labels_N.max() < MAX_CLASSES:
        raise DataError(
            f"{path}: '{labels}' has labels {labels_N.min()} to {labels_N.max()}; number the "
            "classes from 0"
        )
    return ImageSet(_pixels(path, images, arrays[images]), labels_N.astype(np.int64))


def _pixels(path: Path, name: str, array: NDArray[Any]) -> NDArray[np.uint8]:
    """(N, H, W, C), from arrays without channels or with channels first, too."""
    pixels = array[..., None] if array.ndim == 3 else array
    if pixels.ndim == 4 and pixels.shape[3] not in (1, 3) and pixels.shape[1] in (1, 3):
        pixels = pixels.transpose(0, 2, 3, 1)
    if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[3] not in (1, 3):
        raise DataError(
            f"{path}: '{name}' is {array.dtype} {array.shape}; images must be uint8, (N, H, W) or "
            "(N, H, W, 1 or 3)"
        )
    return np.ascontiguousarray(pixels)


def _classes(
    path: Path, arrays: Mapping[str, NDArray[Any]], train: ImageSet, test: ImageSet
) -> tuple[str, ...]:
    """Their names; each has enough images to learn from."""
    highest = max(int(part.labels_N.max(initial=0)) for part in (train, test))
    named = arrays.get(CLASSES)
    classes = tuple(map(str, range(highest + 1)))
    if named is not None and named.dtype.kind == "U" and named.ndim == 1:
        classes = tuple(map(str, named.tolist()))
    if len(classes) < 2:
        raise DataError(f"{path} has {len(classes)} class only: at least two are needed")
    counts_K = np.bincount(train.labels_N, minlength=len(classes))
    for name, count in zip(classes, counts_K.tolist(), strict=False):
        if count < SMALLEST_CLASS:
            raise DataError(
                f"class '{name}' of {path} has {count} training images: each class needs at least "
                f"{SMALLEST_CLASS}"
            )
    return classes
