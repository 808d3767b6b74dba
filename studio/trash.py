"""Deleted runs, as long as deleting them can be undone."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from engine.spec.errors import StoreError
from engine.spec.rows import RunRow
from studio.item_models.wording import file_size
from studio.state.context import Context

UNDO_S = 60.0
"""For so long a window keeps what was deleted last, unless its message goes before."""
_LATER_MS = 50
"""So that what is looked for is surely old enough when the time is over."""


class Trash(QObject):
    """Deletes runs with an offer to undo it, and frees the disk once that is over.

    What another window left behind when it was killed is freed too, once it is old enough.
    """

    changed = Signal()
    """There is something to undo, or there is no longer."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._put: set[int] = set()
        self._offered: tuple[Callable[[], None], Sequence[int]] | None = None
        self._timer = QTimer(self, singleShot=True, interval=round(UNDO_S * 1000) + _LATER_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_time)
        context.messages.gone.connect(self._on_gone)
        self._on_time()
        self._timer.start()  # once more, for what was deleted just before this window opened

    def put(self, runs: Sequence[RunRow]) -> None:
        """Delete runs, and offer to bring them back."""
        client, ids = self._context.client, [run.id for run in runs]
        self._put.update(ids)
        what = runs[0].name if len(runs) == 1 else self.tr("{0} runs").format(len(runs))
        self._context.jobs.run(
            lambda: client.trash(ids), partial(self._on_put, ids, what), owner=self
        )

    def why_no_undo(self) -> str | None:
        """Return why deleting cannot be undone now, or None."""
        if self._offered is None:
            return self.tr("Nothing was deleted a moment ago")
        return None

    def undo(self) -> None:
        """Bring back what was deleted last."""
        if self._offered is not None:
            undo = self._offered[0]
            undo()
            self._context.messages.withdraw(undo)

    def close(self) -> None:
        """Free what this window deleted, at its end; what fails is left to the next window."""
        if self._put:
            with suppress(StoreError, OSError):
                self._context.client.purge(list(self._put))

    def _on_put(self, ids: Sequence[int], what: str, num_bytes: int) -> None:
        if self._offered is not None:
            self._on_gone(self._offered[0])
        undo = partial(self._undo, ids)
        self._offered = undo, ids
        self._context.messages.offer(
            self.tr("Deleted {0} ({1}).").format(what, file_size(num_bytes)), self.tr("Undo"), undo
        )
        self._timer.start()
        self.changed.emit()

    def _undo(self, ids: Sequence[int]) -> None:
        self._end_offer()
        client = self._context.client
        self._context.jobs.run(lambda: client.restore(ids))

    def _end_offer(self) -> None:
        self._offered = None
        self.changed.emit()

    def _on_gone(self, undo: Callable[[], None]) -> None:
        if self._offered is not None and self._offered[0] == undo:
            client, ids = self._context.client, self._offered[1]
            self._end_offer()
            self._context.jobs.run(lambda: client.purge(ids))

    def _on_time(self) -> None:
        """Free whatever is old enough; by then this includes what is still offered."""
        client, offered = self._context.client, self._offered
        self._end_offer()
        if offered is not None:
            self._context.messages.withdraw(offered[0])
        self._context.jobs.run(lambda: client.purge(min_age_s=UNDO_S))
