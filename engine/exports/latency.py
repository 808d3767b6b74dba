"""How long a file takes beside the plain backbone's, written in the same way.

Legend: B batch.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.analysis.intervals import median_ratio

Predict = Callable[[NDArray[np.generic]], object]
TIMED_BATCHES = (1, 32)
LEAST_CALLS, MOST_CALLS, TIMED_S = 9, 200, 0.5
"""Two files are called so often each, at least and at most, and for so long together between.

Nine pairs are the fewest whose interval of 95 % leaves out the least and the greatest ratio.
"""

OTHER_PACE = 3.0
"""So many times as long as the plain backbone's, or so much quicker: not the same operators.

Judged by the nearer end of the interval: other work of a machine hits now one file, now the other.
"""


def latency(
    pair: tuple[Predict, Predict], images: Callable[[int], NDArray[np.generic]]
) -> list[dict[str, Any]]:
    """Time two files in turns, by batch size.

    Args:
        pair: the file, and the plain backbone's.
        images: so many of them, as the files take them.

    Returns:
        `batch`, `ms` and `plain_ms` (medians), `ratio` (the median over pairs of calls, one of each
        file), `ratio_interval` (of 95 %) and `calls` of each file.
    """
    found: list[dict[str, Any]] = []
    for size in TIMED_BATCHES:
        own, plain = _in_turns(pair, images(size))
        ratio, low, high = median_ratio(own, plain)
        found.append({
            "batch": size, "ms": 1e3 * statistics.median(own),
            "plain_ms": 1e3 * statistics.median(plain), "ratio": ratio,
            "ratio_interval": [low, high], "calls": len(own),
        })
    return found


def is_of_another_pace(timed: Mapping[str, Any]) -> bool:
    """Whether a file is slower or quicker than the plain backbone's, which is as large, can be."""
    low, high = timed["ratio_interval"]
    return low > OTHER_PACE or high < 1 / OTHER_PACE


def ratio_text(timed: Mapping[str, Any]) -> str:
    """A ratio with the interval that it lies in."""
    low, high = timed["ratio_interval"]
    return f"{timed['ratio']:.2f} ({low:.2f} to {high:.2f})"


def _in_turns(
    pair: tuple[Predict, Predict], x: NDArray[np.generic]
) -> tuple[list[float], list[float]]:
    """Seconds of each call, without the first, which warms up."""
    times: tuple[list[float], list[float]] = ([], [])
    turns = [*zip(pair, times, strict=True)]
    for predict in pair:
        predict(x)
    until = time.perf_counter() + TIMED_S
    while len(times[0]) < LEAST_CALLS or (
        len(times[0]) < MOST_CALLS and time.perf_counter() < until
    ):
        for predict, each in turns:
            start = time.perf_counter()
            predict(x)
            each.append(time.perf_counter() - start)
        turns.reverse()  # whoever comes second finds the processor as the other left it
    return times
