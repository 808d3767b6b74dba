import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QKeySequenceEdit, QLabel, QLineEdit, QPushButton, QTableWidget

from studio.pages.settings.shortcuts import ShortcutsTab
from studio.shortcuts import Shortcuts
from studio.state.commands import Command, Commands
from studio.state.settings import Settings
from tests.gui.listing import do, why_not

pytestmark = pytest.mark.gui

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def commands(qapp):
    commands = Commands()
    add(commands, "a", "Ctrl+1")
    add(commands, "b", "Ctrl+2")
    add(commands, "c", "")
    return commands


@pytest.fixture
def shortcuts(commands, settings):
    return Shortcuts(commands, settings)


def add(commands, name, keys):
    return commands.add(Command(name, f"Do &{name}", keys, lambda: None))


def keys_of(commands):
    return {command.id: commands.keys(command.id) for command in commands.all()}


def test_that_a_shortcut_is_changed_at_once_and_told_in_the_tooltip(commands, shortcuts):
    shortcuts.put("c", "Ctrl+9")
    assert commands.action("c").shortcut() == QKeySequence("Ctrl+9")
    assert commands.action("c").toolTip() == "Do c (Ctrl+9)"


def test_that_a_changed_shortcut_holds_at_the_next_start_for_commands_that_come_later(
    commands, shortcuts, settings
):
    shortcuts.put("a", "Ctrl+9")
    later = Commands()
    Shortcuts(later, Settings(settings.path)).apply()
    for command in commands.all():
        add(later, command.id, command.shortcut)
    assert keys_of(later) == {"a": "Ctrl+9", "b": "Ctrl+2", "c": ""}


def test_that_keys_of_another_command_are_refused_by_its_name(shortcuts):
    assert shortcuts.objection("c", "Ctrl+2") == (
        "Ctrl+2 is the shortcut of “Do b” already: change that one first."
    )
    assert shortcuts.objection("b", "Ctrl+2") == ""
    shortcuts.put("b", "")
    assert shortcuts.objection("c", "Ctrl+2") == ""


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ("Ctrl+F", "searching"), ("Ctrl+C", "editing"), ("Alt+F", "menus"), ("A", "typing"),
        ("Shift+A", "typing"), ("Return", "typing"), ("Esc", "typing"), ("Tab", "typing"),
        ("F5", ""), ("Ins", ""), ("Alt+1", ""), ("Ctrl+Alt+F", ""), ("Meta+A", ""),
    ],
)
def test_that_keys_that_are_needed_for_other_things_are_refused(shortcuts, keys, reason):
    said = shortcuts.objection("c", keys)
    assert (reason in said) if reason else not said


def test_that_a_default_that_the_user_gave_to_another_command_is_not_given_twice(
    commands, shortcuts
):
    shortcuts.put("c", "Ctrl+3")
    add(commands, "new", "Ctrl+3")
    assert keys_of(commands) == {"a": "Ctrl+1", "b": "Ctrl+2", "c": "Ctrl+3", "new": ""}


def test_that_keys_that_were_written_twice_by_hand_go_to_the_first(commands, settings):
    settings.put("shortcuts", {"a": "Ctrl+7", "b": "Ctrl+7"})
    Shortcuts(commands, settings).apply()
    assert keys_of(commands) == {"a": "Ctrl+7", "b": "", "c": ""}


@pytest.mark.parametrize("kept", [7, "x", None, {"gone": "Ctrl+7"}, {"a": "no such keys"}])
def test_that_damaged_settings_do_no_harm(commands, settings, kept):
    settings.put("shortcuts", kept)
    Shortcuts(commands, settings).apply()
    assert keys_of(commands)["b"] == "Ctrl+2"


def test_that_only_what_differs_from_the_defaults_is_kept(shortcuts, settings):
    shortcuts.put("a", "Ctrl+9")
    shortcuts.put("a", "Ctrl+1")
    shortcuts.put("b", "")
    assert settings.shortcuts == {"b": ""}
    shortcuts.reset()
    assert settings.shortcuts == {}


# ---- the tab


@pytest.fixture
def tab(qtbot, context):
    tab = ShortcutsTab(context)
    qtbot.addWidget(tab)
    tab.resize(1200, 700)
    tab.show()
    return tab


def table(tab):
    return tab.findChild(QTableWidget, "shortcuts")


def row_of(tab, text):
    return next(r for r in range(table(tab).rowCount()) if table(tab).item(r, 0).text() == text)


def press(qtbot, tab, key, modifiers=CTRL):
    qtbot.keyClick(tab.findChild(QKeySequenceEdit, "shortcuts_keys"), key, modifiers)


def texts(tab, text):
    return [table(tab).item(row_of(tab, text), column).text() for column in range(4)]


def test_that_every_command_is_listed_and_found_by_its_words_or_its_keys(tab, context):
    assert table(tab).rowCount() == len(context.commands.all())
    search = tab.findChild(QLineEdit, "shortcuts_search")
    search.setText("resu")
    assert texts(tab, "Resume") == ["Resume", "Run", "Ctrl+R", ""]
    assert table(tab).rowCount() == 1
    search.setText("ctrl+shift+p")
    assert [table(tab).item(0, 0).text(), table(tab).rowCount()] == ["Pause", 1]


def test_that_pressed_keys_become_the_shortcut_of_the_picked_command(qtbot, tab, context):
    table(tab).selectRow(row_of(tab, "Resume"))
    press(qtbot, tab, Qt.Key.Key_J)
    assert texts(tab, "Resume") == ["Resume", "Run", "Ctrl+J", "Ctrl+R"]
    assert context.commands.keys("run.resume") == "Ctrl+J"
    do(context, "settings.reset_shortcut")
    assert texts(tab, "Resume") == ["Resume", "Run", "Ctrl+R", ""]
    assert why_not(context, "settings.reset_shortcut") == "It was not changed"


def test_that_a_clash_is_said_beside_the_keys_and_changes_nothing(qtbot, tab, context):
    table(tab).selectRow(row_of(tab, "Resume"))
    press(qtbot, tab, Qt.Key.Key_D)
    said = tab.findChild(QLabel, "shortcuts_said")
    assert said.text().startswith("Ctrl+D is the shortcut of “Duplicate” already")
    assert tab.findChild(QKeySequenceEdit).keySequence() == QKeySequence("Ctrl+R")
    assert context.commands.keys("run.resume") == "Ctrl+R"
    table(tab).selectRow(row_of(tab, "Open"))
    assert said.text() == ""


def test_that_a_default_that_was_given_away_is_not_reset_over_its_new_owner(qtbot, tab, context):
    table(tab).selectRow(row_of(tab, "Resume"))
    do(context, "settings.no_shortcut")
    assert texts(tab, "Resume") == ["Resume", "Run", "", "Ctrl+R"]
    table(tab).selectRow(row_of(tab, "Open"))
    press(qtbot, tab, Qt.Key.Key_R)
    table(tab).selectRow(row_of(tab, "Resume"))
    tab.findChild(QPushButton, "shortcuts_reset").click()
    assert "shortcut of “Open” already" in tab.findChild(QLabel, "shortcuts_said").text()
    do(context, "settings.reset_shortcuts")
    assert (context.commands.keys("run.resume"), context.commands.keys("run.open")) == (
        "Ctrl+R", "")


def test_that_nothing_can_be_changed_before_a_command_is_picked(tab):
    assert not tab.findChild(QKeySequenceEdit).isEnabled()
    assert not tab.findChild(QPushButton, "shortcuts_reset_all").isEnabled()
