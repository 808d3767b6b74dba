import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis.smoothing import ema, moving_mean

FINITE = st.floats(-1e12, 1e12)
CURVES = st.lists(FINITE | st.sampled_from([np.nan, np.inf, -np.inf]), max_size=40)
WEIGHTS = st.floats(0, 0.999)


def slow_ema(values: list[float], weight: float) -> list[float]:
    out, total, seen = [], 0.0, 0
    for value in values:
        if np.isfinite(value):
            total, seen = weight * total + (1 - weight) * value, seen + 1
            out.append(total / (1 - weight**seen))
        else:
            out.append(value)
    return out


def slow_mean(values: list[float], window: int) -> list[float]:
    out = []
    for i, value in enumerate(values):
        start = i - window // 2
        near = [v for v in values[max(start, 0) : start + window] if np.isfinite(v)]
        out.append(float(np.mean(near)) if np.isfinite(value) else value)
    return out


def test_that_the_average_is_debiased_as_by_hand():
    # 0.5·1 / 0.5, then (0.25·1 + 0.5·4) / 0.75, then (0.125·1 + 0.25·4 + 0.5·2) / 0.875
    assert ema([1.0, 4.0, 2.0], 0.5) == pytest.approx([1.0, 3.0, 2.125 / 0.875])


@pytest.mark.parametrize("weight", [0.1, 0.6, 0.99])
def test_that_the_average_of_a_noisy_curve_is_the_one_computed_step_by_step(weight: float):
    values = np.random.default_rng(0).normal(size=300).tolist()
    assert ema(values, weight) == pytest.approx(slow_ema(values, weight))


@settings(deadline=None)
@given(CURVES, WEIGHTS)
def test_that_the_average_is_the_one_computed_step_by_step(values: list[float], weight: float):
    expected = slow_ema(values, weight)
    assert ema(values, weight) == pytest.approx(expected, rel=1e-9, abs=1e-3, nan_ok=True)


@pytest.mark.parametrize("window", [1, 2, 3, 10, 99, 100, 250])
def test_that_the_moving_mean_of_a_noisy_curve_is_the_one_of_each_window(window: int):
    values = np.random.default_rng(0).normal(size=100).tolist()
    assert moving_mean(values, window) == pytest.approx(slow_mean(values, window))


@settings(deadline=None)
@given(CURVES, st.integers(1, 60))
def test_that_the_moving_mean_is_the_one_of_each_window(values: list[float], window: int):
    expected = slow_mean(values, window)
    assert moving_mean(values, window) == pytest.approx(expected, rel=1e-9, abs=1e-3, nan_ok=True)


@settings(deadline=None)
@given(FINITE, st.integers(1, 200), WEIGHTS, st.integers(1, 50))
def test_that_a_constant_stays_exactly_constant(c: float, n: int, weight: float, window: int):
    constant = np.full(n, c)
    assert (ema(constant, weight) == c).all()
    assert (moving_mean(constant, window) == c).all()


def test_that_a_stretch_of_constants_stays_exactly_constant_under_the_moving_mean():
    curve = np.concatenate([[1e16], np.full(50, 0.1), [3.0], np.full(50, 0.7)])
    smooth = moving_mean(curve, 5)
    assert (smooth[3:48] == 0.1).all()
    assert (smooth[55:] == 0.7).all()


def test_that_a_gap_stays_where_it_is_and_spoils_nothing_after_it():
    smooth = ema([1.0, np.nan, 1.0, np.inf, 1.0], 0.9)
    assert np.isnan(smooth[1])
    assert smooth[3] == np.inf
    assert (smooth[[0, 2, 4]] == 1.0).all()
    assert np.isnan(moving_mean([1.0, np.nan, 1.0], 3)).tolist() == [False, True, False]


@pytest.mark.parametrize("values", [[], [np.nan], [np.nan, np.nan], [2.0]])
def test_that_a_curve_with_nothing_to_average_comes_back(values: list[float]):
    assert np.array_equal(ema(values, 0.6), values, equal_nan=True)
    assert np.array_equal(moving_mean(values, 9), values, equal_nan=True)


def test_that_no_smoothing_changes_nothing_and_the_input_is_left_alone():
    curve = np.array([3.0, 1.0, 2.0])
    smooth = ema(curve, 0)
    smooth[0] = 9
    assert curve.tolist() == [3.0, 1.0, 2.0]
    assert moving_mean(curve, 1).tolist() == curve.tolist()


@pytest.mark.parametrize("weight", [-0.1, 1.0, np.nan])
def test_that_a_weight_out_of_range_is_refused(weight: float):
    with pytest.raises(ValueError, match="not in"):
        ema([1.0], weight)


def test_that_an_empty_window_is_refused():
    with pytest.raises(ValueError, match="window of 0"):
        moving_mean([1.0], 0)
