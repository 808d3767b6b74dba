"""Work on widgets that would hold the window up, done in short goes."""

import time
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer

GO_S, PAUSE_MS = 0.006, 1


class BitByBit(QObject):
    """Runs one iterator at a time on the GUI thread.

    Between goes it rests for a moment, in which what was changed is laid out and painted.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work: Iterator[object] = iter(())
        self._timer = QTimer(self, interval=PAUSE_MS)
        self._timer.timeout.connect(self._go_on)

    def run(self, work: Iterator[object]) -> None:
        """Begin at the next turn of the event loop; what was under way is dropped where it is."""
        self._work = work
        self._timer.start()

    def stop(self) -> None:
        """Drop what is under way."""
        self._timer.stop()
        self._work = iter(())

    def _go_on(self) -> None:
        """A go ends with the first item after so long; the last one ends everything."""
        end, work = time.perf_counter() + GO_S, self._work
        for _ in work:
            if time.perf_counter() > end:
                return
        if work is self._work:  # the work itself may have begun another
            self._timer.stop()
