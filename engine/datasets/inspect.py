"""What a dataset holds, and what a person should know before training on it."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.datasets.dataset import ImageData, Problem

FEW_IMAGES = 10
UNBALANCED = 3.0
PAIRS_SHOWN = 10


@dataclass(frozen=True, eq=False)
class Inspection:
    """A look at a dataset.

    Attributes:
        train_counts: training images of each class, (K,).
        test_counts: test images of each class, (K,).
        image_shape: (H, W, C).
        mean: per channel, as used to normalise.
        std: likewise.
        sample_indices: some training images, drawn at random, ascending, (S,).
        samples: their pixels, (S, H, W, C) uint8.
        sample_labels: their classes, (S,).
        num_duplicates: test images whose very pixels are in the training part too.
        duplicate_pairs: (training index, test index) of the first of them.
        problems: what is wrong: left out files, duplicates, very small classes.
        notes: what is not wrong, but good to know.
    """

    train_counts: NDArray[np.int64]
    test_counts: NDArray[np.int64]
    image_shape: tuple[int, int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    sample_indices: NDArray[np.int64]
    samples: NDArray[np.uint8]
    sample_labels: NDArray[np.int64]
    num_duplicates: int
    duplicate_pairs: tuple[tuple[int, int], ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def inspect(data: ImageData, samples: int = 48, seed: int = 0) -> Inspection:
    """Look at a dataset; every image is read once.

    Args:
        data: the dataset.
        samples: how many training images to draw.
        seed: of the draw.
    """
    num_classes = len(data.classes)
    train_counts = np.bincount(data.train.labels_N, minlength=num_classes)
    test_counts = np.bincount(data.test.labels_N, minlength=num_classes)
    count = min(samples, len(data.train.labels_N))
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.choice(len(data.train.labels_N), count, replace=False))
    train, test = _digests(data.train.images_NHWC), _digests(data.test.images_NHWC)
    pairs = _duplicates(train, test)
    labels = [*data.train.labels_N.tolist(), *data.test.labels_N.tolist()]
    height, width, channels = data.train.images_NHWC.shape[1:]
    return Inspection(
        train_counts=train_counts, test_counts=test_counts,
        image_shape=(height, width, channels), mean=data.mean, std=data.std,
        sample_indices=chosen, samples=np.array(data.train.images_NHWC[chosen]),
        sample_labels=data.train.labels_N[chosen],
        num_duplicates=len(pairs), duplicate_pairs=tuple(pairs[:PAIRS_SHOWN]),
        problems=(
            *data.problems, *_shared(pairs), *_in_two_classes(data.classes, train + test, labels),
            *_small_classes(data.classes, train_counts),
        ),
        notes=_balance(data.classes, train_counts),
    )


def _duplicates(train: list[bytes], test: list[bytes]) -> list[tuple[int, int]]:
    """(first training index, test index) of each test image that is a training image too."""
    first: dict[bytes, int] = {}
    for index, digest in enumerate(train):
        first.setdefault(digest, index)
    return [(first[digest], index) for index, digest in enumerate(test) if digest in first]


def _in_two_classes(
    classes: tuple[str, ...], digests: list[bytes], labels: list[int]
) -> list[Problem]:
    """Images of the very same pixels that are said to be different things."""
    said: dict[bytes, set[int]] = {}
    for digest, label in zip(digests, labels, strict=True):
        said.setdefault(digest, set()).add(label)
    several = [sorted(each) for each in said.values() if len(each) > 1]
    if not several:
        return []
    names = " and ".join(f"'{classes[label]}'" for label in several[0])
    return [Problem("", f"images that are in more than one class: {len(several)}, one in {names}; "
                        "no network can learn what they are")]


def _digests(images_NHWC: NDArray[np.uint8]) -> list[bytes]:
    """128 bits of each image: among millions, two different images never share them."""
    return [
        hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=16).digest()
        for image in images_NHWC
    ]


def _shared(pairs: list[tuple[int, int]]) -> list[Problem]:
    if not pairs:
        return []
    shown = ", ".join(f"{train} = {test}" for train, test in pairs[:3])
    more = ", …" if len(pairs) > 3 else ""
    return [
        Problem(
            "", f"test images that are training images too: {len(pairs)} (training index = test "
            f"index: {shown}{more}); they make the test accuracy look better than it is",
        )
    ]


def _small_classes(classes: tuple[str, ...], counts_K: NDArray[np.int64]) -> list[Problem]:
    counted = zip(classes, counts_K.tolist(), strict=True)
    return [
        Problem(name, f"only {count} training images in class '{name}'")
        for name, count in counted if count < FEW_IMAGES
    ]


def _balance(classes: tuple[str, ...], counts_K: NDArray[np.int64]) -> tuple[str, ...]:
    small, large = int(counts_K.argmin()), int(counts_K.argmax())
    if counts_K[large] < UNBALANCED * max(1, counts_K[small]):
        return ()
    return (
        f"classes are unbalanced: '{classes[large]}' has {counts_K[large]} training images, "
        f"'{classes[small]}' {counts_K[small]}; accuracy mostly tells about the large ones",
    )
