"""How long the GUI thread keeps the event loop waiting."""

import time
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, QTimer

INTERVAL_MS = 2
_SCHEDSTAT = Path("/proc/thread-self/schedstat")


class Watchdog(QObject):
    """Between `start` and `stop`, remembers the longest time between two turns of the loop.

    Measured three times: by the clock, which a busy machine makes longer; by it less the time
    that the GUI thread was ready and waited for a core, which is its work, and its waiting for
    locks, disks and other threads; and by its work alone, in processor time. Where the system does
    not tell of waiting for a core (it is Linux that does), the second is as the third.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.blocks_ms: list[float] = []
        self.wall_ms: list[float] = []
        self.work_ms: list[float] = []
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(self._on_turn)
        self._own = self._wall = self._work = 0.0

    def start(self) -> None:
        """Begin anew."""
        self.blocks_ms, self.wall_ms, self.work_ms = [], [], []
        self._own, self._wall, self._work = own_time(), time.perf_counter(), time.thread_time()
        self._timer.start()

    def stop(self) -> float:
        """End; returns the longest block, in milliseconds without waiting for a core."""
        self._on_turn()
        self._timer.stop()
        return max(self.blocks_ms)

    def _on_turn(self) -> None:
        own, wall, work = own_time(), time.perf_counter(), time.thread_time()
        self.blocks_ms.append(1e3 * (own - self._own))
        self.wall_ms.append(1e3 * (wall - self._wall))
        self.work_ms.append(1e3 * (work - self._work))
        self._own, self._wall, self._work = own, wall, work


def own_time() -> float:
    """Seconds by the clock, less those in which this thread waited for a core."""
    try:
        with _SCHEDSTAT.open("rb", buffering=0) as file:
            waited_ns = int(file.read().split()[1])
    except (OSError, IndexError):
        return time.thread_time()
    return time.perf_counter() - 1e-9 * waited_ns


def wait(milliseconds: int) -> None:
    """Let the event loop turn for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
