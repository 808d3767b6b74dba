import time

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QMenu,
    QPushButton,
    QTableWidget,
    QToolButton,
)

from engine.analysis.dynamic import CostCurve
from engine.analysis.intervals import Interval, PairedDifference
from engine.spec.card import Card
from engine.spec.rows import Summary
from engine.spec.run_spec import BackboneSpec, MethodSpec, RunSpec, TrainingSpec
from engine.spec.run_state import RunState
from engine.store import artifacts, cards, points, run_queue, schema, staff
from engine.store.points import Points
from studio.pages.compare.interval_bar import IntervalBar
from studio.pages.compare.page import ComparePage
from studio.pages.compare.seeds import MissingRun
from studio.plots.palette import run_colour

pytestmark = pytest.mark.gui

EPOCHS, STEPS = 5, 10
TOP1 = Card(kind="metric", name="top1", title="Top-1", summary="",
            facts={"direction": "up", "unit": "%"})
KNOWN = [
    TOP1, Card(kind="backbone", name="resnet8", title="ResNet-8", summary=""),
    Card(kind="backbone", name="msdnet", title="MSDNet", summary="", traits=("exits",)),
    Card(kind="regularizer", name="mixup", title="Mixup", summary="", options={
        "properties": {"alpha": {"type": "number", "default": 1.0}},
    }),
    Card(kind="dataset", name="digits", title="Digits", summary=""),
    Card(kind="method", name="plain", title="Plain", summary=""),
    Card(kind="method", name="sila", title="SiLa", summary="", options={
        "properties": {"alpha": {"type": "number", "default": 0.5, "minimum": 0}},
    }),
]


def train(
    store, method, seed, accuracy, seconds=10.0, backbone="resnet8", regularizers=None, **options
):
    """Queue one run and play the worker that completes it."""
    spec = RunSpec(name="x", seed=seed, method=MethodSpec(name=method, options=options),
                   backbone=BackboneSpec(name=backbone), training=TrainingSpec(epochs=EPOCHS),
                   regularizers=regularizers or {})
    run_queue.enqueue(store, [spec])
    claim = run_queue.claim(store, staff.hire(store, "run"))
    steps = STEPS * np.arange(1, EPOCHS + 1)
    values = accuracy - np.arange(EPOCHS, 0, -1.0)
    last = int(steps[-1])
    summary = Summary(accuracy, last, accuracy + 0.5, last - STEPS)
    curve = Points(steps, time.time() + np.arange(EPOCHS), values)
    with store.write() as connection:
        points.append(connection, claim.run, {"val/top1": curve},
                      {"val/top1": summary, "test/top1": summary})
        connection.execute(schema.run.update().where(schema.run.c.id == claim.run).values(
            num_steps=last, steps_per_epoch=STEPS, seconds=seconds, params_deployed=78042,
        ))
    run_queue.finish(store, claim, RunState.COMPLETED, final_step=last)
    return claim.run


@pytest.fixture
def runs(client, monkeypatch):
    """Plain and SiLa over three seeds, SiLa one point better and a tenth slower."""
    monkeypatch.setattr(client, "start_engine", lambda: None)
    cards.publish(client.store, KNOWN, "stamp")
    plain = [train(client.store, "plain", seed, 90.0 + seed / 10) for seed in range(3)]
    sila = [train(client.store, "sila", seed, 91.0 + seed / 9, 11.0) for seed in range(3)]
    return plain + sila


def opened(qtbot, context, runs):
    context.selection.choose(runs)
    page = ComparePage(context)
    qtbot.addWidget(page)
    page.resize(1208, 744)
    page.show()
    qtbot.waitUntil(lambda: page.study is not None)
    return page


@pytest.fixture
def page(qtbot, context, runs):
    return opened(qtbot, context, runs)


def texts(page):
    return [label.text() for label in page.findChildren(QLabel) if label.isVisibleTo(page)]


def digest(page, method):
    return next(v.digest for v in page.study.variants if v.method == method)


def sentence(page, method):
    return page.findChild(QLabel, f"sentence_{digest(page, method)}").text()


def curve(page, method):
    return page._curves._items[digest(page, method)][0]


def test_that_the_verdict_says_difference_interval_seeds_and_cost(page):
    said = sentence(page, "sila")
    assert "above plain" in said
    assert "95 % interval" in said
    assert "3 seeds" in said
    assert "1.10 ×" in said
    assert "better" in texts(page)
    assert "91.11 ± 0.11  (n = 3)" in texts(page)


def test_that_the_curve_is_the_mean_over_seeds_in_epochs(page):
    x, y = curve(page, "plain").getData()
    np.testing.assert_allclose(x, np.arange(1, EPOCHS + 1))
    np.testing.assert_allclose(y, 90.1 - np.arange(EPOCHS, 0, -1))


def test_that_the_page_says_that_it_compares(qtbot, context, runs):
    context.selection.choose(runs)
    page = ComparePage(context)
    qtbot.addWidget(page)
    page.show()
    assert "Comparing…" in texts(page)
    qtbot.waitUntil(lambda: page.study is not None)
    assert "Comparing…" not in texts(page)


def test_that_the_page_says_that_a_comparison_failed(qtbot, context, client, runs):
    with client.store.write() as connection:
        schema.block.drop(connection)
    context.selection.choose(runs)
    page = ComparePage(context)
    qtbot.addWidget(page)
    with qtbot.waitSignal(context.messages.said) as told:
        page.show()
    assert "block" in told.args[0].text
    assert "These runs could not be compared." in texts(page)


def test_that_the_ends_of_the_curves_are_read_until_the_mouse_points_elsewhere(qtbot, page):
    plot, spaces = page._curves, str.maketrans("\N{NO-BREAK SPACE}", " ")
    ends = "epoch 5:   plain 89.10 ± 0.10   sila 90.11 ± 0.11"
    assert ends in [text.translate(spaces) for text in texts(page)]
    plot.item.scene().sigMouseMoved.emit(plot.item.vb.mapViewToScene(QPointF(2.1, 88)))
    assert any(text.startswith("epoch\N{NO-BREAK SPACE}2:") for text in texts(page))
    page.findChild(QToolButton, f"eye_{digest(page, 'sila')}").click()
    assert "epoch 5:   plain 89.10 ± 0.10" in [text.translate(spaces) for text in texts(page)]


def test_that_the_eye_hides_a_curve(qtbot, page):
    page.findChild(QToolButton, f"eye_{digest(page, 'sila')}").click()
    assert not curve(page, "sila").isVisible()
    assert curve(page, "plain").isVisible()


def test_that_the_star_makes_another_baseline(qtbot, page, context):
    page.findChild(QToolButton, f"star_{digest(page, 'sila')}").click()
    qtbot.waitUntil(lambda: page.study.comparison.baseline == "sila")
    assert context.selection.baseline == "sila"
    assert "below sila" in sentence(page, "plain")


def test_that_settings_that_differ_are_listed_with_defaults(qtbot, page, client, context, runs):
    more = [train(client.store, "sila", seed, 92.0, alpha=1.0) for seed in range(3)]
    context.selection.choose([*runs, *more])
    table = page.findChild(QTableWidget, "compare_settings")
    qtbot.waitUntil(lambda: table.columnCount() == 4)
    rows = [[table.item(r, c).text() for c in range(4)] for r in range(table.rowCount())]
    assert rows == [
        ["method.name", "plain", "sila", "sila"], ["method.options.alpha", "–", "0.5", "1"]
    ]


def test_that_the_table_of_settings_is_as_high_as_its_rows(page):
    table = page.findChild(QTableWidget, "compare_settings")
    assert not table.horizontalScrollBar().isVisible()
    assert table.viewport().height() == table.rowCount() * table.rowHeight(0)


def test_that_dots_of_one_size_stand_apart_and_every_name_can_be_read(
    qtbot, page, client, context, runs
):
    more = [train(client.store, "sila", 0, 91.1, alpha=alpha) for alpha in (0.1, 0.2, 0.3)]
    other = train(client.store, "plain", 0, 90.1, backbone="resnet9")
    context.selection.choose([*runs, *more, other])
    plot = page._sizes
    qtbot.waitUntil(lambda: len(plot._names) == 6)
    for zoom in (1.0, 0.5, 3.0):
        plot.item.vb.scaleBy((zoom, zoom))
        plot.grab()
        lines = sorted(plot.item.vb.mapViewToScene(name.pos()).y() for name in plot._names)
        assert np.diff(lines).min() > 15
        x, _ = plot._dots.getData()
        assert np.diff(x).min() / plot.item.vb.viewPixelSize()[0] > 10
        assert x.mean() == pytest.approx(np.log10(78042))


def test_that_variants_have_colours_of_their_own(qtbot, page, client, context, runs):
    more = [train(client.store, "sila", seed, 92.0, alpha=1.0) for seed in range(8)]
    context.selection.choose([*runs, *more])
    qtbot.waitUntil(lambda: len(page.study.variants) == 3)
    colours = [variant.colour for variant in page.study.variants]
    assert len(set(colours)) == 3
    assert colours[0] == client.runs([runs[0]])[0].colour


def test_that_metric_and_weights_are_chosen(qtbot, page):
    metric = page.findChild(QComboBox, "compare_metric")
    metric.setCurrentText("val/top1")
    metric.activated.emit(metric.currentIndex())
    which = page.findChild(QComboBox, "compare_which")
    which.setCurrentIndex(1)
    which.activated.emit(1)
    qtbot.waitUntil(lambda: page.study.question.which == "best")
    assert page.study.question.metric == "val/top1"
    assert page.study.comparison.groups[0].mean == pytest.approx(91.611, abs=1e-3)


def test_that_runs_that_are_there_are_added_by_a_button(qtbot, context, runs):
    page = opened(qtbot, context, runs[:4])
    qtbot.waitUntil(lambda: len(context.feed.runs) == 6)
    page._refresh()
    name = f"add_{digest(page, 'sila')}"
    qtbot.waitUntil(lambda: page.findChild(QPushButton, name) is not None)
    assert page.findChild(QPushButton, name).text() == "Add existing runs: 2"
    page.findChild(QPushButton, name).click()
    qtbot.waitUntil(lambda: "better" in texts(page))
    assert sorted(context.selection.chosen) == sorted(runs)


def test_that_missing_seeds_are_queued_by_a_button(qtbot, client, context, runs):
    client.delete(runs[4:])
    page = opened(qtbot, context, runs[:4])
    assert "3 seeds in common with plain needed, 1 there" in sentence(page, "sila")
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
    asked = []
    page._verdicts.queue_requested.connect(asked.append)
    page.findChild(QPushButton, f"queue_{digest(page, 'sila')}").click()
    page._on_queue(asked[0])
    qtbot.waitUntil(lambda: len(context.selection.chosen) == 6)
    context.jobs.wait()
    assert len(client.runs()) == 6


def test_that_a_long_list_of_runs_is_cut_on_the_button_alone(qtbot, client, context, runs):
    client.delete([*runs[1:3], *runs[4:]])
    page = opened(qtbot, context, [runs[0], runs[3]])
    button = page.findChild(QPushButton, f"queue_{digest(page, 'sila')}")
    assert button.text() == "Queue 4 runs (sila s1, plain s1, sila s2, plain s2)"
    page._verdicts.show_comparison(page.study.comparison, {}, {
        digest(page, "sila"): [MissingRun(1, seed, "d", "sila") for seed in range(20)],
    }, {})
    button = page.findChildren(QPushButton, f"queue_{digest(page, 'sila')}")[-1]
    assert button.text() == "Queue 20 runs (sila s0, sila s1, sila s2, sila s3, sila…)"
    assert button.toolTip().endswith("sila s18, sila s19")


def test_that_what_could_not_be_queued_says_why(qtbot, client, context, runs):
    client.delete(runs[4:])
    page = opened(qtbot, context, runs[:4])
    with qtbot.waitSignal(context.messages.said) as told:
        page._on_queue([MissingRun(999, 1, "gone", "sila")])
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


def test_that_runs_that_do_not_count_are_named_with_the_reason(qtbot, client, context, runs):
    spec = client.spec(runs[0]).model_copy(update={"seed": 5})
    queued = run_queue.enqueue(client.store, [spec])[0]
    page = opened(qtbot, context, [*runs, queued])
    said = page.findChild(QLabel, "compare_left_out").text()
    assert said == f"Run {queued} does not count: it is queued, not completed."


def test_that_without_a_completed_run_nothing_is_said(qtbot, client, context, runs):
    spec = client.spec(runs[0]).model_copy(update={"seed": 5})
    page = opened(qtbot, context, run_queue.enqueue(client.store, [spec]))
    qtbot.waitUntil(lambda: any(text.startswith("Nothing can be said yet") for text in texts(page)))


def test_that_a_run_that_completes_joins_by_itself(qtbot, page, client, context, runs):
    new = train(client.store, "plain", 3, 90.0)
    context.selection.choose([*runs, new])
    qtbot.waitUntil(lambda: any(group.n == 4 for group in page.study.comparison.groups))
    with client.store.write() as connection:
        connection.execute(schema.run.update().where(schema.run.c.id == new)
                           .values(state=RunState.FAILED))
    qtbot.waitUntil(lambda: all(group.n == 3 for group in page.study.comparison.groups))


@pytest.mark.parametrize(
    ("name", "start"), [("CSV", "metric,which"), ("Markdown", "| Dataset |"), ("LaTeX", "% needs")]
)
def test_that_the_table_is_copied(page, name, start):
    page.findChild(QMenu).findChild(QAction, f"copy_{name}").trigger()
    assert QGuiApplication.clipboard().text().startswith(start)


def test_that_nothing_chosen_offers_the_latest_experiment(qtbot, context, runs):
    page = ComparePage(context)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: len(context.feed.runs) == len(runs))
    button = page.findChild(QPushButton, "empty.button")
    qtbot.waitUntil(lambda: button.text() == "Compare the latest experiment")
    button.click()
    qtbot.waitUntil(lambda: page.study is not None)
    assert sorted(context.selection.chosen) == sorted(runs)


def test_that_an_empty_workspace_offers_a_new_experiment(qtbot, context):
    page = ComparePage(context)
    qtbot.addWidget(page)
    page.show()
    button = page.findChild(QPushButton, "empty.button")
    assert button.text() == "New experiment"
    with qtbot.waitSignal(context.selection.page_requested) as asked:
        button.click()
    assert asked.args == ["compose"]


def test_that_a_saved_figure_is_made_of_vectors(page, tmp_path):
    from studio.report.figure import save_figure

    path = tmp_path / "curves.svg"
    save_figure(page._curves, path)
    text = path.read_text()
    assert "<path" in text or "<polyline" in text
    assert "<image" not in text


def test_that_a_regularizer_is_a_setting_that_differs(qtbot, client, context, runs):
    more = [train(client.store, "plain", s, 91.0, regularizers={"mixup": {}}) for s in range(3)]
    page = opened(qtbot, context, [*runs[:3], *more])
    table = page.findChild(QTableWidget, "compare_settings")
    rows = [[table.item(r, c).text() for c in range(3)] for r in range(table.rowCount())]
    assert rows == [["regularizers.mixup.alpha", "–", "1"]]
    assert table.horizontalHeaderItem(2).text() == "plain + mixup"
    assert "above plain" in sentence(page, "plain+mixup")
    qtbot.waitUntil(lambda: "plain + mixup" in texts(page))


COST = (15e6, 40e6, 120e6)


def train_dynamic(client, method, seed, accuracy, kinds=("anytime", "budgeted")):
    """A completed run of a network with three exits, with what it reaches at which cost."""
    run = train(client.store, method, seed, accuracy, backbone="msdnet")
    for kind in kinds:
        curve = CostCurve(kind, COST, (accuracy - 9, accuracy - 3, accuracy))
        path = client.workspace.root / f"{run}-{kind}.json"
        facts = {**curve.to_json(), "weights": "last", "step": 1}
        artifacts.record(client.store, run, "curve", path, num_bytes=1, facts=facts)
    return run


@pytest.fixture
def dynamic(client, runs):
    plain = [train_dynamic(client, "plain", seed, 74.0 + seed / 10) for seed in range(3)]
    return [*plain, train_dynamic(client, "sila", 0, 75.0, kinds=("anytime",))]


def cost_line(page, method):
    return page._costs.plot._items[digest(page, method)]


def choose_kind(page, kind):
    box = page.findChild(QComboBox, "compare_cost_kind")
    box.setCurrentIndex(box.findData(kind))
    box.activated.emit(box.currentIndex())


def test_that_accuracy_is_drawn_against_cost_with_an_interval_over_seeds(qtbot, context, dynamic):
    page = opened(qtbot, context, dynamic)
    assert page._costs.isVisible()
    line, low, high, _ = cost_line(page, "plain")
    x, y = line.getData()
    np.testing.assert_allclose(x, [15, 40, 120])
    np.testing.assert_allclose(y, [65.1, 71.1, 74.1])
    np.testing.assert_allclose(high.getData()[1] - low.getData()[1], 2 * 0.2484, atol=1e-3)
    assert len(cost_line(page, "sila")) == 1, "one seed has no interval"
    variant = next(v for v in page.study.variants if v.method == "plain")
    assert line.opts["pen"].color().name() == run_colour(variant.colour)


def test_that_two_seeds_have_no_band_and_the_legend_stands_beside_the_curves(
    qtbot, client, context, dynamic
):
    more = train_dynamic(client, "sila", 1, 76.0, kinds=("anytime",))
    page = opened(qtbot, context, [*dynamic, more])
    assert len(cost_line(page, "sila")) == 1
    assert len(cost_line(page, "plain")) == 4
    item = page._costs.plot.item
    qtbot.waitUntil(lambda: item.legend.geometry().width() > 40)
    named = [text.text for _, text in item.legend.items]
    assert named == list(page._costs.plot._names.values())
    legend, curves = (part.sceneBoundingRect() for part in (item.legend, item.vb))
    assert legend.left() >= curves.right() - 1
    assert item.sceneBoundingRect().contains(legend)


def test_that_a_long_name_is_cut_in_the_legend_and_told_in_full_under_the_mouse(
    qtbot, client, context, runs
):
    regularizers = {"mixup": {}, "cutmix": {}, "label_smoothing": {}}
    run = train(client.store, "plain", 0, 91.0, regularizers=regularizers)
    page = opened(qtbot, context, [*runs, run])
    name = page._curves._legend.items[-1][1]
    assert "…" in name.text
    assert name.toolTip() == "plain + cutmix + label_smoothing + mixup"


def test_that_budgeted_curves_and_a_logarithmic_cost_can_be_chosen(qtbot, context, dynamic):
    page = opened(qtbot, context, dynamic)
    choose_kind(page, "budgeted")
    assert set(page._costs.plot._items) == {digest(page, "plain")}
    page.findChild(QCheckBox, "compare_cost_log").click()
    x, _ = cost_line(page, "plain")[0].getData()
    np.testing.assert_allclose(10 ** x, [15, 40, 120])
    axis = page._costs.plot.item.getAxis("bottom")
    said = [0.04, 0.4, 1.2, 20, 100, 999.6, 4e6]
    axis.setRange(-1.0, -0.5)
    assert axis.logTickStrings(np.log10(said), 1, None) == [
        "0.04", "0.4", "1.2", "20", "100", "1 k", "4 M"
    ]
    axis.setRange(-1.0, 1.0)
    assert axis.logTickStrings(np.log10([0.3, 0.4, 0.9, 1]), 1, None) == ["0.3", "", "", "1"]
    again = opened(qtbot, context, dynamic)
    assert again.findChild(QComboBox, "compare_cost_kind").currentData() == "budgeted"
    assert again.findChild(QCheckBox, "compare_cost_log").isChecked()


def test_that_the_eye_hides_a_curve_against_cost_too(qtbot, context, dynamic):
    page = opened(qtbot, context, dynamic)
    page.findChild(QToolButton, f"eye_{digest(page, 'sila')}").click()
    assert not cost_line(page, "sila")[0].isVisible()
    at = page._costs.plot.item.vb.mapViewToScene(QPointF(41, 71))
    assert page._costs.plot.reading_at(at) == ["plain 71.10 (70.85 – 71.35) @ 40 M"]


def test_that_networks_with_one_exit_have_no_cost_to_show(page):
    assert not page._costs.isVisible()
    page.findChild(QMenu).aboutToShow.emit()
    assert not page.findChild(QMenu, "export_costs").menuAction().isVisible()


def test_that_a_dynamic_network_without_curves_says_why(qtbot, client, context, runs):
    page = opened(qtbot, context, [train_dynamic(client, "plain", 0, 74.0, kinds=())])
    said = page.findChild(QLabel, "compare_no_costs")
    assert said.isVisible()
    assert "is completed" in said.text()
    assert not page._costs.plot.isVisible()


@pytest.mark.parametrize(("name", "start"), [("CSV", "kind,dataset"), ("LaTeX", "% anytime")])
def test_that_the_costs_are_copied(qtbot, context, dynamic, name, start):
    page = opened(qtbot, context, dynamic)
    menu = page.findChild(QMenu, "export_costs")
    page.findChild(QMenu).aboutToShow.emit()
    assert menu.menuAction().isVisible()
    menu.findChild(QAction, f"copy_cost_{name}").trigger()
    assert QGuiApplication.clipboard().text().startswith(start)
