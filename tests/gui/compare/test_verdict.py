from collections import deque

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from engine.analysis.intervals import Interval, PairedDifference
from engine.cli.comparing import paired_tests
from engine.spec.run_state import RunState
from engine.store import run_queue, schema
from engine.store.predictions import Predictions, save_predictions
from studio.pages.compare.interval_bar import IntervalBar
from studio.pages.compare.seeds import MissingRun
from studio.pages.compare.verdict_parts import named
from tests.gui.comparing import LAST, digest, opened, said, texts, train
from tests.gui.listing import do, why_not

pytestmark = pytest.mark.gui


def test_that_the_verdict_says_difference_interval_seeds_and_cost(page):
    sentence = said(page, "sentence", "sila")
    assert "above plain" in sentence
    assert "95 % interval" in sentence
    assert "3 seeds" in sentence
    assert "at 1.10 × its training time (1.10 to 1.10, 3 seeds)" in sentence
    assert said(page, "cost", "sila") == "1.10 ×"
    assert "1.10–1.10" in texts(page)
    assert "better" in texts(page)
    assert "91.11 ± 0.11  (n = 3)" in texts(page)


def test_that_the_star_makes_another_baseline(qtbot, page, context):
    assert why_not(context, "compare.star") == "It is the baseline already"
    page._actions.aim(digest(page, "sila"))
    do(context, "compare.star")
    qtbot.waitUntil(lambda: page.study.comparison.baseline == "sila")
    assert context.selection.baseline == "sila"
    assert "below sila" in said(page, "sentence", "plain")


def test_that_runs_that_are_there_are_added_by_a_button(qtbot, context, runs):
    page = opened(qtbot, context, runs[:4])
    qtbot.waitUntil(lambda: len(context.feed.runs) == 6)
    page._refresh()
    name = f"add_{digest(page, 'sila')}"
    qtbot.waitUntil(lambda: page.findChild(QPushButton, name) is not None)
    assert page.findChild(QPushButton, name).text() == "Add existing runs: 2"
    assert why_not(context, "compare.add") == "There are none to add"  # to plain
    page._actions.aim(digest(page, "sila"))
    assert why_not(context, "compare.queue") == "Add the runs that exist first"
    do(context, "compare.add")
    qtbot.waitUntil(lambda: "better" in texts(page))
    assert sorted(context.selection.chosen) == sorted(runs)


def test_that_a_run_that_goes_meanwhile_is_not_offered_any_more(qtbot, client, context, runs):
    page = opened(qtbot, context, runs[:4])
    qtbot.waitUntil(lambda: len(context.feed.runs) == 6)
    name = f"add_{digest(page, 'sila')}"
    qtbot.waitUntil(lambda: page.findChild(QPushButton, name) is not None)
    assert page.findChild(QPushButton, name).text() == "Add existing runs: 2"
    client.delete(runs[5:])
    qtbot.waitUntil(
        lambda: [b.text() for b in page.findChildren(QPushButton, name)]
        == ["Add existing runs: 1"]
    )


def test_that_missing_seeds_are_queued_by_a_button(qtbot, client, context, runs):
    client.delete(runs[4:])
    page = opened(qtbot, context, runs[:4])
    assert "3 seeds in common with plain needed, 1 there" in said(page, "sentence", "sila")
    name = f"queue_{digest(page, 'sila')}"
    button = page.findChild(QPushButton, name)
    assert button.text() == "Queue 2 runs (sila s1, sila s2)"
    assert button.toolTip() == "sila s1, sila s2"
    button.click()
    assert not button.isEnabled()
    qtbot.waitUntil(lambda: sum(r.state is RunState.QUEUED for r in client.runs()) == 2)
    queued = [run for run in client.runs() if run.state is RunState.QUEUED]
    assert sorted((run.method, run.seed) for run in queued) == [("sila", 1), ("sila", 2)]
    assert {run.digest for run in queued} == {digest(page, "sila")}
    qtbot.waitUntil(lambda: len(context.selection.chosen) == 6)
    qtbot.waitUntil(lambda: page.findChild(QPushButton, name) is None)


def test_that_variants_that_lack_the_same_seed_queue_the_baseline_once(
    qtbot, client, context, runs
):
    client.delete([runs[2], runs[5]])
    other = [train(client.store, "sila", seed, 92.0, alpha=1.0) for seed in range(2)]
    page = opened(qtbot, context, [*runs[:2], *runs[3:5], *other])
    digests = [v.digest for v in page.study.variants if v.method == "sila"]
    buttons = [page.findChild(QPushButton, f"queue_{digest}") for digest in digests]
    assert all("plain s2" in button.toolTip() for button in buttons)
    for button in buttons:
        button.click()
    qtbot.waitUntil(lambda: len(context.selection.chosen) == 9)
    context.jobs.wait()
    queued = [run for run in client.runs() if run.state is RunState.QUEUED]
    assert sorted((run.method, run.seed) for run in queued) == [
        ("plain", 2), ("sila", 2), ("sila", 2)
    ]
    qtbot.waitUntil(lambda: sorted(context.selection.chosen) == sorted(r.id for r in client.runs()))


def test_that_a_request_that_comes_twice_queues_once(qtbot, client, context, runs):
    client.delete(runs[4:])
    page = opened(qtbot, context, runs[:4])
    page.findChild(QPushButton, f"queue_{digest(page, 'sila')}").click()
    assert why_not(context, "compare.queue") == "They are being queued"
    page._actions._on_queue()  # as of another window
    qtbot.waitUntil(lambda: len(context.selection.chosen) == 6)
    context.jobs.wait()
    assert len(client.runs()) == 6


def test_that_a_long_list_of_runs_is_cut_on_the_button_alone(qtbot, client, context, runs):
    client.delete([*runs[1:3], *runs[4:]])
    page = opened(qtbot, context, [runs[0], runs[3]])
    button = page.findChild(QPushButton, f"queue_{digest(page, 'sila')}")
    assert button.text() == "Queue 4 runs (sila s1, plain s1, sila s2, plain s2)"
    missing = {digest(page, "sila"): [MissingRun(1, seed, "d", "sila") for seed in range(20)]}
    deque(page._verdicts.show_study(page.study, missing, {}), maxlen=0)
    button = page.findChildren(QPushButton, f"queue_{digest(page, 'sila')}")[-1]
    assert button.text() == "Queue 20 runs (sila s0, sila s1, sila s2, sila s3, sila…)"
    assert button.toolTip().endswith("sila s18, sila s19")


def test_that_what_could_not_be_queued_says_why(qtbot, client, context, runs):
    client.delete(runs[4:])
    page = opened(qtbot, context, runs[:4])
    missing = {digest(page, "sila"): [MissingRun(999, 1, "gone", "sila")]}
    page._actions.show_study(page.study, missing, {})
    page._actions.aim(digest(page, "sila"))
    with qtbot.waitSignal(context.messages.said) as told:
        do(context, "compare.queue")
    assert "999" in told.args[0].text


@pytest.mark.parametrize(("high", "capped"), [(2.0, True), (50.0, False)])
def test_that_an_interval_that_leaves_the_scale_ends_in_an_arrow(qtbot, high, capped):
    difference = PairedDifference((0, 1, 2), 1.0, 1.0, Interval(-1.0, high), None)
    bar = IntervalBar(difference, 2.0, "#ff0000")
    qtbot.addWidget(bar)
    bar.resize(160, 24)
    image = bar.grab().toImage()
    end, middle = 160 - 8, 12

    def is_red(x, y):
        colour = image.pixelColor(x, y)
        return colour.red() > 200 and colour.green() < 150

    assert is_red(end - 2, middle)
    assert is_red(end, middle - 3) is capped
    assert is_red(end - 3, middle - 3) is not capped


def test_that_without_a_completed_run_nothing_is_said(qtbot, client, context, runs):
    spec = client.spec(runs[0]).model_copy(update={"seed": 5})
    page = opened(qtbot, context, run_queue.enqueue(client.store, [spec]))
    qtbot.waitUntil(lambda: any(text.startswith("Nothing can be said yet") for text in texts(page)))


def test_that_the_row_says_the_difference_at_equal_training_time(page):
    # When plain ended after 10 s, SiLa (11 s) had done 4 of its 5 epochs.
    equal = said(page, "equal_sentence", "sila")
    assert equal.startswith("At equal training time (10 s, val/top1): sila ")
    assert "+0.01 points (95 % interval −0.02 to +0.04, 3 seeds)" in equal
    assert said(page, "equal_time", "sila") == "val/top1 at equal time:\nno difference shown"
    assert "+0.01  (−0.02 to +0.04)" in texts(page)
    assert "10 s" in texts(page)
    assert page.findChild(QLabel, f"equal_time_{digest(page, 'plain')}") is None


def test_that_a_difference_without_spread_names_no_winner_and_offers_a_seed(
    qtbot, client, context, runs
):
    same = [train(client.store, "sila", seed, 90.5 + seed / 10, alpha=1.0) for seed in range(3)]
    page = opened(qtbot, context, [*runs[:3], *same])
    assert "better" not in texts(page)
    assert "+0.50  (in each seed)" in texts(page)
    assert "without spread there is no interval" in said(page, "sentence", "sila")
    button = page.findChild(QPushButton, f"queue_{digest(page, 'sila')}")
    assert button.text() == "Queue 2 runs (sila (alpha = 1) s3, plain s3)"


def test_that_runs_on_other_devices_are_not_held_against_each_other_by_time(
    qtbot, client, context, runs
):
    with client.store.write() as connection:
        connection.execute(schema.run.update().where(schema.run.c.id.in_(runs[3:]))
                           .values(device="NVIDIA H100"))
    page = opened(qtbot, context, runs)
    assert said(page, "equal_sentence", "sila").startswith(
        "No comparison at equal training time: runs 1 and 4 trained on different devices ("
    )
    assert said(page, "equal_time", "sila").endswith("cannot be compared")
    assert "better" in texts(page), "the verdict at equal epochs stands"
    assert said(page, "cost", "sila") == "–"
    assert "; training times cannot be compared: runs 1 and 4 trained on different devices" in said(
        page, "sentence", "sila"
    )


def test_that_each_pair_of_networks_is_tested_beside_the_verdict(qtbot, client, context, runs):
    labels = np.arange(8) % 2
    for run, num_right in zip(runs, (4, 4, 4, 8, 5, 4), strict=True):
        predicted = 1 - labels
        predicted[:num_right] = labels[:num_right]
        answers = Predictions(labels, predicted, np.full(8, 0.5, np.float32))
        save_predictions(client.workspace.run_folder(run), "test", LAST, answers)
    page = opened(qtbot, context, runs)
    assert said(page, "pairs", "sila") == (
        "McNemar's exact test of each pair of networks, on 8 test images (right alone, variant : "
        "baseline): seed 0: p = 0.12 (4 : 0); seed 1: p = 1 (1 : 0); seed 2: p = 1 (0 : 0)"
    )
    assert page.findChild(QLabel, f"pairs_{digest(page, 'plain')}") is None


def test_that_the_window_says_as_the_command_line_why_a_pair_is_not_tested(
    qtbot, client, context, runs, capsys
):
    for run in runs:
        labels = np.zeros(8, np.int64) if run == runs[3] else np.arange(8) % 2
        answers = Predictions(labels, labels, np.full(8, 0.5, np.float32))
        path = save_predictions(client.workspace.run_folder(run), "test", LAST, answers)
    path.write_bytes(b"no archive")
    page = opened(qtbot, context, runs)
    assert page.findChild(QLabel, f"pairs_{digest(page, 'sila')}") is None
    told = page.findChild(QLabel, "compare_pair_problems").text()
    assert f"runs {runs[3]} and {runs[0]} were tested on different images" in told
    assert f"the predictions {path}" in told
    assert paired_tests(client.store, page.study.comparison) == page.study.pairs
    complained = capsys.readouterr().err.splitlines()
    assert sorted(line.removeprefix("sila: ") for line in complained) == sorted(
        page.study.pair_problems
    )


def test_that_where_every_pair_is_tested_nothing_is_said_to_be_missing(page):
    assert page.findChild(QLabel, "compare_pair_problems") is None


def test_that_without_answers_no_pair_is_tested(page):
    assert page.findChild(QLabel, f"pairs_{digest(page, 'sila')}") is None


def test_that_a_study_that_is_overtaken_while_it_is_shown_leaves_one_verdict(qtbot, page):
    half = page._verdicts.show_study(page.study, {}, {})
    next(half)
    half.close()
    deque(page._verdicts.show_study(page.study, {}, {}), maxlen=0)
    qtbot.waitUntil(lambda: len([text for text in texts(page) if text == "better"]) == 1)


def test_that_the_mean_of_two_opposite_seeds_stands_at_zero(qtbot, client, context, runs):
    """And not where the last bits of their difference, on a scale of their own, would put it."""
    plain = [train(client.store, "plain", seed, 90.0 + seed, epochs=9) for seed in range(2)]
    sila = [
        train(client.store, "sila", 0, 90.0 + 0.4, epochs=9),
        train(client.store, "sila", 1, 91.0 - 0.4 + 1e-6, epochs=9),
    ]
    page = opened(qtbot, context, [*plain, *sila])
    group = next(g for g in page.study.comparison.groups if g.method == "sila")
    assert abs(group.difference.mean) < 1e-5
    bar = next(bar for bar in page.findChildren(IntervalBar) if bar._difference is not None)
    middle = (bar._x(-1e9) + bar._x(1e9)) / 2
    assert abs(bar._x(group.difference.mean) - middle) < 1
    assert bar._x(0.4) - middle > 0.4 * bar.width()


def test_that_intervals_of_another_context_do_not_shrink_these(qtbot, client, context, runs):
    wide = [
        train(client.store, method, seed, 50.0 + gain, backbone="msdnet")
        for method, gains in (("plain", (0, 0, 0)), ("sila", (9, -8, 3)))
        for seed, gain in enumerate(gains)
    ]
    page = opened(qtbot, context, [*runs, *wide])
    at = {(group.backbone, group.method): group for group in page.study.comparison.groups}
    reach = {
        backbone: bar._reach for bar in page.findChildren(IntervalBar)
        for (backbone, _), group in at.items() if bar._difference is group.difference is not None
    }
    near, far = (at[backbone, "sila"].difference.interval for backbone in ("resnet8", "msdnet"))
    assert reach["resnet8"] == pytest.approx(1.1 * near.high)
    assert reach["msdnet"] == pytest.approx(1.1 * far.high)
    assert {f"bars reach ±{each:.2f}" for each in reach.values()} <= set(texts(page))


@pytest.mark.parametrize(("text", "glued"), [
    ("plain (epochs = 5)", True), ("sila (dataset.root = a_long_name)", False),
])
def test_that_a_name_breaks_where_its_line_would_be_cut(qtbot, text, glued):
    cell = named(text, "#ff0000")
    qtbot.addWidget(cell)
    name = next(part for part in cell.findChildren(QLabel) if part.text())
    assert ("\N{NO-BREAK SPACE}=" in name.text()) is glued
    widest = max(map(name.fontMetrics().horizontalAdvance, name.text().split(" ")))
    assert widest <= name.width()


def test_that_in_one_context_the_scale_is_not_spoken_of(page):
    assert not any("bars reach" in text for text in texts(page))
