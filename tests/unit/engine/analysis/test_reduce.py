import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis.reduce import min_max

POINTS = st.lists(
    st.tuples(st.floats(0, 100), st.floats(-1e6, 1e6) | st.sampled_from([np.nan, np.inf])),
    max_size=120,
).map(lambda points: sorted(points, key=lambda p: p[0]))
RANGES = st.none() | st.tuples(st.floats(-20, 120), st.floats(-20, 120))


def columns(x: np.ndarray, pixels: int, left: float, right: float) -> np.ndarray:
    """The pixel column of each x, by the definition."""
    edges = np.linspace(left, right, pixels + 1)[:-1]
    return np.array([int(np.sum(edges <= value)) - 1 for value in x])


def same(a: np.ndarray, b: np.ndarray) -> bool:
    return np.array_equal(a, b, equal_nan=True)


@settings(deadline=None)
@given(POINTS, st.integers(1, 12), RANGES)
def test_that_every_column_keeps_what_brute_force_keeps(
    points: list[tuple[float, float]], pixels: int, x_range: tuple[float, float] | None
):
    x, y = np.array([p[0] for p in points]), np.array([p[1] for p in points])
    left, right = sorted(x_range) if x_range else (x[0], x[-1]) if x.size else (0, 0)
    visible = [i for i in range(len(x)) if left <= x[i] <= right]
    start = sum(x < left)
    stop = start + len(visible)
    outside = [i for i in (start - 1, stop) if 0 <= i < len(x)]
    wanted = set(visible) | set(outside)
    if len(visible) > 2 * pixels:
        wanted = {*outside, visible[0], visible[-1]}
        column = dict(zip(visible, columns(x[visible], pixels, left, right), strict=True))
        for c in set(column.values()):
            here = [i for i in visible if column[i] == c]
            finite = [i for i in here if np.isfinite(y[i])]
            wanted |= {i for i in here if not np.isfinite(y[i])} and {
                next(i for i in here if not np.isfinite(y[i]))
            }
            if finite:
                wanted |= {min(finite, key=lambda i: y[i]), max(finite, key=lambda i: y[i])}
    expected = sorted(wanted)
    reduced_x, reduced_y = min_max(x, y, pixels, x_range)
    assert same(reduced_x, x[expected])
    assert same(reduced_y, y[expected])


def test_that_a_single_spike_among_a_million_points_survives():
    x = np.arange(1_000_000.0)
    y = np.sin(x / 1e5)
    y[123_457], y[700_001] = 50.0, -50.0
    reduced_x, reduced_y = min_max(x, y, 800)
    assert len(reduced_x) <= 2 * 800 + 2
    assert reduced_x[reduced_y.argmax()] == 123_457
    assert reduced_x[reduced_y.argmin()] == 700_001
    assert (reduced_x[0], reduced_x[-1]) == (0, 999_999)


def test_that_zooming_in_brings_every_point_back():
    x = np.arange(10_000.0)
    y = np.random.default_rng(0).normal(size=x.size)
    reduced_x, reduced_y = min_max(x, y, 100, (5000.5, 5100.5))
    assert reduced_x.tolist() == list(range(5000, 5102))
    assert reduced_y.tolist() == y[5000:5102].tolist()


def test_that_a_view_between_two_points_keeps_the_line_through_it():
    assert min_max([0.0, 10.0], [1.0, 2.0], 100, (4.0, 5.0))[0].tolist() == [0.0, 10.0]


def test_that_a_gap_still_breaks_the_line():
    x = np.arange(1000.0)
    y = np.zeros(1000)
    y[405:455] = np.nan
    reduced_x, reduced_y = min_max(x, y, 10)
    broken = reduced_x[np.isnan(reduced_y)]
    assert broken.tolist() == [405.0]
    assert reduced_x[reduced_x < 405].size
    assert reduced_x[reduced_x > 455].size


@pytest.mark.parametrize("pixels", [0, -3, 1])
def test_that_a_view_without_width_is_one_column(pixels: int):
    x = np.arange(50.0)
    assert len(min_max(x, x, pixels)[0]) == 2
    assert len(min_max(np.zeros(50), x, pixels)[0]) == 2


def test_that_an_empty_curve_stays_empty():
    assert [a.size for a in min_max([], [], 100)] == [0, 0]
    assert [a.size for a in min_max([], [], 100, (0, 1))] == [0, 0]
