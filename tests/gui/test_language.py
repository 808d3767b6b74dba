import os
import subprocess
import sys

import pytest
from PySide6.QtWidgets import QComboBox, QDialogButtonBox, QLabel, QMenu, QToolButton

from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from engine.store import run_queue
from engine.store.connect import open_store
from studio.app import PAGES, Studio
from studio.item_models.run_columns import COLUMN_INDEX, headings
from studio.item_models.wording import look
from studio.language import shown
from studio.state.settings import LANGUAGE

pytestmark = pytest.mark.gui
CANCEL = QDialogButtonBox.StandardButton.Cancel


@pytest.fixture
def opened(qtbot, qapp, workspace, settings, monkeypatch):
    """A function: close the window there is, and open one in a language, over one queued run."""
    monkeypatch.setattr("studio.bridge.client.ensure_engine", lambda *_, **__: None)
    store = open_store(workspace)
    run_queue.enqueue(store, [RunSpec()])
    store.close()
    made = []

    def close():
        for studio in made:
            studio.window.close()
            studio.close()
        made.clear()

    def open_window(language):
        close()
        settings.put(LANGUAGE, language)
        studio = Studio(qapp, workspace, settings)
        made.append(studio)
        qtbot.addWidget(studio.window)
        studio.window.show()
        qtbot.waitUntil(lambda: studio.context is not None and bool(studio.context.feed.runs))
        return studio

    yield open_window
    close()


def rail(studio):
    return [studio.window.findChild(QToolButton, f"rail.{page.id}").text() for page in PAGES]


def title(studio, page):
    studio.window.show_page(page)
    return next(
        label.text() for label in studio.window.page.findChildren(QLabel)
        if label.property("role") == "title" and label.isVisible()
    )


def test_that_a_german_window_speaks_german_and_the_next_english(opened, qtbot):
    german = opened("de")
    assert shown() == "de"
    assert rail(german) == [
        "Läufe", "Neu", "Lauf", "Vergleich", "Export", "Daten", "Einstellungen",
    ]
    assert title(german, "data") == "Daten"
    assert title(german, "runs") == "Läufe"
    assert look(RunState.COMPLETED).word == "Abgeschlossen"
    assert headings()[COLUMN_INDEX["name"]].title == "Lauf"
    box = QDialogButtonBox(CANCEL)
    qtbot.addWidget(box)
    assert box.button(CANCEL).text().replace("&", "") == "Abbrechen"
    english = opened("en")
    assert shown() == "en"
    assert rail(english) == ["Runs", "New", "Run", "Compare", "Export", "Data", "Settings"]
    assert title(english, "data") == "Data"
    assert look(RunState.COMPLETED).word == "Completed"


def test_that_every_command_stands_in_its_menu_in_german(opened):
    studio = opened("de")
    for page in PAGES:
        studio.window.show_page(page.id)
    menus = {
        menu.title().replace("&", ""): {action.objectName() for action in menu.actions()}
        for menu in studio.window.menuBar().findChildren(QMenu)
    }
    commands = studio.context.commands.all()
    assert {command.menu for command in commands} == {*menus, ""}
    assert not [c.id for c in commands if c.menu and c.id not in menus[c.menu]]


def test_that_settings_say_when_another_language_is_shown(opened, settings):
    studio = opened("en")
    studio.window.show_page("settings")
    later = studio.window.page.findChild(QLabel, "settings_language_later")
    choice = studio.window.page.findChild(QComboBox, "settings_language")
    assert [choice.itemText(at) for at in range(3)] == ["As the desktop", "English", "Deutsch"]
    assert not later.isVisible()
    choice.setCurrentIndex(choice.findData("de"))
    choice.activated.emit(choice.currentIndex())
    assert settings.language == "de"
    assert later.isVisible()
    assert title(studio, "settings") == "Settings"
    settings.put(LANGUAGE, "en")
    assert not later.isVisible()


@pytest.mark.parametrize(
    ("desktop", "language"), [("de_AT.UTF-8", "de"), ("fr_FR.UTF-8", "en"), ("C", "en")]
)
def test_that_the_desktop_chooses_german_where_it_is_german(desktop, language):
    code = "from studio.language import wanted; print(wanted('system'), wanted('en'))"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**environment, "LANG": desktop},
        check=True, capture_output=True, text=True,
    )
    assert done.stdout.split() == [language, "en"]
