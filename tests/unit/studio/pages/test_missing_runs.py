from dataclasses import replace

import pytest

from engine.analysis.compare import compare
from engine.analysis.comparison import baseline_of
from engine.analysis.results import from_row
from engine.spec.rows import RunRow, Summary
from engine.spec.run_state import RunState
from studio.pages.compare.seeds import MissingRun, missing_runs, unchosen_runs


def make_row(number, method, seed, state=RunState.COMPLETED, value=90.0):
    return RunRow(
        id=number, experiment="x", name=method, seed=seed, digest=method, context="same",
        method=method, backbone="resnet8", dataset="digits", epochs=3, created_at=0.0, colour=0,
        position=float(number), pinned=False, tags=(), note="", state=state, error="",
        started_at=None, finished_at=None, seconds=1.0, step=3, num_steps=3, steps_per_epoch=1,
        images_per_s=None, device="cpu", params_training=1, params_deployed=1,
        summaries={"test/top1": Summary(value, 3, value, 3)},
    )


def ask(rows, method, need=3):
    comparison = compare([from_row(row) for row in rows])
    group = next(group for group in comparison.groups if group.method == method)
    return [(run.label, run.seed, run.like) for run in missing_runs(comparison, group, rows, need)]


def test_that_seeds_of_the_baseline_are_asked_for_first():
    rows = [make_row(1, "plain", 4), make_row(2, "plain", 7), make_row(3, "plain", 9),
            make_row(4, "sila", 4)]
    assert ask(rows, "sila") == [("sila", 7, 4), ("sila", 9, 4)]


def test_that_both_sides_get_a_seed_that_neither_has():
    rows = [make_row(1, "plain", 0), make_row(2, "sila", 0)]
    assert ask(rows, "sila", need=2) == [("sila", 1, 2), ("plain", 1, 1)]


def test_that_a_seed_of_the_variant_is_run_with_the_baseline():
    rows = [make_row(1, "plain", 0), make_row(2, "sila", 0), make_row(3, "sila", 5)]
    assert ask(rows, "sila", need=2) == [("plain", 5, 1)]


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.RUNNING])
def test_that_runs_under_way_are_not_asked_for_again(state):
    rows = [make_row(1, "plain", 0), make_row(2, "plain", 1), make_row(3, "sila", 0),
            make_row(4, "sila", 1, state)]
    assert ask(rows, "sila", need=2) == []


@pytest.mark.parametrize("state", [RunState.PAUSED, RunState.INTERRUPTED])
@pytest.mark.parametrize("method", ["plain", "sila"])
def test_that_a_run_that_waits_is_to_go_on_and_not_made_anew(method, state):
    """Whichever of the two it is of, while the seeds that are done are too few."""
    rows = [make_row(1, "plain", 0), make_row(2, "plain", 1), make_row(3, "sila", 0),
            make_row(4, "sila", 1)]
    rows = [replace(row, state=state) if (row.method, row.seed) == (method, 1) else row
            for row in rows]
    comparison = compare([from_row(row) for row in rows])
    group = next(group for group in comparison.groups if group.method == "sila")
    which = {"plain": 2, "sila": 4}[method]
    assert missing_runs(comparison, group, rows, 2) == [
        MissingRun(which, 1, method, method, waits=True)
    ]


def test_that_a_run_that_waits_is_passed_over_where_another_gives_its_seed():
    rows = [make_row(1, "plain", 0), make_row(2, "sila", 0), make_row(3, "sila", 0),
            make_row(4, "sila", 1, RunState.QUEUED), make_row(5, "sila", 1)]
    rows[2], rows[4] = (replace(row, state=RunState.PAUSED) for row in (rows[2], rows[4]))
    assert ask(rows, "sila", need=2) == [("plain", 1, 1)]


def test_that_a_failed_run_is_asked_for_again():
    rows = [make_row(1, "plain", 0), make_row(2, "plain", 1), make_row(3, "sila", 0),
            make_row(4, "sila", 1, RunState.FAILED)]
    assert ask(rows, "sila", need=2) == [("sila", 1, 3)]


def test_that_a_stopped_run_goes_on_before_a_new_one_is_queued():
    rows = [make_row(1, "plain", 0), make_row(2, "plain", 1),
            make_row(3, "plain", 7, RunState.CANCELLED), make_row(4, "sila", 0)]
    assert asked(rows, "plain") == [MissingRun(3, 7, "plain", "plain", waits=True)]
    farther = replace(make_row(5, "plain", 7, RunState.CANCELLED), num_steps=4)
    assert asked([*rows, replace(farther, step=1), replace(rows[2], id=6, step=2)], "plain") == [
        MissingRun(3, 7, "plain", "plain", waits=True)
    ]
    assert asked([*rows, make_row(5, "plain", 2, RunState.QUEUED)], "plain") == []
    more = [*rows, make_row(5, "sila", 1, RunState.CANCELLED)]
    assert asked(more, "sila") == [
        MissingRun(5, 1, "sila", "sila", waits=True), MissingRun(3, 7, "plain", "plain", waits=True)
    ]


def test_that_a_variant_without_a_completed_run_lacks_what_others_lack():
    rows = [*(make_row(seed, "plain", seed) for seed in range(3)),
            make_row(4, "sila", 0, RunState.INTERRUPTED), make_row(5, "sila", 1, RunState.FAILED)]
    assert asked(rows, "sila") == [MissingRun(4, 0, "sila", "sila", waits=True)]
    rows[3] = replace(rows[3], state=RunState.QUEUED)
    assert asked(rows, "sila") == [
        MissingRun(4, 1, "sila", "sila"), MissingRun(4, 2, "sila", "sila")
    ]
    alone = [make_row(1, "plain", 0, RunState.CANCELLED)]
    assert asked(alone, "plain") == [MissingRun(1, 0, "plain", "plain", waits=True)]


def test_that_a_fork_that_waits_goes_on():
    fork = replace(make_row(3, "sila", 0, RunState.PAUSED), digest="fork", forked_from=2,
                   forked_at=1)
    rows = [make_row(1, "plain", 0), fork]
    assert [run.like for run in asked(rows, "sila")] == [3]


def asked(rows, method):
    comparison = compare([from_row(row) for row in rows])
    digest = next(row.digest for row in rows if row.method == method)
    (found,) = [each for each in (*comparison.groups, *comparison.pending) if each.digest == digest]
    return missing_runs(comparison, found, rows)


def test_that_a_baseline_needs_seeds_of_its_own():
    rows = [make_row(1, "plain", 1)]
    assert ask(rows, "plain") == [("plain", 0, 1), ("plain", 2, 1)]


def test_that_enough_seeds_ask_for_nothing():
    rows = [make_row(10 * at + seed, method, seed)
            for at, method in enumerate(("plain", "sila")) for seed in range(3)]
    assert ask(rows, "sila") == []


def test_that_seeds_that_all_agree_ask_for_one_more_of_both():
    rows = [make_row(10 * at + seed, method, seed, value=90.0 + at + seed)
            for at, method in enumerate(("plain", "sila")) for seed in range(3)]
    assert ask(rows, "sila") == [("sila", 3, 10), ("plain", 3, 0)]
    assert ask(rows, "plain") == []
    more = [make_row(23, "plain", 3), make_row(33, "sila", 3, RunState.QUEUED)]
    assert ask([*rows, *more], "sila") == []


def test_that_the_baseline_stands_against_nothing():
    rows = [make_row(1, "plain", 0), make_row(2, "sila", 0)]
    comparison = compare([from_row(row) for row in rows])
    by_method = {group.method: group for group in comparison.groups}
    assert baseline_of(comparison, by_method["plain"]) is None
    assert baseline_of(comparison, by_method["sila"]) is by_method["plain"]


def test_that_seeds_of_forks_are_not_queued_from_here():
    fork = replace(make_row(3, "sila", 0), digest="fork", forked_from=2, forked_at=1)
    rows = [make_row(1, "plain", 0), make_row(2, "plain", 1), fork]
    assert ask(rows, "sila") == []
    assert ask(rows, "plain") == [("plain", 2, 1)]


@pytest.mark.parametrize("state", [RunState.PAUSED, RunState.INTERRUPTED])
def test_that_a_baseline_that_waits_is_to_go_on_before_anything_is_queued(state):
    rows = [make_row(1, "plain", 0, state), make_row(2, "sila", 0)]
    comparison = compare([from_row(row) for row in rows])
    (group,) = comparison.groups
    assert missing_runs(comparison, group, rows) == [MissingRun(1, 0, "plain", "plain", waits=True)]


def test_that_a_baseline_that_failed_is_queued_with_the_seeds_that_both_lack():
    rows = [make_row(1, "plain", 0, RunState.FAILED), make_row(2, "sila", 0)]
    assert ask(rows, "sila", need=2) == [("plain", 0, 1), ("sila", 1, 2), ("plain", 1, 1)]


def test_that_a_queued_baseline_gets_more_seeds_together_with_the_variant():
    rows = [make_row(1, "plain", 0, RunState.QUEUED), make_row(2, "sila", 0)]
    assert ask(rows, "sila", need=2) == [("sila", 1, 2), ("plain", 1, 1)]


def test_that_where_no_run_is_of_the_baseline_plain_ones_are_made():
    rows = [make_row(1, "plain", 0), replace(make_row(2, "sila", 0), context="longer")]
    comparison = compare([from_row(row) for row in rows])
    group = next(group for group in comparison.groups if group.method == "sila")
    assert missing_runs(comparison, group, rows, 1) == [MissingRun(2, 0, "", "plain")]


def test_that_a_baseline_that_was_not_chosen_is_added_and_not_made_anew():
    other = replace(make_row(9, "plain", 0), digest="plain longer", context="longer")
    rows = [make_row(1, "plain", 0), replace(make_row(2, "sila", 0), context="longer"), other]
    comparison = compare([from_row(row) for row in rows[:2]])
    group = next(group for group in comparison.groups if group.method == "sila")
    assert unchosen_runs(comparison, group, rows, [1, 2]) == [9]
    assert missing_runs(comparison, group, rows, 1) == []
