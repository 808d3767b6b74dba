"""Variants that share a name: other recipes, runs that are not done, and forks."""

import json

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton

from engine.analysis import tables
from engine.cli.comparing import compare_runs
from engine.spec.run_spec import BackboneSpec, RunSpec, TrainingSpec
from engine.spec.run_state import RunState
from engine.store import run_queue, schema
from tests.gui.comparing import EPOCHS, opened, texts, train
from tests.gui.listing import do

pytestmark = pytest.mark.gui


@pytest.fixture
def recipes(client, runs):
    """Plain and SiLa of two recipes, three seeds each."""
    return runs + [
        train(client.store, method, seed, accuracy + seed * gain, epochs=2)
        for method, accuracy, gain in (("plain", 70.0, 0.1), ("sila", 73.0, 0.2))
        for seed in range(3)
    ]


@pytest.fixture
def digests(client, recipes):
    rows = {row.id: row for row in client.runs(recipes)}
    return [rows[recipes[at]].digest for at in (0, 3, 6, 9)]


@pytest.mark.parametrize("pinned", [None, 0, 1, 2])
def test_that_each_recipe_has_its_own_baseline_and_says_which_it_is(
    qtbot, client, context, recipes, digests, pinned
):
    baseline = None if pinned is None else digests[pinned]
    context.selection.set_baseline(baseline)
    page = opened(qtbot, context, recipes)
    assert list(page.study.names().values()) == [
        "plain (epochs = 5)", "sila (epochs = 5)", "plain (epochs = 2)", "sila (epochs = 2)"
    ]
    shown = texts(page)
    assert {"resnet8 · digits · epochs = 5", "resnet8 · digits · epochs = 2"} <= set(shown)
    assert "resnet8 · digits" not in shown
    rival, other = ("sila", "plain") if pinned == 1 else ("plain", "sila")
    for at, epochs in ((0, 5), (2, 2)):
        digest = digests[at] if rival == "sila" else digests[at + 1]
        sentence = page.findChild(QLabel, f"sentence_{digest}").text()
        assert sentence.startswith(f"{other} (epochs = {epochs}) is ")
        assert f" {rival} (epochs = {epochs}), at " in sentence
    assert not any(digest[:6] in text for digest in digests for text in shown)

    found = compare_runs(client.store, [str(run) for run in recipes], baseline, "test/top1", "last")
    assert json.dumps(tables.to_json(found)) == json.dumps(tables.to_json(page.study.comparison))


def test_that_the_star_in_one_recipe_leaves_the_other_its_verdict(
    qtbot, context, recipes, digests
):
    page = opened(qtbot, context, recipes)
    page._actions.aim(digests[3])
    do(context, "compare.star")
    qtbot.waitUntil(lambda: page.study.comparison.baseline == digests[3])
    stars = [g.digest for g in page.study.comparison.groups if g.verdict == "baseline"]
    assert sorted(stars) == sorted([digests[1], digests[3]])
    assert all(g.difference for g in page.study.comparison.groups if g.digest not in stars)


def put(store, run, **values):
    with store.write() as connection:
        connection.execute(schema.run.update().where(schema.run.c.id == run).values(**values))


def queue(store, epochs, seed=0):
    spec = RunSpec(name="x", seed=seed, backbone=BackboneSpec(name="resnet8"),
                   training=TrainingSpec(epochs=epochs))
    return run_queue.enqueue(store, [spec])[0]


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.PAUSED])
def test_that_a_variant_without_a_completed_run_has_a_name_of_its_own(
    qtbot, client, context, runs, state
):
    other = queue(client.store, 20)
    put(client.store, other, state=state)
    page = opened(qtbot, context, [*runs, other])
    assert list(page.study.names().values()) == [
        "plain (epochs = 5)", "sila (epochs = 5)", "plain (epochs = 20)"
    ]
    assert page.study.run_names()[other] == f"plain (epochs = 20) s0 (run {other})"


def button(page, digest):
    return page.findChild(QPushButton, f"queue_{digest}")


def test_that_a_paused_baseline_is_resumed_instead_of_queueing_more_seeds(
    qtbot, client, context, runs
):
    client.delete([*runs[1:3], *runs[4:]])
    put(client.store, runs[0], state=RunState.PAUSED)
    page = opened(qtbot, context, [runs[0], runs[3]])
    (paused,) = page.study.comparison.pending
    star = page.findChild(QToolButton, f"star_{paused.digest}")
    assert (paused.verdict, star.isChecked()) == ("baseline", True)
    digest = next(v.digest for v in page.study.variants if v.method == "sila")
    assert button(page, digest).text() == "Resume 1 run (plain s0)"
    button(page, digest).click()
    qtbot.waitUntil(lambda: client.runs([runs[0]])[0].state is RunState.QUEUED)
    qtbot.waitUntil(lambda: button(page, digest).text().startswith("Queue 4 runs (sila s1, plain"))


def test_that_a_variant_without_a_completed_run_says_how_far_it_is_and_goes_on(
    qtbot, client, context, runs
):
    for run, state, step in (
        (runs[3], RunState.INTERRUPTED, 20), (runs[4], RunState.CANCELLED, 14),
        (runs[5], RunState.CANCELLED, 0),
    ):
        put(client.store, run, state=state, step=step)
    page = opened(qtbot, context, runs)
    (pending,) = page.study.comparison.pending
    assert page.findChild(QLabel, f"pending_{pending.digest}").text() == (
        "0 of 3 done, 2 stopped, 1 interrupted"
    )
    assert page.findChild(QLabel, f"sentence_{pending.digest}").text() == (
        "sila has no completed run with test/top1 yet"
    )
    left_out = page.findChild(QLabel, "compare_left_out").text()
    assert f"Run {runs[4]} does not count: it is stopped, not completed." in left_out
    go_on = button(page, pending.digest)
    assert go_on.text() == "Resume 3 runs (sila s0, sila s1, sila s2)"
    go_on.click()
    qtbot.waitUntil(lambda: all(row.state is RunState.QUEUED for row in client.runs(runs[3:])))
    qtbot.waitUntil(lambda: button(page, pending.digest) is None)
    assert len(client.runs()) == 6
    page.findChild(QToolButton, f"eye_{pending.digest}").click()
    assert not page.findChild(QLabel, f"pending_{pending.digest}").isVisibleTo(page)


def test_that_a_stopped_run_is_resumed_before_a_new_one_is_queued(qtbot, client, context, runs):
    put(client.store, runs[2], state=RunState.CANCELLED)
    page = opened(qtbot, context, runs[:3])
    (group,) = page.study.comparison.groups
    assert button(page, group.digest).text() == "Resume 1 run (plain s2)"


def test_that_a_recipe_without_a_baseline_gets_plain_runs_of_it(qtbot, client, context, runs):
    alone = [train(client.store, "sila", seed, 73.0, epochs=2) for seed in range(3)]
    page = opened(qtbot, context, [*runs, *alone])
    digest = client.runs(alone)[0].digest
    assert button(page, digest).text() == "Queue 3 runs (plain s0, plain s1, plain s2)"
    button(page, digest).click()
    qtbot.waitUntil(lambda: len(context.selection.chosen) == 12)
    queued = [run for run in client.runs() if run.state is RunState.QUEUED]
    assert {(run.method, run.epochs, run.context) for run in queued} == {
        ("plain", 2, client.runs(alone)[0].context)
    }


@pytest.mark.parametrize("is_starred", [False, True])
def test_that_a_fork_that_trains_longer_says_why_it_stands_alone(
    qtbot, client, context, runs, is_starred
):
    fork = train(client.store, "plain", 0, 92.0, epochs=EPOCHS + 2)
    put(client.store, fork, digest="fork", forked_from=runs[0], forked_at=EPOCHS)
    if is_starred:
        context.selection.set_baseline(client.runs([runs[0]])[0].digest)
    page = opened(qtbot, context, [runs[0], fork])
    assert page.findChild(QLabel, "sentence_fork").text() == (
        "plain fork@5 (epochs = 7) is not set seed by seed against plain (epochs = 5), from which "
        "it was forked: its recipe is another (epochs: 5 → 7)"
    )
    found = {group.digest: group.verdict for group in page.study.comparison.groups}
    assert sorted(found.values()) == ["baseline", "no baseline"]
    assert found["fork"] == "no baseline"
    assert button(page, "fork") is None
