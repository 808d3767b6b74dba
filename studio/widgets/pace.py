"""Doing again and again what takes time, no more often than it may cost."""

import time

from PySide6.QtCore import QObject, QTimer, Signal


class Pace(QObject):
    """Is asked as often as anything changes, and is due as often as can be afforded.

    Asking again does not put off what is due.

    Signals:
        due: it is time.
    """

    due = Signal()

    def __init__(self, share: float, after_ms: int = 0, parent: QObject | None = None) -> None:
        """Begin with nothing spent.

        Args:
            share: of the time that what is done may take up.
            after_ms: it is due so long after it was asked for at the earliest.
            parent: the parent object.
        """
        super().__init__(parent)
        self._share, self._after_ms = share, after_ms
        self._not_before = 0.0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.due)

    @property
    def is_waiting(self) -> bool:
        """Whether it was asked for and is not due yet."""
        return self._timer.isActive()

    def ask(self) -> None:
        """Be due as soon as possible."""
        if not self._timer.isActive():
            rest_ms = round(1e3 * (self._not_before - time.monotonic()))
            self._timer.start(max(rest_ms, self._after_ms))

    def spend(self, seconds: float) -> None:
        """Say what was done has cost, in seconds of the processor."""
        self._not_before = time.monotonic() + seconds / self._share

    def stop(self) -> None:
        """Be due no more for what was asked so far."""
        self._timer.stop()
