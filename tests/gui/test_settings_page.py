import os
import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QMessageBox, QPushButton, QTableWidget

from engine.spec.errors import StoreError
from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from engine.store import run_queue, staff
from studio.pages.settings.page import SettingsPage

pytestmark = pytest.mark.gui


@pytest.fixture
def runs(client):
    """A completed run with 3,000 bytes of files, and one that is running, with 10,000."""
    ids = run_queue.enqueue(client.store, [RunSpec(seed=0), RunSpec(seed=1)])
    worker = staff.hire(client.store, "run")
    run_queue.finish(client.store, run_queue.claim(client.store, worker), RunState.COMPLETED)
    run_queue.claim(client.store, worker)
    for run, folder, size in (
        (ids[0], client.workspace.run_folder(ids[0]), 1000),
        (ids[0], client.workspace.export_folder(ids[0]) / "bundle", 2000),
        (ids[1], client.workspace.run_folder(ids[1]), 10_000),
    ):
        folder.mkdir(parents=True)
        (folder / f"{run}.bin").write_bytes(bytes(size))
    return ids


@pytest.fixture
def page(qtbot, context, runs):
    page = SettingsPage(context)
    qtbot.addWidget(page)
    page.resize(1208, 744)
    page.show()
    qtbot.waitUntil(lambda: storage(page).rowCount() == 2)
    return page


def storage(page):
    return page.findChild(QTableWidget, "settings_storage")


def test_that_the_workspace_is_named(page, workspace):
    assert page.findChild(QLabel, "settings_workspace").text() == str(workspace.root)


def test_that_the_theme_is_kept(page, settings):
    theme = page.findChild(QComboBox, "settings_theme")
    assert theme.currentData() == "system"
    theme.setCurrentIndex(theme.findData("dark"))
    theme.activated.emit(theme.currentIndex())
    assert settings.theme == "dark"


def test_that_a_theme_that_was_changed_elsewhere_is_shown(page, settings):
    settings.put("theme", "light")
    assert page.findChild(QComboBox, "settings_theme").currentData() == "light"


def test_that_storage_is_listed_by_run_largest_first(page, runs):
    table = storage(page)
    rows = [[table.item(r, c).text() for c in range(3)] for r in range(2)]
    assert [row[0].split()[0] for row in rows] == [str(runs[1]), str(runs[0])]
    assert [row[1:] for row in rows] == [["Running", "9.8 KiB"], ["Completed", "2.9 KiB"]]
    assert page.findChild(QLabel, "settings_total").text() == "12.7 KiB in 2 runs."


def test_that_a_running_run_cannot_be_deleted(page):
    delete = page.findChild(QPushButton, "settings_delete")
    assert not delete.isEnabled()
    storage(page).selectRow(0)
    assert not delete.isEnabled()
    assert "must be stopped first" in delete.toolTip()


def test_that_deleting_asks_then_frees_the_disk_and_says_how_much(
    qtbot, page, client, context, runs
):
    storage(page).selectRow(1)
    qtbot.mouseClick(page.findChild(QPushButton, "settings_delete"), Qt.MouseButton.LeftButton)
    box = page.findChild(QMessageBox, "settings_confirm")
    assert "cannot be undone" in box.text()
    assert len(client.runs()) == 2
    with qtbot.waitSignal(context.messages.said) as told:
        box.findChild(QPushButton, "settings_confirm_delete").click()
    assert told.args[0].text == "Freed 2.9 KiB."
    assert [run.id for run in client.runs()] == [runs[1]]
    assert not client.workspace.run_folder(runs[0]).exists()
    qtbot.waitUntil(lambda: storage(page).rowCount() == 1)


def test_that_cancelling_deletes_nothing(qtbot, page, client):
    storage(page).selectRow(1)
    page.findChild(QPushButton, "settings_delete").click()
    box = page.findChild(QMessageBox, "settings_confirm")
    box.button(QMessageBox.StandardButton.Cancel).click()
    assert len(client.runs()) == 2


def test_that_licences_of_what_is_used_are_listed(qtbot, page):
    table = page.findChild(QTableWidget, "settings_licences")
    qtbot.waitUntil(lambda: table.rowCount() > 5)
    rows = {table.item(r, 0).text(): table.item(r, 2).text() for r in range(table.rowCount())}
    assert "LGPL" in rows["PySide6-Essentials"]
    assert all(rows.values())


def test_that_a_living_engine_is_shown_and_can_be_stopped(qtbot, page, client):
    button = page.findChild(QPushButton, "settings_engine_button")
    assert button.text() == "Start"
    token = staff.take_lease(client.store)
    staff.keep_lease(client.store, token, [{"name": "cpu"}])
    facts = page.findChild(QLabel, "settings_engine")
    qtbot.waitUntil(lambda: button.text() == "Stop" and "cpu" in facts.text())
    assert os.uname().nodename in facts.text()
    button.click()
    # An engine that is told to stop does not get its lease renewed, and lets go.
    limit = time.monotonic() + 5
    while staff.keep_lease(client.store, token, []) and time.monotonic() < limit:
        qtbot.wait(20)
    staff.release_lease(client.store, token)
    qtbot.waitUntil(lambda: button.text() == "Start")


def test_that_an_engine_that_does_not_start_is_told(qtbot, page, client, context, monkeypatch):
    def fail():
        raise StoreError("the engine did not start; see engine.log")

    monkeypatch.setattr(client, "start_engine", fail)
    with qtbot.waitSignal(context.messages.said) as told:
        page.findChild(QPushButton, "settings_engine_button").click()
    assert told.args[0].text == "the engine did not start; see engine.log"
    assert page.findChild(QPushButton, "settings_engine_button").isEnabled()
