from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QSlider,
)

from engine.analysis.smoothing import ema, moving_mean
from engine.spec.run_state import RunState
from engine.store import run_queue
from engine.store.points import Points, append
from studio.plots.palette import RUN_COLOURS, deeper, run_colour
from studio.plots.strokes import Shade
from studio.theme.theme import apply_theme
from studio.theme.tokens import tokens
from tests.gui.following import child, curve, panels, plain, show_tab, shown_x

pytestmark = pytest.mark.gui


def test_that_train_and_validation_of_a_metric_are_drawn_together(qtbot, page, filling):
    filling.queue()
    filling.train(1, 2)
    qtbot.waitUntil(lambda: set(panels(page)) == {"loss", "terms", "top1", "lr"})
    assert [one.name for one in panels(page)["top1"]._curves] == ["train", "val"]
    assert [one.name for one in panels(page)["terms"]._curves] == ["main", "sila"]
    assert len(curve(page, "loss", "train").x) == 100
    assert len(curve(page, "loss", "val").x) == 2


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("colour", RUN_COLOURS)
def test_that_train_is_seen_on_the_ground_and_told_from_validation(theme, colour):
    # Differences in CIELAB: above about 10 two colours are seen apart at a glance.
    colours = tokens(theme)
    train = deeper(colour, colours.text)
    assert contrast(train, colours.surface) >= 3
    assert cielab_difference(train, colour) > 18


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_that_curves_follow_the_theme(qtbot, qapp, page, filling, theme):
    filling.queue()
    filling.train(1, 2)
    qtbot.waitUntil(lambda: "top1" in panels(page))
    apply_theme(qapp, theme)
    wanted = deeper(run_colour(page._run.colour), tokens(theme).text)
    assert curve(page, "top1", "train").colour == wanted
    assert "Step" in panels(page)["top1"]._item.getAxis("bottom").labelString()
    apply_theme(qapp, "light")


def contrast(one, other):
    """Of two colours, as WCAG 2 reckons it: 1 to 21."""
    darker, brighter = sorted((luminance(one), luminance(other)))
    return (brighter + 0.05) / (darker + 0.05)


def luminance(colour):
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def linear(colour):
    rgb = np.array([int(colour[at:at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def cielab_difference(one, other):
    return float(np.linalg.norm(cielab(one) - cielab(other)))


def cielab(colour):
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722],
                       [0.0193, 0.1192, 0.9505]])
    white = np.array([0.9505, 1.0, 1.089])
    x, y, z = np.cbrt(to_xyz @ linear(colour) / white)  # none is near black
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_that_validation_is_drawn_wider_and_percents_have_two_decimals(qtbot, page, filling):
    filling.queue()
    filling.train(1, 2)
    qtbot.waitUntil(lambda: "top1" in panels(page))
    assert curve(page, "top1", "val").width > curve(page, "top1", "train").width
    train = curve(page, "top1", "train").y
    panels(page)["top1"].hovered.emit(1.0)
    assert f"train {train[0]:.2f}&nbsp;" in panels(page)["top1"].readout()


@pytest.mark.parametrize(("state", "word"), [
    (RunState.FAILED, "failed"), (RunState.CANCELLED, "was stopped")
])
def test_that_a_run_that_ended_before_its_first_step_promises_no_curves(
    qtbot, page, client, filling, state, word
):
    filling.queue()
    qtbot.waitUntil(lambda: page._run is not None)
    qtbot.waitUntil(lambda: said(page._curves).startswith("No curves yet"))
    claim = run_queue.claim(client.store, filling._worker)
    run_queue.finish(client.store, claim, state)
    text = f"No curves: the run {word} before there were any."
    qtbot.waitUntil(lambda: said(page._curves) == text)
    run_queue.resume(client.store, claim.run)
    qtbot.waitUntil(lambda: said(page._curves).startswith("No curves yet"))


def test_that_curves_are_said_to_be_read_until_the_first_answer(
    qtbot, page, context, filling
):
    first, second = filling.queue(seeds=(0, 1))
    filling.complete(first)
    context.selection.set_current(first)
    qtbot.waitUntil(lambda: "lr" in panels(page))
    qtbot.waitUntil(lambda: said(page._gradients).startswith("Nothing yet"))
    context.selection.set_current(second)
    assert said(page._curves) == said(page._gradients) == "Reading the curves…"
    qtbot.waitUntil(lambda: said(page._curves).startswith("No curves yet"))
    context.selection.set_current(first)
    assert said(page._curves) == "Reading the curves…"
    qtbot.waitUntil(lambda: said(page._curves) == "")


def said(tab):
    """What a tab says in place of panels; nothing where it has some."""
    [text] = [one.text() for one in tab._empty.findChildren(QLabel) if one.text()]
    return text if tab._empty.isVisibleTo(tab) else ""


def test_that_curves_grow_while_the_run_trains(qtbot, page, client, filling):
    filling.queue()
    filling.train(1, 2)
    qtbot.waitUntil(lambda: "lr" in panels(page))
    steps = np.arange(101, 111, dtype=np.int64)
    with client.store.write() as connection:
        append(connection, 1, {"lr": Points(steps, 1.7e9 + 0.04 * steps, 0.01 * np.ones(10))})
    qtbot.waitUntil(lambda: len(curve(page, "lr", "lr").x) == 110)
    assert "0.0100" in panels(page)["lr"].readout()


def test_that_another_run_replaces_the_curves(qtbot, page, context, filling):
    filling.queue(seeds=(0, 1))
    filling.complete(1)
    filling.train(2, 2)
    context.selection.set_current(1)
    qtbot.waitUntil(lambda: "lr" in panels(page) and len(curve(page, "lr", "lr").x) == 200)
    context.selection.set_current(2)
    qtbot.waitUntil(lambda: len(curve(page, "lr", "lr").x) == 100)
    assert context.selection.selected == [2]


def test_that_x_is_steps_epochs_or_time(qtbot, page, filling):
    filling.queue()
    filling.train(1, 2)
    qtbot.waitUntil(lambda: "lr" in panels(page))
    axis = child(page, QComboBox, "curves.x")
    assert curve(page, "lr", "lr").x[-1] == 100
    axis.setCurrentIndex(1)
    qtbot.waitUntil(lambda: curve(page, "lr", "lr").x[-1] == 2.0)  # once the run tells its epochs
    axis.setCurrentIndex(2)
    assert curve(page, "lr", "lr").x[-1] == pytest.approx(99 * 0.04)
    bottom = panels(page)["lr"]._item.getAxis("bottom")
    assert bottom.labelString().split(">")[1].split("<")[0].strip() == "Time (s)"


def test_that_a_zoom_in_time_stays_where_it_is_when_the_run_is_said_in_minutes(
    qtbot, page, client, filling
):
    filling.queue()
    filling.train(1, 2)
    qtbot.waitUntil(lambda: "lr" in panels(page))
    child(page, QComboBox, "curves.x").setCurrentIndex(2)
    panels(page)["lr"].zoomed.emit((1.2, 2.4))
    later = Points(np.array([101]), np.array([1.7e9 + 600]), np.array([0.5]))
    with client.store.write() as connection:
        append(connection, 1, {"lr": later})
    qtbot.waitUntil(lambda: len(curve(page, "lr", "lr").x) == 101)
    assert curve(page, "lr", "lr").x[-1] == pytest.approx((600 - 0.04) / 60)
    assert panels(page)["loss"]._view.viewRange()[0] == pytest.approx([0.02, 0.04])
    assert "Time (min)" in panels(page)["loss"]._item.getAxis("bottom").labelString()


def test_that_smoothing_keeps_the_raw_curve_and_leaves_short_ones_alone(qtbot, page, filling):
    filling.queue()
    filling.train(1, 2)
    qtbot.waitUntil(lambda: "loss" in panels(page))
    child(page, QSlider, "curves.smoothing").setValue(90)
    qtbot.waitUntil(lambda: curve(page, "loss", "train").smooth is not None)
    train = curve(page, "loss", "train")
    np.testing.assert_allclose(train.smooth, ema(train.y, 0.9))
    assert curve(page, "loss", "val").smooth is None
    assert curve(page, "lr", "lr").smooth is None
    readout = panels(page)["loss"].readout()
    assert f"train {train.y[-1]:.4f} (line smoothed: {train.smooth[-1]:.4f})" in plain(readout)
    smoother = child(page, QComboBox, "curves.smoother")
    smoother.setCurrentIndex(smoother.findData("window"))
    np.testing.assert_allclose(
        curve(page, "loss", "train").smooth, moving_mean(curve(page, "loss", "train").y, 90)
    )
    child(page, QSlider, "curves.smoothing").setValue(0)
    assert curve(page, "loss", "train").smooth is None


def test_that_log_y_is_for_every_panel(qtbot, page, filling):
    filling.queue()
    filling.train(1, 2)
    qtbot.waitUntil(lambda: "loss" in panels(page))
    child(page, QCheckBox, "curves.log").click()
    panel = panels(page)["loss"]
    loss = np.log10(curve(page, "loss", "train").y)
    qtbot.waitUntil(lambda: panel.layer.strokes[0].y == pytest.approx(loss))


def test_that_outliers_can_be_hidden_in_every_panel_and_stay_so(qtbot, page, context, filling):
    filling.queue()
    filling.train(1, 2)
    qtbot.waitUntil(lambda: "loss" in panels(page))
    before = panels(page)["lr"]._view.viewRange()[1]
    child(page, QCheckBox, "curves.outliers").click()
    low, high = panels(page)["lr"]._view.viewRange()[1]
    assert before[0] < low < high < before[1]
    assert context.settings.get("curves/outliers", False)


def test_that_panels_share_x_zoomed_or_not(qtbot, page, client, filling):
    filling.queue()
    filling.train(1, 2)
    qtbot.waitUntil(lambda: "lr" in panels(page))
    with client.store.write() as connection:
        last = Points(np.array([140]), np.array([1.7e9 + 6]), np.array([9.0]))
        append(connection, 1, {"val/ece": last})
    qtbot.waitUntil(lambda: "ece" in panels(page))
    assert shown_x(page) == (1.0, 140.0)
    panels(page)["loss"].zoomed.emit((20.0, 40.0))
    assert shown_x(page) == (20.0, 40.0)
    panels(page)["loss"].zoomed.emit((-20.0, 40.0))
    assert shown_x(page) == (1.0, 40.0)
    panels(page)["loss"].zoomed.emit(None)
    assert shown_x(page) == (1.0, 140.0)


def test_that_the_pointer_stands_at_a_point_that_exists_in_every_panel(qtbot, page, filling):
    filling.queue()
    filling.train(1, 2)
    qtbot.waitUntil(lambda: "lr" in panels(page))
    panels(page)["loss"].hovered.emit(79.8)
    lr, top1 = curve(page, "lr", "lr"), curve(page, "top1", "val")
    assert {panel._line.value() for panel in panels(page).values()} == {80.0}
    assert f"{lr.y[79]:.4f}" in panels(page)["lr"].readout()
    assert plain(panels(page)["lr"].readout()).endswith("@ step 80")
    # Validation was looked at after step 50 last; it is not interpolated.
    assert f"val {top1.y[0]:.2f} " in plain(panels(page)["top1"].readout())
    panels(page)["loss"].hovered.emit(20.0)
    assert "val – " in plain(panels(page)["top1"].readout())
    child(page, QComboBox, "curves.x").setCurrentIndex(1)
    qtbot.waitUntil(lambda: curve(page, "lr", "lr").x[-1] == 2.0)
    panels(page)["loss"].hovered.emit(0.307)
    assert plain(panels(page)["lr"].readout()).endswith("@ epoch 0.3 (step 15)")
    panels(page)["loss"].hovered.emit(None)
    assert "@" not in panels(page)["lr"].readout()


def test_that_epochs_are_counted_once_it_is_known_how_many_steps_they_have(
    qtbot, page, client, filling
):
    filling.queue()
    filling.train(1, 2)
    qtbot.waitUntil(lambda: "lr" in panels(page))
    child(page, QComboBox, "curves.x").setCurrentIndex(1)
    [row] = client.runs()
    page._curves.show_run(replace(row, steps_per_epoch=0))
    assert curve(page, "lr", "lr").x[-1] == 100.0
    page._curves.show_run(row)
    assert curve(page, "lr", "lr").x[-1] == 2.0


def test_that_terms_stand_one_upon_the_other_and_their_top_is_the_loss(
    qtbot, page, client, filling
):
    filling.queue()
    filling.train(1, 2)
    qtbot.waitUntil(lambda: "terms" in panels(page))
    panel, loss = panels(page)["terms"], curve(page, "loss", "train").y
    assert [one.name for one in panel._curves] == ["main", "sila"]
    np.testing.assert_allclose(panel.layer.strokes[-2].y, 0.7 * loss)
    np.testing.assert_allclose(panel.layer.strokes[-1].y, loss)
    main, sila = (one for one in panel.layer.strokes if isinstance(one, Shade))
    assert not main.low.any()
    np.testing.assert_allclose(sila.low, main.high)
    np.testing.assert_allclose(sila.high, loss)
    assert panel._view.viewRange()[1][0] <= 0
    assert f"stacked, total {loss[-1]:.4f}" in plain(panel.readout())
    assert f"sila {0.3 * loss[-1]:.4f}" in plain(panel.readout())
    child(page, QCheckBox, "curves.log").click()
    np.testing.assert_allclose(panel.layer.strokes[-1].y, np.log10(0.3 * loss))
    assert len(panel.layer.strokes) == 2
    assert "not stacked: the scale is logarithmic" in panel.readout()
    child(page, QCheckBox, "curves.log").click()
    assert "stacked, total" in plain(panel.readout())
    later = Points(np.array([101]), np.array([1.7e9 + 5]), np.array([-0.25]))
    with client.store.write() as connection:
        append(connection, 1, {"train/loss/sila": later})
    qtbot.waitUntil(lambda: "not stacked: some are negative" in panel.readout())
    np.testing.assert_allclose(panel.layer.strokes[-1].y, [*(0.3 * loss), -0.25])


def test_that_curves_are_zoomed_with_the_keys(qtbot, page, context, filling):
    filling.queue()
    filling.train(1, 2)
    qtbot.waitUntil(lambda: "lr" in panels(page))

    def shown():
        [extent] = {tuple(one._view.viewRange()[0]) for one in panels(page).values()}
        return extent

    for name, expected in (
        ("in", (25.75, 75.25)), ("right", (50.5, 100.0)), ("right", (50.5, 100.0)),
        ("in", (62.875, 87.625)), ("left", (50.5, 75.25)), ("out", (38.125, 87.625)),
    ):
        context.commands.action(f"run.zoom_{name}").trigger()
        assert shown() == expected
    context.commands.action("run.zoom_reset").trigger()
    assert panels(page)["lr"]._view.viewRange()[0] == [1.0, 100.0]
    context.commands.action("run.zoom_out").trigger()
    assert panels(page)["lr"]._view.viewRange()[0] == [1.0, 100.0]
    show_tab(page, "Log")
    assert not context.commands.action("run.zoom_in").isEnabled()


def test_that_another_run_is_shown_whole(qtbot, page, context, filling):
    filling.queue(seeds=(0, 1))
    filling.complete(1)
    filling.train(2, 2)
    context.selection.set_current(1)
    qtbot.waitUntil(lambda: "lr" in panels(page) and len(curve(page, "lr", "lr").x) == 200)
    context.commands.action("run.zoom_in").trigger()
    context.selection.set_current(2)
    qtbot.waitUntil(lambda: len(curve(page, "lr", "lr").x) == 100)
    assert panels(page)["lr"]._view.viewRange()[0] == [1.0, 100.0]
