"""Which of several variants nobody beats in both what they reach and what they cost.

A front of means alone would name a winner from one seed, or from differences that are chance: of
every variant it is therefore said whether its seeds show where it stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.analysis.comparison import Group
from engine.analysis.intervals import ROUNDING, paired_difference
from engine.analysis.wording import MIN_SEEDS, verdict_on


@dataclass(frozen=True)
class Priced:
    """A variant and what it costs.

    Attributes:
        group: the variant.
        prices: of each of its runs of which it is known; at least one.
    """

    group: Group
    prices: tuple[float, ...]


@dataclass(frozen=True)
class Standing:
    """Where a variant stands to the front of the means.

    Attributes:
        on_front: whether its mean is on it.
        is_shown: whether the seeds show it: on it, that it reaches more than all that may cost no
            more; off it, that some that costs no more reaches more. As in a verdict, that takes
            `MIN_SEEDS` and an interval that excludes 0.
    """

    on_front: bool
    is_shown: bool


def standings(
    variants: Sequence[Priced], sign: int = 1, *, is_measured: bool = False
) -> list[Standing]:
    """Return where each of the variants stands among them.

    Args:
        variants: of the same images.
        sign: 1 where a higher value is better, −1 where a lower one is.
        is_measured: whether prices differ from measurement to measurement; then, too, it takes
            `MIN_SEEDS` and ranges that do not overlap to tell which is the lower.
    """
    means = [float(np.mean(each.prices)) for each in variants]
    front: list[int] = pareto_front(
        means, [each.group.mean for each in variants], sign
    ).tolist()
    fewest = MIN_SEEDS if is_measured else 1

    def is_surely_no_dearer(one: Priced, other: Priced) -> bool:
        can_be_told = min(len(one.prices), len(other.prices)) >= fewest
        return can_be_told and max(one.prices) <= min(other.prices)

    def is_surely_dearer(one: Priced, other: Priced) -> bool:
        can_be_told = min(len(one.prices), len(other.prices)) >= fewest
        return can_be_told and min(one.prices) > max(other.prices)

    def is_shown(at: int) -> bool:
        me = variants[at]
        if at in front:
            return all(
                is_surely_dearer(other, me) or _reaches_more(me.group, other.group, sign)
                for other in variants if other is not me
            )
        return any(
            is_surely_no_dearer(variants[best], me)
            and _reaches_more(variants[best].group, me.group, sign)
            for best in front
        )

    return [Standing(at in front, is_shown(at)) for at in range(len(variants))]


def pareto_front(
    costs: Sequence[float], values: Sequence[float], sign: int = 1
) -> NDArray[np.intp]:
    """Return the indices of those that no other beats, the cheapest first.

    One beats another if it costs no more and reaches no less, and one of both is not equal.
    Equals share the front. What only rounding tells apart is reached equally.

    Args:
        costs: less is better.
        values: what is reached.
        sign: 1 where a higher value is better, −1 where a lower one is.
    """
    cost_N, value_N = np.asarray(costs, np.float64), sign * np.asarray(values, np.float64)
    order = np.lexsort((-value_N, cost_N))  # of one cost, the best first
    cost_N, value_N = cost_N[order], value_N[order]
    ahead = np.maximum.accumulate(np.concatenate([[-np.inf], value_N]))[:-1]
    noise = ROUNDING * float(np.abs(value_N).max(initial=0.0))
    is_first_N = value_N > ahead + noise
    before_N = np.maximum.accumulate(np.where(is_first_N, np.arange(len(order)), 0))
    is_equal_N = (value_N >= value_N[before_N] - noise) & (cost_N == cost_N[before_N])
    return order[is_first_N | is_equal_N]


def _reaches_more(one: Group, other: Group, sign: int) -> bool:
    """Whether the seeds show that one is better than the other.

    Variants of one context are taken seed by seed, as a verdict does. Others have nothing in
    common within a seed: the intervals of their means must lie apart.
    """
    if sign * (one.mean - other.mean) <= 0 or min(one.n, other.n) < MIN_SEEDS:
        return False
    if one.context == other.context:
        ours, theirs = (dict(zip(g.seeds, g.values, strict=True)) for g in (one, other))
        return verdict_on(paired_difference(ours, theirs), sign) == "better"
    if one.interval is None or other.interval is None:
        return False
    if sign > 0:
        return one.interval.low > other.interval.high
    return one.interval.high < other.interval.low
