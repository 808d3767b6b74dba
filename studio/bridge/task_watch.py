"""Following one task (an export, a prediction, a look at a dataset) to its end."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from engine.spec.rows import TaskRow
from studio.bridge.jobs import Jobs, as_line

if TYPE_CHECKING:
    from studio.bridge.client import Client

INTERVAL_MS = 250


class TaskWatch(QObject):
    """Submits a task and tells how it goes; a second `start` forgets the first task."""

    progressed = Signal(object)
    """A TaskRow: how far it is."""

    succeeded = Signal(dict)
    """Its result."""

    failed = Signal(str)
    """One line for the user."""

    cancelled = Signal()
    """It was cancelled, and comes to nothing."""

    def __init__(self, client: "Client", jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._jobs = jobs
        self._round = 0
        self._task: int | None = None
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(self._ask)
        self._asking = False
        self._running = self._unwanted = False

    @property
    def running(self) -> bool:
        """Whether a task was started and has not ended."""
        return self._running

    def start(self, kind: str, **arguments: Any) -> None:
        """Submit a task and follow it."""
        self.forget()
        self._running = True
        mine = self._round
        self._jobs.run(
            lambda: self._client.submit(kind, **arguments),
            lambda task: self._on_submitted(mine, task),
            lambda error: self._on_failure(mine, error),
            owner=self,
        )

    def forget(self) -> None:
        """Stop following; the task itself goes on."""
        self._round += 1
        self._task = None
        self._running = self._unwanted = False
        self._asking = False
        self._timer.stop()

    def cancel(self) -> None:
        """Ask for the end of the task; `cancelled` follows, unless it has ended meanwhile."""
        task, mine = self._task, self._round
        if task is not None:
            self._jobs.run(
                lambda: self._client.cancel(task),
                lambda _: self._ask(),
                lambda error: self._on_failure(mine, error),
                owner=self,
            )
        elif self._running:
            self._unwanted = True

    def _on_submitted(self, mine: int, task: int) -> None:
        if mine == self._round:
            self._task = task
            self._timer.start()
            if self._unwanted:
                self.cancel()

    def _ask(self) -> None:
        task, mine = self._task, self._round
        if task is None or self._asking:
            return
        self._asking = True
        self._jobs.run(
            lambda: self._client.task(task),
            lambda row: self._on_row(mine, row),
            lambda error: self._on_failure(mine, error),
            owner=self,
        )

    def _on_row(self, mine: int, row: TaskRow) -> None:
        if mine != self._round:
            return
        self._asking = False
        if row.state == "done":
            self.forget()
            self.succeeded.emit(row.result or {})
        elif row.state == "failed":
            self.forget()
            self.failed.emit(row.error)
        elif row.state == "cancelled":
            self.forget()
            self.cancelled.emit()
        else:
            self.progressed.emit(row)

    def _on_failure(self, mine: int, error: Exception) -> None:
        if mine == self._round:
            self.forget()
            self.failed.emit(as_line(error))
