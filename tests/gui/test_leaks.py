import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import (
    QObject,
    QProcess,
    QThread,
    QThreadPool,
    QTimer,
    qDebug,
    qWarning,
)
from PySide6.QtWidgets import QWidget

from studio.bridge.jobs import Jobs
from tests import leaks

pytestmark = pytest.mark.gui
LONG_MS, SOON_MS = 10_000, 50
WARNS_LATE = """
import pytest
from PySide6.QtCore import qWarning

@pytest.fixture
def closing(qapp):
    yield
    qWarning("QPainter::end: too late")

def test_that_passes(closing):
    pass
"""


class Timer(QTimer):
    pass


class Work:
    """Lasts until it is told to end."""

    def __init__(self):
        self._begun, self._ending = threading.Event(), threading.Event()

    def run(self):
        self._begun.set()
        self._ending.wait()

    def wait_until_begun(self):
        assert self._begun.wait(5)

    def end(self):
        self._ending.set()


def a_thread():
    work = Work()
    thread = threading.Thread(target=work.run, name="forgotten")
    thread.start()
    return work, "thread forgotten", lambda: (work.end(), thread.join())


def a_job():
    work, jobs = Work(), Jobs()
    jobs.run(work.run)
    work.wait_until_begun()
    return jobs, "thread in Jobs._work", lambda: (work.end(), jobs.wait())


def a_shared_pool():
    work, pool = Work(), QThreadPool.globalInstance()
    pool.start(work.run)
    work.wait_until_begun()
    return work, "thread in Work.run", lambda: (work.end(), pool.waitForDone())


def a_thread_of_qt():
    thread = QThread()
    thread.start()
    return thread, "thread <PySide6.QtCore.QThread", lambda: (thread.quit(), thread.wait())


def a_process():
    process = QProcess()
    process.start(sys.executable, ["-c", "input()"])
    assert process.waitForStarted()
    return process, "process psutil", lambda: (process.kill(), process.waitForFinished())


def a_window():
    window = QWidget()
    return window, "window", window.deleteLater


def a_timer():
    timer = QTimer()
    timer.start(LONG_MS)
    return timer, "timer <PySide6.QtCore.QTimer", timer.stop


def a_kind_of_timer():
    timer = Timer()
    timer.start(LONG_MS)
    return timer, f"timer <{__name__}.Timer", timer.stop


def an_object_that_times():
    thing = QObject()
    number = thing.startTimer(LONG_MS)
    return thing, "timer <PySide6.QtCore.QObject", lambda: thing.killTimer(number)


def a_late_call():
    QTimer.singleShot(SOON_MS, int)
    return None, "timer <PySide6.QtCore.QTimer", int


@pytest.mark.parametrize("make", [
    a_thread, a_job, a_shared_pool, a_thread_of_qt, a_process, a_window, a_timer, a_kind_of_timer,
    an_object_that_times, a_late_call,
])
def test_that_what_a_test_leaves_behind_is_told(qapp, monkeypatch, make):
    monkeypatch.setattr(leaks, "ENDING_S", 0.0)
    left = []
    with pytest.raises(AssertionError) as caught, leaks.nothing_left_behind():
        left.append(make())
    [(_, name, end)] = left
    end()
    assert str(caught.value).startswith("left behind: ")
    assert name in str(caught.value)


def test_that_what_was_there_before_is_no_leak(qapp):
    timer, pool = QTimer(), QThreadPool()
    timer.start(LONG_MS)
    work = Work()
    pool.start(work.run)
    work.wait_until_begun()
    with leaks.nothing_left_behind():
        QWidget().deleteLater()
    timer.stop()
    work.end()


def test_that_a_pool_that_has_done_its_work_is_no_leak(qapp, monkeypatch):
    monkeypatch.setattr(leaks, "ENDING_S", 0.0)
    pool, work = QThreadPool(), Work()
    with leaks.nothing_left_behind():
        work.end()
        pool.start(work.run)
        pool.waitForDone()


def test_that_only_warnings_that_are_expected_may_be_given():
    with leaks.no_qt_warnings(["^well known"]):
        qWarning("well known here")
        qDebug("of no interest")
    with pytest.raises(AssertionError, match=r"Qt warned: something is wrong$"), \
            leaks.no_qt_warnings(["^well known"]):
        qWarning("something is wrong")


def test_that_a_warning_while_fixtures_end_fails_the_test(tmp_path):
    (tmp_path / "test_it.py").write_text(WARNS_LATE)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider",
         "-c", "/dev/null", "-q", str(tmp_path)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60,
    )
    assert "1 passed, 1 error" in ran.stdout
    assert "Qt warned: QPainter::end: too late" in ran.stdout
