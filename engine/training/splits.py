"""Honest splits: the validation part is taken from the training images, never from test."""

import numpy as np
from numpy.typing import NDArray

from engine.spec.errors import DataError

Indices = NDArray[np.int64]


def hold_out(labels_N: NDArray[np.int64], part: float, seed: int) -> tuple[Indices, Indices]:
    """Split images into those to train on and those held out, class by class.

    Args:
        labels_N: class of every image.
        part: part of each class held out; at least one image of a class that has two.
        seed: equal seeds hold out the same images.

    Returns:
        Indices kept and indices held out, each in ascending order.
    """
    if part == 0:
        return np.arange(len(labels_N)), np.empty(0, np.int64)
    rng = np.random.default_rng([seed, 1])
    held: list[Indices] = []
    for members in _by_class(labels_N):
        count = max(1, round(part * len(members))) if len(members) > 1 else 0
        held.append(rng.permutation(members)[:count])
    out = np.sort(np.concatenate(held))
    return np.setdiff1d(np.arange(len(labels_N)), out), out


def subset(labels_N: NDArray[np.int64], among: Indices, count: int, seed: int) -> Indices:
    """Choose `count` of the images `among`, every class in its proportion.

    Raises:
        DataError: there are not so many.
    """
    if count > len(among):
        raise DataError(
            f"train_images = {count}, but only {len(among)} training images are left beside the "
            "held-out part"
        )
    rng = np.random.default_rng([seed, 2])
    # A random place in its class for every image; taking the lowest places keeps proportions.
    place = np.empty(len(among))
    for members in _by_class(labels_N[among]):
        place[members] = (rng.permutation(len(members)) + rng.random()) / len(members)
    return np.sort(among[np.argsort(place, kind="stable")[:count]])


def _by_class(labels_N: NDArray[np.int64]) -> list[Indices]:
    return [np.flatnonzero(labels_N == k) for k in np.unique(labels_N)]
