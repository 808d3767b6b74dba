"""Drawing a long curve with about two points a pixel, without losing a spike."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


def min_max(
    x: ArrayLike, y: ArrayLike, pixels: int, x_range: tuple[float, float] | None = None
) -> tuple[Floats, Floats]:
    """Return the points of a curve that its drawing on `pixels` columns needs.

    Of each pixel column the lowest and the highest point are kept, at their own x and in their
    order; so are the first and the last visible point and the nearest one outside on each side,
    so that the line enters and leaves the view where the whole curve would. A point that is not
    finite breaks the line: a column with such points keeps the first of them. Curves with at
    most two visible points a pixel come back whole.

    Args:
        x: (N,) ascending.
        y: (N,) values.
        pixels: width of the view.
        x_range: the x at its left and right edge; None shows the whole curve.
    """
    x_N, y_N = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if x_N.size == 0:
        return x_N, y_N
    left, right = x_range if x_range is not None else (float(x_N[0]), float(x_N[-1]))
    left, right, columns = min(left, right), max(left, right), max(pixels, 1)
    start = int(np.searchsorted(x_N, left, side="left"))
    stop = int(np.searchsorted(x_N, right, side="right"))
    outer = slice(max(start - 1, 0), stop + 1)
    if stop - start <= 2 * columns:
        return x_N[outer], y_N[outer]
    edges = np.linspace(left, right, columns + 1)[:-1]
    firsts = np.unique(np.searchsorted(x_N[start:stop], edges, side="left"))
    kept = start + _extremes(y_N[start:stop], firsts[firsts < stop - start])
    ends = [outer.start, start, stop - 1, min(stop, x_N.size - 1)]
    chosen = np.unique(np.concatenate([kept, np.asarray(ends, dtype=np.intp)]))
    return x_N[chosen], y_N[chosen]


def _extremes(y_N: Floats, firsts_C: Indices) -> Indices:
    """Where each column, given by its first point, has its minimum, maximum and first gap."""
    column_N = np.repeat(np.arange(firsts_C.size), np.diff(firsts_C, append=y_N.size))
    gap_N = ~np.isfinite(y_N)
    low_N = np.where(gap_N, np.inf, y_N)
    high_N = np.where(gap_N, -np.inf, y_N)
    at_low_N = ~gap_N & (low_N == np.minimum.reduceat(low_N, firsts_C)[column_N])
    at_high_N = ~gap_N & (high_N == np.maximum.reduceat(high_N, firsts_C)[column_N])
    found = [_first_of_each(column_N, mask) for mask in (at_low_N, at_high_N, gap_N)]
    return np.concatenate(found)


def _first_of_each(column_N: Indices, mask_N: NDArray[np.bool_]) -> Indices:
    """Where the mask is true for the first time in each column."""
    where = np.flatnonzero(mask_N)
    column = column_N[where]
    return where[np.diff(column, prepend=-1) > 0]
