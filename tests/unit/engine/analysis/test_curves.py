import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis.curves import band


def test_that_the_band_is_one_standard_deviation_over_the_common_steps():
    found = band([([1, 2, 3], [1.0, 2.0, 3.0]), ([2, 3, 4], [4.0, 5.0, 9.0])])
    assert found.steps.tolist() == [2, 3]
    assert found.mean.tolist() == [3.0, 4.0]
    assert found.high - found.mean == pytest.approx([np.sqrt(2)] * 2)
    assert found.mean - found.low == pytest.approx([np.sqrt(2)] * 2)
    assert found.n == 2


@settings(deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), max_size=20), st.integers(1, 5))
def test_that_equal_curves_are_their_own_mean_exactly(values: list[float], n: int):
    steps = list(range(len(values)))
    found = band([(steps, values)] * n)
    assert found.mean.tolist() == values
    assert found.low.tolist() == found.high.tolist() == values
    assert found.n == n


def test_that_no_curves_and_curves_without_common_steps_give_an_empty_band():
    assert (band([]).n, band([]).steps.size) == (0, 0)
    apart = band([([1], [1.0]), ([2], [2.0])])
    assert (apart.n, apart.mean.size, apart.low.size) == (2, 0, 0)


def test_that_a_point_that_is_not_finite_leaves_a_gap_in_the_band():
    found = band([([0, 1, 2], [1.0, np.nan, 1.0]), ([0, 1, 2], [3.0, 3.0, np.inf])])
    assert np.isnan(found.mean).tolist() == [False, True, True]
    assert np.isnan(found.low).tolist() == [False, True, True]


def test_that_a_step_written_again_after_a_resume_counts_once_with_its_later_value():
    found = band([([1, 2, 3, 2, 3], [1.0, 2.0, 3.0, 20.0, 30.0])])
    assert found.steps.tolist() == [1, 2, 3]
    assert found.mean.tolist() == [1.0, 20.0, 30.0]


def test_that_the_given_curves_are_left_alone():
    values = np.array([1.0, np.inf])
    band([(np.array([0.0, 1.0]), values)])
    assert values.tolist() == [1.0, np.inf]
