"""How the panels of a run are zoomed by hand, and how the page is scrolled over them."""

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel

from engine.store.points import Points, append
from tests.gui.following import child, curve, panels, shown_x
from tests.gui.zooming import CTRL, drag_over, turn_wheel, width

pytestmark = pytest.mark.gui


@pytest.fixture
def loss(qtbot, page, filling):
    """The panel of a run of 100 steps in two epochs, on a page on which not all have room."""
    filling.queue()
    filling.train(1, 2)
    page.resize(700, 500)
    qtbot.waitUntil(lambda: "lr" in panels(page) and page._curves._scroll.isVisible())
    qtbot.waitUntil(lambda: page._curves._scroll.verticalScrollBar().maximum() > 100)
    return panels(page)["loss"]


def test_that_the_wheel_over_a_panel_scrolls_the_page(page, loss):
    bar = page._curves._scroll.verticalScrollBar()
    turn_wheel(loss._plot, -1)
    assert bar.value() > 0
    assert shown_x(page) == (1.0, 100.0)
    turn_wheel(loss._plot, 1)
    assert bar.value() == 0
    assert shown_x(page) == (1.0, 100.0)


def test_that_the_wheel_with_ctrl_zooms_every_panel_and_no_page(page, loss):
    height = loss._view.viewRange()[1]
    turn_wheel(loss._plot, 4, CTRL)
    left, right = shown_x(page)
    assert 1.0 < left < right < 100.0
    assert page._curves._scroll.verticalScrollBar().value() == 0
    turn_wheel(loss._plot, -20, CTRL)
    assert shown_x(page) == (1.0, 100.0)
    assert loss._view.viewRange()[1] == height


@pytest.mark.parametrize("at", [0.02, 0.3, 0.98])
def test_that_zooming_in_ends_where_there_is_still_something_to_see(page, loss, at):
    turn_wheel(loss._plot, 60, CTRL, at)
    left, right = shown_x(page)
    assert right - left == pytest.approx(2.0)
    assert ((curve(page, "loss", "train").x >= left) & (curve(page, "loss", "train").x <= right)
            ).sum() >= 2
    turn_wheel(loss._plot, 5, CTRL, at)
    assert shown_x(page) == (left, right), "nor does it move to the pointer"
    turn_wheel(loss._plot, -1, CTRL, at)
    assert width(shown_x(page)) > 2.0


def test_that_keys_and_drags_zoom_no_deeper_than_the_wheel(page, loss, context):
    for _ in range(12):
        context.commands.action("run.zoom_in").trigger()
    assert width(shown_x(page)) == pytest.approx(2.0)
    for _ in range(3):
        drag_over(loss._plot, (100, 40), (120, 60))
    assert width(shown_x(page)) == pytest.approx(2.0)


def test_that_a_sparse_panel_shows_its_line_where_a_dense_one_is_zoomed(
    qtbot, page, client, loss
):
    ends = Points(np.array([50, 100]), np.array([1.7e9 + 2, 1.7e9 + 4]), np.array([9.0, 5.0]))
    with client.store.write() as connection:
        append(connection, 1, {"val/ece": ends})
    qtbot.waitUntil(lambda: "ece" in panels(page))
    turn_wheel(loss._plot, 60, CTRL, at=0.8)
    left, right = shown_x(page)
    assert 50 < left < right < 100
    low, high = panels(page)["ece"]._view.viewRange()[1]
    assert low < np.interp((left + right) / 2, [50, 100], [9, 5]) < high


def test_that_a_zoom_stays_while_the_run_grows_and_the_new_points_can_be_reached(
    qtbot, page, client, loss
):
    drag_over(loss._plot, (100, 40), (200, 60))
    chosen = shown_x(page)
    steps = np.arange(101, 201, dtype=np.int64)
    with client.store.write() as connection:
        append(connection, 1, {"lr": Points(steps, 1.7e9 + 0.04 * steps, 0.01 * np.ones(100))})
    qtbot.waitUntil(lambda: len(curve(page, "lr", "lr").x) == 200)
    assert shown_x(page) == chosen
    turn_wheel(loss._plot, -40, CTRL)
    assert shown_x(page) == (1.0, 200.0)


def test_that_the_page_says_how_to_zoom(page, loss):
    assert child(page, QLabel, "zoom_hint").text() == (
        "Drag or Ctrl+wheel to zoom, double-click to see all"
    )
