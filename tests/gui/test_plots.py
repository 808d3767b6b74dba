import time

import numpy as np
import pytest

from studio.plots.curve_panel import Curve, CurvePanel
from studio.plots.palette import RUN_COLOURS, run_colour

pytestmark = pytest.mark.gui


@pytest.fixture
def panel(qtbot):
    panel = CurvePanel("Loss")
    qtbot.addWidget(panel)
    panel.resize(480, 300)
    panel.show()
    return panel


def settle(qtbot):
    qtbot.wait(20)


def wave(count, spike=None):
    x = np.arange(count, dtype=np.float64)
    y = np.sin(x / 1000) + 0.01 * np.cos(x * 7)
    if spike is not None:
        y[spike] = 9.0
    return Curve("train", "#0072b2", x, y)


def test_that_a_long_curve_is_drawn_with_few_points_and_keeps_its_spike(qtbot, panel):
    panel.set_curves([wave(100_000, spike=54_321)])
    settle(qtbot)
    (x, y), = panel.drawn()
    assert len(x) < 4 * panel.width()
    assert y.max() == 9.0
    assert x[y.argmax()] == 54_321


def test_that_zoom_brings_full_resolution(qtbot, panel):
    panel.set_curves([wave(100_000)])
    panel.set_x_range((5000.0, 5100.0))
    settle(qtbot)
    (x, _), = panel.drawn()
    assert set(range(5000, 5101)) <= set(x.tolist())
    assert len(x) < 110


def test_that_y_fits_what_is_seen(qtbot, panel):
    panel.set_curves([wave(10_000, spike=9000)])
    panel.set_x_range((0.0, 1000.0))
    settle(qtbot)
    _, (_, high) = panel._view.viewRange()
    assert high < 2
    panel.set_x_range(None)
    settle(qtbot)
    assert panel._view.viewRange()[1][1] > 9


def test_that_values_that_are_not_positive_leave_gaps_on_a_log_axis(qtbot, panel):
    x = np.arange(5.0)
    panel.set_curves([Curve("train", "#0072b2", x, np.array([1.0, 10.0, 0.0, -1.0, 100.0]))])
    panel.set_log(True)
    settle(qtbot)
    (_, y), = panel.drawn()
    np.testing.assert_array_equal(y, [0.0, 1.0, np.nan, np.nan, 2.0])


def test_that_one_point_and_none_and_only_gaps_can_be_shown(qtbot, panel):
    one, nothing = np.array([3.0]), np.empty(0)
    panel.set_curves([
        Curve("one", "#0072b2", one, one), Curve("none", "#0072b2", nothing, nothing),
        Curve("gap", "#0072b2", one, np.array([np.nan])),
    ])
    settle(qtbot)
    panel.grab()
    assert "one 3.0000" in panel.readout()
    assert "gap nan" in panel.readout()


def test_that_the_read_out_tells_the_nearest_point(panel):
    x = np.array([0.0, 10.0, 20.0])
    panel.set_curves([Curve("val", "#0072b2", x, np.array([1.0, 2.0, 3.0]))])
    for where, value in ((-5.0, "1.0000"), (14.0, "2.0000"), (16.0, "3.0000"), (99.0, "3.0000")):
        panel.show_cursor(where)
        assert f"val {value}" in panel.readout()
    panel.show_cursor(None)
    assert "@" not in panel.readout()


def test_that_the_raw_curve_stays_behind_the_smooth_one(qtbot, panel):
    x = np.arange(50.0)
    raw = np.where(x == 25, 5.0, 0.0)
    panel.set_curves([Curve("train", "#0072b2", x, raw, smooth=np.zeros(50))])
    settle(qtbot)
    faint, smooth = panel._drawn
    assert faint.getData()[1].max() == 5.0
    assert smooth.getData()[1].max() == 0.0
    assert faint.opts["pen"].color().alpha() < 128


def test_that_a_hundred_thousand_points_are_drawn_in_a_frame_or_few(qtbot, panel):
    curves = [wave(100_000) for _ in range(4)]
    panel.set_curves(curves)
    settle(qtbot)
    begin = time.perf_counter()
    panel.set_curves(curves)
    panel._draw()
    assert time.perf_counter() - begin < 0.1


def test_that_ten_runs_have_ten_colours_and_the_eleventh_the_first_again():
    assert len(set(RUN_COLOURS)) == 10
    assert run_colour(10) == run_colour(0)
