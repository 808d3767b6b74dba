"""Drawing a long curve by pixel columns, without losing a spike."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_BLOCK = 256


def visible(x_N: Floats, x_range: tuple[float, float]) -> slice:
    """Return the points within a range of x and the nearest one outside on each side.

    A line through them enters and leaves the range where the whole curve would.

    Args:
        x_N: (N,) ascending.
        x_range: least and greatest x.
    """
    left, right = min(x_range), max(x_range)
    start = int(np.searchsorted(x_N, left, side="left"))
    stop = int(np.searchsorted(x_N, right, side="right"))
    return slice(max(start - 1, 0), stop + 1)


def column_extents(
    x_N: Floats, y_N: Floats, edges_C1: Floats
) -> tuple[Floats, Floats]:
    """Return the lowest and the highest value that a curve takes in each pixel column.

    The curve is the line through its points. It is taken with its values where it crosses the
    columns' edges, so that neighbouring columns touch.

    Args:
        x_N: (N,) ascending.
        y_N: (N,) values; one that is not a number breaks the line.
        edges_C1: (C + 1,) ascending, where the C columns begin and the last one ends.

    Returns:
        lows (C,) and highs (C,), which are not a number where there is no line.
    """
    num_columns = len(edges_C1) - 1
    if not len(x_N):
        return np.full(num_columns, np.nan), np.full(num_columns, np.nan)
    crossings_C1 = np.interp(edges_C1, x_N, y_N, left=np.nan, right=np.nan)
    low_C = np.fmin(crossings_C1[:-1], crossings_C1[1:])
    high_C = np.fmax(crossings_C1[:-1], crossings_C1[1:])
    bounds_C1 = np.searchsorted(x_N, edges_C1, side="left")
    bounds_C1[-1] = np.searchsorted(x_N, edges_C1[-1], side="right")
    with_points = np.flatnonzero(np.diff(bounds_C1))
    if len(with_points):
        firsts, end = bounds_C1[with_points], bounds_C1[-1]
        low_C[with_points] = np.fmin(low_C[with_points], np.fmin.reduceat(y_N[:end], firsts))
        high_C[with_points] = np.fmax(high_C[with_points], np.fmax.reduceat(y_N[:end], firsts))
    return low_C, high_C


class Extremes:
    """The lowest and highest value of any part of a curve, without reading all of the part."""

    def __init__(self, y_N: Floats) -> None:
        """Read the curve once.

        Args:
            y_N: (N,) values; those that are not a number are passed over.
        """
        self._y_N = y_N
        firsts = np.arange(0, len(y_N), _BLOCK)
        self._low_B = np.fmin.reduceat(y_N, firsts) if len(y_N) else y_N
        self._high_B = np.fmax.reduceat(y_N, firsts) if len(y_N) else y_N

    def within(self, part: slice) -> tuple[float, float]:
        """Return lowest and highest value of a part; infinity and -infinity where it has none."""
        start, stop, _ = part.indices(len(self._y_N))
        first, last = -(-start // _BLOCK), stop // _BLOCK  # the blocks that lie within
        if first >= last:
            y = self._y_N[start:stop]
            return _least(y), -_least(-y)
        ends = np.concatenate([self._y_N[start : first * _BLOCK], self._y_N[last * _BLOCK : stop]])
        return (
            min(_least(self._low_B[first:last]), _least(ends)),
            -min(_least(-self._high_B[first:last]), _least(-ends)),
        )


def _least(y_N: Floats) -> float:
    return float(np.fmin.reduce(y_N, initial=np.inf))
