"""Telling the desktop that a long training has ended, while the user looks at something else."""

from collections import defaultdict
from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QWindow
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from studio.item_models.wording import duration, look, percent_metric, state_counts
from studio.notification_service import NotificationService
from studio.state.context import Context

LONG_S = 60.0
"""While less than that has passed, the user has hardly looked away."""
_SHOWN_MS = 15_000
_ENDS = (RunState.COMPLETED, RunState.FAILED, RunState.INTERRUPTED)
_SHOWN_KEY = "val/top1"


class Notifications(QObject):
    """Follows the queue; says once, when nothing of it is left to do, how it went.

    Before that it tells of what took long: of a variant when the last of its seeds has ended, and
    at once when one of them failed.
    """

    told = Signal(str)
    """What the desktop was told."""

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self._context = context
        self._window = window
        self._queue: set[int] = set()
        self._ended: set[int] = set()
        self._service = NotificationService(self)
        self._service.refused.connect(lambda text: context.messages.say(text, "info"))
        self._tray: QSystemTrayIcon | None = None
        context.feed.runs_changed.connect(self._on_runs)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusWindowChanged.connect(self._on_focus)

    def _on_runs(self, runs: list[RunRow]) -> None:
        active = {run.id for run in runs if run.state.is_active}
        if active or not self._queue:
            self._queue |= active
            variants: defaultdict[str, list[RunRow]] = defaultdict(list)
            for run in runs:
                if run.id in self._queue:
                    variants[run.digest].append(run)
            for variant in variants.values():
                self._on_variant(variant)
            return
        ended = [run for run in runs if run.id in self._queue and run.state in _ENDS]
        self._queue.clear()
        self._ended.clear()
        self._tell(ended)

    def _on_variant(self, runs: Sequence[RunRow]) -> None:
        """Tell of runs that differ by the seed, while others wait or train."""
        ended = [run for run in runs if run.state in _ENDS and run.id not in self._ended]
        if not any(passed_s([run]) >= LONG_S for run in ended):
            return
        failed = [run for run in ended if run.state is not RunState.COMPLETED]
        if failed or not any(run.state.is_active for run in runs):
            self._ended.update(run.id for run in ended)
            self._tell(ended)

    def _summary(self, ended: Sequence[RunRow]) -> str:
        trained_s = sum(run.seconds for run in ended)
        trained = self.tr("{0} of training").format(duration(trained_s))
        if len(ended) == 1:
            run, = ended
            value = run.value(_SHOWN_KEY)
            parts = [run.name, look(run.state).word]
            if run.state is RunState.COMPLETED and value is not None:
                parts.append(self.tr("{0} % on validation").format(percent_metric(value)))
            return ", ".join([*parts, trained] if trained_s else parts)
        said = ", ".join(state_counts(run.state for run in ended))
        return self.tr("{0} runs, {1}: {2}").format(len(ended), trained, said)

    def _tell(self, ended: Sequence[RunRow]) -> None:
        away = QApplication.activeWindow() is None
        if not away or passed_s(ended) < LONG_S or not self._context.settings.tells_of_ends:
            return
        text, title = self._summary(ended), self.tr("Training has ended")
        QApplication.alert(self._window)
        if QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages():
            self._show_in_tray(title, text)
        else:
            self._service.tell(title, text, _SHOWN_MS)
        self.told.emit(text)

    def _show_in_tray(self, title: str, text: str) -> None:
        if self._tray is None:
            self._tray = QSystemTrayIcon(self._window.windowIcon(), self)
            self._tray.messageClicked.connect(self._on_clicked)
            self._tray.activated.connect(lambda _: self._on_clicked())
        self._tray.setToolTip(text)
        self._tray.show()  # nothing but a visible icon can say something
        self._tray.showMessage(title, text, self._window.windowIcon(), _SHOWN_MS)

    def _on_clicked(self) -> None:
        self._window.setWindowState(
            self._window.windowState() & ~Qt.WindowState.WindowMinimized
        )
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()
        self._context.selection.show_page("runs")

    def _on_focus(self, window: QWindow | None) -> None:
        if window is not None and self._tray is not None:
            self._tray.hide()


def passed_s(ended: Sequence[RunRow]) -> float:
    """Seconds from the start of the first of some runs to the end of the last; 0 for none.

    They decide whether the user looks at something else by now. What is said is the time of the
    training alone: runs wait, and lie interrupted.
    """
    starts = [run.started_at for run in ended if run.started_at is not None]
    ends = [run.finished_at for run in ended if run.finished_at is not None]
    return max(ends) - min(starts) if starts and ends else 0.0
