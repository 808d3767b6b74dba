"""Work on widgets that would hold the window up, done in short goes."""

import time
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer

GO_S, PAUSE_MS = 0.006, 1


class BitByBit(QObject):
    """Runs one iterator at a time on the GUI thread.

    After each go it rests for a moment, in which what was changed is laid out and painted, and all
    that waited for the go to end comes first.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work: Iterator[object] = iter(())
        self._timer = QTimer(self, interval=PAUSE_MS, singleShot=True)
        self._timer.timeout.connect(self._go_on)
        self._spent_s = 0.0

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way, as seen between goes."""
        return self._timer.isActive()

    @property
    def spent_s(self) -> float:
        """Seconds of the processor that was spent on what is under way, or was last."""
        return self._spent_s

    def run(self, work: Iterator[object]) -> None:
        """Begin at the next turn of the event loop; what was under way is dropped where it is."""
        self._work, self._spent_s = work, 0.0
        self._timer.start()

    def stop(self) -> None:
        """Drop what is under way."""
        self._timer.stop()
        self._work = iter(())

    def _go_on(self) -> None:
        begun, work = time.thread_time(), self._work
        is_done = self._go(work)
        if work is self._work:  # the work itself may have begun another
            self._spent_s += time.thread_time() - begun
            if not is_done:
                self._timer.start()

    @staticmethod
    def _go(work: Iterator[object]) -> bool:
        """A go ends with the first item after so long; the last one ends everything."""
        end = time.perf_counter() + GO_S
        return all(time.perf_counter() <= end for _ in work)
