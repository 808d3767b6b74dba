import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis.reduce import Extremes, column_extents, visible

POINTS = st.lists(
    st.tuples(st.floats(0, 100), st.floats(-1e6, 1e6) | st.just(np.nan)), max_size=80,
).map(lambda points: sorted({p[0]: p for p in points}.values()))
RANGES = st.tuples(st.floats(-20, 120), st.floats(-20, 120)).filter(lambda r: r[1] - r[0] > 1e-3)


def same(a: object, b: object) -> bool:
    return np.allclose(np.asarray(a), np.asarray(b), rtol=1e-9, atol=1e-6, equal_nan=True)


def line_at(x: np.ndarray, y: np.ndarray, where: float) -> float:
    """The value of the line through the points, by its definition."""
    for left, right in zip(range(len(x) - 1), range(1, len(x)), strict=True):
        if x[left] <= where <= x[right]:
            share = (where - x[left]) / (x[right] - x[left])
            if share in (0, 1):
                return float(y[left] if share == 0 else y[right])
            return float(y[left] + share * (y[right] - y[left]))
    return float(y[0]) if len(x) == 1 and x[0] == where else np.nan


@settings(deadline=None)
@given(POINTS, st.integers(1, 12), RANGES)
def test_that_a_column_reaches_as_far_as_the_line_in_it(
    points: list[tuple[float, float]], columns: int, x_range: tuple[float, float]
):
    x, y = np.array([p[0] for p in points]), np.array([p[1] for p in points])
    edges = np.linspace(*x_range, columns + 1)
    low, high = column_extents(x, y, edges)
    for at in range(columns):
        last = at == columns - 1
        inside = (x >= edges[at]) & ((x <= edges[at + 1]) if last else (x < edges[at + 1]))
        values = [*y[inside], line_at(x, y, edges[at]), line_at(x, y, edges[at + 1])]
        values = [value for value in values if not np.isnan(value)]
        assert same(low[at], min(values, default=np.nan))
        assert same(high[at], max(values, default=np.nan))


def test_that_neighbouring_columns_touch():
    x = np.arange(10_000.0)
    y = np.random.default_rng(0).normal(size=10_000)
    low, high = column_extents(x, y, np.linspace(0, 9999, 301))
    assert (np.maximum(low[1:], low[:-1]) <= np.minimum(high[1:], high[:-1])).all()


def test_that_a_single_spike_among_a_million_points_survives():
    x = np.arange(1_000_000.0)
    y = np.sin(x / 1e5)
    y[123_457], y[700_001] = 50.0, -50.0
    low, high = column_extents(x, y, np.linspace(0, 1_000_000, 801))
    assert high.max() == 50.0
    assert high.argmax() == 123_457 // 1250
    assert low.min() == -50.0
    assert low.argmin() == 700_001 // 1250


def test_that_a_hole_in_a_curve_stays_a_hole():
    x = np.arange(100.0)
    y = np.where((x >= 40) & (x <= 60), np.nan, 1.0)
    low, _ = column_extents(x, y, np.linspace(0, 100, 11))
    np.testing.assert_array_equal(np.isnan(low), [False] * 4 + [True] * 2 + [False] * 4)


@given(POINTS, RANGES)
def test_that_what_is_visible_has_a_neighbour_on_each_side(
    points: list[tuple[float, float]], x_range: tuple[float, float]
):
    x = np.array([p[0] for p in points])
    seen = [i for i in range(len(x)) if x_range[0] <= x[i] <= x_range[1]]
    before = [i for i in range(len(x)) if x[i] < x_range[0]][-1:]
    after = [i for i in range(len(x)) if x[i] > x_range[1]][:1]
    assert list(range(len(x)))[visible(x, x_range)] == [*before, *seen, *after]


@settings(deadline=None)
@given(st.integers(0, 2000), st.integers(0, 2000), st.integers(0, 2000), st.integers(0, 9))
def test_that_extremes_of_a_part_are_those_of_its_values(size: int, a: int, b: int, seed: int):
    rng = np.random.default_rng(seed)
    y = np.where(rng.random(size) < 0.1, np.nan, rng.normal(size=size))
    part = y[slice(min(a, b), max(a, b))]
    part = part[~np.isnan(part)]
    wanted = (part.min(), part.max()) if part.size else (np.inf, -np.inf)
    assert Extremes(y).within(slice(min(a, b), max(a, b))) == wanted
