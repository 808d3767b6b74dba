import math
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis.compare import compare
from engine.analysis.comparison import Comparison, Direction, Group
from engine.analysis.results import RunResult
from engine.spec.clock import Clock
from engine.spec.errors import SpecError

CLOCK = Clock(1, 0.0, 100.0, "here", "cpu", 2)
PLAIN = (70.0, 71.0, 72.0)
GOOD = (71.1, 72.2, 73.3)  # 1.1, 1.2, 1.3 above


def results(
    method: str,
    values: tuple[float, ...],
    *,
    first: int = 1,
    seed: int = 0,
    context: str = "c",
    digest: str = "",
    **changes: object,
) -> list[RunResult]:
    """Completed runs of one variant, one per value, seeds and ids counting up."""
    return [
        replace(
            RunResult(
                run=first + i, name="experiment", seed=seed + i, method=method,
                backbone="resnet20", dataset="cifar10", digest=digest or f"{method}-{context}",
                context=context, state="completed",
                metrics={"test/top1": {"last": value, "best": value + 1}},
                params_training=300_000, params_deployed=272_474, seconds=100.0, clock=CLOCK,
            ),
            **changes,
        )
        for i, value in enumerate(values)
    ]  # fmt: skip


def group(comparison: Comparison, method: str) -> Group:
    (found,) = [g for g in comparison.groups if g.method == method]
    return found


def test_that_a_difference_clear_of_zero_is_better_and_said_so():
    runs = results("plain", PLAIN) + results("sila", GOOD, first=11, seconds=103.0)
    sila, plain = compare(runs).groups
    assert (sila.verdict, plain.verdict) == ("better", "baseline")
    assert sila.difference is not None
    assert sila.difference.mean == pytest.approx(1.2)
    assert sila.cost is not None
    assert (sila.cost.seeds, sila.cost.mean) == ((0, 1, 2), pytest.approx(1.03))
    assert plain.cost is None
    assert sila.sentence == (
        "sila is +1.20 points (95 % interval +0.95 to +1.45, 3 seeds) above plain, "
        "at 1.03 × its training time (1.03 to 1.03, 3 seeds)"
    )
    assert plain.sentence == "plain is the baseline"
    assert (plain.n, plain.mean, plain.std, plain.seconds) == (3, 71.0, 1.0, 100.0)
    assert plain.interval is not None
    assert plain.interval.low == pytest.approx(71 - 2.484138, abs=1e-6)
    assert (plain.params_training, plain.params_deployed) == (300_000, 272_474)


def test_that_a_loss_is_better_when_it_falls_and_is_not_in_points():
    runs = [
        replace(run, metrics={"val/loss": {"last": run.metrics["test/top1"]["last"] / 100}})
        for run in results("plain", GOOD) + results("sila", PLAIN, first=11)
    ]
    found = group(compare(runs, metric="val/loss", direction="down", unit=""), "sila")
    assert found.verdict == "better"
    assert found.sentence == (
        "sila is −0.0120 (95 % interval −0.0145 to −0.0095, 3 seeds) below plain, "
        "at 1.00 × its training time (1.00 to 1.00, 3 seeds)"
    )
    assert group(compare(runs, metric="val/loss", unit=""), "sila").verdict == "worse"


def test_that_an_interval_over_zero_shows_no_difference():
    runs = results("plain", PLAIN) + results("sila", (69.0, 73.0, 72.5), first=11)
    found = group(compare(runs), "sila")
    assert found.verdict == "no difference shown"
    assert found.sentence.startswith("sila shows no difference from plain: +0.50 points (95 % ")


@pytest.mark.parametrize("common", [0, 1, 2])
def test_that_fewer_than_three_common_seeds_never_name_a_winner(common: int):
    runs = results("plain", PLAIN) + results("sila", (99.0,) * 3, first=11, seed=3 - common)
    found = group(compare(runs), "sila")
    assert (found.n, found.verdict, found.seeds_missing) == (3, "not enough seeds", 3 - common)
    assert found.sentence == f"sila: 3 seeds in common with plain needed, {common} there"


def test_that_a_baseline_says_what_it_lacks_itself():
    (plain,) = compare(results("plain", PLAIN[:2])).groups
    assert plain.seeds_missing == 1
    assert plain.sentence == "plain is the baseline; 3 seeds needed, 2 there"


def test_that_only_variants_of_one_context_are_compared():
    runs = results("plain", PLAIN) + results("sila", GOOD, first=11, context="longer")
    sila = group(compare(runs), "sila")
    assert (sila.verdict, sila.difference, sila.cost) == ("no baseline", None, None)
    assert sila.sentence == "sila has no completed plain run of equal settings to stand against"


def test_that_each_context_has_its_own_baseline():
    runs = [
        *results("plain", PLAIN), *results("sila", GOOD, first=11),
        *results("plain", GOOD, first=21, context="d"),
        *results("sila", PLAIN, first=31, context="d"),
    ]  # fmt: skip
    found = [(g.context, g.method, g.verdict) for g in compare(runs).groups]
    assert found == [
        ("c", "sila", "better"), ("c", "plain", "baseline"),
        ("d", "plain", "baseline"), ("d", "sila", "worse"),
    ]  # fmt: skip


def test_that_contexts_stand_in_the_order_in_which_they_were_begun():
    names = "zebra", "ant", "mole"
    runs = [
        run for at, name in enumerate(names)
        for run in results("plain", PLAIN, first=1 + 10 * at, context=name)
    ]
    again = results("plain", PLAIN, first=31, seed=9, context="zebra")
    found = compare([*runs[::-1], *again])
    assert [group.context for group in found.groups] == list(names)


def test_that_the_best_weights_are_another_question_than_the_last():
    runs = results("plain", PLAIN)
    assert [g.mean for which in ("last", "best") for g in compare(runs, which=which).groups] == [
        71.0, 72.0
    ]  # fmt: skip


def test_that_runs_that_do_not_count_are_reported_with_the_reason():
    runs = [
        *results("plain", PLAIN),
        *results("plain", (1.0,), first=4, state="running"),
        *results("plain", (1.0,), first=5, metrics={"val/top1": {"last": 1.0}}),
        *results("plain", (1.0,), first=6, metrics={"test/top1": {"best": 1.0}}),
        *results("plain", (math.nan,), first=7),
        *results("plain", (70.5,), first=8),
    ]
    found = compare(runs)
    assert {item.run: item.reason for item in found.left_out} == {
        1: "run 8 repeats its seed 0",
        4: "it is running, not completed",
        5: "it has no test/top1 (last)",
        6: "it has no test/top1 (last)",
        7: "its test/top1 (last) is nan",
    }
    assert (found.groups[0].runs, found.groups[0].values) == ((8, 2, 3), (70.5, 71.0, 72.0))


def test_that_nothing_to_compare_is_an_empty_comparison():
    assert compare([]).groups == ()
    assert compare([], baseline="whatever").groups == ()
    found = compare(results("plain", PLAIN), metric="test/top5")
    assert (found.groups, len(found.left_out)) == ((), 3)


def test_that_an_unknown_baseline_is_answered_with_the_nearest():
    with pytest.raises(SpecError, match="unknown baseline 'plian'; did you mean 'plain'"):
        compare(results("plain", PLAIN), baseline="plian")


def test_that_plain_stays_the_baseline_while_its_runs_are_not_done():
    runs = results("sila", GOOD) + results("plain", PLAIN, first=11, state="queued")
    found = compare(runs)
    assert (found.baseline, found.groups[0].verdict) == ("plain", "no baseline")


def test_that_without_plain_the_first_method_that_counts_is_the_baseline():
    runs = [
        *results("kd", PLAIN, state="failed"), *results("dml", PLAIN, first=11),
        *results("sila", GOOD, first=21),
    ]  # fmt: skip
    found = compare(runs)
    assert (found.baseline, group(found, "sila").verdict) == ("dml", "better")


def test_that_plain_with_a_regularizer_is_the_baseline_where_all_methods_have_it():
    runs = results("sila+cutmix", GOOD) + results("plain+cutmix", PLAIN, first=11)
    found = compare(runs)
    assert (found.baseline, group(found, "sila+cutmix").verdict) == ("plain+cutmix", "better")


def test_that_any_method_or_one_variant_can_be_the_baseline():
    runs = results("plain", PLAIN) + results("sila", GOOD, first=11)
    assert group(compare(runs, baseline="sila"), "plain").verdict == "worse"
    by_digest = group(compare(runs, baseline="sila-c"), "plain")
    assert by_digest.verdict == "worse"
    assert " below sila" in by_digest.sentence


def test_that_variants_of_one_method_are_told_apart_and_the_fuller_one_is_the_baseline():
    runs = [
        *results("plain", (70.0,), digest="aaaaaabbbbbb"),
        *results("plain", PLAIN, first=11, digest="cccccc000000"),
        *results("sila", GOOD, first=21),
    ]
    found = {g.label: g.verdict for g in compare(runs).groups}
    assert found == {
        "sila": "better", "plain (cccccc)": "baseline", "plain (aaaaaa)": "not enough seeds"
    }  # fmt: skip


def test_that_a_label_given_by_the_user_is_shown():
    runs = results("plain", PLAIN) + results("sila", GOOD, first=11, label="half α")
    assert group(compare(runs), "sila").sentence.startswith("half α is +1.20 points")


def test_that_identical_runs_show_no_difference():
    runs = results("plain", PLAIN) + results("sila", PLAIN, first=11)
    found = group(compare(runs), "sila")
    assert (found.verdict, found.seeds_missing) == ("no difference shown", 0)
    assert found.sentence.startswith(
        "sila shows no difference from plain: both have the same value in each of 3 seeds, at "
    )


@pytest.mark.parametrize("direction", ["up", "down"])
def test_that_one_image_more_in_every_seed_names_no_winner(direction: Direction):
    plain, sila = (
        tuple(float(np.float32(100) * np.float32(right / 450)) for right in each)
        for each in ((445, 443, 446), (446, 444, 447))
    )
    runs = results("plain", plain) + results("sila", sila, first=11)
    found = group(compare(runs, direction=direction), "sila")
    assert found.difference is not None
    assert (found.verdict, found.difference.interval) == ("not enough seeds", None)
    assert found.seeds_missing == 1
    assert found.sentence == (
        "sila: the difference from plain is +0.22 points in each of 3 seeds: without spread there "
        "is no interval; more seeds tell"
    )
    two = [run for run in runs if run.seed < 2]
    assert group(compare(two), "sila").sentence == (
        "sila: 3 seeds in common with plain needed, 2 there"
    )


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["plain", "sila", "dml"]), st.integers(0, 4),
                          st.floats(0, 100) | st.just(math.nan), st.sampled_from(["c", "d"])),
                max_size=30), st.randoms())  # fmt: skip
def test_that_every_run_is_counted_once_in_any_order(
    drawn: list[tuple[str, int, float, str]], shuffle: random.Random
):
    runs = [
        results(method, (value,), first=i, seed=seed, context=context)[0]
        for i, (method, seed, value, context) in enumerate(drawn)
    ]
    found = compare(runs)
    counted = [run for g in found.groups for run in g.runs]
    assert sorted(counted + [item.run for item in found.left_out]) == list(range(len(runs)))
    for g in found.groups:
        if g.verdict in ("better", "worse"):
            assert g.difference is not None
            assert g.difference.n >= 3
    shuffle.shuffle(runs)
    assert compare(runs) == found


def test_that_a_fork_is_no_baseline_where_there_is_anything_that_began_by_itself():
    parent = results("sila", PLAIN, context="c")
    fork = results("plain", GOOD, first=11, context="c", digest="fork", forked_from=999)
    found = compare(fork + parent)
    assert found.baseline == "sila"
    assert (group(found, "sila").verdict, group(found, "plain").verdict) == ("baseline", "better")
    several = results("sila", (*GOOD, 75.0), first=21, context="c", digest="s", forked_from=999)
    found = compare(parent + several, baseline="sila")
    assert [g.digest for g in found.groups if g.verdict == "baseline"] == ["sila-c"]
    assert compare(fork, baseline="plain").groups[0].verdict == "baseline"


TWO_RECIPES = [
    *results("plain", PLAIN), *results("sila", GOOD, first=11),
    *results("plain", PLAIN, first=21, context="d"),
    *results("sila", GOOD, first=31, context="d"),
]  # fmt: skip


@pytest.mark.parametrize(("baseline", "expected"), [
    ("plain-c", {"plain-c", "plain-d"}), ("sila-d", {"sila-c", "sila-d"}),
    ("sila", {"sila-c", "sila-d"}), ("plain", {"plain-c", "plain-d"}),
])
def test_that_where_the_pinned_variant_is_not_one_of_its_method_stands_for_it(baseline, expected):
    found = compare(TWO_RECIPES, baseline=baseline)
    assert {g.digest for g in found.groups if g.verdict == "baseline"} == expected
    assert all(g.difference for g in found.groups if g.digest not in expected)


def test_that_where_none_of_its_method_is_done_plain_stands_for_it():
    runs = TWO_RECIPES + results("kd", GOOD, first=41) + results(
        "kd", GOOD, first=51, context="d", state="queued")
    found = compare(runs, baseline="kd-c")
    assert {g.digest for g in found.groups if g.verdict == "baseline"} == {"kd-c", "plain-d"}
    found = compare(TWO_RECIPES + results("kd", GOOD, first=41), baseline="kd")
    assert {g.digest for g in found.groups if g.verdict == "baseline"} == {"kd-c", "plain-d"}


def test_that_where_there_is_no_plain_alone_plain_with_a_regularizer_stands_for_it():
    runs = [
        *TWO_RECIPES, *results("sila+cutmix", GOOD, first=41, context="e"),
        *results("plain+cutmix", PLAIN, first=51, context="e"),
    ]
    found = compare(runs)
    assert {g.digest for g in found.groups if g.verdict == "baseline"} == {
        "plain-c", "plain-d", "plain+cutmix-e"
    }


def test_that_a_pinned_variant_that_is_not_done_is_waited_for():
    runs = TWO_RECIPES + results("kd", GOOD, first=41, state="paused")
    found = {g.digest: g for g in compare(runs, baseline="kd-c").groups}
    assert found["sila-c"].verdict == "no baseline"
    assert (found["sila-c"].rival, found["sila-c"].rival_digest) == ("kd", "kd-c")
    assert found["sila-d"].difference


def test_that_no_digest_is_said_where_nothing_stands_for_the_baseline():
    runs = results("plain", PLAIN, digest="d6b3c1044737") + results(
        "sila", GOOD, first=11, context="d")
    found = compare(runs, baseline="d6b3c1044737")
    assert group(found, "sila").sentence == (
        "sila has no completed plain run of equal settings to stand against"
    )
    assert (found.baseline, found.baseline_label) == ("d6b3c1044737", "plain")


def test_that_a_fork_with_another_recipe_says_why_it_is_not_set_against_its_parent():
    parent = results("plain", PLAIN)
    fork = results(
        "plain", GOOD, first=11, context="d", label="plain fork@12", forked_from=2, digest="fork")
    told = {"plain-c": {"training.epochs": 12}, "fork": {"training.epochs": 18}}
    for baseline in (None, "plain", "plain-c"):
        found = {g.digest: g for g in compare(parent + fork, baseline, settings=told).groups}
        assert (found["plain-c"].verdict, found["fork"].verdict) == ("baseline", "no baseline")
        assert found["fork"].sentence == (
            "plain fork@12 (epochs = 18) is not set seed by seed against plain (epochs = 12), from "
            "which it was forked: its recipe is another (epochs: 12 → 18)"
        )
        assert [found[key].setting for key in ("plain-c", "fork")] == ["epochs = 12", "epochs = 18"]
    starred = {g.digest: g.verdict for g in compare(parent + fork, "fork").groups}
    assert starred == {"plain-c": "baseline", "fork": "baseline"}
    other = results("sila", GOOD, first=21, context="d", forked_from=2, digest="other")
    found = {g.digest: g.verdict for g in compare(parent + fork + other).groups}
    assert found == {"plain-c": "baseline", "fork": "baseline", "other": "no difference shown"}


def test_that_a_fork_with_another_method_alone_is_set_against_its_parent():
    parent = results("plain", PLAIN)
    fork = results("sila", GOOD, first=11, forked_from=1, digest="fork")
    assert group(compare(parent + fork), "sila").verdict == "better"
    assert group(compare(parent + fork, baseline="plain-c"), "sila").verdict == "better"
