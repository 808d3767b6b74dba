"""What a test may leave behind: nothing."""

import gc
import os
import re
import sys
import threading
import time
from contextlib import contextmanager, suppress

import psutil

_KEPT = ("peer_", "tqdm_monitor", "subproc_worker_timer")
"""Threads that are kept on purpose: ours for the next training, and those of PyTorch's compiler."""

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


@contextmanager
def no_qt_warnings(ignored=()):
    """Fail if Qt warns in the block of anything that fits none of these patterns."""
    qt = sys.modules.get("PySide6.QtCore")
    if qt is None:
        yield
        return
    harmless = (qt.QtMsgType.QtDebugMsg, qt.QtMsgType.QtInfoMsg)
    said = []
    before = qt.qInstallMessageHandler(lambda kind, _, text: said.append((kind, text)))
    try:
        yield
    finally:
        qt.qInstallMessageHandler(before)
    warnings = [
        text for kind, text in said
        if kind not in harmless and not any(re.search(pattern, text) for pattern in ignored)
    ]
    assert not warnings, f"Qt warned: {'; '.join(warnings)}"


def alive():
    """What could outlive a test, each with what to call it."""
    return threads() | processes() | windows()


def threads():
    """Python's threads, and those of others that are at work on Python code."""
    known = {
        thread.ident: thread for thread in threading.enumerate()
        if not isinstance(thread, threading._DummyThread)
    }
    kept = [thread for thread in known.values() if thread.name.startswith(_KEPT)]
    others = {
        ident: f"thread in {_begun_in(frame)}"
        for ident, frame in sys._current_frames().items() if ident not in known
    }
    return others | {
        thread: f"thread {thread.name}" for thread in known.values() if thread not in kept
    }


def _begun_in(frame):
    while frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code.co_qualname


def processes():
    """Children that run; one that has ended and waits to be asked how is none."""
    if not _has_children():
        return {}  # looking for them takes longer than many a test
    found = {}
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if child.status() != psutil.STATUS_ZOMBIE:
                found[child] = f"process {child}"
    return found


def _has_children():
    if not hasattr(os, "waitid"):
        return True
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def windows():
    """Top-level widgets, seen or not."""
    qt, shiboken = sys.modules.get("PySide6.QtWidgets"), sys.modules.get("shiboken6")
    if qt is None or qt.QApplication.instance() is None:
        return {}
    return {
        (int(shiboken.getCppPointer(widget)[0]), type(widget)): f"window {widget}"
        for widget in qt.QApplication.topLevelWidgets()
    }


def at_work():
    """New objects of Qt's, of Python's making, that do something on their own."""
    qt, shiboken = sys.modules.get("PySide6.QtCore"), sys.modules.get("shiboken6")
    if qt is None or qt.QCoreApplication.instance() is None:
        return {}
    new = [
        thing for thing in gc.get_objects()
        if issubclass(type(thing), qt.QObject) and shiboken.isValid(thing)
    ]
    return {
        int(shiboken.getCppPointer(thing)[0]): f"{doing} {thing} of {thing.parent()}"
        for thing in new if (doing := _doing(qt, thing))
    }


def _doing(qt, thing):
    """What keeps an object busy; nothing says an empty text."""
    if isinstance(thing, qt.QThreadPool):
        return "pool" if thing.activeThreadCount() else ""
    if isinstance(thing, qt.QThread):
        is_ours = thing == qt.QCoreApplication.instance().thread()
        return "thread" if thing.isRunning() and not is_ours else ""
    if isinstance(thing, qt.QTimer):
        return "timer" if thing.isActive() else ""
    return "timer" if qt.QAbstractEventDispatcher.instance().registeredTimers(thing) else ""


def left_after(before):
    """What is alive that was not, once it had time to end."""
    limit = time.monotonic() + ENDING_S
    while True:
        settle()
        after = alive() | at_work()
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
