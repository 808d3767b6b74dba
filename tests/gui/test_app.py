import math
import sys

import pytest
from PySide6.QtCore import QProcess
from PySide6.QtWidgets import (
    QFileDialog,
    QLabel,
    QLineEdit,
    QTabBar,
    QTableWidget,
    QTabWidget,
    QToolButton,
)

from engine.spec.workspace import Workspace
from engine.store import cards, staff
from engine.store.connect import open_store
from studio.app import PAGES, Studio
from studio.theme.theme import apply_theme
from studio.theme.tokens import sizes, sizes_of
from tests.gui.composing import CARDS

pytestmark = pytest.mark.gui


@pytest.fixture
def engines(monkeypatch):
    """After how long without work engines were to end that the window asked for."""
    asked = []
    monkeypatch.setattr(
        "studio.bridge.client.ensure_engine", lambda store, idle_exit_s: asked.append(idle_exit_s)
    )
    return asked


@pytest.fixture
def opened(qtbot, qapp, workspace, settings, engines):
    """A function: open the window on the workspace, with the settings as they are then."""
    made = []

    def open_window():
        studio = Studio(qapp, workspace, settings)
        made.append(studio)
        qtbot.addWidget(studio.window)
        studio.window.show()
        qtbot.waitUntil(lambda: studio.context is not None)
        return studio

    yield open_window
    for studio in made:
        studio.window.close()
        studio.close()
    apply_theme(qapp, "light")


def test_that_what_was_set_holds_from_the_start_and_changes_hold_at_once(
    qtbot, opened, settings, engines
):
    settings.put("density", "compact")
    settings.put("engine/idle_minutes", 0)
    settings.put("shortcuts", {"go.data": "Ctrl+J"})
    studio = opened()
    assert sizes() == sizes_of("compact")
    data = studio.window.findChild(QToolButton, "rail.data")
    assert data.toolTip() == "Go to Data (Ctrl+J)"
    qtbot.waitUntil(lambda: engines == [math.inf])
    studio.context.commands.action("density.comfortable").trigger()
    qtbot.waitUntil(lambda: sizes() == sizes_of("comfortable"))
    settings.put("engine/idle_minutes", 5)
    studio.context.client.start_engine()
    assert engines == [math.inf, 300.0]


@pytest.mark.parametrize("stops", [True, False])
def test_that_the_engine_ends_with_the_window_only_where_that_is_set(
    opened, settings, workspace, stops
):
    settings.put("engine/stop_with_window", stops)
    studio = opened()
    store = open_store(workspace)
    token = staff.take_lease(store)
    studio.window.close()
    studio.close()
    assert staff.keep_lease(store, token, []) != stops
    staff.release_lease(store, token)
    store.close()


@pytest.mark.parametrize("starts", [True, False])
def test_that_another_workspace_gets_a_window_of_its_own(opened, tmp_path, monkeypatch, starts):
    started = []
    monkeypatch.setattr(
        QProcess, "startDetached", lambda *what: (started.append(what), (starts, 1))[1]
    )
    studio = opened()
    studio.context.commands.action("workspace.open").trigger()
    dialog = studio.window.findChild(QFileDialog, "workspace.dialog")
    assert dialog.fileMode() is QFileDialog.FileMode.Directory
    dialog.fileSelected.emit(str(tmp_path))
    dialog.close()
    assert started == [(sys.executable, ["-m", "studio.app", "--workspace", str(tmp_path)])]
    assert ("could not be started" in studio.window.messages.text) != starts


def test_that_the_baseline_is_there_again_in_the_next_window(qtbot, opened):
    first = opened()
    first.context.selection.set_baseline("a digest")
    first.window.close()
    first.close()
    second = opened()
    qtbot.waitUntil(lambda: second.context.selection.baseline == "a digest")


def test_that_the_shortcuts_page_lists_commands_of_pages_that_were_never_shown(qtbot, opened):
    window = opened().window
    window.show_page("settings")
    tabs = window.page.findChild(QTabWidget, "settings_tabs")
    table = window.page.findChild(QTableWidget, "shortcuts")
    tabs.setCurrentIndex(2)
    qtbot.waitUntil(lambda: len(window._made) == len(PAGES))
    qtbot.waitUntil(lambda: table.rowCount() == len(window._commands.all()))
    search = window.page.findChild(QLineEdit, "shortcuts_search")
    nothing = window.page.findChild(QLabel, "shortcuts_nothing")
    search.setText("zoom in on")
    assert (table.rowCount(), nothing.isVisible()) == (1, False)
    search.setText("no such command")
    assert (table.rowCount(), nothing.isVisible()) == (0, True)


@pytest.fixture
def dead(qtbot, qapp, tmp_path, settings):
    """A window on a workspace that cannot be opened."""
    (tmp_path / "workspace").write_text("a file, no folder")
    studio = Studio(qapp, Workspace(tmp_path / "workspace"), settings)
    qtbot.addWidget(studio.window)
    studio.window.show()
    qtbot.waitUntil(lambda: studio.window.messages.text != "")
    yield studio
    studio.window.close()
    studio.close()
    apply_theme(qapp, "light")


def test_that_a_window_without_a_workspace_can_be_dressed_closed_and_led_to_another(
    dead, settings, tmp_path, monkeypatch
):
    monkeypatch.setattr(QProcess, "startDetached", lambda *_: (True, 1))
    window = dead.window
    menus = {menu.title(): [a.objectName() for a in menu.actions()]
             for menu in window._menus.values()}
    assert menus["&File"] == ["workspace.open", "quit"]
    assert "theme.dark" in menus["&View"]
    dead._commands.action("theme.dark").trigger()
    assert settings.theme == "dark"
    said = window.messages.text
    assert window.messages._action.text() == "Open another workspace…"
    window.messages._action.click()
    dialog = window.findChild(QFileDialog, "workspace.dialog")
    assert window.messages.text == ""
    dialog.reject()
    assert window.messages.text == said, "nothing has helped yet"
    window.messages._action.click()
    dialog = next(d for d in window.findChildren(QFileDialog) if d.isVisible())
    dialog.fileSelected.emit(str(tmp_path))
    dialog.close()
    assert not window.isVisible()


def focus_of(window):
    there = window.focusWidget()
    return there.objectName() if there is not None and there.isVisible() else ""


def test_that_the_keys_are_given_to_what_the_shown_page_is_about(qtbot, opened, client, filling):
    cards.publish(client.store, CARDS, "stamp")
    studio = opened()
    window = studio.window
    assert focus_of(window) == "runs.demo"
    filling.queue()
    qtbot.waitUntil(lambda: focus_of(window) == "runs.table")
    window.show_page("data")
    assert window.page.isAncestorOf(window.focusWidget())
    studio.context.selection.open_run(1)
    assert isinstance(window.focusWidget(), QTabBar)
    window.show_page("compose")
    qtbot.waitUntil(lambda: focus_of(window) == "compose_backbone_search")


def test_that_it_is_told_when_all_that_pages_need_is_imported(qtbot, opened):
    studio = opened()
    with qtbot.waitSignal(studio.imported, timeout=30_000):
        pass
    assert {f"studio.pages.{page.id}.page" for page in PAGES} <= sys.modules.keys()
