import sys
import time

import pytest
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from engine.spec.run_state import RunState
from engine.store import run_queue, schema
from studio import notification_service
from studio.notifications import Notifications

pytestmark = pytest.mark.gui


@pytest.fixture
def window(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def told(window, context, monkeypatch):
    """What the desktop was told; no window is the active one."""
    monkeypatch.setattr(notification_service, "GDBUS", "no-such-program")
    heard = []
    notifications = Notifications(context, window)
    notifications.told.connect(heard.append)
    return heard


@pytest.fixture
def train(client, filling):
    """A function: begin to train the next run, so many seconds ago; returns what ends it.

    Where that was not all the time, `trained` says for how many seconds it has trained.
    """

    def begin(run, seconds, epochs=4, trained=None):
        claim = filling.train(run, epochs)
        with client.store.write() as connection:
            connection.execute(schema.run.update().where(schema.run.c.id == run).values(
                started_at=time.time() - seconds, seconds=seconds if trained is None else trained,
            ))
        return lambda state=RunState.COMPLETED: run_queue.finish(client.store, claim, state)

    return begin


def seen(qtbot, context, *states):
    """Wait until the window has seen the runs in these states, oldest first."""
    qtbot.waitUntil(lambda: [run.state for run in reversed(context.feed.runs)] == list(states))


RUNNING, COMPLETED = RunState.RUNNING, RunState.COMPLETED


def test_that_the_desktop_is_told_of_a_long_run_that_ended(qtbot, told, context, filling, train):
    run, = filling.queue()
    end = train(run, 700)
    seen(qtbot, context, RUNNING)
    end()
    qtbot.waitUntil(lambda: len(told) == 1)
    name, = (run.name for run in context.feed.runs)
    value = context.feed.runs[0].value("val/top1")
    assert told == [f"{name}, Completed, {value:.2f} % on validation, 11 min of training"]


def test_that_the_time_in_which_a_run_lay_interrupted_is_not_said_to_be_of_training(
    qtbot, told, context, filling, train
):
    first, second = filling.queue(seeds=(0, 1))
    ends = [train(first, 700, trained=125), train(second, 650, trained=61)]
    seen(qtbot, context, RUNNING, RUNNING)
    ends[0](RunState.FAILED)
    qtbot.waitUntil(lambda: told == ["plain resnet8 digits s0, Failed, 2 min 5 s of training"])
    ends[1]()
    qtbot.waitUntil(lambda: told[1:] == ["2 runs, 3 min 6 s of training: 1 completed, 1 failed"])


def test_that_of_a_run_that_never_trained_no_time_is_said(qtbot, told, context, filling, train):
    run, = filling.queue()
    end = train(run, 700, trained=0)
    seen(qtbot, context, RUNNING)
    end(RunState.FAILED)
    qtbot.waitUntil(lambda: told == ["plain resnet8 digits s0, Failed"])


def test_that_a_queue_is_told_of_once_when_nothing_of_it_is_left(
    qtbot, told, context, filling, train
):
    first, second, third = filling.queue(seeds=(0, 1, 2))
    seen(qtbot, context, RunState.QUEUED, RunState.QUEUED, RunState.QUEUED)
    train(first, 200)()
    end = train(second, 100)
    seen(qtbot, context, COMPLETED, RUNNING, RunState.QUEUED)
    end()
    end = train(third, 90)
    seen(qtbot, context, COMPLETED, COMPLETED, RUNNING)
    assert told == []
    end()
    qtbot.waitUntil(lambda: len(told) == 1)
    assert told == ["3 runs, 6 min 30 s of training: 3 completed"]
    filling.queue(seeds=(9,))
    again = train(4, 80)
    seen(qtbot, context, COMPLETED, COMPLETED, COMPLETED, RUNNING)
    again()
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told[1].endswith("1 min 20 s of training")


def test_that_a_long_failure_is_told_of_while_others_wait_and_never_again(
    qtbot, told, context, filling, train
):
    first, second, _ = filling.queue(seeds=(0, 1, 2))
    end = train(first, 100)
    seen(qtbot, context, RUNNING, RunState.QUEUED, RunState.QUEUED)
    end(RunState.FAILED)
    qtbot.waitUntil(lambda: told == ["plain resnet8 digits s0, Failed, 1 min 40 s of training"])
    train(second, 5)
    seen(qtbot, context, RunState.FAILED, RUNNING, RunState.QUEUED)
    assert len(told) == 1


def test_that_a_variant_is_told_of_with_the_last_of_its_seeds_if_one_took_long(
    qtbot, told, context, filling, train
):
    plain, sila, short = filling.queue(("plain",), (0, 1)), filling.queue(("sila",)), []
    short += filling.queue(("dml",), (0, 1))
    waiting = [RunState.QUEUED] * 4
    end = train(plain[0], 100)
    seen(qtbot, context, RUNNING, *waiting)
    end()
    end = train(plain[1], 70)
    seen(qtbot, context, COMPLETED, RUNNING, *waiting[1:])
    assert told == []
    end()
    qtbot.waitUntil(lambda: len(told) == 1)
    assert told == ["2 runs, 2 min 50 s of training: 2 completed"]
    train(sila[0], 20)()
    train(short[0], 20)()
    seen(qtbot, context, *[COMPLETED] * 4, RunState.QUEUED)
    assert len(told) == 1, "none of these took long"


def ended_unsaid(qtbot, told, context, end, state=COMPLETED):
    seen(qtbot, context, RUNNING)
    end(state)
    seen(qtbot, context, state)
    return told == []


def test_that_a_short_run_is_not_told_of(qtbot, told, context, filling, train):
    run, = filling.queue()
    assert ended_unsaid(qtbot, told, context, train(run, 50))


def test_that_nothing_is_told_while_the_window_is_looked_at(
    qtbot, told, window, context, filling, train
):
    run, = filling.queue()
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    assert ended_unsaid(qtbot, told, context, train(run, 700))


def test_that_nothing_is_told_to_whom_it_was_switched_off(
    qtbot, told, context, filling, train, settings
):
    settings.put("tell_of_ends", False)
    run, = filling.queue()
    assert ended_unsaid(qtbot, told, context, train(run, 700))


@pytest.mark.parametrize("state", [RunState.PAUSED, RunState.CANCELLED])
def test_that_what_the_user_ended_is_not_told_of(qtbot, told, context, filling, train, state):
    run, = filling.queue()
    assert ended_unsaid(qtbot, told, context, train(run, 700), state)


def test_that_what_ended_before_the_window_opened_is_not_told_of(
    qtbot, told, context, filling, train
):
    run, = filling.queue()
    train(run, 700)()
    seen(qtbot, context, COMPLETED)
    assert told == []


@pytest.mark.qt_log_ignore("systemTrayWindowChanged", extend=True)
def test_that_where_there_is_a_tray_its_icon_speaks_and_goes_when_the_window_is_back(
    qtbot, told, window, context, filling, train, monkeypatch
):
    said, alerted, picture = [], [], QPixmap(16, 16)
    picture.fill("red")
    window.setWindowIcon(QIcon(picture))
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: True)
    monkeypatch.setattr(QSystemTrayIcon, "supportsMessages", lambda: True)
    monkeypatch.setattr(
        QSystemTrayIcon, "showMessage", lambda self, *what: said.append((self, what[:2]))
    )
    monkeypatch.setattr(QApplication, "alert", alerted.append)
    run, = filling.queue()
    end = train(run, 700)
    seen(qtbot, context, RUNNING)
    end()
    qtbot.waitUntil(lambda: len(told) == 1)
    assert alerted == [window]
    (icon, message), = said
    assert message == ("Training has ended", told[0])
    assert icon.isVisible()
    with qtbot.waitSignal(context.selection.page_requested) as page:
        icon.messageClicked.emit()
    assert page.args == ["runs"]
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    qtbot.waitUntil(lambda: not icon.isVisible())


@pytest.fixture
def service(tmp_path, monkeypatch):
    """A function: stand for the desktop's service; returns the file of what it was told."""

    def make(code):
        program, heard = tmp_path / "gdbus", tmp_path / "heard"
        program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {heard}.new\n'
                           f"mv {heard}.new {heard}\nexit {code}\n")
        program.chmod(0o700)
        monkeypatch.setattr(notification_service, "GDBUS", str(program))
        return heard

    return make


def end_a_long_run(qtbot, context, filling, train):
    run, = filling.queue()
    end = train(run, 700)
    seen(qtbot, context, RUNNING)
    end()


@pytest.mark.skipif(sys.platform == "win32", reason="there is always a tray")
def test_that_without_a_tray_the_desktops_service_speaks(
    qtbot, told, context, filling, train, service
):
    heard, said = service(0), []
    context.messages.said.connect(said.append)
    end_a_long_run(qtbot, context, filling, train)
    qtbot.waitUntil(heard.exists)
    lines = heard.read_text().splitlines()
    assert "org.freedesktop.Notifications.Notify" in lines
    assert "'Training has ended'" in lines
    assert f"'{told[0]}'" in lines
    assert said == []


@pytest.mark.parametrize("code", [1, None])
@pytest.mark.skipif(sys.platform == "win32", reason="there is always a tray")
def test_that_without_any_service_the_window_says_it(
    qtbot, told, context, filling, train, service, monkeypatch, code
):
    service(code)
    if code is None:
        monkeypatch.setattr(notification_service, "GDBUS", "no-such-program")
    with qtbot.waitSignal(context.messages.said) as said:
        end_a_long_run(qtbot, context, filling, train)
    assert (said.args[0].text, said.args[0].tone) == (told[0], "info")


def test_that_texts_are_quoted_as_the_service_reads_them():
    assert notification_service._quoted("it's\\a\nb") == "'it\\'s\\\\a\\nb'"
