"""What every dataset is: two sets of uint8 images with labels, and what is known of them.

Legend: N images, H height, W width, C channels, K classes.

A dataset is a factory `make(places, options) -> ImageData`, registered under its name. Facts of its
card: num_classes, image_size, channels, train_images and test_images (None where the files decide),
augmentation (what "standard" means for it: none, flip, crop or crop_flip), needs_root, bundled, and
looked_for (which files are looked for, and where to put them).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.spec.errors import DataError

CHUNK = 1024
"""Images read at a time where a set may be larger than memory."""


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images with their classes.

    Attributes:
        images_NHWC: uint8 pixels; may be a memmap.
        labels_N: class of every image, int64.
    """

    images_NHWC: NDArray[np.uint8]
    labels_N: NDArray[np.int64]


@dataclass(frozen=True)
class Problem:
    """Something that was found wrong, and got round.

    Attributes:
        path: file, folder or class that it is about; empty for the whole dataset.
        reason: what is wrong, in one line.
    """

    path: str
    reason: str


@dataclass(frozen=True, eq=False)
class ImageData:
    """A dataset that has been read.

    Attributes:
        name: the name it is registered under.
        train: images to learn from; validation is held out of these.
        test: images that are never chosen by.
        classes: name of each of the K classes.
        mean: per channel, of training pixels in 0..1.
        std: per channel, likewise.
        root: folder it was found in; empty for bundled data.
        problems: what was left out, and why.

    Raises:
        DataError: the parts do not fit together.
    """

    name: str
    train: ImageSet
    test: ImageSet
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    root: str
    problems: tuple[Problem, ...] = ()

    def __post_init__(self) -> None:
        for part, images in (("training", self.train), ("test", self.test)):
            fault = _fault(images, len(self.classes))
            if fault:
                raise DataError(f"dataset {self.name}: the {part} part {fault}")
        here, there = self.train.images_NHWC.shape[1:], self.test.images_NHWC.shape[1:]
        if here != there:
            raise DataError(
                f"dataset {self.name}: training images are {here}, but test images {there}"
            )
        if not len(self.mean) == len(self.std) == here[2] or min(self.std) <= 0:
            raise DataError(
                f"dataset {self.name}: mean and std must have {here[2]} values each, std above 0"
            )

    def digest(self) -> str:
        """Identity of what was read: classes, shape, labels of both parts, pixel statistics."""
        parts = hashlib.sha256()
        shape = self.train.images_NHWC.shape[1:]
        parts.update(repr((self.classes, shape, self.mean, self.std)).encode())
        for part in (self.train, self.test):
            parts.update(part.labels_N.tobytes())
        return parts.hexdigest()[:16]


def _fault(images: ImageSet, num_classes: int) -> str:
    """What does not hold of a set, or empty."""
    x_NHWC, labels_N = images.images_NHWC, images.labels_N
    if x_NHWC.dtype != np.uint8 or x_NHWC.ndim != 4 or x_NHWC.shape[3] not in (1, 3):
        return f"must be uint8 (N, H, W, 1 or 3), not {x_NHWC.dtype} {x_NHWC.shape}"
    if labels_N.dtype != np.int64 or labels_N.shape != x_NHWC.shape[:1]:
        return f"has {len(x_NHWC)} images, but {labels_N.dtype} labels {labels_N.shape}"
    if not len(labels_N):
        return "has no images"
    low, high = int(labels_N.min()), int(labels_N.max())
    if low < 0 or high >= num_classes:
        return f"has labels {low} to {high}, but there are {num_classes} classes"
    return ""


def _silent(done: int, total: int, what: str) -> None:
    del done, total, what


@dataclass(frozen=True)
class DataPlaces:
    """Where a dataset may look and write.

    Attributes:
        root: the folder that the user named; nothing else is searched then.
        search: where to look otherwise, and, the first of them, where to download to.
        packed: folder for images that were packed once to be read quickly.
        progress: told (done, total, what is being done).
    """

    root: Path | None
    search: tuple[Path, ...]
    packed: Path
    progress: Callable[[int, int, str], None] = _silent


def channel_statistics(
    images_NHWC: NDArray[np.uint8],
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and standard deviation of each channel, of pixels in 0..1.

    Computed from a histogram, so exact for any number of pixels. A channel of one value only
    gets a deviation of one grey level, to be divided by.
    """
    num_channels = images_NHWC.shape[3]
    counts_CV = np.zeros((num_channels, 256))
    for start in range(0, len(images_NHWC), CHUNK):
        chunk = images_NHWC[start : start + CHUNK]
        for channel in range(num_channels):
            counts_CV[channel] += np.bincount(chunk[..., channel].ravel(), minlength=256)
    part_CV = counts_CV / counts_CV.sum(axis=1, keepdims=True)
    value_V = np.arange(256) / 255
    mean_C = part_CV @ value_V
    std_C = np.sqrt((part_CV * (value_V - mean_C[:, None]) ** 2).sum(axis=1))
    return tuple(mean_C.tolist()), tuple(np.maximum(std_C, 1 / 255).tolist())


def choose_test(labels_N: NDArray[np.int64], part: float, seed: int = 0) -> NDArray[np.bool_]:
    """Choose the test images of a dataset that comes without any; True where chosen.

    Of every class the same part is chosen, but at least one image, and one is left. It depends
    on labels, part and seed alone, whatever the version of NumPy, whose permutations may change.
    """
    draw_N = np.random.PCG64(seed).random_raw(len(labels_N))
    chosen_N = np.zeros(len(labels_N), bool)
    for label in np.unique(labels_N):
        members = np.flatnonzero(labels_N == label)
        count = min(max(1, round(part * len(members))), len(members) - 1)
        chosen_N[members[np.argsort(draw_N[members])[:count]]] = True
    return chosen_N
