import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QShortcutEvent
from PySide6.QtWidgets import QApplication, QPushButton

from studio.state.commands import Command

pytestmark = pytest.mark.gui

HELD = ((1000, 1660), (1660, 1700), (1700, 1740))
"""When a key went down and up, as X11 tells of one that is held."""
TWICE = ((1000, 1060), (1120, 1180))
UNTIMED = ((0, 0), (0, 0))


def send(to, kind, key, at, *, is_repeat=False):
    event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, "", is_repeat)
    event.setTimestamp(at)
    QApplication.sendEvent(to, event)


def press_f9(window, action, times):
    """Press the key that is an action's shortcut."""
    for down, up in times:
        send(window, QEvent.Type.ShortcutOverride, Qt.Key.Key_F9, down)
        QApplication.sendEvent(action, QShortcutEvent(action.shortcut(), 0))
        send(window.windowHandle(), QEvent.Type.KeyRelease, Qt.Key.Key_F9, up)


@pytest.mark.parametrize(("repeats", "times", "done"), [
    (False, HELD, 1), (True, HELD, 3), (False, TWICE, 2), (False, UNTIMED, 2),
])
def test_that_a_command_is_done_once_a_press_unless_it_is_a_step(
    window, context, repeats, times, done
):
    acts = []
    command = Command("x", "Do it", "F9", lambda: acts.append(1), repeats=repeats)
    press_f9(window, context.commands.add(command), times)
    assert len(acts) == done


def test_that_a_command_is_done_by_other_means_after_its_keys_were_held(window, context):
    acts = []
    action = context.commands.add(Command("x", "Do it", "F9", lambda: acts.append(1)))
    press_f9(window, action, HELD)
    action.trigger()
    assert len(acts) == 2


@pytest.mark.parametrize(("times", "is_repeat", "done"), [
    (HELD, False, 1), (TWICE, False, 2), (UNTIMED, True, 0),
])
def test_that_return_presses_a_button_once_however_long_it_is_held(
    window, times, is_repeat, done
):
    acts = []
    button = QPushButton("Do it", window)
    button.clicked.connect(lambda: acts.append(1))
    button.show()
    button.setFocus()
    for down, up in times:
        send(button, QEvent.Type.KeyPress, Qt.Key.Key_Return, down, is_repeat=is_repeat)
        send(window.windowHandle(), QEvent.Type.KeyRelease, Qt.Key.Key_Return, up)
    assert len(acts) == done
