"""How long the GUI thread keeps the event loop waiting."""

import time

from PySide6.QtCore import QEventLoop, QObject, QTimer

INTERVAL_MS = 2


class Watchdog(QObject):
    """Between `start` and `stop`, remembers the longest time between two turns of the loop.

    Measured twice: by the clock, which a busy machine makes longer, and by the processor's time
    that the GUI thread took meanwhile, which is what the program itself is to blame for.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.blocks_ms: list[float] = []
        self.wall_ms: list[float] = []
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(self._on_turn)
        self._cpu = self._wall = 0.0

    def start(self) -> None:
        """Begin anew."""
        self.blocks_ms, self.wall_ms = [], []
        self._cpu, self._wall = time.thread_time(), time.perf_counter()
        self._timer.start()

    def stop(self) -> float:
        """End; returns the longest block, in milliseconds of processor time."""
        self._on_turn()
        self._timer.stop()
        return max(self.blocks_ms)

    def _on_turn(self) -> None:
        cpu, wall = time.thread_time(), time.perf_counter()
        self.blocks_ms.append(1e3 * (cpu - self._cpu))
        self.wall_ms.append(1e3 * (wall - self._wall))
        self._cpu, self._wall = cpu, wall


def wait(milliseconds: int) -> None:
    """Let the event loop turn for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
