"""The eye: a variant that is hidden is hidden in every panel of the page."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QTableWidget, QToolButton

from engine.store.predictions import (
    PeerPredictions,
    Predictions,
    save_peers,
    save_predictions,
)
from studio.plots.palette import run_colour
from studio.theme.theme import apply_theme
from studio.theme.tokens import current
from tests.gui.comparing import LAST, choose, digest, looked_at, opened, texts, train
from tests.gui.listing import do, why_not
from tests.gui.pixels import picture, shows

pytestmark = pytest.mark.gui
LABELS = np.arange(12) % 3


@pytest.fixture
def three(qtbot, client, context, runs):
    """Plain, SiLa and SiLa with another weight, all of which have kept what they say."""
    other = [train(client.store, "sila", seed, 92.0 + seed / 8, alpha=1.0) for seed in range(3)]
    for run in (*runs, *other):
        folder = client.workspace.run_folder(run)
        said = np.where(np.arange(12) == run, (LABELS + 1) % 3, LABELS)
        confidence = np.full(12, 0.75, np.float32)
        save_predictions(folder, "test", LAST, Predictions(LABELS, said, confidence))
        save_peers(folder, LAST, PeerPredictions(LABELS, np.array([said, LABELS]), said))
    return opened(qtbot, context, [*runs, *other])


def hide(page, variant):
    page.findChild(QToolButton, f"eye_{variant.digest}").click()


def seen_rows(table):
    return [table.item(at, 0).text() for at in range(table.rowCount())
            if not table.isRowHidden(at)]


def seen_columns(table):
    return [table.horizontalHeaderItem(at).text() for at in range(table.columnCount())
            if not table.isColumnHidden(at)]


def test_that_a_closed_eye_leaves_the_variant_out_of_verdict_settings_and_price(three):
    plain, sila, other = three.study.variants
    settings = three.findChild(QTableWidget, "compare_settings")
    sentence = three.findChild(QLabel, f"sentence_{sila.digest}")
    assert (sentence.isVisible(), len(three._tradeoff.plot._spots)) == (True, 3)
    hide(three, sila)
    assert not sentence.isVisible()
    assert three.findChild(QLabel, f"sentence_{other.digest}").isVisible()
    assert len([text for text in texts(three._verdicts) if "(n = 3)" in text]) == 2
    assert seen_columns(settings) == ["setting", "plain", "sila (alpha = 1)"]
    assert [spot.group.digest for spot in three._tradeoff.plot._spots] == [
        plain.digest, other.digest
    ]
    assert sila.digest in three._curves.plot._hidden
    none = three.findChild(QLabel, "compare_no_settings")
    assert (settings.isVisible(), none.isVisible()) == (True, False)
    hide(three, plain)
    assert seen_rows(settings) == []  # one variant differs from none
    assert (settings.isVisible(), none.isVisible()) == (False, True)
    assert none.text() == "No setting differs among what is shown."
    hide(three, sila)
    assert (settings.isVisible(), none.isVisible()) == (True, False)
    assert seen_rows(settings) == ["method.options.alpha"]
    hide(three, plain)
    assert sentence.isVisible()
    assert seen_rows(settings) == ["method.name", "method.options.alpha"]
    assert len(three._tradeoff.plot._spots) == 3


def test_that_a_hidden_variant_beats_none_on_the_front(three):
    choose(three, "compare_price", "seconds")
    *_, other = three.study.variants
    front = three.findChild(QLabel, "compare_front")
    assert front.text().endswith(": sila (alpha = 1)")
    hide(three, other)
    assert front.text().endswith(": plain, sila"), "and it is not said to be missing"


def test_that_a_hidden_variant_is_not_named_where_a_mean_alone_speaks(qtbot, context, runs):
    page = opened(qtbot, context, [runs[0], runs[3]])
    front = page.findChild(QLabel, "compare_front")
    assert front.text().endswith(": sila on the front, plain off it")
    plain, sila = page.study.variants
    hide(page, sila)
    assert "sila" not in front.text()
    hide(page, plain)
    assert front.text() == ""


def test_that_a_closed_eye_leaves_the_variant_out_of_what_is_said_of_images(qtbot, three):
    _, sila, other = three.study.variants
    images = looked_at(qtbot, three)
    offered = three.findChild(QComboBox, "compare_images_variant")
    assert {offered.itemData(at) for at in range(2)} == {sila.digest, other.digest}
    choose(three, "compare_images_variant", sila.digest)
    looked_at(qtbot, three)
    before = images._found
    hide(three, other)
    assert [offered.itemData(at) for at in range(offered.count())] == [sila.digest]
    for table in ("compare_calibration", "compare_peers"):
        assert len(seen_rows(three.findChild(QTableWidget, table))) == 2
    hide(three, sila)
    said = three.findChild(QLabel, "compare_no_images")
    assert said.text() == "The eyes of all variants that stand against a baseline are closed."
    looked_at_again = images._asked
    images.look()
    assert (images._asked, images._found) == (looked_at_again, before), "nothing is read for it"
    hide(three, sila)
    assert (said.text(), offered.currentData()) == ("", sila.digest)


def test_that_what_is_hidden_stays_so_when_the_runs_are_compared_anew(qtbot, three):
    _, sila, _ = three.study.variants
    hide(three, sila)
    before = three.study
    three._refresh()
    qtbot.waitUntil(lambda: three.study is not before)
    assert not three.findChild(QLabel, f"sentence_{sila.digest}").isVisible()
    assert not three.findChild(QToolButton, f"eye_{sila.digest}").isChecked()
    assert len(three._tradeoff.plot._spots) == 2


def test_that_the_eye_of_the_current_variant_is_closed_by_a_command(page, context):
    eye = page.findChild(QToolButton, f"eye_{digest(page, 'sila')}")
    do(context, "compare.next")
    do(context, "compare.eye")
    assert not eye.isChecked()
    do(context, "compare.previous")
    do(context, "compare.previous")  # round the first to the last
    do(context, "compare.eye")
    assert eye.isChecked()
    page.hide()
    assert why_not(context, "compare.eye") == "Go to the comparison first"


def test_that_commands_act_on_the_variant_that_has_the_focus_and_it_stands_out(qtbot, page):
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    star = page.findChild(QToolButton, f"star_{digest(page, 'sila')}")
    star.setFocus(Qt.FocusReason.TabFocusReason)
    assert page._actions.current == digest(page, "sila")
    cell = star.parentWidget()
    picture = cell.grab().toImage()
    assert picture.pixelColor(cell.width() // 2, 3) == current().color("hover")


def test_that_nothing_can_be_done_to_variants_before_there_are_any(qtbot, page, context):
    context.selection.choose([])
    for name in ("eye", "star", "next", "queue", "add"):
        assert why_not(context, f"compare.{name}") == "Choose runs to compare first"
    assert page.findChild(QPushButton, "empty.button").isVisible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_that_the_legend_shows_a_closed_eye_in_a_colour_of_the_theme(qapp, three, theme):
    apply_theme(qapp, theme)
    _, sila, _ = three.study.variants
    plot = three._curves.plot
    [sample] = [
        sample for sample, name in plot._legend.items
        if name.toolTip() == three.study.names()[sila.digest]
    ]
    place = plot.mapFromScene(sample.sceneBoundingRect()).boundingRect()
    assert shows(picture(plot.viewport(), place), run_colour(sila.colour))
    hide(three, sila)
    seen = picture(plot.viewport(), place)
    assert not shows(seen, run_colour(sila.colour))
    ground, lines = (np.array(QColor(c).getRgb()[:3]) for c in (current().surface, current().text))
    reached = np.abs(seen - ground).sum(axis=-1).max() / np.abs(lines - ground).sum()
    assert reached > 0.4, "the eye can be told from what is behind it"
    apply_theme(qapp, "light")
