"""What can be done with the engine, whichever page is shown."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow

from engine.spec.rows import EngineRow
from studio.bridge.jobs import as_line
from studio.state.commands import Command
from studio.state.context import Context
from studio.status_bar import StatusBar
from studio.widgets.text_dialog import TextDialog

_LOG_BYTES = 100_000


class EngineCommands(QObject):
    """Registers the commands of the Engine menu, and keeps the status bar told of the engine."""

    def __init__(self, context: Context, status: StatusBar, window: QMainWindow) -> None:
        """Register; dialogs belong to `window`."""
        super().__init__(window)
        self._context = context
        self._status = status
        self._window = window
        self._engine: EngineRow | None = None
        running, stopped = self.tr("The engine is running"), self.tr("The engine is not running")
        self._add("start", self.tr("Start the engine"), self._start,
                  lambda: running if context.feed.engine else None)
        self._add("stop", self.tr("Stop the engine (trainings go on)"), self._stop,
                  lambda: None if context.feed.engine else stopped)
        self._add("log", self.tr("Show the engine's log"), self._show_log, lambda: None)
        context.feed.engine_changed.connect(self._on_engine)

    def _add(
        self, name: str, text: str, run: Callable[[], None], reason: Callable[[], str | None]
    ) -> None:
        self._context.commands.add(
            Command(f"engine.{name}", text, "", run, reason, self.tr("Engine"))
        )

    def _on_engine(self, engine: EngineRow | None) -> None:
        self._engine = engine
        self._status.set_engine(engine)
        self._context.commands.refresh()

    def _start(self) -> None:
        self._status.set_busy(self.tr("starting…"))
        self._context.jobs.run(
            self._context.client.start_engine, lambda _: None, self._on_not_done, self
        )

    def _on_not_done(self, error: Exception) -> None:
        self._status.set_engine(self._engine)
        self._context.messages.say(as_line(error), "bad")

    def _stop(self) -> None:
        self._status.set_busy(self.tr("stopping…"))
        self._context.jobs.run(
            self._context.client.stop_engine, lambda _: None, self._on_not_done, self
        )

    def _show_log(self) -> None:
        path = self._context.client.workspace.logs / "engine.log"

        def read() -> str:
            return path.read_bytes()[-_LOG_BYTES:].decode("utf-8", "replace")

        def show(text: str) -> None:
            TextDialog(str(path), text, self._window).show()

        missing = self.tr("The engine has written no log yet: {0}").format(path)
        self._context.jobs.run(
            read, show, lambda _: self._context.messages.say(missing, "info"), owner=self
        )
