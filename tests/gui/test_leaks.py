import threading

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from tests import leaks

pytestmark = pytest.mark.gui


def a_thread():
    ending = threading.Event()
    thread = threading.Thread(target=ending.wait, name="forgotten")
    thread.start()
    return ending, "thread forgotten", lambda: (ending.set(), thread.join())


def a_window():
    window = QWidget()
    return window, "window", window.deleteLater


def a_timer():
    timer = QTimer()
    timer.start(10_000)
    return timer, "timer", timer.stop


@pytest.mark.parametrize("make", [a_thread, a_window, a_timer])
def test_that_what_a_test_leaves_behind_is_told(qapp, monkeypatch, make):
    monkeypatch.setattr(leaks, "ENDING_S", 0.0)
    left = []
    with pytest.raises(AssertionError) as caught, leaks.nothing_left_behind():
        left.append(make())
    [(_, name, end)] = left
    end()
    assert str(caught.value).startswith(f"left behind: {name}")


def test_that_what_was_there_before_is_no_leak(qapp):
    timer = QTimer()
    timer.start(10_000)
    with leaks.nothing_left_behind():
        QWidget().deleteLater()
    timer.stop()
