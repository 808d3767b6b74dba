"""Smoothing of curves, O(n), that invents nothing.

Where the input is not finite, the output repeats it and nothing else is touched. Both smoothers
are weighted means, and are held to the range of the values they average: a constant stays
exactly that constant, whatever the rounding, so an axis zoomed onto it shows no spikes.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def ema(values: ArrayLike, weight: float) -> Floats:
    """Return the exponential moving average of `values`, debiased.

    The first points are divided by the weight seen so far, s_t / (1 − weight^t), as in Kingma
    and Ba (2015), "Adam", section 3, so the curve does not start from zero.

    Args:
        values: (N,) curve; points that are not finite are passed over.
        weight: share of the past in each point, from 0 (no smoothing) to below 1.

    Raises:
        ValueError: the weight is out of range.
    """
    if not 0 <= weight < 1:
        raise ValueError(f"weight {weight} is not in [0, 1)")
    smooth_N = np.array(values, dtype=np.float64)
    finite_N = np.isfinite(smooth_N)
    seen_M = smooth_N[finite_N]
    if weight == 0 or seen_M.size == 0:
        return smooth_N
    # 0.8 s to import, and only someone who smooths needs it.
    from scipy.signal import (  # pyright: ignore[reportMissingTypeStubs]
        lfilter,  # pyright: ignore[reportUnknownVariableType]
    )

    recursion = ([1 - weight], [1, -weight])
    total_M: Floats = np.asarray(lfilter(*recursion, seen_M))
    share_M: Floats = np.asarray(lfilter(*recursion, np.ones_like(seen_M)))
    smooth_N[finite_N] = np.clip(
        total_M / share_M, np.minimum.accumulate(seen_M), np.maximum.accumulate(seen_M)
    )
    return smooth_N


def moving_mean(values: ArrayLike, window: int) -> Floats:
    """Return the mean of the finite points in a window around each point.

    At the ends the window is cut off. An even window reaches one point further back than ahead.

    Args:
        values: (N,) curve.
        window: number of points, at least 1.

    Raises:
        ValueError: the window holds no point.
    """
    if window < 1:
        raise ValueError(f"a window of {window} points holds none")
    curve_N = np.array(values, dtype=np.float64)
    finite_N = np.isfinite(curve_N)
    width = min(window, 2 * curve_N.size + 1)
    total_N = _sliding(np.add, np.where(finite_N, curve_N, 0), width, 0)
    count_N = _sliding(np.add, finite_N.astype(np.float64), width, 0)
    low_N = _sliding(np.minimum, np.where(finite_N, curve_N, np.inf), width, np.inf)
    high_N = _sliding(np.maximum, np.where(finite_N, curve_N, -np.inf), width, -np.inf)
    mean_N = np.clip(total_N / np.maximum(count_N, 1), low_N, high_N)
    return np.where(finite_N, mean_N, curve_N)


def _sliding(combine: np.ufunc, curve_N: Floats, window: int, neutral: float) -> Floats:
    """Combine the points of the window around each point.

    Cut into blocks as wide as the window, every window is the tail of one block and the head of
    the next (van Herk 1992, "A fast algorithm for local minimum and maximum filters"). Unlike a
    running sum, nothing is subtracted, so one huge point does not spoil those after its window.
    """
    n, before = curve_N.size, window // 2
    blocks = -(-(n + window) // window)
    padded = np.full(blocks * window, neutral, dtype=np.float64)
    padded[before : before + n] = curve_N
    blocks_BW = padded.reshape(blocks, window)
    heads: Floats = combine.accumulate(blocks_BW, axis=1).ravel()
    tails: Floats = combine.accumulate(blocks_BW[:, ::-1], axis=1)[:, ::-1].ravel()
    starts = np.arange(n)
    joined: Floats = combine(tails[:n], heads[starts + window - 1])
    return np.where(starts % window == 0, tails[:n], joined)
