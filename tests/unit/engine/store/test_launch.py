import signal
import subprocess
import sys
import threading

import psutil
import pytest

from engine.spec.errors import StoreError
from engine.store import launch, staff

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def no_detached(monkeypatch, *commands):
    """Let these commands be started in the place of engines; then real ones."""
    real, left, started = launch.start_detached, list(commands), []

    def start(arguments, log):
        started.append(subprocess.Popen(left.pop(0)) if left else real(arguments, log))
        return started[-1]

    monkeypatch.setattr(launch, "start_detached", start)
    return started


def test_that_an_engine_that_was_killed_while_it_started_is_started_again(store, monkeypatch):
    started = no_detached(monkeypatch, SLEEP)
    killer = threading.Timer(0.2, lambda: started[0].kill())
    killer.start()
    launch.ensure_engine(store, 30)
    killer.join()
    assert [process.poll() for process in started] == [-signal.SIGKILL, None]
    assert staff.living_engine(store).pid == started[1].pid
    for process in psutil.Process(started[1].pid).children(recursive=True):
        process.kill()
    started[1].kill()
    started[1].wait()


def test_that_an_engine_that_ends_with_an_error_is_not_tried_again(store, monkeypatch):
    started = no_detached(monkeypatch, [sys.executable, "-c", "raise SystemExit(2)"], SLEEP)
    with pytest.raises(StoreError, match=r"^the engine did not start; see .*engine\.log$"):
        launch.ensure_engine(store, 30)
    assert len(started) == 1
