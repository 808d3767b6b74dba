import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.analysis.dynamic import (
    BUDGETS,
    CostCurve,
    ExitAnswers,
    anytime,
    budgeted,
    choose_thresholds,
    exit_shares,
    exits_taken,
    from_json,
    over_seeds,
    variant_curves,
)
from engine.analysis.results import RunResult

# Six images, three exits.
CONFIDENCE = np.array([
    [0.9, 0.8, 0.7, 0.6, 0.5, 0.4],
    [0.5, 0.5, 0.95, 0.2, 0.8, 0.3],
    [0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
])
CORRECT = np.array([[1, 1, 0, 0, 0, 0], [1, 1, 1, 0, 1, 0], [1, 1, 1, 1, 1, 0]], bool)
ANSWERS = ExitAnswers(CONFIDENCE, CORRECT)
COST = (10.0, 20.0, 40.0)


def test_that_anytime_is_the_accuracy_of_every_exit_on_all_images():
    curve = anytime(ANSWERS, COST)
    assert curve.cost == COST
    assert curve.top1 == pytest.approx((100 / 3, 200 / 3, 500 / 6))


def test_that_the_shares_grow_with_the_power_of_q():
    assert exit_shares(3, 2.0) == pytest.approx([2 / 14, 4 / 14, 8 / 14])
    assert exit_shares(4, 1.0) == pytest.approx([0.25] * 4)
    assert exit_shares(3, 0.05)[0] > 0.9
    assert (BUDGETS[0], BUDGETS[-1], len(BUDGETS)) == (0.05, 1.95, 39)


def test_that_each_exit_takes_the_most_confident_of_those_that_are_left():
    thresholds = choose_thresholds(CONFIDENCE, np.array([1 / 3, 1 / 3, 1 / 3]))
    # Exit 1 takes images 0 and 1; of the rest exit 2 is surest of 2 and 4.
    assert thresholds == pytest.approx([0.8, 0.8, 0.0])
    assert exits_taken(CONFIDENCE, thresholds).tolist() == [0, 0, 1, 2, 1, 2]


def test_that_an_exit_without_a_share_takes_nothing():
    thresholds = choose_thresholds(CONFIDENCE, np.array([0.0, 0.1, 0.9]))
    assert (thresholds[:2] > 1).all()
    assert exits_taken(np.ones((3, 5)), thresholds).tolist() == [2] * 5


def test_that_the_budget_is_kept_in_mean_cost_and_shares():
    curve = budgeted(ANSWERS, ANSWERS, COST, budgets=[1.0])
    assert curve.shares == ((pytest.approx(1 / 3),) * 3,)
    assert curve.cost == (pytest.approx(70 / 3),)
    # Right: 0 and 1 at exit 1; 2 and 4 at exit 2; 3 at exit 3.
    assert curve.top1 == (pytest.approx(500 / 6),)


def test_that_thresholds_come_from_the_held_out_images_alone():
    sure = ExitAnswers(np.ones_like(CONFIDENCE), CORRECT)
    curve = budgeted(ANSWERS, sure, COST, budgets=[1.0])
    assert curve.thresholds == (pytest.approx((0.8, 0.8, 0.0)),)
    assert curve.shares == ((1.0, 0.0, 0.0),)
    assert curve.top1 == (pytest.approx(100 / 3),)


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.float64, (4, 37), elements=st.floats(0.0, 1.0)), st.sampled_from(BUDGETS)
)
def test_that_on_the_images_they_were_chosen_on_no_exit_takes_less_than_asked(confidence, q):
    shares = exit_shares(4, q)
    taken = exits_taken(confidence, choose_thresholds(confidence, shares))
    so_far = wanted = 0
    for k in range(3):  # ties may let more go early, never fewer
        so_far += int((taken == k).sum())
        wanted += int(37 * shares[k])
        assert so_far >= wanted
    assert len(taken) == 37


def test_that_a_curve_survives_being_stored():
    curve = budgeted(ANSWERS, ANSWERS, COST)
    assert from_json(curve.to_json()) == curve


def curve(*top1):
    return CostCurve("anytime", COST, top1)


def test_that_seeds_are_averaged_point_by_point_with_intervals():
    points = over_seeds([curve(10, 20, 30), curve(14, 20, 36)])
    assert [p.top1 for p in points] == [12, 20, 33]
    assert [p.cost for p in points] == list(COST)
    half = 12.7062 * np.std([10, 14], ddof=1) / np.sqrt(2)  # t(0.975) of one degree of freedom
    assert (points[0].low, points[0].high) == pytest.approx((12 - half, 12 + half), rel=1e-4)
    assert over_seeds([curve(1, 2, 3)])[0].low is None


def test_that_curves_with_other_points_are_not_averaged():
    with pytest.raises(ValueError, match=r"shorter|longer"):
        over_seeds([curve(10, 20, 30), CostCurve("anytime", COST[:2], (1.0, 2.0))])


def result(run, seed, method="plain"):
    return RunResult(
        run=run, name="e", seed=seed, method=method, backbone="msd", dataset="digits",
        digest=method * 3, context="c", state="completed", metrics={}, params_training=1,
        params_deployed=1, seconds=1.0,
    )


def stored(run, weights, *top1):
    return run, {**curve(*top1).to_json(), "weights": weights, "step": 5}


def test_that_curves_are_gathered_by_variant_and_the_later_of_two_equal_runs_counts():
    runs = [result(1, 0), result(2, 1), result(3, 0), result(4, 0, "dml"), result(5, 7)]
    kept = [stored(1, "last", 0, 0, 0), stored(2, "last", 2, 2, 2), stored(3, "last", 4, 4, 4),
            stored(4, "last", 9, 9, 9)]
    plain, dml = variant_curves(runs, kept, "anytime")
    assert (plain.label, plain.seeds, dml.seeds) == ("plain", (0, 1), (0,))
    assert [p.top1 for p in plain.points] == [3, 3, 3]
    assert variant_curves(runs, kept, "budgeted") == []


def test_that_where_the_best_weights_are_the_last_their_curve_stands_for_both():
    kept = [stored(1, "last", 1, 1, 1), stored(1, "best", 5, 5, 5), stored(2, "last", 7, 7, 7)]
    [best] = variant_curves([result(1, 0), result(2, 1)], kept, "anytime", "best")
    assert [p.top1 for p in best.points] == [6, 6, 6]
