import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QToolButton

from engine.store.points import Points, append
from tests.gui.comparing import EPOCHS, STEPS, choose, digest, opened, texts, train

pytestmark = pytest.mark.gui


def plot_of(page):
    return page._curves.plot


def lines(page, method):
    return plot_of(page)._items[digest(page, method)]


def curve(page, method):
    return lines(page, method)[0]


def test_that_the_curve_is_the_mean_over_seeds_in_epochs(page):
    x, y = curve(page, "plain").getData()
    np.testing.assert_allclose(x, np.arange(1, EPOCHS + 1))
    np.testing.assert_allclose(y, 90.1 - np.arange(EPOCHS, 0, -1))


def test_that_the_ends_of_the_curves_are_read_until_the_mouse_points_elsewhere(qtbot, page):
    plot, spaces = plot_of(page), str.maketrans("\N{NO-BREAK SPACE}", " ")
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


def test_that_every_run_can_be_a_line_of_its_own(qtbot, page, context):
    assert len(lines(page, "plain")) == 2, "a mean and its band"
    choose(page, "compare_lines", "runs")
    qtbot.waitUntil(lambda: len(lines(page, "plain")) == 3)
    ends = sorted(line.getData()[1][-1] for line in lines(page, "plain"))
    np.testing.assert_allclose(ends, [89.0, 89.1, 89.2])
    assert context.settings.get("compare/lines") == "runs"
    legend = plot_of(page)._legend
    qtbot.waitUntil(lambda: [text.text for _, text in legend.items] == ["plain", "sila"])


def test_that_of_a_long_curve_no_more_is_drawn_than_pixels_show_and_all_when_zoomed(
    qtbot, client, context, runs
):
    steps = np.arange(1, 20_001)
    values = np.sin(steps / 50)
    values[7_000] = 9.0
    with client.store.write() as connection:
        append(connection, runs[0], {"val/top1": Points(steps, 1e9 + steps, values)})
    page = opened(qtbot, context, runs[:1])
    plot = plot_of(page)
    qtbot.waitUntil(lambda: plot._drawn[2] > 100)
    x, y = curve(page, "plain").getData()
    assert 300 < len(x) < 4 * plot.item.vb.width()
    assert y.max() == 9.0
    plot.item.vb.setXRange(700.0, 701.0, padding=0)
    qtbot.waitUntil(lambda: len(curve(page, "plain").getData()[0]) < 20)
    near, _ = curve(page, "plain").getData()
    np.testing.assert_allclose(np.diff(near), 1 / STEPS)
    plot.mouseDoubleClickEvent(None)
    qtbot.waitUntil(lambda: len(curve(page, "plain").getData()[0]) > 300)


def test_that_hidden_curves_do_not_widen_the_view(qtbot, client, context, runs):
    other = train(client.store, "plain", 0, 10.0, backbone="msdnet")
    page = opened(qtbot, context, [*runs, other])
    low = plot_of(page)
    qtbot.waitUntil(lambda: low.item.vb.viewRange()[1][0] < 6)
    far = next(v.digest for v in page.study.variants if v.backbone == "msdnet")
    page.findChild(QToolButton, f"eye_{far}").click()
    qtbot.waitUntil(lambda: low.item.vb.viewRange()[1][0] > 80)
