"""What images cost and reach that leave a file at the first exit that is sure of them.

Legend: N images, k exits passed, K classes.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ask = Callable[[NDArray[np.generic], Sequence[float]], NDArray[np.float32]]
"""One image and the thresholds of all exits but the last → what the exits it passed say, (k, K)."""

MOST_BUDGETS = 7
PLAIN_THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99)
"""Of all exits alike, where none were chosen on validation images."""
NEVER = 2.0
"""A threshold that no confidence reaches."""
TIMED_S, LEAST_IMAGES = 3.0, 50
"""All budgets together are timed for so long, on so many images at least."""


def measure_leaving(
    ask: Ask, num_exits: int, budgets: Sequence[Mapping[str, Any]],
    images: Iterator[NDArray[np.generic]], labels_N: NDArray[np.int64],
) -> list[dict[str, Any]]:
    """Ask a file about images one by one, with the thresholds of several budgets in turns.

    Args:
        ask: asks the file.
        num_exits: that it has.
        budgets: with `thresholds` that were chosen on validation images; may be none.
        images: test images, as the file takes them, each alone.
        labels_N: their classes.

    Returns:
        A row for each budget and one for images that never leave: `thresholds`, `ms` of an image on
        average, `exit_shares`, `test_top1` and `num_images`; what else the budget says.
    """
    rows = [*_chosen(budgets, num_exits), {"thresholds": [NEVER] * num_exits}]
    thresholds = [row["thresholds"][: num_exits - 1] for row in rows]
    seconds, right = np.zeros(len(rows)), np.zeros(len(rows))
    left = np.zeros((len(rows), num_exits))
    until, done = time.perf_counter() + TIMED_S, 0
    for image, label in zip(images, labels_N, strict=True):
        if done == 0:
            for each in thresholds:
                ask(image, each)  # the first calls warm up
        # In turns to and fro: whoever comes second finds the processor as the other left it.
        for at in range(len(rows)) if done % 2 else reversed(range(len(rows))):
            start = time.perf_counter()
            answers_kK = ask(image, thresholds[at])
            seconds[at] += time.perf_counter() - start
            left[at, len(answers_kK) - 1] += 1
            right[at] += answers_kK[-1].argmax() == label
        done += 1
        if done >= LEAST_IMAGES and time.perf_counter() > until:
            break
    return [
        {
            **row, "ms": 1e3 * seconds[at] / done, "exit_shares": (left[at] / done).tolist(),
            "test_top1": 100 * right[at] / done, "num_images": done,
        }
        for at, row in enumerate(rows)
    ]


def leaving_fault(
    ask: Ask, rows: Sequence[Mapping[str, Any]], images: Iterator[NDArray[np.generic]],
    labels_N: NDArray[np.int64],
) -> str:
    """Ask a file again with the thresholds of every budget, about the images they were measured on.

    Args:
        ask: asks the file.
        rows: what `measure_leaving` found.
        images: as it was given them.
        labels_N: their classes.

    Returns:
        What is otherwise now, beyond two images or a hundredth that rounding may move; or empty.
    """
    counts = {row["num_images"] for row in rows}
    if not rows or len(counts) > 1 or max(counts) > len(labels_N):
        return "budgets that were not measured on these images" if rows else ""
    count = counts.pop()
    some = list(islice(images, count))
    for row in rows:
        num_exits = len(row["exit_shares"])
        left, right = np.zeros(num_exits), 0
        for image, label in zip(some, labels_N, strict=False):
            answers_kK = ask(image, row["thresholds"][: num_exits - 1])
            left[len(answers_kK) - 1] += 1
            right += int(answers_kK[-1].argmax() == label)
        most = max(2.0, count / 100)
        if np.abs(left - count * np.array(row["exit_shares"])).max() > most:
            return f"other images leave early with thresholds {row['thresholds']}"
        if abs(right - count * row["test_top1"] / 100) > most:
            return (
                f"top-1 {100 * right / count:.2f} %, not {row['test_top1']:.2f} %, with thresholds "
                f"{row['thresholds']}"
            )
    return ""


def _chosen(budgets: Sequence[Mapping[str, Any]], num_exits: int) -> list[dict[str, Any]]:
    """Some of the budgets, evenly apart in cost; without any, equal thresholds of all exits."""
    if not budgets:
        return [{"thresholds": [*[value] * (num_exits - 1), 0.0]} for value in PLAIN_THRESHOLDS]
    by_cost = sorted(budgets, key=lambda budget: budget["expected_multiply_adds"])
    places = np.linspace(0, len(by_cost) - 1, min(len(by_cost), MOST_BUDGETS)).round().astype(int)
    kept = ("thresholds", "expected_multiply_adds")
    return [{key: by_cost[at][key] for key in kept} for at in dict.fromkeys(places.tolist())]
