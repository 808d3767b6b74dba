"""What a test may leave behind: nothing."""

import gc
import sys
import threading
import time
from contextlib import contextmanager, suppress

import psutil

_STARTS = frozenset({"subprocess.Popen", "os.fork", "os.posix_spawn"})
_started = []
sys.addaudithook(lambda event, _: _started.append(event) if event in _STARTS else None)

_KEPT = ("peer_",)
"""Threads that are kept for the next training on purpose."""

ENDING_S = 5.0
"""For so long threads and processes that were told to end may take to do it."""


@contextmanager
def nothing_left_behind():
    """Fail if a thread, process, window or running timer of the block's making outlives it."""
    before = alive()
    gc.freeze()  # what is made from here on can be told from the rest, and quickly gone through
    try:
        yield
        left = left_after(before)
    finally:
        gc.unfreeze()
    assert not left, f"left behind: {', '.join(left)}"


def alive():
    """What could outlive a test, each with what to call it."""
    return threads() | processes() | windows()


def threads():
    return {
        thread: f"thread {thread.name}" for thread in threading.enumerate()
        if not isinstance(thread, threading._DummyThread) and not thread.name.startswith(_KEPT)
    }


def processes():
    """Children that run; one that has ended and waits to be asked how is none."""
    if not _started:
        return {}  # looking for them takes longer than many a test
    found = {}
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if child.status() != psutil.STATUS_ZOMBIE:
                found[child] = f"process {child}"
    return found


def windows():
    """Top-level widgets, seen or not."""
    qt, shiboken = sys.modules.get("PySide6.QtWidgets"), sys.modules.get("shiboken6")
    if qt is None or qt.QApplication.instance() is None:
        return {}
    return {
        (int(shiboken.getCppPointer(widget)[0]), type(widget)): f"window {widget}"
        for widget in qt.QApplication.topLevelWidgets()
    }


def timers():
    """New timers of Python's making that run."""
    qt, shiboken = sys.modules.get("PySide6.QtCore"), sys.modules.get("shiboken6")
    if qt is None or qt.QCoreApplication.instance() is None:
        return {}
    return {
        int(shiboken.getCppPointer(timer)[0]): f"timer of {timer.parent()}"
        for timer in gc.get_objects()
        if type(timer) is qt.QTimer and shiboken.isValid(timer) and timer.isActive()
    }


def left_after(before):
    """What is alive that was not, once it had time to end."""
    limit = time.monotonic() + ENDING_S
    while True:
        settle()
        after = alive() | timers()
        left = [after[key] for key in after.keys() - before.keys()]
        if not left or time.monotonic() > limit:
            return left
        gc.collect()
        time.sleep(0.01)


def settle():
    """Let Qt delete what is to be deleted."""
    qt = sys.modules.get("PySide6.QtCore")
    if qt is not None and qt.QCoreApplication.instance() is not None:
        qt.QCoreApplication.processEvents()
        qt.QCoreApplication.sendPostedEvents(None, qt.QEvent.Type.DeferredDelete)
