import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from engine.analysis.intervals import (
    ROUNDING,
    Interval,
    MeanStd,
    mean_std,
    paired_difference,
    wilson,
)

VALUES = st.floats(-1e6, 1e6)


def test_that_no_values_have_no_mean():
    assert (mean_std([]).n, mean_std([]).mean, mean_std([]).interval) == (0, None, None)


def test_that_one_value_has_a_mean_and_no_spread():
    assert (mean_std([71.5]).mean, mean_std([71.5]).std, mean_std([71.5]).interval) == (
        71.5, None, None
    )  # fmt: skip


def test_that_three_values_agree_with_a_calculation_by_hand():
    found = mean_std([1.0, 2.0, 3.0])
    assert (found.mean, found.std) == (2.0, 1.0)
    assert found.interval is not None
    # t(0.975, 2) = 4.302653, over √3
    assert found.interval.high - 2.0 == pytest.approx(2.484138, abs=1e-6)
    assert 2.0 - found.interval.low == pytest.approx(2.484138, abs=1e-6)


def stored(right: int, of: int = 450) -> float:
    """A share in per cent as a run keeps it."""
    return float(np.float32(100) * np.float32(right / of))


def test_that_one_image_in_every_seed_is_an_identical_difference():
    """Values are kept with 24 bits: their differences differ in the last, which is no spread."""
    b = {seed: stored(right) for seed, right in enumerate((440, 441, 444))}
    a = {seed: stored(right) for seed, right in enumerate((441, 442, 445))}
    assert len({a[seed] - b[seed] for seed in a}) > 1
    found = paired_difference(a, b)
    assert found.std == 0
    assert found.p_value is None


def test_that_differences_that_cancel_are_zero():
    b = {seed: stored(right) for seed, right in enumerate((448, 446, 446))}
    a = {seed: stored(right) for seed, right in enumerate((447, 447, 446))}
    assert sum(a[seed] - b[seed] for seed in a) != 0
    found = paired_difference(a, b)
    assert found.mean == 0
    assert found.interval is not None
    assert found.interval.low == -found.interval.high


@settings(deadline=None)
@given(st.lists(VALUES, min_size=2, max_size=12, unique_by=lambda x: round(x, 1)))
def test_that_the_interval_is_that_of_scipy(values: list[float]):
    found = mean_std(values)
    low, high = stats.t.interval(
        0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values)
    )
    assert found.interval is not None
    assert found.std == pytest.approx(np.std(values, ddof=1))
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=1e-6)


def test_that_a_diverged_seed_is_not_hidden_in_a_mean():
    found = mean_std([71.0, math.nan, 72.0])
    assert found.mean is not None
    assert math.isnan(found.mean)
    assert (found.n, found.std, found.interval) == (3, None, None)


def test_that_an_interval_holds_its_ends():
    assert 0.0 in Interval(0.0, 1.0)
    assert 1.0 in Interval(0.0, 1.0)
    assert 1.1 not in Interval(0.0, 1.0)


@settings(deadline=None)
@given(
    st.dictionaries(st.integers(0, 8), VALUES, max_size=9),
    st.dictionaries(st.integers(0, 8), VALUES, max_size=9),
)
def test_that_the_paired_test_is_that_of_scipy(a: dict[int, float], b: dict[int, float]):
    found = paired_difference(a, b)
    common = sorted(set(a) & set(b))
    assert found.seeds == tuple(common)
    assert found.n == len(common)
    differences = np.array([a[s] - b[s] for s in common])
    scale = max((abs(x) for s in common for x in (a[s], b[s])), default=0.0)
    spread, least = (max(least, 8 * ROUNDING * scale) for least in (1e-3, 1e-4))
    if len(common) < 2 or np.ptp(differences) < spread or abs(differences.mean()) < least:
        return  # no more than rounding
    reference = stats.ttest_rel([a[s] for s in common], [b[s] for s in common])
    low, high = reference.confidence_interval(0.95)
    assert found.interval is not None
    assert found.mean == pytest.approx(differences.mean(), abs=1e-6)
    assert found.p_value == pytest.approx(reference.pvalue, abs=1e-6)
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=1e-4)


def test_that_seeds_of_one_side_and_diverged_seeds_are_not_paired():
    found = paired_difference({0: 1.0, 1: 2.0, 2: math.nan}, {1: 1.5, 2: 1.0, 3: 9.0})
    assert (found.seeds, found.mean) == ((1,), 0.5)
    assert (found.std, found.interval, found.p_value) == (None, None, None)


def test_that_nothing_in_common_gives_no_difference():
    found = paired_difference({0: 1.0}, {1: 1.0})
    assert (found.n, found.mean, found.interval, found.p_value) == (0, None, None, None)


def test_that_equal_values_differ_by_nothing_and_prove_nothing():
    values = {0: 71.1, 1: 72.3, 2: 70.9}
    found = paired_difference(values, values)
    assert (found.mean, found.interval, found.p_value) == (0.0, None, 1.0)
    assert found.is_constant


def test_that_seeds_that_agree_give_a_mean_no_interval():
    assert mean_std([71.5, 71.5, 71.5]) == MeanStd(3, 71.5, 0.0, None)


def test_that_identical_differences_give_no_interval_and_no_p_value():
    # In floating point 71.3 − 70.3 and 72.4 − 71.4 are not the same number.
    found = paired_difference({0: 71.3, 1: 72.4, 2: 70.1}, {0: 70.3, 1: 71.4, 2: 69.1})
    assert found.mean == pytest.approx(1.0)
    assert found.mean is not None
    assert (found.std, found.interval, found.p_value) == (0.0, None, None)
    assert found.is_constant
    assert not paired_difference({0: 1.0}, {0: 0.0}).is_constant


@settings(deadline=None)
@given(st.dictionaries(st.integers(0, 5), VALUES), st.dictionaries(st.integers(0, 5), VALUES))
def test_that_swapping_the_sides_only_turns_the_sign(a: dict[int, float], b: dict[int, float]):
    one, other = paired_difference(a, b), paired_difference(b, a)
    assert one.p_value == other.p_value
    assert one.std == other.std
    if one.interval and other.interval:
        assert (one.interval.low, one.interval.high) == (-other.interval.high, -other.interval.low)


@pytest.mark.parametrize(("right", "n"), [(0, 1), (1, 1), (9, 10), (410, 450), (450, 450)])
def test_that_the_interval_of_a_proportion_is_wilsons(right: int, n: int):
    expected = stats.binomtest(right, n).proportion_ci(method="wilson")
    found = wilson(right / n, n)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
