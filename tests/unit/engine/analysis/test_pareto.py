import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analysis.compare import compare
from engine.analysis.pareto import Priced, Standing, pareto_front, standings
from tests.unit.engine.analysis.test_compare import results

COSTS, VALUES = [3.0, 1.0, 2.0, 2.0, 4.0], [80.0, 70.0, 60.0, 75.0, 80.0]


def test_that_what_is_beaten_is_not_on_the_front():
    assert pareto_front(COSTS, VALUES).tolist() == [1, 3, 0]


def test_that_a_loss_counts_the_other_way_round():
    assert pareto_front(COSTS, VALUES, -1).tolist() == [1, 2]


def test_that_nothing_has_no_front():
    assert pareto_front([], []).tolist() == []


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1), st.sampled_from([1, -1])
)
def test_that_every_other_is_beaten_or_equal(pairs, sign):
    costs, values = (list(map(float, part)) for part in zip(*pairs, strict=True))
    front = pareto_front(costs, values, sign)
    assert np.all(np.diff([costs[at] for at in front]) >= 0)
    assert len(set(front)) == len(front)
    for cost, value in pairs:
        assert any(costs[at] <= cost and sign * values[at] >= sign * value for at in front)
    for at in front:
        beaten = [
            c <= costs[at] and sign * v >= sign * values[at] and (c, v) != (costs[at], values[at])
            for c, v in pairs
        ]
        assert not any(beaten)
        assert all(other in front for other, pair in enumerate(pairs) if pair == pairs[at])


def test_that_equals_share_the_front():
    assert pareto_front([5.0, 5.0, 9.0, 5.0], [99.1, 99.1, 99.1, 90.0]).tolist() == [0, 1]
    assert pareto_front([5.0, 5.0], [0.3, 0.3], -1).tolist() == [0, 1]


def test_that_rounding_puts_nothing_dearer_on_the_front():
    stored = [np.float32(100) * np.float32(np.array(right) / 450)  # as runs keep them
              for right in ([448, 446, 446], [447, 447, 446])]
    means = [float(values.mean(dtype=np.float64)) for values in stored]
    assert means[1] != means[0]
    assert pareto_front([1.0, 2.0], sorted(means)).tolist() == [0]
    assert pareto_front([1.0, 1.0], means).tolist() in ([0, 1], [1, 0])


@pytest.mark.parametrize("sign", [1, -1])
def test_that_one_variant_is_its_own_front(sign):
    assert pareto_front([2.0], [1.0], sign).tolist() == [0]


SHOWN_ON, SHOWN_OFF = Standing(True, True), Standing(False, True)
MEAN_ON, MEAN_OFF = Standing(True, False), Standing(False, False)


def found(values, prices, sign=1, contexts=(), *, is_measured=False):
    """Where variants stand, in the order in which their values by seed are given."""
    runs = [
        run for at, each in enumerate(values) for run in results(
            f"m{at}", each, first=100 * at, context=contexts[at] if contexts else "c")
    ]
    groups = {group.method: group for group in compare(runs, baseline="m0").groups}
    priced = [Priced(groups[f"m{at}"], tuple(each)) for at, each in enumerate(prices)]
    return standings(priced, sign, is_measured=is_measured)


LOW, HIGH, NOISY = (70.0, 71.0, 72.0), (71.1, 72.2, 73.3), (75.0, 69.0, 72.5)
ONE, TWO = (1.0,) * 3, (2.0,) * 3


def test_that_one_seed_shows_no_front():
    assert found([LOW[:1], HIGH[:1]], [ONE[:1], ONE[:1]]) == [MEAN_OFF, MEAN_ON]


def test_that_at_one_price_what_is_shown_to_reach_less_is_off_the_front():
    assert found([LOW, HIGH], [ONE, ONE]) == [SHOWN_OFF, SHOWN_ON]
    assert found([LOW, HIGH], [ONE, ONE], -1) == [SHOWN_ON, SHOWN_OFF]


def test_that_what_shows_no_difference_stands_by_mean_only():
    assert found([LOW, NOISY], [ONE, ONE]) == [MEAN_OFF, MEAN_ON]


def test_that_the_cheapest_is_on_the_front_whatever_it_reaches():
    assert found([LOW, HIGH], [ONE, TWO]) == [SHOWN_ON, SHOWN_ON]
    assert found([LOW[:1], HIGH[:1]], [ONE[:1], TWO[:1]]) == [SHOWN_ON, MEAN_ON]
    assert found([HIGH, LOW], [ONE, TWO]) == [SHOWN_ON, SHOWN_OFF]


def test_that_variants_of_other_settings_are_told_apart_by_their_intervals():
    apart = [LOW, tuple(value + 9 for value in LOW)]
    assert found(apart, [ONE, ONE], contexts="cd") == [SHOWN_OFF, SHOWN_ON]
    assert found(apart, [ONE, ONE], -1, "cd") == [SHOWN_ON, SHOWN_OFF]
    assert found([LOW, HIGH], [ONE, ONE], contexts="cd") == [MEAN_OFF, MEAN_ON], "they overlap"


def test_that_seeds_that_agree_show_no_front():
    equal, more = (70.0,) * 3, tuple(value + 1 for value in LOW)
    assert found([LOW, more], [ONE, ONE]) == [MEAN_OFF, MEAN_ON]
    assert found([equal, HIGH], [ONE, ONE], contexts="cd") == [MEAN_OFF, MEAN_ON]


def test_that_a_measured_price_is_lower_only_where_ranges_lie_apart():
    overlapping = [(10.0, 11.0, 12.0), (11.5, 12.5, 13.5)]
    assert found([LOW, HIGH], overlapping, is_measured=True) == [MEAN_ON, SHOWN_ON]
    assert found([HIGH, LOW], overlapping, is_measured=True) == [SHOWN_ON, MEAN_OFF]
    assert found([LOW, HIGH], [(1.0,), (2.0,)], is_measured=True) == [MEAN_ON, SHOWN_ON]
    apart = [(10.0, 11.0, 12.0), (12.5, 13.0, 13.5)]
    assert found([LOW, HIGH], apart, is_measured=True) == [SHOWN_ON, SHOWN_ON]


def test_that_nothing_has_no_standing():
    assert standings([]) == []
