import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QListWidget, QPushButton, QWidget

from engine.spec.card import Card
from engine.spec.options import Options, option
from engine.store import cards, tasks
from studio.pages.data.page import DataPage
from studio.widgets.image_grid import unpack_images
from tests.gui.claiming import next_task
from tests.gui.inspecting import make_result, pack
from tests.gui.listing import do, why_not

pytestmark = pytest.mark.gui


class FolderOptions(Options):
    size: int = option(64, "Side.", ge=8, le=512)


CARDS = [
    Card(kind="dataset", name="cifar10", title="CIFAR-10", summary="Photographs.",
         facts={"looked_for": "Put it there."}),
    Card(kind="dataset", name="digits", title="Digits", summary="Digits.",
         facts={"bundled": True}),
    Card(kind="dataset", name="image_folder", title="Image folder", summary="Your own.",
         facts={"needs_root": True}, options=FolderOptions.model_json_schema()),
]


@pytest.fixture
def page(qtbot, client, context, monkeypatch):
    monkeypatch.setattr(client, "start_engine", lambda: None)
    cards.publish(client.store, CARDS, "stamp")
    page = DataPage(context)
    qtbot.addWidget(page)
    page.resize(1208, 744)
    page.show()
    qtbot.waitUntil(lambda: page.findChild(QListWidget).count() == 3)
    return page


def inspect(page):
    page.findChild(QPushButton, "data_inspect").click()


def choose(page, title):
    names = page.findChild(QListWidget)
    names.setCurrentItem(names.findItems(title, Qt.MatchFlag.MatchExactly)[0])


def root_line(page):
    return page.findChild(QWidget, "data_root").control


def shown(page):
    return " ".join(each.text() for each in page.findChildren(QLabel) if each.isVisible())


def said(page):
    label = page.findChild(QLabel, "data_said")
    return label.text() if label.isVisible() else ""


def answer(qtbot, page, client, **rest):
    inspect(page)
    tasks.succeed(client.store, next_task(qtbot, client).id, make_result(**rest))
    qtbot.waitUntil(page.findChild(QLabel, "data_facts").isVisible)


def test_that_nothing_can_be_picked_before_the_engine_has_told_of_datasets(
    qtbot, client, context, monkeypatch
):
    monkeypatch.setattr(client, "start_engine", lambda: None)
    page = DataPage(context)
    qtbot.addWidget(page)
    page.show()
    assert "once it has started" in shown(page)
    assert not page.findChild(QListWidget).isVisible()
    cards.publish(client.store, CARDS, "stamp")
    qtbot.waitUntil(page.findChild(QListWidget).isVisible)
    assert "once it has started" not in shown(page)


def test_that_what_comes_with_the_program_is_first(page):
    names = page.findChild(QListWidget)
    assert [names.item(row).text() for row in range(3)] == ["Digits", "CIFAR-10", "Image folder"]
    assert not page.findChild(QWidget, "data_root").isVisible()


def test_that_a_dataset_is_inspected_and_described(qtbot, page, client):
    answer(qtbot, page, client)
    facts = page.findChild(QLabel, "data_facts").text()
    assert facts.splitlines() == [
        "50 training and 5 test images of 4 × 6 pixels, colour, in 2 classes.",
        "Of the training images 45 are trained on, and 5 held out for validation unless you say "
        "otherwise.",
        "2.9 MiB on disk, in /data/digits",
    ]
    assert page.findChild(QLabel, "data_problems").text().startswith("None found")
    assert "cat 30, dog 20" in page.findChild(QWidget, "data_classes").accessibleName()


def test_that_the_task_names_the_dataset_its_folder_and_options(qtbot, page, client, tmp_path):
    choose(page, "Image folder")
    qtbot.keyClicks(root_line(page), str(tmp_path))
    page._details._form.set_values({"size": 32})
    inspect(page)
    assert next_task(qtbot, client).arguments == {
        "dataset": {"name": "image_folder", "root": str(tmp_path), "options": {"size": 32}}
    }


def test_that_samples_are_shown_plain_and_as_fed(qtbot, page, client):
    answer(qtbot, page, client)
    grid = page.findChild(QWidget, "data_samples")
    red = QColor("red")
    assert grid.images()[1].pixelColor(5, 0) == red
    page.findChild(QCheckBox, "data_augmented").setChecked(True)
    assert grid.images()[1].pixelColor(0, 0) == red


def test_that_problems_and_notes_are_listed(qtbot, page, client):
    problems = [{"path": "a.png", "reason": "not an image"}, {"path": "", "reason": "duplicates"}]
    answer(qtbot, page, client, problems=problems, notes=["unbalanced"])
    shown = page.findChild(QLabel, "data_problems").text()
    assert shown.splitlines() == ["a.png: not an image", "duplicates", "unbalanced"]


def test_that_missing_data_says_in_place_where_to_put_it(qtbot, page, client):
    choose(page, "CIFAR-10")
    inspect(page)
    tasks.fail(client.store, next_task(qtbot, client).id, "CIFAR-10 was not found: put it there")
    qtbot.waitUntil(lambda: said(page) == "CIFAR-10 was not found: put it there")
    assert page.findChild(QPushButton, "data_inspect").isEnabled()


def test_that_a_folder_of_images_needs_its_folder(page, client, context):
    choose(page, "Image folder")
    inspect(page)
    reason = "Name the folder that holds the images first."
    assert why_not(context, "data.inspect") == reason
    assert tasks.queued_tasks(client.store) == 0


def test_that_options_that_cannot_be_are_not_sent(qtbot, page, client, context, tmp_path):
    choose(page, "Image folder")
    qtbot.keyClicks(root_line(page), str(tmp_path))
    size = page.findChild(QLineEdit, "editor_size")
    size.selectAll()
    qtbot.keyClicks(size, "1")
    inspect(page)
    assert "at least 8" in why_not(context, "data.inspect")
    assert tasks.queued_tasks(client.store) == 0


def look_at(qtbot, page, folder):
    if page.findChild(QListWidget).currentItem().text() != "Image folder":
        choose(page, "Image folder")
    root_line(page).clear()
    qtbot.keyClicks(root_line(page), str(folder))
    inspect(page)


def facts_shown(page):
    label = page.findChild(QLabel, "data_facts")
    return label.text().rpartition(" in ")[2] if label.isVisible() else ""


def test_that_findings_are_hidden_once_the_folder_or_an_option_is_another(
    qtbot, page, client, tmp_path
):
    look_at(qtbot, page, tmp_path / "a")
    tasks.succeed(client.store, next_task(qtbot, client).id, make_result(root="/a"))
    qtbot.waitUntil(lambda: facts_shown(page) == "/a")
    line = root_line(page)
    qtbot.keyClicks(line, "x")
    assert facts_shown(page) == ""
    qtbot.keyClick(line, Qt.Key.Key_Backspace)
    assert facts_shown(page) == "/a"
    size = page._details._form.editor("size").control
    qtbot.keyClick(size, Qt.Key.Key_End)
    qtbot.keyClicks(size, "0")
    assert facts_shown(page) == ""
    qtbot.keyClick(size, Qt.Key.Key_Backspace)
    assert facts_shown(page) == "/a"


def test_that_a_look_can_be_cancelled(qtbot, page, client, tmp_path, context):
    look_at(qtbot, page, tmp_path / "a")
    task = next_task(qtbot, client)
    do(context, "data.cancel")
    said = page.findChild(QLabel, "data_said")
    qtbot.waitUntil(said.isVisible)
    assert said.text() == "The inspection was cancelled."
    assert tasks.get_task(client.store, task.id).state == "cancelled"
    assert page.findChild(QPushButton, "data_inspect").isEnabled()


def test_that_a_look_at_what_was_edited_since_is_not_shown(qtbot, page, client, tmp_path):
    look_at(qtbot, page, tmp_path / "a")
    task = next_task(qtbot, client)
    qtbot.keyClicks(root_line(page), "x")
    tasks.succeed(client.store, task.id, make_result(root="/a"))
    qtbot.waitUntil(page.findChild(QPushButton, "data_inspect").isEnabled)
    assert facts_shown(page) == ""


def test_that_a_look_is_kept_while_another_dataset_is_chosen(qtbot, page, client):
    answer(qtbot, page, client)
    choose(page, "CIFAR-10")
    assert not page.findChild(QLabel, "data_facts").isVisible()
    choose(page, "Digits")
    qtbot.waitUntil(page.findChild(QLabel, "data_facts").isVisible)


def test_that_grey_images_are_unpacked_too(qapp):
    images = np.arange(2 * 3 * 5, dtype=np.uint8).reshape(2, 3, 5, 1)
    unpacked = unpack_images(pack(images, [0, 1]))
    assert [image.pixelColor(4, 2).red() for image in unpacked] == [14, 29]
