from collections import deque

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtWidgets import QCheckBox, QLabel

from engine.spec.run_spec import DatasetSpec
from engine.spec.teaching import WHOLE
from engine.store import artifacts, schema
from studio.pages.compare.tradeoff_section import TradeoffSection
from studio.theme.theme import apply_theme
from studio.theme.tokens import tokens
from tests.gui.comparing import choose, opened, train

pytestmark = pytest.mark.gui


def plot_of(page):
    return page._tradeoff.plot


def below(page):
    return page.findChild(QLabel, "compare_front").text()


def spot(page, method):
    return next(s for s in plot_of(page)._spots if s.group.method == method)


def test_that_what_ships_at_one_price_stands_there_and_every_name_can_be_read(
    qtbot, page, client, context, runs
):
    more = [train(client.store, "sila", 0, 91.1, alpha=alpha) for alpha in (0.1, 0.2, 0.3)]
    other = train(client.store, "plain", 0, 90.1, backbone="resnet9")
    context.selection.choose([*runs, *more, other])
    plot = plot_of(page)
    qtbot.waitUntil(lambda: len(plot._names) == 6)
    for zoom in (1.0, 0.5, 3.0):
        plot.item.vb.scaleBy((zoom, zoom))
        plot.grab()
        lines = sorted(plot.item.vb.mapViewToScene(name.pos()).y() for name in plot._names)
        assert np.diff(lines).min() > 15
    for dots in (plot._dots, plot._seeds):
        x, _ = dots.getData()
        np.testing.assert_allclose(x, np.log10(78042))


def test_that_names_cross_neither_each_other_nor_dots_nor_intervals(
    qtbot, page, client, context, runs
):
    for at, (alpha, seconds) in enumerate(((0.1, 11.6), (0.2, 12.8), (0.3, 13.9))):
        for seed in range(3):
            runs.append(train(client.store, "sila", seed, 90.5 + at / 9 + seed / 3, seconds + seed,
                              alpha=alpha))
    context.selection.choose(runs)
    choose(page, "compare_price", "seconds")
    plot = plot_of(page)
    qtbot.waitUntil(lambda: len(plot._names) == 5)
    plot.grab()
    marks = [QRectF(at - QPointF(4, 4), QSizeF(8, 8)) for at in on_scene(plot, plot._dots)]
    marks += [QRectF(*on_scene(plot, bar)).normalized().adjusted(-1, 0, 1, 0)
              for bar in plot._bars if len(bar.getData()[0])]
    names = [name.mapRectToScene(name.boundingRect()).adjusted(2, 4, -2, -4)
             for name in plot._names]
    assert len(marks) == 10
    assert not [(at, mark) for at, name in enumerate(names) for mark in marks + names[:at]
                if name.intersects(mark)]


def on_scene(plot, item):
    points = zip(*item.getData(), strict=True)
    return [plot.item.vb.mapViewToScene(QPointF(*point)) for point in points]


def test_that_intervals_at_one_price_hang_side_by_side_beside_their_dots(page):
    plot = plot_of(page)
    plot.grab()
    wide = plot.item.vb.viewPixelSize()[0]
    beside = [(bar.getData()[0] - np.log10(78042)) / wide for bar in plot._bars]
    np.testing.assert_allclose(beside, [[15, 15], [25, 25]])
    ends = [bar.getData()[1].tolist() for bar in plot._bars]
    assert ends == [[each.interval.low, each.interval.high] for each in plot._spots]
    assert plot.item.getAxis("bottom").labelText.endswith("intervals hang beside their dots")
    choose(page, "compare_price", "seconds")
    assert [bar.getData()[0].tolist() for bar in plot._bars] == [[1, 1], [np.log10(11)] * 2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_that_dots_are_outlined_in_the_colour_behind_them(qapp, page, theme):
    apply_theme(qapp, theme)
    outlines = {pen.color().name() for pen in (plot_of(page)._dots.opts["pen"],)}
    assert outlines == {tokens(theme).surface}
    apply_theme(qapp, "light")


def test_that_seeds_are_faint_dots_at_their_price(page):
    plot = plot_of(page)
    x, y = plot._seeds.getData()
    np.testing.assert_allclose(sorted(y), sorted([90, 90.1, 90.2, 91, 91 + 1 / 9, 91 + 2 / 9]))
    np.testing.assert_allclose(x, np.log10(78042), err_msg="all ship as many parameters")
    assert {brush.color().alpha() for brush in plot._seeds.data["brush"]} == {110}


def test_that_what_is_shown_to_be_beaten_is_not_on_the_front(page):
    assert below(page) == "Pareto front (none beats these in both): sila"
    choose(page, "compare_price", "seconds")
    assert below(page).endswith(": plain, sila"), "plain takes less time"
    assert (spot(page, "plain").price, spot(page, "sila").price) == (10.0, 11.0)
    assert plot_of(page).item.getAxis("bottom").labelText == "training time (s)"


def front_styles(page):
    items = plot_of(page).item.items
    return {pen.style() for pen in (item.opts["pen"] for item in items if hasattr(item, "opts"))
            if hasattr(pen, "style")} & {Qt.PenStyle.DashLine, Qt.PenStyle.DotLine}


def test_that_one_seed_each_names_no_front(qtbot, context, runs):
    page = opened(qtbot, context, [runs[0], runs[3]])
    assert below(page) == (
        "By mean only, which names no winner (fewer than 3 seeds, no spread between them, or no "
        "difference shown): sila on the front, plain off it"
    )
    choose(page, "compare_price", "seconds")
    assert "Pareto front (none beats" not in below(page)
    assert front_styles(page) == {Qt.PenStyle.DotLine}


def test_that_a_front_says_no_more_than_the_verdict(qtbot, client, context, runs):
    noisy = [train(client.store, "sila", seed, 90.2 + (-1) ** seed, alpha=2.0) for seed in range(4)]
    fourth = train(client.store, "plain", 3, 90.0)
    page = opened(qtbot, context, [*runs[:3], fourth, *noisy])
    verdicts = {group.method: group.verdict for group in page.study.comparison.groups}
    assert verdicts == {"sila": "no difference shown", "plain": "baseline"}
    assert "Pareto front (none beats" not in below(page)
    assert "sila (alpha = 2) on the front, plain off it" in below(page)
    texts = page._tradeoff.table()().rows
    assert [row[-1] for row in texts] == ["no, by mean only", "yes, by mean only"]


def test_that_a_front_that_is_shown_is_dashed(page):
    choose(page, "compare_price", "seconds")
    assert front_styles(page) == {Qt.PenStyle.DashLine}


def test_that_multiply_adds_are_of_the_images_they_were_counted_for(
    qtbot, client, context, page, runs
):
    choose(page, "compare_price", "multiply_adds")
    assert spot(page, "plain").price == 12e6
    label = plot_of(page).item.getAxis("bottom").labelText
    assert label.startswith("multiply-adds per image of 32 × 32 pixels – ")
    other = train(client.store, "plain", 0, 90.1, backbone="msdnet")
    context.selection.choose([*runs, other])
    qtbot.waitUntil(lambda: "Not drawn: the multiply-adds of plain" in below(page))


def test_that_latency_is_that_of_exported_bundles_or_how_to_get_it_is_said(
    qtbot, client, context, page, runs
):
    choose(page, "compare_price", "latency")
    assert not plot_of(page).isVisible()
    assert below(page) == (
        "Not drawn: the latency of sila, plain is not known: export a run of each variant as "
        "ONNX, which measures it."
    )
    for run, latency, part in (
        (runs[0], 0.4, WHOLE), (runs[3], 0.6, WHOLE), (runs[4], 0.1, "exit 1")
    ):
        formats = {"onnx": {"latency_ms_batch1": latency}}
        certificate = {"formats": formats, "part": {"name": part}}
        path = client.workspace.root / f"bundle{run}"
        artifacts.record(client.store, run, "bundle", path, num_bytes=1,
                         facts={"certificate": certificate})
    page._refresh()
    qtbot.waitUntil(lambda: plot_of(page).isVisible())
    assert spot(page, "plain").seeds == ((0.4, 90.0),)
    assert spot(page, "sila").seeds == ((0.6, 91.0),), "a part of a network is no network"
    assert "Not drawn" not in below(page)


def test_that_the_price_is_logarithmic_until_the_user_says_otherwise(qtbot, context, page):
    log = page.findChild(QCheckBox, "compare_price_log")
    assert log.isChecked()
    log.click()
    assert plot_of(page)._dots.getData()[0].mean() == pytest.approx(78042)
    choose(page, "compare_price", "seconds")
    again = TradeoffSection(context.settings)
    qtbot.addWidget(again)
    deque(again.show_study(page.study), maxlen=0)
    assert not again.findChild(QCheckBox, "compare_price_log").isChecked()
    assert again.table()().values[0][4] == "seconds"


def test_that_datasets_have_fronts_of_their_own(qtbot, client, context, page, runs):
    with client.store.write() as connection:
        connection.execute(schema.run.update().where(schema.run.c.id.in_(runs[:3]))
                           .values(dataset="other", context="other"))
    page._refresh()
    front = "Pareto front (none beats these in both)"
    qtbot.waitUntil(lambda: sorted(below(page).splitlines()) == [
        f"digits: {front}: sila", f"other: {front}: plain"
    ])
    plot = plot_of(page)
    assert sorted(name.toPlainText() for name in plot._names) == ["plain, other", "sila, digits"]


def test_that_folders_of_images_have_fronts_of_their_own(qtbot, client, context, runs):
    page = opened(qtbot, context, [
        train(client.store, "plain", 0, accuracy, dataset=DatasetSpec(root=f"/{folder}/images"))
        for folder, accuracy in (("birds", 50.0), ("trees", 90.0))
    ])
    lines = below(page).splitlines()
    assert [line.partition(": ")[0] for line in lines] == [
        "digits (dataset.root = /birds/images)", "digits (dataset.root = /trees/images)"
    ]
    assert all(line.endswith(" (none beats these in both): plain (dataset.root = /"
                             f"{folder}/images)")
               for line, folder in zip(lines, ("birds", "trees"), strict=True))
