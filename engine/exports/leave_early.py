"""What images cost and reach that leave a file at the first exit that is sure of them.

Legend: N images, O exits, k exits passed, K classes, R rows of a table.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.spec.errors import ExportError

if TYPE_CHECKING:
    from engine.exports.format import Asked  # which needs torch

Ask = Callable[[NDArray[np.generic], Sequence[float]], NDArray[np.float32]]
"""One image and the thresholds of all exits but the last → what the exits it passed say, (k, K)."""

MOST_BUDGETS = 7
PLAIN_THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99)
"""Of all exits alike, where none were chosen on validation images."""
NEVER = 2.0
"""A threshold that no confidence reaches."""
TIMED_S, LEAST_IMAGES = 3.0, 50
"""All budgets together are timed for so long, on so many images at least, or on all."""
OTHER_PROPORTION = 3.0
"""So many times apart may be how much longer one budget takes than another, here and there."""
INTERRUPTED = 3.0
"""A call that takes so many times as long as one that never leaves had to wait for other work."""


def measure_leaving(
    ask: Ask, budgets: Sequence[Mapping[str, Any]], asked: "Asked"
) -> list[dict[str, Any]]:
    """Find what leaves a file where by several budgets, and ask it image by image what that takes.

    Which exit an image leaves by, and what it is taken for, follows from what all exits say of it;
    so that is told of all images. Some of them, spread over all, are timed; of each it is seen that
    the file leaves there.

    Args:
        ask: asks the file.
        budgets: with `thresholds` that were chosen on validation images; may be none.
        asked: test images, and what all of its exits say of them.

    Returns:
        A row for each budget and one for images that never leave: `thresholds`, `exit_shares` and
        `test_top1` of `num_images`; `ms` of an image on average, over `timed_images` of them; what
        else the budget says.

    Raises:
        ExportError: the file leaves by other exits than it should.
    """
    rows = rows_to_measure(budgets, len(asked.logits_ONK))
    left_RN = [left_by(asked.logits_ONK, row["thresholds"]) for row in rows]
    walked = _walk(ask, [row["thresholds"] for row in rows], left_RN, asked)
    if fault := walked.fault():
        raise ExportError(f"{fault}: not exported")
    return [
        {
            **row, "ms": float(1e3 * seconds / walked.num_images),
            "timed_images": walked.num_images, **_reached(left_N, asked),
        }
        for row, left_N, seconds in zip(rows, left_RN, walked.seconds_R, strict=True)
    ]


def rows_to_measure(budgets: Sequence[Mapping[str, Any]], num_exits: int) -> list[dict[str, Any]]:
    """What is measured of a file: some of the budgets, and at last what it takes never to leave."""
    return [*_chosen(budgets, num_exits), {"thresholds": [NEVER] * num_exits}]


def leaving_fault(ask: Ask, rows: Sequence[Mapping[str, Any]], asked: "Asked") -> str:
    """Find again what leaves a file where, and ask it image by image.

    Args:
        ask: asks the file.
        rows: what `measure_leaving` found.
        asked: the images that it was given, and what all exits say of them now.

    Returns:
        What is otherwise now, in a clause; or empty.
    """
    count, num_exits = len(asked.labels_N), len(asked.logits_ONK)
    if any(
        row["num_images"] != count or row["timed_images"] > count
        or not len(row["exit_shares"]) == len(row["thresholds"]) == num_exits
        for row in rows
    ):
        return "budgets that were not measured on these images and exits"
    left_RN = [left_by(asked.logits_ONK, row["thresholds"]) for row in rows]
    for row, left_N in zip(rows, left_RN, strict=True):
        if fault := _reached_fault(row, _reached(left_N, asked)):
            return fault
    walked = _walk(ask, [row["thresholds"] for row in rows], left_RN, asked)
    return walked.fault() or _pace_fault(rows, walked.seconds_R)


def budgets_fault(budgets: Sequence[Mapping[str, Any]], asked: "Asked") -> str:
    """Find again what images do that leave by budgets, on all test images, in a clause; or empty.

    Args:
        budgets: with `exit_shares` and `test_top1` of all test images.
        asked: these, and what all exits say of them.
    """
    for budget in budgets:
        left_N = left_by(asked.logits_ONK, budget["thresholds"])
        if fault := _reached_fault(budget, _reached(left_N, asked)):
            return fault
    return ""


def _reached_fault(row: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """What is otherwise than told, beyond two images or a hundredth that rounding may move."""
    count = found["num_images"]
    moved = np.abs(np.subtract(found["exit_shares"], row["exit_shares"])).max()
    if count * moved > _most(count):
        return f"other images leave early with thresholds {row['thresholds']}"
    if count * abs(found["test_top1"] - row["test_top1"]) / 100 > _most(count):
        return (
            f"top-1 {found['test_top1']:.2f} %, not {row['test_top1']:.2f} %, with thresholds "
            f"{row['thresholds']}"
        )
    return ""


def _pace_fault(rows: Sequence[Mapping[str, Any]], seconds_R: NDArray[np.float64]) -> str:
    """Which two budgets take times in another proportion than told, in a clause; or empty."""
    told_R = np.log([row["ms"] for row in rows]) - np.log(seconds_R)
    most, least = int(told_R.argmax()), int(told_R.argmin())
    if told_R[most] - told_R[least] <= np.log(OTHER_PROPORTION):
        return ""
    told, found = rows[least]["ms"] / rows[most]["ms"], seconds_R[least] / seconds_R[most]
    return (
        f"with thresholds {rows[least]['thresholds']} an image takes {found:.2g} × the time that "
        f"it takes with {rows[most]['thresholds']}, not {told:.2g} ×"
    )


def left_by(logits_ONK: NDArray[np.float32], thresholds: Sequence[float]) -> NDArray[np.int64]:
    """The exit (N,), from 0, at which each image leaves: the first that is sure of it, or the last.

    Args:
        logits_ONK: what every exit says of every image.
        thresholds: of every exit; that of the last is not looked at.
    """
    early_EN = np.array([_confidence(logits_NK) for logits_NK in logits_ONK[:-1]])
    # As the file is given them.
    sure_EN = early_EN >= np.array(thresholds[: len(early_EN)], np.float32)[:, None]
    return np.vstack([sure_EN, np.ones((1, logits_ONK.shape[1]), bool)]).argmax(axis=0)


def spread(count: int) -> NDArray[np.int64]:
    """Places of so many images in one mixed order: files are often sorted by class."""
    return np.random.default_rng(0).permutation(count)


class _Walked(NamedTuple):
    """What was seen while a file was asked image by image.

    Attributes:
        thresholds_R: of each row.
        seconds_R: that all images together took; waiting for other work hardly counts.
        strays_R: how many left elsewhere than by what the exits say of them.
        num_images: that were asked about.
    """

    thresholds_R: Sequence[Sequence[float]]
    seconds_R: NDArray[np.float64]
    strays_R: NDArray[np.int64]
    num_images: int

    def fault(self) -> str:
        """Where too many images leave elsewhere, in a clause; or empty."""
        for thresholds, strays in zip(self.thresholds_R, self.strays_R, strict=True):
            if strays > _most(self.num_images):
                return (
                    f"{strays} of {self.num_images} images leave by other exits than those that "
                    f"are sure of them, with thresholds {list(thresholds)}"
                )
        return ""


def _walk(
    ask: Ask, thresholds_R: Sequence[Sequence[float]], left_RN: Sequence[NDArray[np.int64]],
    asked: "Asked",
) -> _Walked:
    """Ask about images one by one, with the thresholds of all rows in turns, the last of NEVER."""
    num_rows = len(thresholds_R)
    given = [thresholds[: len(asked.logits_ONK) - 1] for thresholds in thresholds_R]
    seconds_NR, strays_R = list[NDArray[np.float64]](), np.zeros(num_rows, np.int64)
    until, done = time.perf_counter() + TIMED_S, 0
    for place in spread(len(asked.labels_N)).tolist():
        image = asked.image(place)
        if done == 0:
            for each in given:
                ask(image, each)  # the first calls warm up
        seconds_NR.append(np.zeros(num_rows))
        # In turns to and fro: whoever comes second finds the processor as the other left it.
        for at in range(num_rows) if done % 2 else reversed(range(num_rows)):
            start = time.perf_counter()
            answers_kK = ask(image, given[at])
            seconds_NR[-1][at] = time.perf_counter() - start
            strays_R[at] += len(answers_kK) - 1 != left_RN[at][place]
        done += 1
        if done >= LEAST_IMAGES and time.perf_counter() > until:
            break
    most = INTERRUPTED * np.median([seconds_R[-1] for seconds_R in seconds_NR])
    return _Walked(thresholds_R, np.minimum(seconds_NR, most).sum(axis=0), strays_R, done)


def _reached(left_N: NDArray[np.int64], asked: "Asked") -> dict[str, Any]:
    """Where images leave, and how many of them are right there."""
    num_exits, count, _ = asked.logits_ONK.shape
    said_N = asked.logits_ONK[left_N, np.arange(count)].argmax(axis=1)
    return {
        "exit_shares": (np.bincount(left_N, minlength=num_exits) / count).tolist(),
        "test_top1": float(100 * np.mean(said_N == asked.labels_N)), "num_images": count,
    }


def _confidence(logits_NK: NDArray[np.float32]) -> NDArray[np.float32]:
    """The probability of the class that is taken for right."""
    powers_NK = np.exp(logits_NK - logits_NK.max(axis=1, keepdims=True))
    return powers_NK.max(axis=1) / powers_NK.sum(axis=1)


def _most(count: int) -> float:
    """So many images rounding may move."""
    return max(2.0, count / 100)


def _chosen(budgets: Sequence[Mapping[str, Any]], num_exits: int) -> list[dict[str, Any]]:
    """Some of the budgets, evenly apart in cost; without any, equal thresholds of all exits."""
    if not budgets:
        return [{"thresholds": [*[value] * (num_exits - 1), 0.0]} for value in PLAIN_THRESHOLDS]
    by_cost = sorted(budgets, key=lambda budget: budget["expected_multiply_adds"])
    places = np.linspace(0, len(by_cost) - 1, min(len(by_cost), MOST_BUDGETS)).round().astype(int)
    kept = ("thresholds", "expected_multiply_adds")
    return [{key: by_cost[at][key] for key in kept} for at in dict.fromkeys(places.tolist())]
