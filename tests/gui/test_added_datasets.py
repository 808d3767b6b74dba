import tarfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QListWidget, QPushButton

from engine.chores import CHORES
from engine.registry import entries
from engine.spec.errors import StudioError
from engine.store import cards, tasks
from studio.pages.data.known import KEY
from studio.pages.data.page import DataPage
from studio.state.commands import Commands
from tests.gui.claiming import next_task
from tests.gui.dropping import drop

pytestmark = pytest.mark.gui

CATALOG = [entry.card for entry in entries("dataset")]


@pytest.fixture
def opened(qtbot, client, context, monkeypatch):
    monkeypatch.setattr(client, "start_engine", lambda: None)
    cards.publish(client.store, CATALOG, "stamp")
    page = DataPage(context)
    qtbot.addWidget(page)
    page.resize(1208, 744)
    page.show()
    qtbot.waitUntil(lambda: page.findChild(QListWidget).count() > 0)
    return page


@pytest.fixture
def heard(context):
    heard = []
    context.messages.said.connect(heard.append)
    return heard


def put_pets(folder):
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        for number in range(12):
            pixels = rng.integers(0, 256, (10, 10, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder


def work(qtbot, client):
    """Do the next task as a worker does."""
    task = next_task(qtbot, client)
    try:
        result = CHORES[task.kind](client.store, task.arguments, lambda *_: None)
    except StudioError as error:
        tasks.fail(client.store, task.id, str(error))
    else:
        tasks.succeed(client.store, task.id, result)


def titles(page):
    names = page.findChild(QListWidget)
    return [names.item(row).text() for row in range(names.count())]


def own_titles(client):
    return [row["title"] for row in client.setting(KEY, [])]


def facts(page):
    label = page.findChild(QLabel, "data_facts")
    return label.text() if label.isVisible() else ""


@pytest.fixture
def pets(qtbot, opened, client, tmp_path):
    folder = put_pets(tmp_path / "pets")
    assert drop(opened, folder)
    work(qtbot, client)
    qtbot.waitUntil(lambda: "pets" in titles(opened) and facts(opened) != "")
    qtbot.waitUntil(lambda: own_titles(client) == ["pets"])
    return folder


def test_that_a_dropped_folder_is_added_and_described(opened, client, pets, heard):
    assert opened.findChild(QListWidget).currentItem().text() == "pets"
    assert "in 2 classes" in facts(opened)
    assert facts(opened).endswith(f"on disk, in {pets}")
    assert opened.findChild(QLabel, "data_places").text() == f"In {pets}"


def test_that_it_is_there_again_in_the_next_window(qtbot, opened, context, pets, jobs):
    opened.close()
    again = DataPage(replace(context, commands=Commands()))
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: titles(again)[0] == "pets")


def test_that_a_folder_that_is_there_already_is_not_added_twice(qtbot, opened, client, pets):
    assert drop(opened, pets)
    work(qtbot, client)
    qtbot.waitUntil(lambda: not opened._watch.running)
    assert titles(opened).count("pets") == 1


def test_that_another_of_its_name_gets_a_number(qtbot, opened, client, pets, tmp_path):
    assert drop(opened, put_pets(tmp_path / "more" / "pets"))
    work(qtbot, client)
    qtbot.waitUntil(lambda: own_titles(client) == ["pets", "pets (2)"])


def test_that_a_dataset_can_be_called_something_else(qtbot, opened, client, pets):
    name = opened.findChild(QLineEdit, "data_name")
    name.setText(" Our animals ")
    name.editingFinished.emit()
    assert "Our animals" in titles(opened)
    qtbot.waitUntil(lambda: own_titles(client) == ["Our animals"])
    name.setText(" ")
    name.editingFinished.emit()
    assert name.text() == "Our animals"


def test_that_options_stay_with_it(qtbot, opened, client, pets):
    size = opened._details._form.editor("size").control
    size.selectAll()
    qtbot.keyClicks(size, "16")
    qtbot.waitUntil(lambda: client.setting(KEY)[0]["dataset"]["options"] == {"size": 16})
    assert facts(opened) == ""


def test_that_removing_leaves_the_files_and_can_be_undone(
    qtbot, opened, context, client, pets, heard
):
    before = sorted(p for p in pets.rglob("*"))
    context.commands.action("data.remove").trigger()
    assert "pets" not in titles(opened)
    assert heard[-1].text == (
        f"pets is no longer in the list; its files in {pets} were left as they are."
    )
    assert sorted(p for p in pets.rglob("*")) == before
    qtbot.waitUntil(lambda: own_titles(client) == [])
    heard[-1].run()
    assert opened.findChild(QListWidget).currentItem().text() == "pets"
    qtbot.waitUntil(lambda: own_titles(client) == ["pets"])


def test_that_what_comes_with_the_program_cannot_be_removed(opened, context):
    action = context.commands.action("data.remove")
    assert not action.isEnabled()
    assert "only what you added yourself" in action.toolTip()


def test_that_it_can_be_trained_on(opened, context, pets):
    pages = []
    context.selection.page_requested.connect(pages.append)
    context.commands.action("data.train").trigger()
    assert pages == ["compose"]
    assert context.selection.take_dataset() == {
        "name": "image_folder", "root": str(pets), "options": {}
    }
    assert context.selection.take_dataset() is None


def garbage(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.npz").write_text("no arrays")
    (tmp_path / "notes.txt").write_text("notes")
    (tmp_path / "single" / "cat").mkdir(parents=True)
    whole = tmp_path / "whole.tar.gz"
    with tarfile.open(whole, "w:gz") as tar:
        for name in ("train.bin", "test.bin"):
            path = tmp_path / name
            path.write_bytes(np.random.default_rng(0).bytes(50_000))
            tar.add(path, f"cifar-100-binary/{name}")
    (tmp_path / "cut.tar.gz").write_bytes(whole.read_bytes()[:60_000])


@pytest.mark.parametrize(
    ("name", "said"),
    [("empty", "has no class folders"), ("text.npz", "is no .npz file, or truncated"),
     ("notes.txt", "is nothing that can be read here: looked for"),
     ("single", "has one class folder only, 'cat'"), ("cut.tar.gz", "is truncated or damaged"),
     ("whole.tar.gz", "are not whole records")],
)
def test_that_what_cannot_be_read_is_told_in_a_line_and_not_added(
    qtbot, opened, client, heard, tmp_path, name, said
):
    garbage(tmp_path)
    before = titles(opened)
    assert drop(opened, tmp_path / name)
    work(qtbot, client)
    qtbot.waitUntil(lambda: bool(heard))
    assert said in heard[-1].text
    assert "\n" not in heard[-1].text
    assert heard[-1].tone == "bad"
    assert titles(opened) == before
    assert own_titles(client) == []
    assert opened.findChild(QPushButton, "data_inspect").isEnabled()


def test_that_what_is_dropped_while_another_is_read_is_read_after_it(
    qtbot, opened, client, heard, tmp_path
):
    empty = tmp_path / "empty"
    empty.mkdir()
    dropped = [put_pets(tmp_path / "a"), empty, put_pets(tmp_path / "b")]
    for folder in dropped:
        assert drop(opened, folder)
    assert [str(folder) in each.text for folder, each in zip(dropped[1:], heard, strict=True)]
    for _ in dropped:
        work(qtbot, client)
    qtbot.waitUntil(lambda: own_titles(client) == ["a", "b"])
    assert titles(opened)[:2] == ["a", "b"]
    assert any(each.tone == "bad" and str(empty) in each.text for each in heard)


def test_that_what_is_dropped_while_one_is_inspected_waits_for_it(
    qtbot, opened, client, pets, tmp_path
):
    opened.findChild(QPushButton, "data_inspect").click()
    assert drop(opened, put_pets(tmp_path / "b"))
    work(qtbot, client)
    qtbot.waitUntil(lambda: facts(opened) != "")
    work(qtbot, client)
    qtbot.waitUntil(lambda: own_titles(client) == ["pets", "b"])


def test_that_folders_and_files_are_added_by_button_too(
    qtbot, opened, context, client, tmp_path, monkeypatch
):
    file = tmp_path / "arrays.npz"
    rng = np.random.default_rng(0)
    np.savez(file, x=rng.integers(0, 256, (40, 8, 8), dtype=np.uint8), y=np.arange(40) % 2)
    folder = put_pets(tmp_path / "pets")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    for name, title in (("add_file", "arrays"), ("add_folder", "pets")):
        context.commands.action(f"data.{name}").trigger()
        work(qtbot, client)
        qtbot.waitUntil(lambda title=title: title in titles(opened))
    assert opened.findChild(QListWidget).currentItem().text() == "pets"


def test_that_a_list_that_is_not_understood_is_passed_over(qtbot, opened, context, client, jobs):
    client.put_setting(KEY, [{"title": 3}, "x", {"title": "a", "dataset": {"name": "npz"}}])
    known = type(opened._known)(context)
    with qtbot.waitSignal(known.changed):
        pass
    assert known.all() == []
