from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QToolButton

from studio.language import hush, speak
from studio.pages.compare.cost_section import CostSection
from studio.plots.palette import run_colour
from tests.gui.comparing import (
    choose,
    copied,
    digest,
    export_menu,
    opened,
    scroll_area,
    train,
    train_dynamic,
)

pytestmark = pytest.mark.gui


def cost_line(page, method):
    return page._costs.plot._items[digest(page, method)]


def test_that_accuracy_is_drawn_against_cost_with_an_interval_over_seeds(qtbot, context, dynamic):
    page = opened(qtbot, context, dynamic)
    assert page._costs.isVisible()
    line, filled = cost_line(page, "plain")
    x, y = line.getData()
    np.testing.assert_allclose(x, [15, 40, 120])
    np.testing.assert_allclose(y, [65.1, 71.1, 74.1])
    corners = filled.path().toFillPolygon().toList()
    high, low = (sorted(at.y() for at in corners if at.x() == 15)[end] for end in (-1, 0))
    assert high - low == pytest.approx(2 * 0.2484, abs=1e-3)
    assert len(cost_line(page, "sila")) == 1, "one seed has no interval"
    variant = next(v for v in page.study.variants if v.method == "plain")
    assert line.opts["pen"].color().name() == run_colour(variant.colour)


def test_that_two_seeds_have_no_band_and_the_legend_stands_beside_the_curves(
    qtbot, client, context, dynamic
):
    more = train_dynamic(client, "sila", 1, 76.0, kinds=("anytime",))
    page = opened(qtbot, context, [*dynamic, more])
    assert len(cost_line(page, "sila")) == 1
    assert len(cost_line(page, "plain")) == 2
    item = page._costs.plot.item
    qtbot.waitUntil(lambda: item.legend.geometry().width() > 40)
    named = [text.text for _, text in item.legend.items]
    assert named == list(page._costs.plot._names.values())
    legend, curves = (part.sceneBoundingRect() for part in (item.legend, item.vb))
    assert legend.left() >= curves.right() - 1
    assert item.sceneBoundingRect().contains(legend)


def test_that_where_seeds_agree_the_band_has_a_gap(qtbot, context, dynamic):
    page = opened(qtbot, context, dynamic)
    study = page.study
    plain, *rest = study.costs["anytime"]
    points = (replace(plain.points[0], low=None, high=None), *plain.points[1:])
    costs = {"anytime": (replace(plain, points=points), *rest)}
    page._costs.plot.show_costs(replace(study, costs=costs), "anytime", log=False)
    _, filled = cost_line(page, "plain")
    assert {at.x() for at in filled.path().toFillPolygon().toList()} == {40.0, 120.0}


def test_that_a_long_name_is_cut_in_the_legend_and_told_in_full_under_the_mouse(
    qtbot, client, context, runs
):
    regularizers = {"mixup": {}, "cutmix": {}, "label_smoothing": {}}
    run = train(client.store, "plain", 0, 91.0, regularizers=regularizers)
    page = opened(qtbot, context, [*runs, run])
    name = page._curves.plot._legend.items[-1][1]
    assert "…" in name.text
    assert name.toolTip() == "plain + cutmix + label_smoothing + mixup"


def test_that_budgeted_curves_and_a_logarithmic_cost_can_be_chosen(qtbot, context, dynamic):
    page = opened(qtbot, context, dynamic)
    choose(page, "compare_cost_kind", "budgeted")
    assert set(page._costs.plot._items) == {digest(page, "plain")}
    page.findChild(QCheckBox, "compare_cost_log").click()
    x, _ = cost_line(page, "plain")[0].getData()
    np.testing.assert_allclose(10 ** x, [15, 40, 120])
    axis = page._costs.plot.item.getAxis("bottom")
    values = [0.04, 0.4, 1.2, 20, 100, 999.6, 4e6]
    assert axis.logTickStrings(np.log10(values), 1, 0.0) == [
        "0.04", "0.4", "1.2", "20", "100", "1 k", "4 M"
    ]
    [(_, ticks)] = axis.logTickValues(*np.log10([15, 120]), 300, [])
    assert axis.logTickStrings(ticks, 1, 0.0) == ["20", "50", "100"]
    again = CostSection(context.settings)
    qtbot.addWidget(again)
    again.show_study(page.study)
    assert again.findChild(QComboBox, "compare_cost_kind").currentData() == "budgeted"
    assert again.findChild(QCheckBox, "compare_cost_log").isChecked()


def test_that_the_page_is_no_wider_than_a_small_window_for_its_lists(qtbot, qapp, context, dynamic):
    translators = speak(qapp, "de")
    try:
        page = opened(qtbot, context, dynamic, (926, 640))  # of 1024 x 700
        variants = page.findChild(QComboBox, "compare_images_variant")
        variants.addItem(f"sila ({', '.join(f'option_{at} = {at}' for at in range(9))})")
        qapp.processEvents()
        page.grab()
        assert scroll_area(page).horizontalScrollBar().maximum() == 0
        kinds = page.findChild(QComboBox, "compare_cost_kind")
        assert kinds.isVisible()
        assert kinds.toolTip() == kinds.currentText()
    finally:
        hush(qapp, translators)


def test_that_the_eye_hides_a_curve_against_cost_too(qtbot, context, dynamic):
    page = opened(qtbot, context, dynamic)
    page.findChild(QToolButton, f"eye_{digest(page, 'sila')}").click()
    assert not cost_line(page, "sila")[0].isVisible()
    at = page._costs.plot.item.vb.mapViewToScene(QPointF(41, 71))
    assert page._costs.plot.reading_at(at) == ["plain 71.10 (70.85 – 71.35) @ 40 M"]


def test_that_networks_with_one_exit_have_no_cost_to_show(page):
    assert not page._costs.isVisible()
    assert not export_menu(page, "cost").menuAction().isVisible()


def test_that_a_dynamic_network_without_curves_says_why(qtbot, client, context, runs):
    page = opened(qtbot, context, [train_dynamic(client, "plain", 0, 74.0, kinds=())])
    said = page.findChild(QLabel, "compare_no_costs")
    assert said.isVisible()
    assert "is completed" in said.text()
    assert not page._costs.plot.isVisible()


@pytest.mark.parametrize(("ending", "start"), [("csv", "kind,dataset"), ("tex", "% anytime")])
def test_that_the_costs_are_copied(qtbot, context, dynamic, ending, start):
    page = opened(qtbot, context, dynamic)
    assert export_menu(page, "cost").menuAction().isVisible()
    assert copied(qtbot, page, "cost", ending).startswith(start)
