import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSlider,
    QTabWidget,
    QToolButton,
    QTreeWidget,
)

from engine.analysis.smoothing import ema, moving_mean
from engine.spec.card import Card
from engine.spec.run_spec import MethodSpec, RunSpec
from engine.spec.run_state import RunState
from engine.spec.spec_file import parse_spec
from engine.store import artifacts, cards, run_queue, runs, schema
from engine.store.points import Points, append
from studio.pages.run.page import RunPage
from studio.plots.palette import RUN_COLOURS, deeper, run_colour
from studio.plots.strokes import Shade
from studio.theme.theme import apply_theme
from studio.theme.tokens import tokens
from tests.gui.listing import do, why_not

pytestmark = pytest.mark.gui


@pytest.fixture
def page(qtbot, context):
    page = RunPage(context)
    qtbot.addWidget(page)
    page.resize(1200, 700)
    page.show()
    return page


def child(page, kind, name):
    found = page.findChild(kind, name)
    assert found is not None, name
    return found


def panels(page):
    return page._curves.panels


def curve(page, panel, name):
    return next(one for one in panels(page)[panel]._curves if one.name == name)


def plain(text):
    """A text whose lines can break anywhere."""
    return text.replace("&nbsp;", " ").replace("\u00a0", " ")


def shown_x(page):
    """What the panels show of x; all show the same."""
    [extent] = {tuple(one._view.viewRange()[0]) for one in panels(page).values()}
    return extent


def show_tab(page, title):
    tabs = child(page, QTabWidget, "run.tabs")
    tabs.setCurrentIndex([tabs.tabText(at) for at in range(tabs.count())].index(title))


def test_that_without_runs_the_page_offers_a_new_experiment(qtbot, page, context):
    with qtbot.waitSignal(context.selection.page_requested) as signal:
        page._empty.findChild(QPushButton, "empty.button").click()
    assert signal.args == ["compose"]


def test_that_without_a_choice_the_run_at_work_is_shown(qtbot, page, context, client, filling):
    page.hide()
    filling.queue(seeds=(0, 1))
    claim = filling.train(1, 2)
    qtbot.waitUntil(lambda: {run.id: run.step for run in context.feed.runs} == {1: 100, 2: 0})
    page.show()
    name = child(page, QLabel, "run.name")
    qtbot.waitUntil(lambda: name.text() == "plain resnet8 digits s0")
    facts = plain(child(page, QLabel, "run.facts").text())
    for fact in ("epoch 2 of 4", "4 s left", "cpu", "1.23 k images/s", "77.8 k parameters"):
        assert fact in facts
    assert child(page, QLabel, "run.state").text() == "Running"
    # What was shown stays, though another run is at work by now: Stop must not hit that one.
    run_queue.finish(client.store, claim, RunState.COMPLETED)
    filling.train(2, 1)
    qtbot.waitUntil(lambda: context.feed.runs[0].state is RunState.RUNNING)
    assert name.text() == "plain resnet8 digits s0"
    assert context.selection.selected == [1]


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
    assert curve(page, "lr", "lr").x[-1] == 2.0
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
    panels(page)["loss"].hovered.emit(0.307)
    assert plain(panels(page)["lr"].readout()).endswith("@ epoch 0.3 (step 15)")
    panels(page)["loss"].hovered.emit(None)
    assert "@" not in panels(page)["lr"].readout()


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


def test_that_what_a_run_asks_of_the_machine_has_a_tab_of_its_own(qtbot, page, client, filling):
    filling.queue()
    filling.train(1, 2)
    steps, times = np.array([40, 80]), 1.7e9 + np.array([60.0, 120.0])
    with client.store.write() as connection:
        for key, values in (("cpu", [90.0, 180.0]), ("memory", [500.0, 600.0])):
            append(connection, 1, {f"system/{key}": Points(steps, times, np.array(values))})
        peak = Points(steps[1:], times[1:], np.array([700.0]))
        append(connection, 1, {"system/peak_memory": peak})
    qtbot.waitUntil(lambda: "memory" in page._system.panels)
    assert list(page._system.panels) == ["cpu", "memory"]
    cpu, = page._system.panels["cpu"]._curves
    assert cpu.y.tolist() == [90.0, 180.0]
    assert cpu.x[1] - cpu.x[0] == pytest.approx(60)  # seconds of a short run
    memory, peak = page._system.panels["memory"]._curves
    assert memory.colour != peak.colour
    starts = {panel._view.viewRange()[0][0] for panel in page._system.panels.values()}
    assert list(starts) == [pytest.approx(60, abs=0.1)]
    assert not {"cpu", "memory", "system"} & panels(page).keys()


def test_that_gradients_have_a_curve_for_each_stage(qtbot, page, client, filling):
    filling.queue()
    filling.train(1, 2)
    steps, times = np.array([1, 51]), 1.7e9 + np.array([1.0, 2.0])
    with client.store.write() as connection:
        for stage, values in (("stem", [0.5, -0.2]), ("stages.1", [0.1, 0.3])):
            found = Points(steps, times, np.array(values))
            append(connection, 1, {f"gradient/cosine/{stage}": found})
    tab = page._gradients
    qtbot.waitUntil(lambda: "cosine" in tab.panels)
    stem, stage = tab.panels["cosine"]._curves
    assert (stem.name, stage.name) == ("stem", "stages.1")
    assert stem.y.tolist() == [0.5, -0.2]
    assert stem.colour != stage.colour
    assert not {"gradient", "cosine"} & panels(page).keys()


def test_that_the_specification_is_read_and_copied_as_it_would_be_queued(
    qtbot, page, client, filling, context
):
    filling.queue(methods=("sila",), seeds=(7,))
    show_tab(page, "Config")
    tree = child(page, QTreeWidget, "config.tree")
    qtbot.waitUntil(lambda: tree.topLevelItemCount() > 0)
    seed, = tree.findItems("seed", Qt.MatchFlag.MatchRecursive)
    assert (seed.text(1), seed.text(2), seed.font(1).bold()) == ("7", "0", True)
    lr, = tree.findItems("lr", Qt.MatchFlag.MatchRecursive)
    assert not lr.font(1).bold()
    do(context, "run.copy_config")
    assert parse_spec(QGuiApplication.clipboard().text()) == [client.spec(1)]


def test_that_options_left_at_their_default_are_shown_and_changed_ones_are_bold(
    qtbot, page, client
):
    properties = {"alpha": {"type": "number", "default": 0.3}, "tau": {"default": 4.0}}
    card = Card(kind="method", name="sila", title="SiLa", summary="", options={
        "properties": properties})
    cards.publish(client.store, [card], "stamp")
    method = MethodSpec(name="sila", options={"tau": 2.0})
    run_queue.enqueue(client.store, [RunSpec(method=method)])
    show_tab(page, "Config")
    tree = child(page, QTreeWidget, "config.tree")

    def row(name):
        items = tree.findItems(name, Qt.MatchFlag.MatchRecursive)
        return [(item.text(1), item.text(2), item.font(1).bold()) for item in items]

    qtbot.waitUntil(lambda: row("alpha") == [("0.3", "0.3", False)])
    assert row("tau") == [("2.0", "4.0", True)]


def test_that_settings_that_differ_from_the_baseline_come_first(qtbot, page, context, filling):
    filling.queue(methods=("sila", "plain"), seeds=(0,))
    filling.queue(methods=("plain",), seeds=(7,), epochs=9)
    context.selection.set_current(1)
    show_tab(page, "Config")
    tree, against = child(page, QTreeWidget, "config.tree"), child(page, QLabel, "config.against")
    qtbot.waitUntil(lambda: tree.topLevelItemCount() > 0)
    assert "“Compare others with this variant” (Ctrl+B)" in against.text()
    assert tree.isColumnHidden(3)
    assert not tree.findItems("Differs from the baseline", Qt.MatchFlag.MatchExactly)

    baseline = next(run for run in context.feed.runs if run.id == 3)
    context.selection.set_baseline(baseline.digest)
    qtbot.waitUntil(lambda: "the baseline, #3" in against.text())
    first = tree.topLevelItem(0)
    assert first.text(0) == "Differs from the baseline"
    rows = [[first.child(at).text(column) for column in range(4)]
            for at in range(first.childCount())]
    assert sorted(rows) == [["method.name", "sila", "plain", "plain"],
                            ["training.epochs", "4", str(RunSpec().training.epochs), "9"]]
    seed, = tree.findItems("seed", Qt.MatchFlag.MatchRecursive)
    assert (seed.text(1), seed.text(3)) == ("0", "7")

    context.selection.set_current(3)
    qtbot.waitUntil(lambda: "own variant" in against.text())
    assert baseline.name != tree.topLevelItem(0).text(0) != "Differs from the baseline"


def test_that_one_goes_from_difference_to_difference(qtbot, page, context, filling):
    filling.queue(methods=("sila",), seeds=(7,))
    show_tab(page, "Config")
    tree = child(page, QTreeWidget, "config.tree")
    qtbot.waitUntil(lambda: tree.topLevelItemCount() > 0)
    met = []
    onwards, back = "next_difference", "previous_difference"
    for command in (onwards, onwards, onwards, onwards, back, back):
        do(context, f"run.{command}")
        item = tree.currentItem()
        assert item.font(0).bold()
        assert tree.viewport().rect().intersects(tree.visualItemRect(item))
        met.append(item.text(0))
    assert met[:3] == ["seed", "name", "epochs"]
    assert met[3:] == ["seed", "epochs", "name"]


def test_that_there_is_no_next_difference_where_nothing_differs(qtbot, page, context, client):
    run_queue.enqueue(client.store, [RunSpec()])
    show_tab(page, "Config")
    tree = child(page, QTreeWidget, "config.tree")
    qtbot.waitUntil(lambda: tree.topLevelItemCount() > 0)
    assert why_not(context, "run.next_difference") == (
        "Nothing differs from the default or the baseline"
    )
    show_tab(page, "Log")
    assert why_not(context, "run.next_difference") == "Go to the config of a run first"


def test_that_the_log_is_read_on_while_it_is_looked_at(qtbot, page, client, filling, context):
    filling.queue()
    show_tab(page, "Log")
    text = child(page, QPlainTextEdit, "log.text")
    with client.store.write() as connection:
        runs.log(connection, 1, "the first line")
    qtbot.waitUntil(lambda: text.toPlainText().endswith("the first line"))
    with client.store.write() as connection:
        runs.log(connection, 1, "it went wrong", "error")
    qtbot.waitUntil(lambda: text.toPlainText().endswith("ERROR: it went wrong"))
    assert len(text.toPlainText().splitlines()) == 2
    do(context, "run.copy_log")
    assert QGuiApplication.clipboard().text() == text.toPlainText()


def test_that_a_run_left_and_come_back_to_shows_each_line_once(
    qtbot, page, context, client, filling
):
    filling.queue(seeds=(0, 1))
    with client.store.write() as connection:
        runs.log(connection, 1, "the only line")
    show_tab(page, "Log")
    qtbot.waitUntil(page._log.isVisible)
    for run in (1, 2, 1):  # before any of the answers comes
        context.selection.set_current(run)
    text = child(page, QPlainTextEdit, "log.text")
    qtbot.waitUntil(lambda: text.toPlainText().endswith("the only line"))
    qtbot.wait(200)
    assert len(text.toPlainText().splitlines()) == 1


def test_that_files_are_listed_with_their_sizes(
    qtbot, page, client, filling, context, monkeypatch
):
    filling.queue()
    folder = client.workspace.run_folder(1)
    path = folder / "weights_last.safetensors"
    artifacts.record(client.store, 1, "weights", path, step=200, num_bytes=300 * 1024)
    artifacts.record(client.store, 1, "checkpoint", folder / "checkpoint.pt", num_bytes=1024**2)
    show_tab(page, "Files")
    total = child(page, QLabel, "files.total")
    qtbot.waitUntil(lambda: total.text() == "2 files, 1.3 MiB")
    tree = child(page, QTreeWidget, "files.tree")
    item, = tree.findItems("weights", Qt.MatchFlag.MatchExactly)
    assert why_not(context, "run.copy_path") == "Select a file first"
    item.setSelected(True)
    do(context, "run.copy_path")
    assert QGuiApplication.clipboard().text() == str(path)
    asked = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: asked.append(url) is None)
    folder.mkdir(parents=True)
    do(context, "run.reveal_files")
    assert [url.toLocalFile() for url in asked] == [str(folder)]


def test_that_a_failed_run_says_what_went_wrong(qtbot, page, client, filling):
    filling.queue()
    claim = filling.train(1, 1)
    run_queue.finish(client.store, claim, RunState.FAILED, "the loss became nan at step 51")
    error = child(page, QLabel, "run.error")
    qtbot.waitUntil(lambda: error.text() == "the loss became nan at step 51")
    assert error.isVisible()
    assert child(page, QLabel, "run.state").text() == "Failed"


def test_that_a_long_name_leaves_the_page_room_in_the_smallest_window(qtbot, page, client, filling):
    filling.queue()
    filling.train(1, 1)
    client.annotate(1, name="a very long name " * 20)
    name = child(page, QLabel, "run.name")
    qtbot.waitUntil(lambda: name.text().startswith("a very long"))
    assert page.minimumSizeHint().width() <= 960 - 80


def test_that_the_name_goes_before_the_words_of_the_buttons(qtbot, page, client, filling):
    filling.complete(*filling.queue())
    name, export = child(page, QLabel, "run.name"), child(page, QToolButton, "run.export.button")
    qtbot.waitUntil(lambda: name.text() == "plain resnet8 digits s0")
    assert export.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    page.resize(1024 - 80, 700)
    client.annotate(1, name="sila resnet20 cifar100 label_smoothing s2")
    qtbot.waitUntil(lambda: name.text().endswith("s2"))
    qtbot.waitUntil(lambda: name.width() >= name.sizeHint().width())
    assert export.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly
    assert export.accessibleName() == "Export"
    assert export.toolTip().startswith("Export")
    page.resize(1600, 700)
    qtbot.waitUntil(
        lambda: export.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    )
    assert name.width() >= name.sizeHint().width()


def test_that_accuracies_say_which_weights_they_are_of(qtbot, page, client, filling):
    filling.complete(*filling.queue())
    facts = child(page, QLabel, "run.facts")
    qtbot.waitUntil(lambda: "weights" in facts.text())
    value = client.runs()[0].summaries["val/top1"].best
    assert f"best weights: val {value:.2f} %, test {value:.2f} %" in plain(facts.text())
    assert f"last weights: val {value:.2f} %, test {value - 1:.2f} %" in plain(facts.text())


def test_that_a_hidden_page_follows_no_run(qtbot, page, context, client, filling):
    filling.queue()
    filling.train(1, 1)
    qtbot.waitUntil(lambda: "lr" in panels(page))
    page.hide()
    steps = np.arange(51, 61, dtype=np.int64)
    with (
        qtbot.assertNotEmitted(context.feed.points_arrived, wait=500),
        client.store.write() as connection,
    ):
        append(connection, 1, {"lr": Points(steps, 1.0 * steps, 1.0 * steps)})
    page.show()
    qtbot.waitUntil(lambda: len(curve(page, "lr", "lr").x) == 60)


def test_that_a_fork_says_where_it_comes_from(qtbot, page, client, filling):
    parent, number = filling.queue(seeds=(0, 1))
    with client.store.write() as connection:
        connection.execute(schema.run.update().where(schema.run.c.id == number).values(
            forked_from=parent, forked_at=2
        ))
    facts = child(page, QLabel, "run.facts")
    qtbot.waitUntil(lambda: "forked from #1 at epoch 2" in plain(facts.text()))
    show_tab(page, "Config")
    tree = child(page, QTreeWidget, "config.tree")
    qtbot.waitUntil(lambda: tree.topLevelItemCount() > 0)
    fork = tree.topLevelItem(0)
    assert [(fork.child(at).text(0), fork.child(at).text(1)) for at in range(2)] == [
        ("run", "1"), ("epoch", "2")
    ]


def test_that_a_run_can_be_forked_from_its_header_and_its_files(qtbot, page, context, filling):
    filling.complete(*filling.queue())
    fork = context.commands.action("run.fork")
    assert fork in child(page, QToolButton, "run.more").menu().actions()
    show_tab(page, "Files")
    button = child(page, QToolButton, "run.fork.button")
    qtbot.waitUntil(button.isEnabled)
    assert button.isVisible()
