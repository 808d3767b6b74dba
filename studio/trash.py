"""Deleted runs, as long as deleting them can be undone."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from engine.spec.errors import StoreError
from engine.spec.rows import RunRow
from studio.bridge.jobs import as_line
from studio.item_models.wording import file_size
from studio.state.context import Context

UNDO_S = 60.0
"""For so long a window keeps what was deleted, unless the user closes its message before."""
_LATER_MS = 50
"""So that what is looked for is surely old enough when the time is over."""


class _Deletion(NamedTuple):
    """Runs that were deleted together.

    Attributes:
        runs: their ids; no run is in the trash twice.
        until: the moment up to which they can be brought back, by `time.monotonic`.
        undo: brings them back.
    """

    runs: tuple[int, ...]
    until: float
    undo: Callable[[], None]


class Trash(QObject):
    """Deletes runs with an offer to undo it, and frees the disk once that is over.

    Every deletion can be undone for its own time, the latest first; what is said meanwhile does
    not end its offer. What another window left behind when it was killed is freed too, once it is
    old enough.
    """

    changed = Signal()
    """There is something to undo, or there is no longer."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._put: set[int] = set()
        self._offered: list[_Deletion] = []
        self._timer = QTimer(self, singleShot=True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_time)
        context.messages.gone.connect(self._on_gone)
        self._on_time()
        self._wait(UNDO_S)  # once more, for what was deleted just before this window opened

    def put(self, runs: Sequence[RunRow]) -> None:
        """Delete runs, but those that are deleted already, and offer to bring them back."""
        fresh = [run for run in runs if run.id not in self._put]  # a page may yet show the others
        if not fresh:
            return
        client, ids = self._context.client, tuple(run.id for run in fresh)
        self._put.update(ids)
        what = fresh[0].name if len(fresh) == 1 else self.tr("{0} runs").format(len(fresh))
        until = time.monotonic() + UNDO_S
        self._context.jobs.run(
            lambda: client.trash(ids), partial(self._on_put, ids, until, what),
            partial(self._on_kept, ids), owner=self,
        )

    def why_no_undo(self) -> str | None:
        """Return why deleting cannot be undone now, or None."""
        return None if self._offered else self.tr("Nothing was deleted a moment ago")

    def undo(self) -> None:
        """Bring back what was deleted last."""
        if self._offered:
            undo = self._offered[-1].undo
            undo()
            self._context.messages.withdraw(undo)

    def close(self) -> None:
        """Free what this window deleted, at its end; what fails is left to the next window."""
        if self._put:
            with suppress(StoreError, OSError):
                self._context.client.purge(list(self._put))

    def _on_put(self, runs: tuple[int, ...], until: float, what: str, num_bytes: int) -> None:
        undo = partial(self._undo, runs)
        self._offered.append(_Deletion(runs, until, undo))
        self._context.messages.offer(
            self.tr("Deleted {0} ({1}).").format(what, file_size(num_bytes)), self.tr("Undo"), undo,
            returns=True,
        )
        if not self._timer.isActive():
            self._wait(until - time.monotonic())
        self.changed.emit()

    def _on_kept(self, runs: tuple[int, ...], error: Exception) -> None:
        self._put.difference_update(runs)
        self._context.messages.say(as_line(error), "bad")

    def _undo(self, runs: tuple[int, ...]) -> None:
        self._end_offer(runs)
        client = self._context.client
        self._context.jobs.run(
            lambda: client.restore(runs), lambda _: self._put.difference_update(runs), owner=self
        )

    def _end_offer(self, runs: tuple[int, ...]) -> None:
        self._offered = [deletion for deletion in self._offered if deletion.runs != runs]
        self.changed.emit()

    def _on_gone(self, undo: Callable[[], None]) -> None:
        client = self._context.client
        for runs in [one.runs for one in self._offered if one.undo == undo]:
            self._end_offer(runs)
            self._context.jobs.run(partial(client.purge, runs))

    def _on_time(self) -> None:
        """Free whatever is old enough, and wait for the next that will be."""
        client, now = self._context.client, time.monotonic()
        due = [one for one in self._offered if one.until <= now]
        for deletion in due:
            self._end_offer(deletion.runs)
            self._context.messages.withdraw(deletion.undo)
        runs = [run for deletion in due for run in deletion.runs]

        def free() -> None:
            client.purge(runs)  # it may have taken a while until they were in the trash
            client.purge(min_age_s=UNDO_S)

        self._context.jobs.run(free)
        if self._offered:
            self._wait(min(one.until for one in self._offered) - now)

    def _wait(self, seconds: float) -> None:
        self._timer.start(max(0, round(seconds * 1000)) + _LATER_MS)
