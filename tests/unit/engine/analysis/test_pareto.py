import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analysis.pareto import pareto_front

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
    assert np.all(np.diff([costs[at] for at in front]) > 0)
    for cost, value in pairs:
        assert any(costs[at] <= cost and sign * values[at] >= sign * value for at in front)
    for at in front:
        beaten = [
            c <= costs[at] and sign * v >= sign * values[at] and (c, v) != (costs[at], values[at])
            for c, v in pairs
        ]
        assert not any(beaten)


@pytest.mark.parametrize("sign", [1, -1])
def test_that_one_variant_is_its_own_front(sign):
    assert pareto_front([2.0], [1.0], sign).tolist() == [0]
