from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from engine.analysis.answers import (
    Flip,
    Pair,
    class_differences,
    confusion_difference,
    find_flips,
    pair_up,
    step_of_test,
)
from engine.analysis.compare import compare
from engine.analysis.comparison import baseline_of
from engine.analysis.mcnemar import mcnemar, pair_tests
from engine.analysis.results import RunResult
from engine.spec.errors import DataError
from engine.spec.rows import Summary

LABELS = [0, 0, 1, 1, 2, 2]


class Said(NamedTuple):
    labels: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray


def said(predicted, labels=LABELS):
    return Said(np.array(labels), np.array(predicted), np.full(len(labels), 0.5, np.float32))


def pair(ours, rivals, seed=0, labels=LABELS):
    return Pair(seed, 10 + seed, seed, said(ours, labels), said(rivals, labels))


def result(run, seed, method):
    return RunResult(
        run=run, name="e", seed=seed, method=method, backbone="resnet8", dataset="digits",
        digest=method, context="c", state="completed", metrics={"test/top1": {"last": 70.0 + run}},
        params_training=None, params_deployed=None, seconds=None,
    )


def groups(plain=(0, 1, 2), sila=(0, 1, 2)):
    """SiLa and plain of some seeds; plain's run 1 has seed 0, SiLa's is run 11."""
    comparison = compare([result(1 + seed, seed, "plain") for seed in plain]
                         + [result(11 + seed, seed, "sila") for seed in sila])
    ours = next(group for group in comparison.groups if group.method == "sila")
    rival = baseline_of(comparison, ours)
    assert rival.method == "plain"
    return ours, rival


def test_that_mcnemar_counts_what_only_one_of_two_networks_has_right():
    ours, rival = groups()
    found = mcnemar(ours, rival, pair([0, 0, 1, 1, 0, 2], [0, 1, 0, 1, 2, 0]))
    assert (found.num_images, found.only_ours, found.only_rivals) == (6, 3, 1)
    assert found.p_value == pytest.approx(0.625)  # 2 · (1 + 4) / 2⁴
    assert found.sentence == (
        "seed 0: of 6 images sila alone has 3 right, plain alone 1 (McNemar's exact p = 0.62)"
    )


@given(st.integers(0, 300), st.integers(0, 300))
def test_that_its_p_value_is_the_exact_binomial_one(only_ours, only_rivals):
    total = only_ours + only_rivals + 1
    right = np.arange(total) < only_ours
    other = (np.arange(total) >= only_ours) & (np.arange(total) < total - 1)
    found = mcnemar(*groups(), pair((~right).astype(int), (~other).astype(int), labels=[0] * total))
    assert (found.only_ours, found.only_rivals) == (only_ours, only_rivals)
    if total == 1:
        assert found.p_value == 1
    else:
        expected = binomtest(only_ours, total - 1, 0.5).pvalue
        assert found.p_value == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("metric", "number"), [("test/top1", 1), ("test/top1/ema", 0)])
def test_that_what_averaged_weights_say_is_not_tested_by_the_answers_of_others(metric, number):
    results = [
        replace(result(run, 0, method), metrics={metric: {"last": 70.0, "best": 70.0}})
        for run, method in ((1, "plain"), (11, "sila"))
    ]
    tests, problems = pair_tests(compare(results, metric=metric), lambda _: said(LABELS))
    assert (len(tests), problems) == (number, ())


def test_that_networks_that_agree_do_not_differ():
    assert mcnemar(*groups(), pair(LABELS, LABELS)).p_value == 1


def test_that_runs_are_paired_by_the_seeds_of_which_both_answers_are_known():
    answers = {run: said(LABELS) for run in (1, 2, 3, 12, 14)}  # 14 has no counterpart
    found = pair_up(*groups(sila=(0, 1, 3)), answers.get)
    assert [(each.seed, each.run, each.rival_run) for each in found] == [(1, 12, 2)]
    assert pair_up(*groups(sila=(3,)), answers.get) == []


def test_that_runs_tested_on_different_images_are_not_paired():
    answers = {1: said(LABELS), 11: said(LABELS), 2: said(LABELS), 12: said([0], labels=[0])}
    with pytest.raises(DataError, match="runs 11 and 12 were tested on different images"):
        pair_up(*groups(), answers.get)


def test_that_a_baseline_stands_against_nothing():
    comparison = compare([result(1, 0, "plain"), result(2, 0, "sila")])
    plain = next(group for group in comparison.groups if group.method == "plain")
    assert baseline_of(comparison, plain) is None


def test_that_the_most_stable_flips_come_first():
    pairs = [
        # fixed: 1, 2, 4      broken: 5
        pair([0, 0, 1, 1, 2, 0], [0, 2, 0, 1, 0, 2], seed=0),
        # fixed: 2, 4         broken: 1, 5
        pair([0, 1, 1, 1, 2, 1], [0, 0, 0, 1, 1, 2], seed=1),
        # fixed: 2, 3         broken: 5
        pair([0, 0, 1, 1, 2, 1], [0, 0, 2, 0, 2, 2], seed=2),
    ]
    found = find_flips(pairs)
    assert found.fixed == (
        Flip(2, before=0, after=1, seeds=(0, 1, 2)),
        Flip(4, before=0, after=2, seeds=(0, 1)),
        Flip(3, before=0, after=1, seeds=(2,)),
        Flip(1, before=2, after=0, seeds=(0,)),  # after 3: it is broken once, too
    )
    assert found.broken == (
        Flip(5, before=2, after=1, seeds=(0, 1, 2)), Flip(1, before=0, after=1, seeds=(1,))
    )
    assert (found.num_seeds, found.num_fixed, found.num_broken) == (3, (2, 1, 1), (1, 0, 1))


def test_that_every_flip_is_found():
    labels = [0] * 100
    found = find_flips([pair(labels, [1] * 100, labels=labels)])
    assert [flip.image for flip in found.fixed] == list(range(100))
    assert (found.num_fixed, found.broken) == ((100,), ())


def test_that_classes_are_sorted_by_what_the_variant_gains():
    pairs = [
        pair([0, 0, 1, 0, 0, 0], [0, 1, 1, 0, 2, 2], seed=0),  # +50, 0, −100
        pair([0, 0, 1, 0, 0, 2], [0, 1, 1, 1, 2, 2], seed=1),  # +50, −50, −50
    ]
    found = class_differences(pairs)
    assert [(each.label, each.num_images) for each in found] == [(0, 2), (1, 2), (2, 2)]
    assert [each.difference.mean for each in found] == [50, -25, -75]
    assert [(each.mean, each.rival_mean) for each in found] == [(100, 50), (50, 75), (25, 100)]
    assert found[1].difference.seeds == (0, 1)


def test_that_a_class_without_test_images_has_no_accuracy():
    found = class_differences([pair([0, 1, 3], [0, 0, 3], labels=[0, 1, 1])])
    assert [each.label for each in found] == [1, 0]


def test_that_confusions_differ_by_their_mean_over_seeds():
    pairs = [
        pair([0, 0, 1, 0, 0, 0], [0, 1, 1, 0, 2, 2], seed=0),
        pair([0, 0, 1, 0, 0, 2], [0, 1, 1, 1, 2, 2], seed=1),
    ]
    assert confusion_difference(pairs).tolist() == [[1, -1, 0], [0.5, -0.5, 0], [1.5, 0, -1.5]]


class Row(NamedTuple):
    summaries: dict


@pytest.mark.parametrize(("which", "step"), [("last", 40), ("best", 30)])
def test_that_answers_are_those_of_the_weights_asked_for(which, step):
    tested = {"val/top1": Summary(1.0, 40, 2.0, 10),
              "test/top1/ema": Summary(3.0, 40, 3.0, 40),  # of other weights
              "test/top1": Summary(1.0, 40, 2.0, 30)}
    assert step_of_test(Row(tested), which) == step
    assert step_of_test(Row({"val/top1": tested["val/top1"]}), which) is None


def test_that_a_tie_goes_to_the_lower_class():
    found = find_flips([pair([0] * 6, [2, *[0] * 5], seed=0), pair([0] * 6, [1, *[0] * 5], seed=1)])
    assert found.fixed[0] == Flip(0, before=1, after=0, seeds=(0, 1))
