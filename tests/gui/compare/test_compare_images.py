import base64
import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLabel,
    QTabBar,
    QTableWidget,
    QToolButton,
    QToolTip,
)

from engine.analysis.answers import Flip
from engine.spec.rows import Summary
from engine.store import staff, tasks
from engine.store.points import append
from engine.store.predictions import (
    PeerPredictions,
    Predictions,
    save_peers,
    save_predictions,
)
from studio.pages.compare.class_view import ConfusionDifference
from studio.pages.compare.flip_atlas import FlipSide
from studio.pages.compare.images_section import ImagesSection
from studio.plots.palette import run_colour
from studio.state.commands import Commands
from studio.theme.tokens import current
from studio.widgets.image_grid import ImageGrid
from tests.gui.comparing import command, copied, export_menu, looked_at, opened
from tests.gui.listing import do

pytestmark = pytest.mark.gui

LABELS = np.array([0, 0, 0, 1, 1, 2, 2, 2])
PLAIN = [0, 1, 1, 1, 1, 2, 2, 0]  # 1, 2 and 7 wrong
SILA = [0, 0, 0, 1, 2, 2, 2, 0]  # 4 and 7 wrong
LAST = 200


def save(client, run, predicted, step=LAST, confidence=0.75):
    said = Predictions(LABELS, np.array(predicted), np.full(8, confidence, np.float32))
    return save_predictions(client.workspace.run_folder(run), "test", step, said)


@pytest.fixture
def runs(client, filling, monkeypatch):
    """Plain is run 1, 2 and 3; SiLa 4, 5 and 6."""
    monkeypatch.setattr(client, "start_engine", lambda: None)
    ids = filling.queue(("plain", "sila"), (0, 1, 2))
    for run in ids:
        filling.complete(run)
    return ids


@pytest.fixture
def answered(client, runs):
    """Image 1 is fixed in all seeds, 2 in one; 4 is broken in all."""
    for run in runs[:3]:
        save(client, run, PLAIN, confidence=0.5)
    for run in runs[3:]:
        save(client, run, SILA if run == runs[3] else [0, 0, 1, 1, 2, 2, 2, 0])
    return runs


@pytest.fixture
def section(qtbot, context, answered):
    return looked_at(qtbot, opened(qtbot, context, answered))


def text(section, name):
    return section.findChild(QLabel, name).text()


def show_part(section, part):
    tabs = section.findChild(QTabBar, "compare_images_parts")
    tabs.setCurrentIndex([tabs.tabData(at) for at in range(tabs.count())].index(part))


def rows(section, name):
    table = section.findChild(QTableWidget, name)
    return [
        [table.item(row, at).text() for at in range(table.columnCount())]
        for row in range(table.rowCount())
    ]


def answer(qtbot, client):
    """Play the worker that reads the images; returns what it was asked for."""
    qtbot.waitUntil(lambda: tasks.queued_tasks(client.store) > 0)
    task = tasks.claim_task(client.store, staff.enter(client.store, "task"))
    count = len(task.arguments["indices"])
    data = base64.b64encode(bytes(4 * count)).decode()
    images = {"shape": [count, 2, 2, 1], "data": data, "labels": [0] * count}
    told = {"asked": task.arguments, "classes": ["cat", "dog", "owl"], "images": images}
    tasks.succeed(client.store, task.id, told)
    return task.arguments


def test_that_nothing_is_read_before_the_section_is_in_sight(qtbot, context, client, answered):
    page = opened(qtbot, context, answered)
    qtbot.wait(50)
    section = page.findChild(ImagesSection, "compare_images")
    assert section.visibleRegion().isEmpty()
    assert section._found is None
    assert tasks.queued_tasks(client.store) == 0
    assert looked_at(qtbot, page)._found.difference is not None


def seen(section, name):
    """What a side of the atlas says: its title, then of each group its line and its images."""
    side = section.findChild(QLabel, f"{name}_title").parentWidget()
    captions = [label.text() for label in side.findChildren(QLabel)]
    return captions, [grid._names for grid in side.findChildren(ImageGrid)]


def test_that_flips_are_shown_as_images_the_most_stable_first(qtbot, section, client):
    fixed = ["Fixed images: 2", "in 3 of 3 seeds: 1", "in 1 of 3 seeds: 1"]
    assert seen(section, "compare_fixed") == (fixed, [[], []])
    asked = answer(qtbot, client)
    assert asked == {"run": 4, "part": "test", "indices": [1, 2, 4]}
    qtbot.waitUntil(lambda: section._names != [])
    assert seen(section, "compare_fixed") == (fixed, [["dog → cat"], ["dog → cat"]])
    assert seen(section, "compare_broken") == (
        ["Broken images: 1", "in 3 of 3 seeds: 1"], [["dog → owl"]]
    )


def test_that_answers_below_images_are_explained_and_the_mouse_tells_the_true_class(
    qtbot, section, client
):
    captions = [label.text() for label in section.findChildren(QLabel)]
    assert any("the baseline's answer → the variant's" in text for text in captions)
    answer(qtbot, client)
    qtbot.waitUntil(lambda: section._names != [])
    for name, told in (
        ("compare_fixed", "Baseline: dog\nVariant: cat\nTrue class: cat"),
        ("compare_broken", "Baseline: dog\nVariant: owl\nTrue class: dog"),
    ):
        side = section.findChild(QLabel, f"{name}_title").parentWidget()
        grid = side.findChild(ImageGrid)
        at = grid._cell(0).center()
        QApplication.sendEvent(grid, QHelpEvent(QEvent.Type.ToolTip, at, QPoint(0, 0)))
        assert QToolTip.text() == told
        QToolTip.hideText()


def test_that_more_flips_than_are_shown_are_counted(qtbot):
    side = FlipSide("x", fixed=True)
    qtbot.addWidget(side)
    flips = [Flip(at, 0, 1, (0, 1)) for at in range(3)]
    flips += [Flip(at, 0, 1, (1,)) for at in range(3, 1203)]
    side.show_counts("Fixed images: {0:,}", [1200, 3], flips)
    assert [label.text() for label in side.findChildren(QLabel)] == [
        "Fixed images: 1,203", "in 2 of 2 seeds: 3", "in 1 of 2 seeds: 1,200, 57 shown"
    ]
    assert [flip.image for flip in side.flips] == list(range(60))


def test_that_images_that_cannot_be_read_are_said_to_be(qtbot, section, client):
    qtbot.waitUntil(lambda: tasks.queued_tasks(client.store) > 0)
    task = tasks.claim_task(client.store, staff.enter(client.store, "task"))
    tasks.fail(client.store, task.id, "the dataset of run 4 has changed")
    problem = section.findChild(QLabel, "compare_images_problem")
    qtbot.waitUntil(problem.isVisible)
    assert problem.text() == "the dataset of run 4 has changed"


def test_that_reading_the_images_that_flip_can_be_cancelled(qtbot, section, client, context):
    qtbot.waitUntil(lambda: tasks.queued_tasks(client.store) > 0)
    task = tasks.claim_task(client.store, staff.enter(client.store, "task"))
    do(context, "compare.cancel")
    qtbot.waitUntil(lambda: tasks.get_task(client.store, task.id).state == "cancelled")


def test_that_classes_are_listed_by_what_they_gain_and_bear_their_names(qtbot, section, client):
    show_part(section, "classes")
    assert [row[0] for row in rows(section, "compare_classes")] == ["0", "2", "1"]
    answer(qtbot, client)
    qtbot.waitUntil(lambda: rows(section, "compare_classes")[0][0] == "cat")
    assert rows(section, "compare_classes")[0] == ["cat", "3", "33.33", "77.78", "+44.44 ± 47.81"]
    assert rows(section, "compare_classes")[2][4] == "−50.00"


def test_that_better_cells_wear_the_accent_and_worse_ones_are_red(qtbot, section, client):
    answer(qtbot, client)
    show_part(section, "classes")
    qtbot.waitUntil(lambda: section._names != [])
    square = section.findChild(ConfusionDifference, "compare_confusion")
    assert square.accessibleName() == "Difference of the confusion matrices"
    assert square.text_of((0, 0)) == "cat known: +1.33 images a seed"
    assert square.text_of((1, 2)) == "dog taken for owl: +1.00 images a seed"
    picture = square.grab().toImage()

    def colour(cell):
        corner = square.cell_rect(cell).topLeft()
        return picture.pixelColor(corner.x() + 4, corner.y() + 4)

    assert colour((0, 0)) == current().color("accent")  # the largest change
    assert colour((0, 1)).blue() > colour((0, 1)).red(), "fewer cats are taken for dogs"
    assert colour((1, 1)).red() > colour((1, 1)).blue(), "fewer dogs are known"
    assert colour((1, 2)).red() > colour((1, 2)).blue()
    assert colour((2, 2)) == current().color("sunken")
    at = square.cell_rect((0, 1)).center()
    qtbot.mouseClick(square, Qt.MouseButton.LeftButton, pos=at)
    assert "cat taken for dog: −1.33 images a seed" in [
        label.text() for label in section.findChildren(QLabel)
    ]
    QApplication.sendEvent(square, QHelpEvent(QEvent.Type.ToolTip, at, QPoint(0, 0)))
    assert QToolTip.text() == "cat taken for dog: −1.33 images a seed"
    QToolTip.hideText()


def test_that_calibration_is_shown_of_every_variant(qtbot, section):
    show_part(section, "calibration")
    assert rows(section, "compare_calibration") == [
        ["plain", "3", "12.50 ± 0.00", "50.00", "62.50", "−12.50"],
        ["sila", "3", "8.33 ± 7.22", "75.00", "66.67", "+8.33"],
    ]
    digest = next(v.digest for v in section._study.variants if v.method == "sila")
    curve = section.plot._items[digest][0]
    assert [axis.tolist() for axis in curve.getData()] == [[75.0], pytest.approx([200 / 3])]
    variant = next(v for v in section._study.variants if v.digest == digest)
    assert curve.opts["pen"].color().name() == run_colour(variant.colour)
    at = section.plot.item.vb.mapViewToScene(QPointF(75, 70))
    assert section.plot.reading_at(at)[1] == "sila right in 66.7 % of 8 images @ 75.0 %"


def test_that_the_eye_hides_a_variants_calibration(section):
    show_part(section, "calibration")
    digest = next(v.digest for v in section._study.variants if v.method == "plain")
    section.window().findChild(QToolButton, f"eye_{digest}").click()
    assert not section.plot._items[digest][0].isVisible()
    assert len(section.plot.reading_at(None)) == 1


def test_that_the_variant_can_be_chosen(qtbot, client, context, filling, answered):
    dml = filling.queue(("dml",), (0,))
    filling.complete(dml[0])
    save(client, dml[0], LABELS)
    section = looked_at(qtbot, opened(qtbot, context, [*answered, *dml]))
    box = section.findChild(QComboBox, "compare_images_variant")
    shown = [box.itemText(at) for at in range(box.count())]
    assert sorted(shown) == ["dml against plain", "sila against plain"]
    box.setCurrentIndex(shown.index("dml against plain"))
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(
        lambda: text(section, "compare_fixed_title") == "Fixed images: 3"
    )
    assert text(section, "compare_broken_title") == "Broken images: 0"


def test_that_best_weights_are_looked_at_where_the_page_does(qtbot, client, context, answered):
    for run in answered:
        save(client, run, LABELS if run > 3 else PLAIN, step=150)
        with client.store.write() as connection:
            append(connection, run, {}, {"test/top1": Summary(62.5, LAST, 70.0, 150)})
    page = opened(qtbot, context, answered)
    box = page.findChild(QComboBox, "compare_which")
    box.setCurrentIndex(box.findData("best"))
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(lambda: page.study.question.which == "best")
    section = looked_at(qtbot, page)
    assert text(section, "compare_fixed_title") == "Fixed images: 3"
    assert text(section, "compare_broken_title") == "Broken images: 0"


def test_that_runs_that_kept_nothing_say_so(qtbot, context, client, runs):
    section = looked_at(qtbot, opened(qtbot, context, runs))
    none = section.findChild(QLabel, "compare_no_images")
    assert none.isVisible()
    assert "runs trained with an earlier version keep none" in none.text()
    assert not section.findChild(QTabBar, "compare_images_parts").isVisible()
    assert tasks.queued_tasks(client.store) == 0
    reason = command(section.window(), "flips", "csv").toolTip()
    assert "This comparison has nothing of it" in reason


def test_that_calibration_needs_no_baseline(qtbot, context, client, runs):
    save(client, 4, SILA)
    section = looked_at(qtbot, opened(qtbot, context, [4]))
    none = section.findChild(QLabel, "compare_no_images")
    assert none.text().startswith("There is no baseline yet")
    show_part(section, "calibration")
    assert not none.isVisible()
    assert [row[0] for row in rows(section, "compare_calibration")] == ["sila"]


def test_that_a_file_that_cannot_be_read_leaves_its_run_out(qtbot, context, client, answered):
    save(client, 4, SILA).write_bytes(b"no archive")
    section = looked_at(qtbot, opened(qtbot, context, answered))
    assert "cannot be read" in text(section, "compare_images_left_out")
    assert text(section, "compare_fixed_title") == "Fixed images: 1"


def test_that_the_table_of_the_classes_is_copied(qtbot, section, client):
    answer(qtbot, client)
    qtbot.waitUntil(lambda: section._names != [])
    assert export_menu(section.window(), "classes").menuAction().isVisible()
    text = copied(qtbot, section.window(), "classes", "csv")
    first, *_ = csv.DictReader(io.StringIO(text))
    assert (first["class"], first["images"], first["common_seeds"]) == ("cat", "3", "3")
    assert float(first["difference"]) == pytest.approx(400 / 9)


def test_that_the_part_that_was_looked_at_is_remembered(qtbot, context, section):
    show_part(section, "calibration")
    again = ImagesSection(replace(context, commands=Commands()))
    qtbot.addWidget(again)
    tabs = again.findChild(QTabBar, "compare_images_parts")
    assert tabs.tabData(tabs.currentIndex()) == "calibration"


def save_peer_answers(client, run, second, together):
    said = PeerPredictions(LABELS, np.array([SILA, second]), np.array(together))
    return save_peers(client.workspace.run_folder(run), LAST, said)


def test_that_peers_are_shown_each_and_together(qtbot, client, context, answered):
    save_peer_answers(client, 4, PLAIN, LABELS)
    save_peer_answers(client, 5, SILA, SILA)
    section = looked_at(qtbot, opened(qtbot, context, answered))
    show_part(section, "peers")
    assert rows(section, "compare_peers") == [[
        "sila", "2", "75.00 ± 0.00", "68.75 ± 8.84", "87.50 ± 17.68", "+12.50 ± 17.68",
        "18.75 ± 26.52",
    ]]
    text = copied(qtbot, section.window(), "peers", "csv")
    first, second = csv.DictReader(io.StringIO(text))
    assert (first["peer"], first["ships"], first["accuracy"]) == ("1", "1", "75.0")
    assert (second["ships"], second["accuracy"], second["ensemble"]) == ("0", "68.75", "87.5")


def test_that_runs_without_peers_say_so(qtbot, context, answered, section):
    show_part(section, "peers")
    none = section.findChild(QLabel, "compare_no_images")
    assert none.text().startswith("None of these runs has kept what peers say")
    assert not export_menu(section.window(), "peers").menuAction().isVisible()


def test_that_peers_that_cannot_be_read_leave_their_run_out(qtbot, client, context, answered):
    save_peer_answers(client, 4, PLAIN, LABELS).write_bytes(b"no archive")
    save_peer_answers(client, 5, SILA, SILA)
    section = looked_at(qtbot, opened(qtbot, context, answered))
    assert "cannot be read" in text(section, "compare_images_left_out")
    show_part(section, "peers")
    assert rows(section, "compare_peers")[0][1] == "1"
