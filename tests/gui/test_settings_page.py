import importlib.metadata
import os
import time
from functools import partial

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QPushButton,
    QTableWidget,
    QTabWidget,
    QToolButton,
)

from engine.spec.errors import StoreError
from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from engine.store import artifacts, run_queue, staff
from studio.pages.settings.engine import device_texts
from studio.pages.settings.page import SettingsPage
from studio.pages.settings.parts import Table
from studio.theme.theme import apply_theme
from studio.theme.tokens import sizes, sizes_of
from studio.widgets.buttons import COMMAND
from tests.gui.listing import do, why_not

pytestmark = pytest.mark.gui

GENERAL, ENGINE, SHORTCUTS, STORAGE, ABOUT = range(5)


@pytest.fixture
def runs(client):
    """A completed run with 3,000 bytes of files, 600 of a checkpoint, and a running with 10,000."""
    ids = run_queue.enqueue(client.store, [RunSpec(seed=0), RunSpec(seed=1)])
    worker = staff.enter(client.store, "run")
    run_queue.finish(client.store, run_queue.claim(client.store, worker), RunState.COMPLETED)
    run_queue.claim(client.store, worker)
    for run, kind, folder, size in (
        (ids[0], "weights", client.workspace.run_folder(ids[0]), 400),
        (ids[0], "checkpoint", client.workspace.run_folder(ids[0]) / "checkpoints" / "step-1", 600),
        (ids[0], "bundle", client.workspace.export_folder(ids[0]) / "bundle", 2000),
        (ids[1], "checkpoint", client.workspace.run_folder(ids[1]) / "checkpoints" / "step-1",
         10_000),
    ):
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{run}.bin"
        file.write_bytes(bytes(size))
        path = folder if kind == "checkpoint" else file
        artifacts.record(client.store, run, kind, path, num_bytes=size)
    return ids


@pytest.fixture
def page(qtbot, runs, context):
    qtbot.waitUntil(lambda: [run.state for run in context.feed.runs] == [
        RunState.RUNNING, RunState.COMPLETED
    ])
    page = SettingsPage(context)
    qtbot.addWidget(page)
    page.resize(1208, 744)
    page.show()
    return page


@pytest.fixture
def stored(qtbot, page):
    """The table of storage, looked at and filled."""
    show(page, STORAGE)
    table = page.findChild(QTableWidget, "settings_storage")
    qtbot.waitUntil(lambda: table.rowCount() == 2)
    return table


def show(page, tab):
    page.findChild(QTabWidget, "settings_tabs").setCurrentIndex(tab)


def choose(page, name, value):
    box = page.findChild(QComboBox, f"settings_{name}")
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def clean(page):
    return page.findChild(QPushButton, "settings_clean")


# ---- workspace


def test_that_folder_and_database_are_named_and_can_be_copied(page, workspace, context):
    for name, what, path in (
        ("workspace", "folder", workspace.root), ("database", "database", workspace.database)
    ):
        shown = page.findChild(QLabel, f"settings_{name}")
        assert shown.text() == str(path)
        for copy in (
            page.findChild(QToolButton, f"settings.copy_{what}.button").click,
            partial(do, context, f"settings.copy_{what}"),
        ):
            QGuiApplication.clipboard().clear()
            copy()
            assert QGuiApplication.clipboard().text() == str(path)
    show(page, ABOUT)
    assert why_not(context, "settings.copy_folder") == "Go to the general settings first"


def test_that_the_folder_of_the_workspace_is_opened(qtbot, page, context, workspace, monkeypatch):
    asked = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: asked.append(url.toLocalFile()))
    with qtbot.waitSignal(context.messages.said) as told:
        do(context, "settings.reveal")
    assert asked == [str(workspace.root)]
    assert told.args[0].text == f"No file manager answered. The folder is {workspace.root}"


def test_that_another_workspace_is_opened_by_the_command(page):
    button = page.findChild(QPushButton, "settings_another")
    assert button.property(COMMAND) == "workspace.open"


# ---- what is kept


@pytest.mark.parametrize(
    ("name", "attribute", "value"),
    [
        ("theme", "theme", "dark"), ("density", "density", "compact"),
        ("stop_with_window", "stops_engine", True), ("idle_minutes", "idle_minutes", 0),
    ],
)
def test_that_a_choice_is_kept(page, settings, name, attribute, value):
    assert getattr(settings, attribute) != value
    assert page.findChild(QComboBox, f"settings_{name}").currentData() == getattr(
        settings, attribute)
    choose(page, name, value)
    assert getattr(settings, attribute) == value


def test_that_a_choice_that_was_made_elsewhere_is_shown(page, settings):
    settings.put("theme", "light")
    assert page.findChild(QComboBox, "settings_theme").currentData() == "light"


def test_that_rows_come_closer_in_tables_and_lists_at_once_and_in_those_to_come(
    qtbot, qapp, context
):
    table, special, listed = Table("t", "t", ["x"]), QTableWidget(1, 1), QListWidget()
    for widget in (table, special, listed):
        qtbot.addWidget(widget)
    table.fill([["x"]])
    special.verticalHeader().setDefaultSectionSize(41)
    item = QListWidgetItem("x", listed)
    item.setSizeHint(QSize(0, sizes().row))
    wide, close = sizes_of("comfortable").row, sizes_of("compact").row
    assert (table.rowHeight(0), close < wide) == (wide, True)
    try:
        apply_theme(qapp, "light", "compact")
        assert (table.rowHeight(0), item.sizeHint().height()) == (close, close)
        assert special.rowHeight(0) == 41
        later = Table("t", "t", ["x"])
        qtbot.addWidget(later)
        later.fill([["x"]])
        assert later.rowHeight(0) == close
    finally:
        apply_theme(qapp, "light")
    assert (table.rowHeight(0), item.sizeHint().height()) == (wide, wide)


def test_that_minutes_that_are_no_choice_of_ours_are_shown_as_they_are(page, settings):
    settings.put("engine/idle_minutes", 7)
    assert page.findChild(QComboBox, "settings_idle_minutes").currentText() == "7"


def test_that_the_desktop_need_not_be_told(page, settings):
    box = page.findChild(QCheckBox, "settings_tell")
    assert box.isChecked()
    box.click()
    assert not settings.tells_of_ends


# ---- storage


def test_that_storage_is_listed_by_run_largest_first(page, stored, runs):
    rows = [[stored.item(r, c).text() for c in range(4)] for r in range(2)]
    assert [row[0].split()[0] for row in rows] == [str(runs[1]), str(runs[0])]
    assert [row[1:] for row in rows] == [
        ["Running", "", "9.8 KiB"], ["Completed", "600 bytes", "2.9 KiB"]
    ]
    assert page.findChild(QLabel, "settings_total").text() == "12.7 KiB in 2 runs."
    assert page.findChild(QLabel, "settings_besides").text().startswith("Besides: database ")


def test_that_a_running_run_cannot_be_deleted(qtbot, page, stored, context):
    delete = page.findChild(QToolButton, "run.delete.button")
    assert not delete.isEnabled()
    stored.selectRow(0)
    assert not delete.isEnabled()
    assert "Stop what is running first" in delete.toolTip()

    def of_the_completed_run():  # the table may be measured again, and filled anew, meanwhile
        stored.clearSelection()
        stored.selectRow(1)
        return delete.isEnabled()

    qtbot.waitUntil(of_the_completed_run)


def test_that_deleting_acts_on_the_selected_run_and_it_is_no_longer_listed(
    qtbot, page, stored, client, runs
):
    stored.selectRow(1)
    page.findChild(QToolButton, "run.delete.button").click()
    qtbot.waitUntil(lambda: stored.rowCount() == 1)
    assert [run.id for run in client.runs()] == [runs[1]]


def test_that_nothing_is_selected_for_commands_once_the_table_is_not_seen(
    page, stored, context, runs
):
    stored.selectRow(1)
    assert context.selection.selected == [runs[0]]
    show(page, SHORTCUTS)
    assert context.selection.selected == []
    show(page, STORAGE)
    assert context.selection.selected == [runs[0]]


def test_that_what_is_selected_stays_so_when_rows_move(qtbot, page, stored, client, context, runs):
    stored.selectRow(1)
    (client.workspace.run_folder(runs[0]) / "more.bin").write_bytes(bytes(20_000))
    show(page, GENERAL)
    show(page, STORAGE)
    qtbot.waitUntil(lambda: stored.item(0, 3).text() == "22.5 KiB")
    assert context.selection.selected == [runs[0]]
    assert [index.row() for index in stored.selectionModel().selectedRows()] == [0]


def test_that_spare_checkpoints_are_removed_once_that_is_confirmed(
    qtbot, page, stored, client, context, runs
):
    assert clean(page).text() == "Remove spare checkpoints (600 bytes)…"
    do(context, "settings.clean")
    box = page.findChild(QMessageBox, "settings_confirm")
    assert "of a completed run (600 bytes)" in box.text()
    with qtbot.waitSignal(context.messages.said) as told:
        box.findChild(QPushButton, "settings_confirm_remove").click()
    assert told.args[0].text == "Freed 600 bytes."
    folder = client.workspace.run_folder(runs[0])
    assert [path.name for path in folder.rglob("*") if path.is_file()] == [f"{runs[0]}.bin"]
    qtbot.waitUntil(lambda: clean(page).text() == "Remove spare checkpoints…")
    assert not clean(page).isEnabled()


def test_that_only_those_of_selected_runs_are_removed(page, stored):
    stored.selectRow(0)
    assert not clean(page).isEnabled()
    stored.selectRow(1)
    assert clean(page).text() == "Remove their spare checkpoints (600 bytes)…"


def test_that_keeping_removes_nothing(page, stored, client, runs):
    clean(page).click()
    box = page.findChild(QMessageBox, "settings_confirm")
    box.defaultButton().click()
    assert client.spare_checkpoints(runs) == {runs[0]: 600}


# ---- about


def test_that_licences_of_what_is_used_are_listed_and_versions_copied(qtbot, page, context):
    show(page, ABOUT)
    table = page.findChild(QTableWidget, "settings_licences")
    qtbot.waitUntil(lambda: table.rowCount() > 5)
    rows = {table.item(r, 0).text(): table.item(r, 2).text() for r in range(table.rowCount())}
    assert "LGPL" in rows["PySide6-Essentials"]
    assert all(rows.values())
    do(context, "settings.copy_versions")
    lines = QGuiApplication.clipboard().text().splitlines()
    assert f"numpy {importlib.metadata.version('numpy')}" in lines


# ---- the engine


def test_that_a_living_engine_is_shown_with_its_devices_and_can_be_stopped(qtbot, page, client):
    show(page, ENGINE)
    start, stop = (page.findChild(QPushButton, f"settings_engine_{w}") for w in ("start", "stop"))
    devices = page.findChild(QTableWidget, "settings_devices")
    assert (start.isVisible(), stop.isVisible()) == (True, False)
    assert not devices.isVisible()
    token = staff.take_lease(client.store)
    staff.keep_lease(client.store, token, [{"name": "cpu", "load": 61.0}])
    facts = page.findChild(QLabel, "settings_engine")
    qtbot.waitUntil(lambda: stop.isVisible() and stop.isEnabled() and devices.isVisible())
    assert not start.isVisible()
    assert os.uname().nodename in facts.text()
    assert [devices.item(0, column).text() for column in range(2)] == ["cpu", "61 %"]
    stop.click()
    # An engine that is told to stop does not get its lease renewed, and lets go.
    limit = time.monotonic() + 5
    while staff.keep_lease(client.store, token, []) and time.monotonic() < limit:
        qtbot.wait(20)
    staff.release_lease(client.store, token)
    qtbot.waitUntil(start.isVisible)


@pytest.mark.parametrize(
    ("device", "texts"),
    [
        ({"name": "cpu"}, ["cpu", "–", "–", "–"]),
        ({"name": "cuda:0 H100", "load": 0.0, "memory_used_mib": 0, "memory_total_mib": 81920},
         ["cuda:0 H100", "0 %", "0.0 GiB", "80.0 GiB"]),
    ],
)
def test_that_a_device_is_told_of_as_far_as_it_is_known(device, texts):
    assert device_texts(device) == texts


def test_that_an_engine_that_does_not_start_is_told(qtbot, page, client, context, monkeypatch):
    def fail():
        raise StoreError("the engine did not start; see engine.log")

    monkeypatch.setattr(client, "start_engine", fail)
    with qtbot.waitSignal(context.messages.said) as told:
        page.findChild(QPushButton, "settings_engine_start").click()
    assert told.args[0].text == "the engine did not start; see engine.log"
    assert page.findChild(QPushButton, "settings_engine_start").isEnabled()


def test_that_runs_side_by_side_are_those_of_the_workspace_and_kept_there(qtbot, page, client):
    box = page.findChild(QComboBox, "settings_parallel")
    qtbot.waitUntil(lambda: box.isEnabled() and box.currentData() == 1)
    client.set_parallel_runs(30)  # as `sila serve --parallel 30` does
    page.hide()
    page.show()
    qtbot.waitUntil(lambda: box.currentData() == 30)
    choose(page, "parallel", 4)
    qtbot.waitUntil(lambda: client.parallel_runs() == 4)


def test_that_workers_are_kept_warm_unless_they_are_not_wanted(qtbot, page, client):
    box = page.findChild(QComboBox, "settings_warm")
    qtbot.waitUntil(box.isEnabled)
    assert box.currentData() is True
    choose(page, "warm", False)
    qtbot.waitUntil(lambda: not client.keeps_warm())
