import base64

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QTabWidget

from engine.spec.run_state import RunState
from engine.store import schema, staff, tasks
from engine.store.predictions import Predictions, save_predictions
from studio.pages.run.page import RunPage
from studio.theme.tokens import current
from studio.widgets.confusion_matrix import ConfusionMatrix
from studio.widgets.image_grid import ImageGrid
from studio.widgets.page_area import PageArea
from tests.gui.listing import do, why_not

pytestmark = pytest.mark.gui

LABELS = np.array([0, 0, 0, 1, 1, 2, 2, 2])


def annul(client, error):
    """Let the only run have failed."""
    with client.store.write() as connection:
        connection.execute(schema.run.update().values(state=RunState.FAILED, error=error))


def said(*predicted):
    return Predictions(LABELS, np.array(predicted), np.linspace(0.5, 0.9, 8, dtype=np.float32))


@pytest.fixture
def page(qtbot, context, client, filling, monkeypatch):
    monkeypatch.setattr(client, "start_engine", lambda: None)
    filling.queue()
    filling.train(1, 2)
    folder = client.workspace.run_folder(1)
    save_predictions(folder, "val", 50, said(0, 0, 1, 1, 1, 2, 2, 0))
    save_predictions(folder, "val", 100, said(0, 0, 0, 1, 2, 2, 2, 0))
    save_predictions(folder, "test", 100, said(*LABELS))
    page = RunPage(context)
    qtbot.addWidget(page)
    page.resize(1200, 700)
    page.show()
    qtbot.waitUntil(lambda: [page._run] == client.runs())
    page.findChild(QTabWidget, "run.tabs").setCurrentIndex(2)
    return page


@pytest.fixture
def tab(qtbot, page):
    qtbot.waitUntil(lambda: text(page, "right") != "")
    return page._predictions


def text(page, name):
    return page.findChild(QLabel, f"predictions.{name}").text()


def matrix(tab):
    return tab.findChild(ConfusionMatrix, "predictions.matrix")


def grid(tab):
    return tab.findChild(ImageGrid)


def test_that_the_matrix_says_what_its_rows_and_columns_are(qtbot):
    square = ConfusionMatrix()
    qtbot.addWidget(square)
    square.resize(300, 300)
    square.show_counts(np.eye(30, dtype=np.int64), [str(at) for at in range(30)])
    field = square.cell_rect((0, 0)).united(square.cell_rect((29, 29)))
    picture = square.grab().toImage()
    ground = picture.pixelColor(1, 1)

    def drawn(across, down):
        return [(x, y) for x in across for y in down if picture.pixelColor(x, y) != ground]

    above = drawn(range(field.left(), 300), range(field.top()))
    beside = drawn(range(field.left()), range(field.top(), 300))
    middle = field.center()
    assert abs(np.mean([x for x, _ in above]) - middle.x()) < 10
    assert abs(np.mean([y for _, y in beside]) - middle.y()) < 10
    assert max(x for x, _ in above) - min(x for x, _ in above) > max(y for _, y in above)
    assert max(y for _, y in beside) - min(y for _, y in beside) > max(x for x, _ in beside)


def asked(qtbot, client):
    qtbot.waitUntil(lambda: tasks.queued_tasks(client.store) > 0)
    return tasks.claim_task(client.store, staff.enter(client.store, "task"))


def answer(client, task):
    count = len(task.arguments["indices"])
    data = base64.b64encode(bytes(4 * count)).decode()
    images = {"shape": [count, 2, 2, 1], "data": data, "labels": [0] * count}
    told = {"asked": task.arguments, "classes": ["cat", "dog", "owl"], "images": images}
    tasks.succeed(client.store, task.id, told)


def choose(combo, text):
    combo.setCurrentIndex(combo.findText(text))
    combo.activated.emit(combo.currentIndex())


def test_that_the_newest_epoch_is_shown_with_its_mistakes(qtbot, tab, client):
    assert text(tab, "right") == "6 of 8 right, 75.00 %"
    assert matrix(tab)._counts_KK.tolist() == [[3, 0, 0], [0, 1, 1], [1, 0, 2]]
    task = asked(qtbot, client)
    assert task.arguments == {"run": 1, "part": "val", "indices": [7, 4]}  # most confident first
    answer(client, task)
    qtbot.waitUntil(lambda: len(grid(tab).images()) == 2)
    assert grid(tab)._names == ["owl → cat  90 %", "dog → owl  73 %"]


def test_that_a_cell_shows_its_images(qtbot, tab, client, context):
    answer(client, asked(qtbot, client))
    qtbot.waitUntil(lambda: len(grid(tab).images()) == 2)
    square = matrix(tab)
    at = square.cell_rect((0, 0)).center()
    qtbot.mouseClick(square, Qt.MouseButton.LeftButton, pos=at)
    assert text(tab, "title") == "cat known: 3 of 3"
    task = asked(qtbot, client)
    assert task.arguments["indices"] == [2, 1, 0]
    answer(client, task)
    qtbot.waitUntil(lambda: len(grid(tab).images()) == 3)
    do(context, "run.all_mistakes")
    assert why_not(context, "run.all_mistakes") == "All mistakes are shown"
    assert text(tab, "title") == "Mistakes, the most confident first"
    assert len(grid(tab).images()) == 2  # they are known already
    assert tasks.queued_tasks(client.store) == 0


def test_that_the_matrix_is_used_by_keyboard(qtbot, tab, client):
    answer(client, asked(qtbot, client))
    qtbot.waitUntil(lambda: len(grid(tab).images()) == 2)
    square = matrix(tab)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(square, key)
    assert text(tab, "title") == "owl taken for cat: 1 of 3"
    assert square.accessibleDescription() == "owl taken for cat: 1 of 3"


def test_that_any_epoch_and_the_test_images_can_be_looked_at(qtbot, tab):
    epochs = tab.findChild(QComboBox, "predictions.epoch")
    assert [epochs.itemText(at) for at in range(epochs.count())] == ["2", "1"]
    choose(epochs, "1")
    qtbot.waitUntil(lambda: matrix(tab)._counts_KK.tolist() == [[2, 1, 0], [0, 2, 0], [1, 0, 2]])
    choose(tab.findChild(QComboBox, "predictions.part"), "test")
    qtbot.waitUntil(lambda: text(tab, "right") == "8 of 8 right, 100.00 %")
    assert grid(tab).images() == []


def test_that_right_cells_wear_the_accent_and_wrong_ones_do_not(qtbot, tab):
    square = matrix(tab)
    picture = square.grab().toImage()

    def colour(cell):
        corner = square.cell_rect(cell).topLeft()
        return picture.pixelColor(corner.x() + 4, corner.y() + 4)

    assert colour((0, 0)) == current().color("accent")  # all of the class
    assert colour((1, 2)).red() > colour((1, 2)).blue()
    assert colour((0, 1)) == current().color("sunken")


def test_that_reading_images_can_be_cancelled(qtbot, tab, client, context):
    task = asked(qtbot, client)
    do(context, "run.cancel_images")
    qtbot.waitUntil(lambda: tasks.get_task(client.store, task.id).state == "cancelled")


def test_that_images_that_cannot_be_read_are_said_to_be(qtbot, tab, client):
    tasks.fail(client.store, asked(qtbot, client).id, "the dataset of run 1 has changed")
    problem = tab.findChild(QLabel, "predictions.problem")
    qtbot.waitUntil(problem.isVisible)
    assert problem.text() == "the dataset of run 1 has changed"


def test_that_a_run_without_any_says_so(qtbot, context, filling):
    filling.queue()
    filling.train(1, 1)
    page = RunPage(context)
    qtbot.addWidget(page)
    page.show()
    page.findChild(QTabWidget, "run.tabs").setCurrentIndex(2)
    qtbot.waitUntil(lambda: page._run is not None)
    assert page._predictions._stack.currentIndex() == 0


@pytest.fixture
def area(page, tab):
    """What the smallest window has for the page."""
    area = PageArea()
    area.set_page(page)
    area.resize(948, 640)
    area.show()
    yield area
    area.takeWidget()
    area.close()
    area.deleteLater()


@pytest.mark.parametrize(("lines", "scrolls"), [(5, False), (40, True)])
def test_that_the_tabs_give_way_to_a_long_error_before_the_page_scrolls(
    qtbot, page, area, client, lines, scrolls
):
    tabs, high = page.findChild(QTabWidget, "run.tabs"), page.height()
    annul(client, "\n".join(["it went wrong"] * lines))
    error = page.findChild(QLabel, "run.error")
    qtbot.waitUntil(error.isVisible)
    qtbot.waitUntil(lambda: error.height() >= lines * error.fontMetrics().height())
    assert (page.height() > high) == area.verticalScrollBar().isVisible() == scrolls
    assert tabs.height() >= tabs.minimumSizeHint().height()
