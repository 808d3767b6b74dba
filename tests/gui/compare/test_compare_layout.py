import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QTabBar

from engine.analysis.calibration import Bin, Reliability
from engine.analysis.intervals import mean_std
from engine.analysis.peers import Ensemble
from engine.store import run_queue
from engine.store.points import append
from studio.language import hush, speak
from studio.pages.compare.interval_bar import LEAST_WIDTH, IntervalBar
from studio.pages.compare.page import ComparePage
from studio.pages.compare.variants import VariantList
from studio.pages.compare.verdicts import Verdicts
from studio.theme.theme import apply_theme
from studio.widgets.buttons import IconButton
from studio.widgets.labels import Badge
from tests.gui.clipping import clipped
from tests.gui.comparing import opened, scroll_area, texts, train

pytestmark = pytest.mark.gui

SMALL = (948, 640)  # what a window of 1024 x 700 leaves to a page


@pytest.fixture(params=["light", "dark"])
def theme(qapp, request):
    apply_theme(qapp, request.param)
    yield request.param
    apply_theme(qapp, "light")


def cut(page):
    """The labels in sight whose text has no room."""
    return [
        label.text() for label in page.findChildren(QLabel)
        if label.isVisible() and not label.wordWrap() and label.width() < label.sizeHint().width()
    ]


def settled(page):
    for _ in range(3):
        QApplication.processEvents()
    page.grab()
    return scroll_area(page).horizontalScrollBar().maximum()


def test_that_nothing_is_cut_with_nothing_chosen(qtbot, context, theme):
    page = ComparePage(context)
    qtbot.addWidget(page)
    page.resize(*SMALL)
    page.show()
    settled(page)
    assert page.width() == SMALL[0]
    assert cut(page) == []


def test_that_one_run_fits_into_a_small_window(qtbot, context, runs, theme):
    page = opened(qtbot, context, runs[:1], SMALL)
    assert settled(page) == 0
    assert cut(page) == []
    assert "plain is the baseline; 3 seeds needed, 1 there" in texts(page)


def test_that_the_widest_verdict_fits_into_a_small_window(qtbot, client, context, runs, theme):
    regularizers = {"mixup": {}, "cutmix": {}, "label_smoothing": {}}
    for seed in range(3):
        runs.append(train(
            client.store, "sila", seed, 50.0 + 9 * seed, 99.0, regularizers=regularizers
        ))
    with client.store.write() as connection:
        for run in client.runs(runs):
            summary = run.summaries["test/top1"]
            append(connection, run.id, {}, {"test/loss": summary})
    context.settings.put("compare/metric", "test/loss")
    page = opened(qtbot, context, runs, SMALL)
    assert page.study.question.metric == "test/loss"
    assert settled(page) == 0
    assert cut(page) == []


def test_that_eye_and_star_stay_in_sight_beside_names_that_have_no_blanks(
    qtbot, client, context, runs
):
    name = "a_method_of_a_plugin_whose_name_has_no_blanks_whatsoever"
    page = opened(qtbot, context, [*runs, train(client.store, name, 0, 91.0)], SMALL)
    settled(page)
    variants = page.findChild(VariantList)
    for each in variants.findChildren(IconButton):
        right = each.mapTo(variants, each.rect().topRight()).x()
        assert right < variants.viewport().width(), each.text()
    said = next(one for one in variants.findChildren(QLabel) if one.toolTip() == name)
    assert said.height() >= said.heightForWidth(said.width()) > 3 * said.fontMetrics().height()


def test_that_a_badge_keeps_its_distance_from_the_line_of_the_next_context(
    qtbot, client, context, runs
):
    page = opened(qtbot, context, [*runs, train(client.store, "plain", 0, 91.0, epochs=9)])
    settled(page)
    verdicts = page.findChild(Verdicts)
    tops = [y_of(verdicts, one) for one in verdicts.findChildren(QFrame)
            if one.property("role") == "line"]
    badges = [one for one in verdicts.findChildren(Badge) if one.text() == "baseline"]
    bottom = min(y_of(verdicts, one) + one.height() for one in badges)
    assert max(tops) - bottom >= 8


def y_of(holder, widget):
    return widget.mapTo(holder, QPoint()).y()


def test_that_intervals_can_be_read_in_a_small_german_window(
    qtbot, qapp, client, context, runs
):
    runs += [train(client.store, "dml", seed, top1) for seed, top1 in enumerate((99.0, 95.0, 20.0))]
    translators = speak(qapp, "de")
    try:
        page = opened(qtbot, context, runs, (SMALL[0] - 22, SMALL[1]))  # its rail is wider
        assert settled(page) == 0
        bars = [bar for bar in page.findChildren(IntervalBar) if bar.isVisible()]
        assert bars
        assert min(bar.width() for bar in bars) >= LEAST_WIDTH
        assert clipped(page) == []
    finally:
        hush(qapp, translators)


@pytest.mark.parametrize("part", ["flips", "classes", "calibration", "peers"])
def test_that_every_part_of_the_test_images_fits_into_a_small_window(qtbot, context, runs, part):
    page = opened(qtbot, context, runs, SMALL)
    images, digest = page._images, page.study.variants[0].digest
    three = mean_std([90.0, 91.0, 92.0])
    images._build_parts()
    images._calibration.show_calibration(
        page.study, {digest: Reliability(three, 95.0, 90.0, (Bin(95.0, 90.0, 100.0),))}
    )
    images._peers.show_peers(page.study, {digest: Ensemble((three,) * 2, three, three, three)})
    for name, widget in images._parts.items():
        widget.setVisible(name == part)
    tabs = page.findChild(QTabBar, "compare_images_parts")
    tabs.show()
    scroll_area(page).ensureWidgetVisible(images)
    assert settled(page) == 0


def test_that_two_hundred_runs_fit_into_a_small_window(qtbot, client, context, runs):
    spec = client.spec(runs[0])
    more = run_queue.enqueue(client.store, [
        spec.model_copy(update={
            "seed": seed, "method": spec.method.model_copy(
                update={"name": "sila", "options": {"alpha": alpha / 10}}
            ),
        })
        for alpha in range(1, 39) for seed in range(5)
    ])
    page = opened(qtbot, context, [*runs, *more], SMALL)
    assert len(page.study.rows) > 190
    assert settled(page) == 0
    assert cut(page) == []
    left_out = page.findChild(QLabel, "compare_left_out")
    assert left_out.text().endswith(f"… and {len(more) - 3} more.")
