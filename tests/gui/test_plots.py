import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from studio.plots.curve import Curve
from studio.plots.curve_panel import CurvePanel
from studio.plots.palette import RUN_COLOURS, deeper, run_colour
from studio.theme.tokens import tokens
from tests.gui.zooming import drag

pytestmark = pytest.mark.gui


@pytest.fixture
def panel(qtbot):
    panel = CurvePanel("Loss")
    qtbot.addWidget(panel)
    panel.resize(480, 300)
    panel.show()
    return panel


def settle(qtbot, panel):
    qtbot.waitUntil(lambda: not panel._redraw.isActive() and panel.layer.is_exact)


def drawn(panel, at=-1):
    """What a curve is drawn by: x, y, and whether by columns."""
    stroke, view = panel.layer.strokes[at], panel._view
    return stroke.within(tuple(view.viewRange()[0]), round(view.width()))


def wave(count, spike=None):
    x = np.arange(count, dtype=np.float64)
    y = np.sin(x / 1000) + 0.01 * np.cos(x * 7)
    if spike is not None:
        y[spike] = 9.0
    return Curve("train", "#0072b2", x, y)


def test_that_a_long_curve_is_drawn_with_few_points_and_keeps_its_spike(qtbot, panel):
    panel.set_curves([wave(100_000, spike=54_321)])
    settle(qtbot, panel)
    x, y, in_columns = drawn(panel)
    assert in_columns
    assert len(x) <= 2 * panel.width()
    assert y.max() == 9.0
    assert abs(x[y.argmax()] - 54_321) < 100_000 / panel._view.width()


def test_that_zoom_brings_full_resolution(qtbot, panel):
    panel.set_curves([wave(100_000)])
    panel.set_x_range((5000.0, 5100.0))
    settle(qtbot, panel)
    x, _, _ = drawn(panel)
    assert set(range(5000, 5101)) <= set(x.tolist())
    assert len(x) < 110


def test_that_y_fits_what_is_seen(qtbot, panel):
    panel.set_curves([wave(10_000, spike=9000)])
    panel.set_x_range((0.0, 1000.0))
    settle(qtbot, panel)
    _, (_, high) = panel._view.viewRange()
    assert high < 2
    panel.set_x_range(None)
    settle(qtbot, panel)
    assert panel._view.viewRange()[1][1] > 9


@pytest.mark.parametrize("outliers", [True, False])
def test_that_between_two_points_y_fits_the_line_from_one_to_the_other(qtbot, panel, outliers):
    panel.set_curves([Curve("val", "#0072b2", np.array([0.0, 100.0]), np.array([3.0, 4.0]))])
    panel.set_scale(log=False, outliers=outliers)
    panel.set_x_range((40.0, 60.0))
    settle(qtbot, panel)
    low, high = panel._view.viewRange()[1]
    assert 3.3 < low < 3.4
    assert 3.6 < high < 3.7


def test_that_a_spike_can_be_left_out_of_the_scale_and_is_drawn_all_the_same(qtbot, panel):
    curve = wave(10_000, spike=5000)
    panel.set_curves([curve])
    panel.set_scale(log=False, outliers=False)
    settle(qtbot, panel)
    low, high = panel._view.viewRange()[1]
    assert -2 < low < -0.9
    assert 0.9 < high < 2
    assert drawn(panel)[1].max() == curve.y.max() == 9.0


def test_that_values_that_are_not_positive_leave_gaps_on_a_log_axis(qtbot, panel):
    x = np.arange(5.0)
    panel.set_curves([Curve("train", "#0072b2", x, np.array([1.0, 10.0, 0.0, -1.0, 100.0]))])
    panel.set_scale(log=True, outliers=True)
    settle(qtbot, panel)
    _, y, _ = drawn(panel)
    np.testing.assert_array_equal(y, [0.0, 1.0, np.nan, np.nan, 2.0])


def test_that_one_point_and_none_and_only_gaps_can_be_shown(qtbot, panel):
    one, nothing = np.array([3.0]), np.empty(0)
    panel.set_curves([
        Curve("one", "#0072b2", one, one), Curve("none", "#0072b2", nothing, nothing),
        Curve("gap", "#0072b2", one, np.array([np.nan])),
    ])
    settle(qtbot, panel)
    panel.grab()
    assert "one 3.0000" in panel.readout()
    assert "gap nan" in panel.readout()


def test_that_the_read_out_tells_the_last_point_up_to_the_line(panel):
    x = np.array([0.0, 10.0, 20.0])
    panel.set_curves([Curve("val", "#0072b2", x, np.array([1.0, 2.0, 3.0]))])
    for where, value in ((-5.0, "–"), (10.0, "2.0000"), (16.0, "2.0000"), (99.0, "3.0000")):
        panel.show_cursor(where)
        assert f"val {value}" in panel.readout()
    panel.show_cursor(None)
    assert "@" not in panel.readout()


def test_that_the_line_stays_while_curves_grow(panel):
    x = np.arange(4.0)
    panel.set_curves([Curve("val", "#0072b2", x, x)])
    panel.show_cursor(2.0, "step 2")
    panel.set_curves([Curve("val", "#0072b2", np.arange(9.0), np.arange(9.0))])
    assert "val 2.0000" in panel.readout()
    assert "@ step 2" in panel.readout()


def test_that_an_axis_counts_in_the_unit_that_it_names(panel):
    x = np.array([0.0, 0.5])
    panel.set_curves([Curve("cpu", "#0072b2", x, x)])
    panel.set_x_title("Time (s)")
    assert "Time (s)" in panel._item.getAxis("bottom").labelString()
    assert "x0.001" not in panel._item.getAxis("bottom").labelString()


def test_that_a_single_moment_is_shown_without_time_before_the_beginning(panel):
    now = np.array([0.0])
    panel.set_curves([Curve("cpu", "#0072b2", now, now)])
    assert panel._view.viewRange()[0] == [0.0, 0.5]


def test_that_the_raw_curve_stays_behind_the_smooth_one(qtbot, panel):
    x = np.arange(50.0)
    raw = np.where(x == 25, 5.0, 0.0)
    panel.set_curves([Curve("train", "#0072b2", x, raw, smooth=np.zeros(50))])
    settle(qtbot, panel)
    faint, smooth = panel.layer.strokes
    assert faint.y.max() == 5.0
    assert smooth.y.max() == 0.0
    assert smooth.colour.alpha() == 255


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("colour", RUN_COLOURS)
def test_that_a_raw_curve_is_seen_and_fainter_than_the_smooth_one(panel, theme, colour):
    x = np.arange(50.0)
    colours = tokens(theme)
    for worn in (colour, deeper(colour, colours.text)):
        panel.set_curves([Curve("train", worn, x, x, smooth=x)])
        part = panel.layer.strokes[0].colour.alphaF()
        ground, full = linear(colours.surface), linear(worn)
        raw = contrast(linear(worn, 1 - part, colours.surface), ground)
        assert 1.5 <= raw < 0.8 * contrast(full, ground)


def linear(colour, part=0.0, other="#000000"):
    """Red, green and blue of light, of a colour with a part of another one in it."""
    one, two = (np.array([int(c[at:at + 2], 16) for at in (1, 3, 5)]) for c in (colour, other))
    rgb = ((1 - part) * one + part * two) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """Of two lights, as WCAG 2 reckons it: 1 to 21."""
    darker, brighter = sorted(float(light @ [0.2126, 0.7152, 0.0722]) for light in (one, other))
    return (brighter + 0.05) / (darker + 0.05)


def test_that_a_stretch_dragged_over_is_as_high_as_the_plot_and_in_the_accents_colour(
    qtbot, panel
):
    panel.set_curves([wave(1000)])
    settle(qtbot, panel)
    y_range = panel._view.viewRange()[1]
    viewport, end = drag(panel._plot, (100, 60), (200, 90))
    box = panel._view.rbScaleBox
    assert box.isVisible()
    seen = panel._view.mapRectFromItem(box, box.rect())
    assert (seen.top(), seen.bottom()) == pytest.approx((0, panel._view.height()), abs=2)
    assert (seen.left(), seen.right()) == pytest.approx((100, 200), abs=2)
    assert box.pen().color() == QColor(tokens("light").accent)
    with qtbot.waitSignal(panel.zoomed) as signal:
        QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=end)
    left, right = signal.args[0]
    width = 1000 / panel._view.width()
    assert (left, right) == pytest.approx((100 * width, 200 * width), abs=2 * width)
    assert panel._view.viewRange()[1] == y_range
    with qtbot.assertNotEmitted(panel.zoomed):
        viewport, end = drag(panel._plot, (100, 60), (101, 90))
        QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=end)


def has_colour(panel, colour):
    """Whether a colour is seen, however much a smooth line's edge is blended with the ground."""
    hue, image = QColor(colour).hsvHue(), panel._plot.grab().toImage()
    seen = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return any(abs(one.hsvHue() - hue) < 8 and one.hsvSaturation() > 100 for one in seen)


def test_that_a_curve_is_seen_in_its_colour_long_or_short_and_after_a_zoom(qtbot, panel):
    for curve in (wave(100_000), wave(40), wave(2)):
        panel.set_curves([curve])
        settle(qtbot, panel)
        assert has_colour(panel, curve.colour)
    panel.set_curves([wave(100_000)])
    panel.set_x_range((5000.0, 5100.0))
    settle(qtbot, panel)
    assert has_colour(panel, "#0072b2")


def test_that_no_curve_has_no_colour(qtbot, panel):
    panel.set_curves([])
    settle(qtbot, panel)
    assert not has_colour(panel, "#0072b2")


def test_that_a_flat_long_curve_has_no_holes(qtbot, panel):
    x = np.arange(20_000.0)
    panel.set_curves([Curve("lr", "#0072b2", x, np.where(x < 9, 5.0, 1.0 + 1e-4 * x))])
    settle(qtbot, panel)
    picture = panel.layer._picture
    empty = [
        column for column in range(1, picture.width() - 1)
        if not any(picture.pixelColor(column, row).alpha() for row in range(picture.height()))
    ]
    assert not empty


def test_that_a_heavy_picture_is_moved_until_the_exact_one_is_ready(qtbot, panel):
    panel.set_curves([wave(100_000, spike=2000 * i) for i in range(1, 40)])
    settle(qtbot, panel)
    before = panel.layer._picture.cacheKey()
    panel._view.setXRange(0, 50_000, padding=0)
    panel._plot.grab()
    panel.layer.draw()
    assert panel.layer._takes_long
    assert not panel.layer.is_exact
    assert panel.layer._picture.cacheKey() == before
    assert has_colour(panel, "#0072b2")
    settle(qtbot, panel)
    assert panel.layer._picture.cacheKey() != before


def test_that_a_read_out_of_many_curves_leaves_the_panel_its_width(qtbot, panel):
    panel.set_curves([wave(10) for _ in range(100)])
    settle(qtbot, panel)
    assert panel.width() == 480
    assert "and 80 more" in panel.readout()


def test_that_ten_runs_have_ten_colours_and_the_eleventh_the_first_again():
    assert len(set(RUN_COLOURS)) == 10
    assert run_colour(10) == run_colour(0)


def x_ticks(panel):
    axis = panel._item.getAxis("bottom")
    levels = axis.tickValues(*axis.range, axis.width())
    return [
        text for apart, values in levels for text in axis.tickStrings(values, axis.scale, apart)
    ]


@pytest.mark.parametrize(("counts", "whole"), [(True, True), (False, False)])
def test_that_between_two_things_that_are_counted_there_is_no_tick(qtbot, panel, counts, whole):
    panel.set_x_title("epoch", counts=counts)
    panel.set_curves([Curve("val", "#0072b2", np.arange(1.0, 4.0), np.arange(3.0))])
    settle(qtbot, panel)
    ticks = x_ticks(panel)
    assert {"1", "2", "3"} <= {tick.removesuffix(".0") for tick in ticks}
    assert len(ticks) == len(set(ticks))
    assert all(float(tick) % 1 == 0 and "." not in tick for tick in ticks) is whole
