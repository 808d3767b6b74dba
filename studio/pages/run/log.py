"""The log of the run looked at."""

import time

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from engine.spec.rows import EventRow
from studio.state.commands import Scope
from studio.state.context import Context
from studio.widgets.buttons import PushButton, follow
from studio.widgets.labels import label
from studio.widgets.layout import column, row
from studio.widgets.text_dialog import monospace

_INTERVAL_MS = 1000


class LogTab(QWidget):
    """Lines, with the newest at the end; read on only while they are looked at."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._run: int | None = None
        self._last = 0
        self._asking = False
        self._text = QPlainTextEdit()
        self._text.setObjectName("log.text")
        self._text.setAccessibleName(self.tr("Log"))
        self._text.setReadOnly(True)
        self._text.setFont(monospace())
        copy = PushButton(self.tr("Copy"), "copy")
        copy.setObjectName("log.copy")
        self._scope = Scope(context.commands, self, self.tr("Go to the log of a run first"))
        follow(copy, self._scope.add(
            "run.copy_log", self.tr("Copy the log of the run"), self._on_copy, self._why_no_copy
        ))
        top = row()
        top.addWidget(label(self.tr("What happened to this run."), "muted"), 1)
        top.addWidget(copy)
        layout = column(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self._text, 1)
        self._timer = QTimer(self, interval=_INTERVAL_MS)
        self._timer.timeout.connect(self._ask)
        self._text.textChanged.connect(self._scope.refresh)

    def _why_no_copy(self) -> str | None:
        return self.tr("It is empty") if self._text.document().isEmpty() else None

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text.toPlainText())

    def show_run(self, run: int) -> None:
        """Show the log of a run."""
        if run != self._run:
            self._run, self._last, self._asking = run, 0, False
            self._text.clear()
            if self.isVisible():
                self._ask()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to read."""
        super().showEvent(event)
        self._ask()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop to read."""
        super().hideEvent(event)
        self._timer.stop()

    def _ask(self) -> None:
        run, last, client = self._run, self._last, self._context.client
        if run is None or self._asking:
            return
        self._asking = True
        self._context.jobs.run(
            lambda: client.log(run, last), lambda rows: self._on_rows((run, last), rows),
            self._on_failure, owner=self,
        )

    def _on_rows(self, asked: tuple[int, int], rows: list[EventRow]) -> None:
        # The same run may have been left and come back to meanwhile: its lines come once.
        if asked != (self._run, self._last):
            return
        self._asking = False
        if rows:
            self._last = rows[-1].id
            self._text.appendPlainText("\n".join(map(log_line, rows)))

    def _on_failure(self, error: Exception) -> None:
        self._asking = False
        self._context.jobs.failed.emit(str(error))


def log_line(row: EventRow) -> str:
    """Return a line of the log with its time, and its level where that matters."""
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(row.at))
    level = "" if row.level == "info" else f"{row.level.upper()}: "
    return f"{at}  {level}{row.text}"
