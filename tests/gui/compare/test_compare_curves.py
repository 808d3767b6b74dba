import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QToolButton

from engine.store.points import Points, append
from studio.pages.compare.variants import LineSample
from studio.plots.palette import run_colour
from studio.plots.strokes import Shade, Stroke
from tests.gui.comparing import (
    EPOCHS,
    STEPS,
    begin,
    choose,
    digest,
    opened,
    texts,
    train,
    validate,
)

pytestmark = pytest.mark.gui


def plot_of(page):
    return page._curves.plot


def strokes(page, colour):
    """What is drawn in a colour: bands and lines."""
    return [each for each in plot_of(page).layer.strokes if each.colour.name() == colour]


def colour_of(page, method):
    return run_colour(next(v.colour for v in page.study.variants if v.method == method))


def curve(page, method):
    return next(s for s in strokes(page, colour_of(page, method)) if isinstance(s, Stroke))


def settle(qtbot, page):
    plot = plot_of(page)
    qtbot.waitUntil(lambda: not plot._redraw.isActive() and plot.layer.is_exact)


def test_that_the_curve_is_the_mean_over_seeds_in_epochs_on_its_band(page):
    line = curve(page, "plain")
    mean = 90.1 - np.arange(EPOCHS, 0, -1)
    np.testing.assert_allclose(line.x, np.arange(1, EPOCHS + 1))
    np.testing.assert_allclose(line.y, mean)
    shade = strokes(page, colour_of(page, "plain"))[0]
    assert isinstance(shade, Shade)
    np.testing.assert_allclose(shade.high - shade.low, 0.2)
    np.testing.assert_allclose((shade.high + shade.low) / 2, mean)


def test_that_line_and_band_are_seen_in_the_variants_colour(qtbot, page):
    settle(qtbot, page)
    image, view = plot_of(page).grab().toImage(), plot_of(page).item.vb
    for method in ("plain", "sila"):
        own = QColor(colour_of(page, method))
        seen = [
            image.pixelColor(x, y)
            for x in range(round(view.width()) + 40) for y in range(image.height())
        ]
        alike = [one for one in seen if abs(one.hsvHue() - own.hsvHue()) < 8]
        full = own.hsvSaturation()
        assert any(one.hsvSaturation() > 0.9 * full for one in alike), f"the line of {method}"
        assert any(10 < one.hsvSaturation() < 60 for one in alike), f"the band of {method}"


def test_that_the_ends_of_the_curves_are_read_until_the_mouse_points_elsewhere(qtbot, page):
    plot = plot_of(page)
    ends = "epoch 5:   plain 89.10 ± 0.10   sila 90.11 ± 0.11"
    assert ends in texts(page)
    plot.item.scene().sigMouseMoved.emit(plot.item.vb.mapViewToScene(QPointF(2.1, 88)))
    assert any(text.startswith("epoch 2:") for text in texts(page))
    page.findChild(QToolButton, f"eye_{digest(page, 'sila')}").click()
    assert "epoch 5:   plain 89.10 ± 0.10" in texts(page)


def test_that_the_mean_is_of_the_runs_of_the_verdict_though_another_seed_trains(
    qtbot, client, context, runs
):
    client.delete(runs[2:])
    claim = begin(client.store, "plain", 2, epochs=EPOCHS)
    validate(client.store, claim.run, [1, 2])
    page = opened(qtbot, context, [*runs[:2], claim.run])
    (group,) = page.study.comparison.groups
    assert claim.run in page.study.curves
    assert (group.n, page.study.bands[group.digest].n) == (2, 2)
    assert curve(page, "plain").x[-1] == EPOCHS
    validate(client.store, claim.run, [3])
    qtbot.waitUntil(lambda: len(page.study.curves[claim.run][0]) == 3)
    assert page.study.bands[group.digest].n == 2
    choose(page, "compare_lines", "runs")
    qtbot.waitUntil(lambda: len(plot_of(page).layer.strokes) == 3)


def test_that_a_curve_says_nothing_of_epochs_that_it_never_had(qtbot, client, context, runs):
    claim = begin(client.store, "dml", 0)
    validate(client.store, claim.run, range(3, 13))
    page = opened(qtbot, context, [*runs[:3], claim.run])
    plot = plot_of(page)
    plot.grab()

    def read(epoch):
        return plot.reading_at(plot.item.vb.mapViewToScene(QPointF(epoch, 80)))

    assert read(4.2) == ["epoch 4:", "plain (epochs = 5) 88.10 ± 0.10", "dml (epochs = 1000) 54.00"]
    assert read(5.4) == ["epoch 5:", "plain (epochs = 5) 89.10 ± 0.10", "dml (epochs = 1000) 55.00"]
    assert read(2.2) == ["epoch 2:", "plain (epochs = 5) 86.10 ± 0.10"], "dml begins with epoch 3"
    assert read(11.7) == ["epoch 12:", "dml (epochs = 1000) 62.00"], "plain ended with epoch 5"
    assert read(12.3) == ["epoch 12:", "dml (epochs = 1000) 62.00"]
    assert read(12.7) == ["epoch 13:"]
    assert plot.reading_at(None) == [
        "plain (epochs = 5) 89.10 ± 0.10 (epoch 5)", "dml (epochs = 1000) 62.00 (epoch 12)"
    ]
    page.findChild(QToolButton, f"eye_{digest(page, 'plain')}").click()
    assert plot.reading_at(None) == ["epoch 12:", "dml (epochs = 1000) 62.00"]


def test_that_the_eye_hides_a_curve(qtbot, page):
    page.findChild(QToolButton, f"eye_{digest(page, 'sila')}").click()
    assert not strokes(page, colour_of(page, "sila"))
    assert curve(page, "plain")


def test_that_every_run_can_be_a_line_in_its_own_colour(qtbot, page, context):
    choose(page, "compare_lines", "runs")
    layer = plot_of(page).layer
    qtbot.waitUntil(lambda: len(layer.strokes) == 6)
    runs = {row.id: row for row in page.study.rows}
    drawn = {stroke.colour.name(): stroke for stroke in layer.strokes}
    assert len(drawn) == 6
    for run, (epochs, values) in page.study.curves.items():
        stroke = drawn[run_colour(runs[run].colour)]
        np.testing.assert_array_equal(stroke.x, epochs)
        np.testing.assert_array_equal(stroke.y, values)
    assert context.settings.get("compare/lines") == "runs"
    legend = plot_of(page)._legend
    qtbot.waitUntil(lambda: len(legend.items) == 6)
    assert legend.items[0][1].text == "plain s0 (run 1)"
    assert [QColor(sample.item.opts["pen"].color()).name() for sample, _ in legend.items] == [
        run_colour(runs[run].colour) for run in sorted(runs)
    ]


def test_that_of_a_long_curve_no_more_is_drawn_than_pixels_show_and_all_when_zoomed(
    qtbot, client, context, runs
):
    steps = np.arange(1, 20_001)
    values = np.sin(steps / 50)
    values[7_000] = 9.0
    with client.store.write() as connection:
        append(connection, runs[0], {"val/top1": Points(steps, 1e9 + steps, values)})
    page = opened(qtbot, context, runs[:1])
    plot, view = plot_of(page), plot_of(page).item.vb

    def drawn():
        return curve(page, "plain").within(tuple(view.viewRange()[0]), round(view.width()))

    qtbot.waitUntil(lambda: drawn()[2])
    x, y, _ = drawn()
    assert 300 < len(x) < 4 * view.width()
    assert y.max() == 9.0
    view.setXRange(700.0, 701.0, padding=0)
    near, _, in_columns = drawn()
    assert not in_columns
    np.testing.assert_allclose(np.diff(near), 1 / STEPS)
    plot.mouseDoubleClickEvent(None)
    qtbot.waitUntil(lambda: drawn()[2])


def test_that_variants_that_share_a_colour_differ_in_their_dashes(qtbot, client, context, runs):
    more = [train(client.store, "sila", 0, 90.0 + a, alpha=a / 20) for a in range(1, 11)]
    page = opened(qtbot, context, [*runs, *more])
    variants = page.study.variants
    assert len({variant.colour for variant in variants[:10]}) == 10
    assert [v.colour for v in variants[10:]] == [v.colour for v in variants[: len(variants) - 10]]
    assert [v.dash for v in variants] == [0] * 10 + [1] * (len(variants) - 10)
    lines = [s for s in plot_of(page).layer.strokes if isinstance(s, Stroke)]
    looks = {(line.colour.name(), line.dash) for line in lines}
    assert len(looks) == len(variants) > 10
    legend = plot_of(page)._legend
    qtbot.waitUntil(lambda: len(legend.items) == len(variants))
    pens = {
        (pen.color().name(), tuple(pen.dashPattern()))
        for pen in (sample.item.opts["pen"] for sample, _ in legend.items)
    }
    assert len(pens) == len(variants)
    assert len(page.findChildren(LineSample)) == len(variants)


def test_that_hidden_curves_do_not_widen_the_view(qtbot, client, context, runs):
    other = train(client.store, "plain", 0, 10.0, backbone="msdnet")
    page = opened(qtbot, context, [*runs, other])
    low = plot_of(page)
    qtbot.waitUntil(lambda: low.item.vb.viewRange()[1][0] < 6)
    far = next(v.digest for v in page.study.variants if v.backbone == "msdnet")
    page.findChild(QToolButton, f"eye_{far}").click()
    qtbot.waitUntil(lambda: low.item.vb.viewRange()[1][0] > 80)
