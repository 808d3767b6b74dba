"""What networks say of the same test images, and on which of them they differ.

A variant is set against its baseline seed by seed, as `engine.analysis.compare` does with metrics.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.analysis.comparison import Group, Which
from engine.analysis.intervals import PairedDifference, paired_difference
from engine.spec.errors import DataError
from engine.spec.rows import RunRow, is_averaged

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Answers(Protocol):
    """What one network said of N images: their labels, its answers, and how sure it was (0–1)."""

    @property
    def labels(self) -> Ints: ...  # noqa: D102

    @property
    def predicted(self) -> Ints: ...  # noqa: D102

    @property
    def confidence(self) -> NDArray[np.float32]: ...  # noqa: D102


@dataclass(frozen=True)
class Pair:
    """A run of a variant and its baseline's of the same seed, on the same images."""

    seed: int
    run: int
    rival_run: int
    ours: Answers
    rivals: Answers


@dataclass(frozen=True)
class Flip:
    """An image that one of two variants has right and the other wrong.

    Attributes:
        image: its index in the test part.
        before: class that the baseline says, in most of the seeds in which the image flips.
        after: class that the variant says in most of them.
        seeds: in which it flips.
    """

    image: int
    before: int
    after: int
    seeds: tuple[int, ...]

    @property
    def num_seeds(self) -> int:
        """In how many seeds it flips."""
        return len(self.seeds)


@dataclass(frozen=True)
class Flips:
    """Images that a variant has right where the baseline errs, and the other way round.

    Attributes:
        num_seeds: common seeds.
        fixed: the most stable first.
        broken: the same of the images that only the baseline has right.
        num_fixed: how many images are fixed in exactly 1, 2, … `num_seeds` seeds.
        num_broken: the same of those that are broken.
    """

    num_seeds: int
    fixed: tuple[Flip, ...]
    broken: tuple[Flip, ...]
    num_fixed: tuple[int, ...]
    num_broken: tuple[int, ...]


@dataclass(frozen=True)
class ClassDifference:
    """Accuracy on the images of one class, in percent, mean over the common seeds.

    Attributes:
        label: the class.
        num_images: of the class in the test part.
        mean: accuracy of the variant.
        rival_mean: accuracy of the baseline.
        difference: variant − baseline, in points, seed by seed.
    """

    label: int
    num_images: int
    mean: float
    rival_mean: float
    difference: PairedDifference


def step_of_test(row: RunRow, which: Which) -> int | None:
    """The step of the weights that a run's test numbers are of; None without such numbers."""
    tested = next((
        summary for key, summary in row.summaries.items()
        if key.startswith("test/") and not is_averaged(key)
    ), None)
    if tested is None:
        return None
    return tested.best_step if which == "best" else tested.last_step


def pair_up(group: Group, rival: Group, read: Callable[[int], Answers | None]) -> list[Pair]:
    """Return a pair for each common seed of which both answers are known.

    Args:
        group: the variant.
        rival: its baseline.
        read: answers of a run on the test images; None where none were kept.

    Raises:
        DataError: the runs were not all tested on the same images.
    """
    runs = dict(zip(group.seeds, group.runs, strict=True))
    rivals = dict(zip(rival.seeds, rival.runs, strict=True))
    pairs: list[Pair] = []
    for seed in sorted(runs.keys() & rivals.keys()):
        ours, theirs = read(runs[seed]), read(rivals[seed])
        if ours is not None and theirs is not None:
            pairs.append(Pair(seed, runs[seed], rivals[seed], ours, theirs))
    for pair in pairs:
        for run, said in ((pair.run, pair.ours), (pair.rival_run, pair.rivals)):
            if not np.array_equal(said.labels, pairs[0].ours.labels):
                raise DataError(
                    f"runs {pairs[0].run} and {run} were tested on different images: "
                    "what they say of each cannot be compared"
                )
    return pairs


def find_flips(pairs: Sequence[Pair]) -> Flips:
    """Return the images that flip, by in how many of the pairs (one or more) they do.

    Of those that flip equally often, those that flip back in fewer seeds come first.
    """
    found = [flipped(pair) for pair in pairs]
    fixed_SN, broken_SN = (np.stack(side) for side in zip(*found, strict=True))
    before_SN = np.stack([pair.rivals.predicted for pair in pairs])
    after_SN = np.stack([pair.ours.predicted for pair in pairs])
    seed_S = np.array([pair.seed for pair in pairs])

    def most_stable(flipped_SN: Bools, back_SN: Bools) -> tuple[Flip, ...]:
        count_N, back_N = flipped_SN.sum(axis=0), back_SN.sum(axis=0)
        order = np.lexsort((back_N, -count_N))[: np.count_nonzero(count_N)]
        return tuple(
            Flip(
                int(at), _most_frequent(before_SN[flipped_SN[:, at], at]),
                _most_frequent(after_SN[flipped_SN[:, at], at]),
                tuple(seed_S[flipped_SN[:, at]].tolist()),
            )
            for at in order
        )

    def by_seeds(flipped_SN: Bools) -> tuple[int, ...]:
        counts = np.bincount(flipped_SN.sum(axis=0), minlength=len(pairs) + 1)
        return tuple(counts[1:].tolist())

    return Flips(
        len(pairs), most_stable(fixed_SN, broken_SN), most_stable(broken_SN, fixed_SN),
        by_seeds(fixed_SN), by_seeds(broken_SN),
    )


def class_differences(pairs: Sequence[Pair]) -> tuple[ClassDifference, ...]:
    """Return every class that has test images, the one that gains most first."""
    classes = num_classes(pairs)
    count_K = np.bincount(pairs[0].ours.labels, minlength=classes)
    ours_SK = np.stack([_class_accuracy(pair.ours, classes) for pair in pairs])
    rivals_SK = np.stack([_class_accuracy(pair.rivals, classes) for pair in pairs])
    seeds = [pair.seed for pair in pairs]
    found = [
        ClassDifference(
            at, int(count_K[at]), float(ours_SK[:, at].mean()), float(rivals_SK[:, at].mean()),
            paired_difference(
                dict(zip(seeds, ours_SK[:, at].tolist(), strict=True)),
                dict(zip(seeds, rivals_SK[:, at].tolist(), strict=True)),
            ),
        )
        for at in np.flatnonzero(count_K).tolist()
    ]
    return tuple(sorted(found, key=lambda each: -(each.difference.mean or 0.0)))


def confusion_difference(pairs: Sequence[Pair]) -> Floats:
    """Return (K, K) counts, variant − baseline, mean over seeds: label by row, answer by column."""
    classes = num_classes(pairs)
    apart_C = np.zeros(classes**2, np.int64)
    for pair in pairs:
        for sign, said in ((1, pair.ours), (-1, pair.rivals)):
            cell_N = said.labels * classes + said.predicted
            apart_C += sign * np.bincount(cell_N, minlength=classes**2)
    return apart_C.reshape(classes, classes) / len(pairs)


def num_classes(pairs: Sequence[Pair]) -> int:
    """One more than the highest class that is a label or an answer."""
    said = (part for pair in pairs for one in (pair.ours, pair.rivals)
            for part in (one.labels, one.predicted))
    return 1 + max(int(part.max(initial=0)) for part in said)


def flipped(pair: Pair) -> tuple[Bools, Bools]:
    """Of N images: whether the variant alone is right, and whether the baseline alone is."""
    ours_N = pair.ours.predicted == pair.ours.labels
    rivals_N = pair.rivals.predicted == pair.rivals.labels
    return ours_N & ~rivals_N, rivals_N & ~ours_N


def _most_frequent(classes: Ints) -> int:
    return int(np.bincount(classes).argmax())


def _class_accuracy(said: Answers, classes: int) -> Floats:
    """Percent (K,); of a class without images it means nothing."""
    right_K = np.bincount(said.labels[said.predicted == said.labels], minlength=classes)
    return 100 * right_K / np.maximum(np.bincount(said.labels, minlength=classes), 1)
