"""How the figures of a comparison are zoomed by hand, and how the page is scrolled over them."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from engine.store.predictions import Predictions, save_predictions
from tests.gui.comparing import (
    EPOCHS,
    LAST,
    begin,
    choose,
    looked_at,
    opened,
    scroll_area,
    validate,
)
from tests.gui.zooming import CTRL, drag_over, turn_wheel, view_of, width

pytestmark = pytest.mark.gui
SIZE = 900, 500


@pytest.fixture
def page(qtbot, context, runs):
    return opened(qtbot, context, runs, SIZE)


@pytest.fixture
def dynamic_page(qtbot, context, dynamic):
    return opened(qtbot, context, dynamic, SIZE)


def ranges(plot):
    return view_of(plot).viewRange()


def answer(client, runs):
    """Let runs keep what they say of a few test images."""
    for run in runs:
        confidence = np.linspace(0.7, 0.99, 12, dtype=np.float32)
        said = Predictions(np.arange(12) % 3, np.zeros(12, np.int64), confidence)
        save_predictions(client.workspace.run_folder(run), "test", LAST, said)


def in_sight(qtbot, page, plot):
    """Scroll to a plot, and let it fit what it shows."""
    def is_there():
        scroll = scroll_area(page)  # again, for the page may grow yet
        scroll.verticalScrollBar().setValue(plot.mapTo(scroll.widget(), QPoint()).y() - 20)
        return plot.viewport().visibleRegion().boundingRect().height() > 0.9 * plot.height()
    qtbot.waitUntil(is_there)
    plot.grab()
    return plot


def double_click(plot):
    view = view_of(plot)
    place = plot.mapFromScene(view.mapToScene(QPointF(view.width() / 2, view.height() / 2)))
    QTest.mouseDClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    plot.grab()


def test_that_the_wheel_over_a_plot_scrolls_the_page(qtbot, page):
    bar = scroll_area(page).verticalScrollBar()
    for plot in (page._curves.plot, page._tradeoff.plot):
        before = ranges(in_sight(qtbot, page, plot))
        at = bar.value()
        turn_wheel(plot, 1)
        assert bar.value() < at
        turn_wheel(plot, -1)
        assert bar.value() == at
        assert ranges(plot) == before


@pytest.mark.parametrize("name", ["compare_lines", "compare_price", "compare_images_parts"])
def test_that_the_wheel_over_a_control_scrolls_the_page_and_chooses_nothing(
    qtbot, client, context, runs, name
):
    answer(client, runs)
    page = opened(qtbot, context, runs, SIZE)
    looked_at(qtbot, page)
    control, bar = page.findChild(QWidget, name), scroll_area(page).verticalScrollBar()
    control.setCurrentIndex(control.count() - 1)  # the wheel could choose the one before

    def place():
        return control.mapTo(page.window(), control.rect().center())

    def is_seen():
        scroll_area(page).ensureWidgetVisible(control)  # again, for the page may grow yet
        return page.window().childAt(place()) is control

    qtbot.waitUntil(is_seen)
    qtbot.wait(100)  # what comes below the tabs may shorten the page yet
    qtbot.waitUntil(is_seen)
    before, at = control.currentIndex(), bar.value()
    QTest.wheelEvent(page.window().windowHandle(), QPointF(place()), QPoint(0, 120))
    assert bar.value() < at
    assert control.currentIndex() == before
    assert not control.hasFocus()


@pytest.mark.parametrize("at", [0.02, 0.5, 0.98])
def test_that_the_curves_are_zoomed_with_ctrl_within_the_epochs_there_are(qtbot, page, at):
    plot = in_sight(qtbot, page, page._curves.plot)
    whole, bar = ranges(plot), scroll_area(page).verticalScrollBar().value()
    turn_wheel(plot, -100, CTRL, at)
    (left, right), _ = ranges(plot)
    assert 0 < left <= 1
    assert EPOCHS <= right < EPOCHS + 1

    def is_as_near_as_can_be():
        turn_wheel(plot, 20, CTRL, at)
        return width(ranges(plot)[0]) == pytest.approx(2.0)

    qtbot.waitUntil(is_as_near_as_can_be)
    near = ranges(plot)
    turn_wheel(plot, 5, CTRL, at)
    assert ranges(plot) == near
    assert scroll_area(page).verticalScrollBar().value() == bar
    double_click(plot)
    assert np.allclose(ranges(plot), whole, atol=0.05)


def test_that_a_stretch_of_the_curves_is_dragged_over_and_y_fits_what_is_in_it(qtbot, page):
    plot = in_sight(qtbot, page, page._curves.plot)
    _, (low, high) = whole = ranges(plot)
    right = view_of(plot).width()
    drag_over(plot, (0.5 * right, 40), (right - 2, 60))
    (left, _), (bottom, top) = ranges(plot)
    assert left == pytest.approx(np.mean(whole[0]), abs=0.1)
    assert bottom > low + 0.3 * (high - low)
    assert top == pytest.approx(high, abs=0.3)
    double_click(plot)
    assert np.allclose(ranges(plot), whole, atol=0.05)


def test_that_a_zoom_stays_while_curves_grow_and_the_new_epochs_can_be_reached(
    qtbot, client, context, runs
):
    claim = begin(client.store, "sila", 3)
    validate(client.store, claim.run, range(1, 21))
    page = opened(qtbot, context, [claim.run], SIZE)
    plot = in_sight(qtbot, page, page._curves.plot)
    right = view_of(plot).width()
    drag_over(plot, (0.2 * right, 40), (0.5 * right, 60))
    chosen = ranges(plot)
    validate(client.store, claim.run, range(21, 41))
    qtbot.waitUntil(lambda: [len(s.x) for s in plot.layer.strokes] == [40])
    assert ranges(plot) == chosen
    turn_wheel(plot, -100, CTRL)
    assert ranges(plot)[0][1] > 40


def test_that_dots_are_zoomed_both_ways_and_never_far_from_them(qtbot, page):
    choose(page, "compare_price", "seconds")
    plot = in_sight(qtbot, page, page._tradeoff.plot)
    whole = ranges(plot)
    turn_wheel(plot, -100, CTRL)
    for shown, first in zip(ranges(plot), whole, strict=True):
        assert width(shown) < 1.5 * width(first)
    turn_wheel(plot, 200, CTRL)
    for shown, first in zip(ranges(plot), whole, strict=True):
        assert 0.005 * width(first) < width(shown) < 0.02 * width(first)
    double_click(plot)
    assert np.allclose(ranges(plot), whole, atol=0.05)


@pytest.mark.parametrize(("end", "kept"), [
    ((200, 120), (False, False)), ((200, 48), (False, True)), ((104, 120), (True, False)),
    ((102, 42), (True, True)),
])
def test_that_a_part_of_the_dots_is_dragged_over_and_a_thin_one_is_a_stretch(
    qtbot, page, end, kept
):
    plot = in_sight(qtbot, page, page._tradeoff.plot)
    before = ranges(plot)
    drag_over(plot, (100, 40), end)
    assert tuple(now == then for now, then in zip(ranges(plot), before, strict=True)) == kept


@pytest.mark.parametrize("log", [False, True])
def test_that_curves_against_cost_end_a_little_beyond_their_ends(qtbot, dynamic_page, log):
    section = dynamic_page._costs
    section._log.setChecked(log)
    section._draw()
    plot = in_sight(qtbot, dynamic_page, section.plot)
    turn_wheel(plot, -100, CTRL)
    (left, right), _ = ranges(plot)
    first, last = np.log10([15, 120]) if log else (15, 120)
    beyond = 0.2 * (last - first)
    assert first - beyond < left < first
    assert last < right < last + beyond


def test_that_a_single_epoch_stays_in_sight(qtbot, context, client, runs):
    claim = begin(client.store, "sila", 3)
    validate(client.store, claim.run, [1])
    page = opened(qtbot, context, [claim.run], SIZE)
    plot = in_sight(qtbot, page, page._curves.plot)
    for notches in (-50, 100):
        turn_wheel(plot, notches, CTRL)
        (left, right), _ = ranges(plot)
        assert left < 1 < right
        assert width((left, right)) < 3


def test_that_the_sections_with_figures_say_how_to_zoom(qtbot, page):
    hints = [one for one in page.findChildren(QLabel, "hint") if one.isVisibleTo(page)]
    assert {one.text() for one in hints} == {"Drag or Ctrl+wheel to zoom, double-click to see all"}
    assert len(hints) == 2


def test_that_reliability_is_zoomed_no_farther_than_percents_go(qtbot, client, context, runs):
    answer(client, runs)
    context.settings.put("compare/images_part", "calibration")
    page = opened(qtbot, context, runs, SIZE)
    plot = in_sight(qtbot, page, looked_at(qtbot, page).plot)
    turn_wheel(plot, -100, CTRL)
    (left, right), _ = ranges(plot)
    assert 60 < left < 70
    assert 100 < right < 110
