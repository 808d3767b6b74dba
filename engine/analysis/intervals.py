"""Means over seeds and paired differences, with Student's t intervals; ratios of times.

Source: Student (1908), "The Probable Error of a Mean", Biometrika 6(1). Intervals are at 95 %
and are not corrected for how many variants are looked at.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

CONFIDENCE = 0.95
ROUNDING = 2.0**-20
"""A spread this small relative to the values is arithmetic, not a measurement: metrics are worked
out and kept with the 24 bits of float32."""


@dataclass(frozen=True)
class Interval:
    """A closed interval, in the unit of the values."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True)
class MeanStd:
    """A mean over seeds.

    Attributes:
        n: number of values.
        mean: their mean; None for none, NaN when one of them is not finite.
        std: standard deviation with n − 1 in the denominator; None for fewer than 2.
        interval: 95 % t interval of the mean; None for fewer than 2, and for equal values: an
            interval of no width would claim that further seeds can give nothing else.
    """

    n: int
    mean: float | None
    std: float | None
    interval: Interval | None


@dataclass(frozen=True)
class PairedDifference:
    """How much higher `a` is than `b`, seed by seed.

    Attributes:
        seeds: the seeds that both have, ascending.
        mean: mean of a − b; None without common seeds.
        std: standard deviation of the differences; None for fewer than 2.
        interval: 95 % t interval of the mean difference; None for fewer than 2, and for identical
            differences, which show no spread to tell chance by.
        p_value: two-sided, of the paired t test. 1 when a equals b in every seed. None for fewer
            than 2 seeds and for identical non-zero differences: without spread there is no
            t statistic, and a p value of 0 would claim more than a few seeds can.
    """

    seeds: tuple[int, ...]
    mean: float | None
    std: float | None
    interval: Interval | None
    p_value: float | None

    @property
    def n(self) -> int:
        """Number of common seeds."""
        return len(self.seeds)

    @property
    def is_constant(self) -> bool:
        """Whether it is the same in each of several seeds."""
        return self.n > 1 and self.std == 0


def mean_std(values: Sequence[float]) -> MeanStd:
    """Return mean, standard deviation and 95 % t interval of `values`, one per seed.

    A value that is not finite makes the mean NaN and leaves the rest None: a seed that diverged
    does not vanish from its group.
    """
    n = len(values)
    if n == 0:
        return MeanStd(0, None, None, None)
    x_N = np.asarray(values, dtype=np.float64)
    if not np.isfinite(x_N).all():
        return MeanStd(n, math.nan, None, None)
    mean = float(x_N.mean())
    if n == 1:
        return MeanStd(n, mean, None, None)
    std = float(x_N.std(ddof=1))
    if std <= ROUNDING * float(np.abs(x_N).max()):
        return MeanStd(n, float(x_N[0]), 0.0, None)
    half = _t_quantile(n - 1) * std / math.sqrt(n)
    return MeanStd(n, mean, std, Interval(mean - half, mean + half))


def wilson(share: float, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Interval of a proportion that was seen in `n` cases, within 0..1; of 95 %, if not said.

    Source: Wilson (1927), "Probable Inference, the Law of Succession, and Statistical Inference",
    Journal of the American Statistical Association 22(158).
    """
    from scipy.special import ndtri  # pyright: ignore[reportMissingTypeStubs]

    z = float(ndtri(0.5 + confidence / 2))
    middle = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return Interval(max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale))


def paired_difference(a: Mapping[int, float], b: Mapping[int, float]) -> PairedDifference:
    """Return the difference a − b over the seeds that both have a finite value for.

    Args:
        a: value by seed.
        b: value by seed, of the baseline.
    """
    common = sorted(
        seed for seed in a.keys() & b.keys() if math.isfinite(a[seed]) and math.isfinite(b[seed])
    )
    scale = max((abs(x) for seed in common for x in (a[seed], b[seed])), default=0.0)
    noise = ROUNDING * scale
    found = _around_zero(
        mean_std(_without_rounding([a[seed] - b[seed] for seed in common], noise)), noise
    )
    return PairedDifference(
        tuple(common), found.mean, found.std, found.interval, _p_value(found)
    )


def median_ratio(a: Sequence[float], b: Sequence[float]) -> tuple[float, float, float]:
    """Median of a/b over measurements taken in turn, and the interval it lies in (95 %).

    The interval is that of the sign test: it asks nothing of the distribution. Of fewer than six
    pairs it is the least and the greatest ratio, which says less than 95 %.
    """
    ratios = sorted(x / y for x, y in zip(a, b, strict=True))
    count = len(ratios)
    cut, tail = 0, 2 * 0.5**count
    while tail <= 0.05 and cut < (count - 1) // 2:
        cut += 1
        tail += 2 * math.comb(count, cut) * 0.5**count
    cut = max(cut - 1, 0)
    return statistics.median(ratios), ratios[cut], ratios[-1 - cut]


def _without_rounding(differences: list[float], noise: float) -> list[float]:
    """Make differences equal that only subtraction's rounding tells apart.

    71.3 − 70.3 and 72.3 − 71.3 differ in the last bits; a t test would take that for a spread.
    """
    if differences and max(differences) - min(differences) <= noise:
        first = differences[0] if max(map(abs, differences)) > noise else 0.0
        return [first] * len(differences)
    return differences


def _around_zero(found: MeanStd, noise: float) -> MeanStd:
    """Let differences cancel that only rounding keeps from it."""
    if found.mean is None or found.interval is None or not abs(found.mean) <= noise:
        return found
    half = (found.interval.high - found.interval.low) / 2
    return replace(found, mean=0.0, interval=Interval(-half, half))


def _p_value(difference: MeanStd) -> float | None:
    mean, std = difference.mean, difference.std
    if mean is None or std is None:
        return None
    if std == 0:
        return 1.0 if mean == 0 else None
    # Here and below: scipy.special takes 0.3 s to import, and scipy.stats three times that; a
    # runs table must not wait for either.
    from scipy.special import stdtr  # pyright: ignore[reportMissingTypeStubs]

    t = abs(mean) / (std / math.sqrt(difference.n))
    return float(2 * stdtr(difference.n - 1, -t))


def _t_quantile(degrees_of_freedom: int) -> float:
    from scipy.special import stdtrit  # pyright: ignore[reportMissingTypeStubs]

    return float(stdtrit(degrees_of_freedom, 0.5 + CONFIDENCE / 2))
