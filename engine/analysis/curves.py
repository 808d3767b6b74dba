"""The mean curve of several seeds, with a band of one standard deviation."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Band:
    """Mean ± standard deviation over curves, at the steps that all of them have.

    Attributes:
        steps: (S,) ascending.
        mean: (S,) mean over curves; NaN where one of them is not finite.
        low: (S,) mean − standard deviation (n − 1 in the denominator; 0 for one curve).
        high: (S,) mean + standard deviation.
        n: number of curves.
    """

    steps: Floats
    mean: Floats
    low: Floats
    high: Floats
    n: int


def band(curves: Sequence[tuple[ArrayLike, ArrayLike]]) -> Band:
    """Return the mean curve with its band.

    Args:
        curves: (steps, values) of each seed, in any order of steps; of a step that a curve names
            twice, the later value counts, as after a resume.
    """
    known = [_by_step(steps, values) for steps, values in curves]
    if not known:
        nothing = np.empty(0)
        return Band(nothing, nothing, nothing, nothing, 0)
    steps_S = known[0][0]
    if all(np.array_equal(steps, steps_S) for steps, _ in known):  # as a rule
        y_CS = np.stack([values for _, values in known])
    else:
        steps_S = reduce(np.intersect1d, [steps for steps, _ in known])
        y_CS = np.stack([values[np.searchsorted(steps, steps_S)] for steps, values in known])
    y_CS[~np.isfinite(y_CS)] = np.nan
    # Equal curves have exactly their own mean, which a sum divided by n may miss by a bit.
    mean_S = np.clip(y_CS.mean(axis=0), y_CS.min(axis=0), y_CS.max(axis=0))
    std_S = np.sqrt(((y_CS - mean_S) ** 2).sum(axis=0) / max(len(known) - 1, 1))
    return Band(steps_S, mean_S, mean_S - std_S, mean_S + std_S, len(known))


def _by_step(steps: ArrayLike, values: ArrayLike) -> tuple[Floats, Floats]:
    """Sort by step, keeping the last value of each."""
    steps_N, y_N = np.asarray(steps, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if np.all(steps_N[1:] > steps_N[:-1]):
        return steps_N, y_N
    unique, first_from_end = np.unique(steps_N[::-1], return_index=True)
    return unique, y_N[::-1][first_from_end]
