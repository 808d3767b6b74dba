"""The `sila-studio` command: puts the window together. All wiring is here."""

import argparse
import gc
import logging
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING

from engine.spec.bundled import bundled
from engine.spec.errors import StudioError
from engine.spec.workspace import ENVIRONMENT_VARIABLE, Workspace, find_workspace
from studio.system_libraries import advice, missing_libraries

try:
    from PySide6.QtCore import (
        QCoreApplication,
        QObject,
        QProcess,
        Qt,
        QTimer,
        QtMsgType,
        Signal,
        qInstallMessageHandler,
    )
    from PySide6.QtGui import QGuiApplication, QIcon
    from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
except ImportError as error:  # a server without the libraries that any window needs
    sys.exit(f"{advice(missing_libraries())} ({error}). Without a window: sila demo")

from studio.bridge.feed import Feed
from studio.bridge.jobs import Jobs, as_line
from studio.dropped import Dropped
from studio.interruptions import Interruptions
from studio.kept_baseline import KeptBaseline
from studio.language import hush, speak
from studio.main_window import MainWindow, PageEntry
from studio.missed_engine import MissedEngine
from studio.notifications import Notifications
from studio.run_commands import RunCommands
from studio.shortcuts import Shortcuts
from studio.state.commands import Command, Commands
from studio.state.context import Context
from studio.state.messages import Messages
from studio.state.selection import Selection
from studio.state.settings import DENSITY, IDLE_MINUTES, THEME, Settings
from studio.theme.theme import apply_theme
from studio.tour import Tour

if TYPE_CHECKING:
    from studio.bridge.client import Client

_log = logging.getLogger(__name__)
_translate = QCoreApplication.translate
FIRST_PAGE = "runs"
IMPORT_AFTER_MS = 500
"""The table of runs is filled by then; importing beside that would make it late."""
DRESS_AFTER_MS = 30
"""The list that a theme was chosen from is closed by then; to dress all widgets takes a while."""
NO_DISPLAY = (
    "sila-studio: no display can be opened here. See the whole way without a window: sila demo"
)


def _page(page: str, name: str) -> Callable[[Context, QWidget], QWidget]:
    """Return what builds a page; its module is imported when it is first asked for."""
    return lambda context, parent: getattr(_module(page), name)(context, parent)


def _module(page: str) -> ModuleType:
    return import_module(f"studio.pages.{page}.page")


PAGES = (
    PageEntry("runs", lambda: _translate("PAGES", "Runs"), "runs", "Ctrl+1",
              _page("runs", "RunsPage")),
    PageEntry("compose", lambda: _translate("PAGES", "New"), "compose", "Ctrl+N",
              _page("compose", "ComposePage")),
    PageEntry("run", lambda: _translate("PAGES", "Run"), "run", "Ctrl+2",
              _page("run", "RunPage")),
    PageEntry("compare", lambda: _translate("PAGES", "Compare"), "compare", "Ctrl+3",
              _page("compare", "ComparePage")),
    PageEntry("export", lambda: _translate("PAGES", "Export"), "export", "Ctrl+4",
              _page("export", "ExportPage")),
    PageEntry("data", lambda: _translate("PAGES", "Data"), "data", "Ctrl+5",
              _page("data", "DataPage")),
    PageEntry("settings", lambda: _translate("PAGES", "Settings"), "settings", "Ctrl+,",
              _page("settings", "SettingsPage"), last=True),
)


class Studio(QObject):
    """One window on one workspace."""

    imported = Signal()
    """All that pages need is imported."""

    def __init__(self, app: QApplication, workspace: Workspace, settings: Settings) -> None:
        """Make the window; `open` shows it.

        Args:
            app: the application.
            workspace: opened off the GUI thread once the frame is on the screen.
            settings: the user's.
        """
        super().__init__()
        self._app = app
        self._workspace = workspace
        self._settings = settings
        self._jobs = Jobs()
        self._context: Context | None = None
        self._is_attached = False
        self._failure = ""
        self._run_commands: RunCommands | None = None
        self._importing = QTimer(self, singleShot=True, interval=IMPORT_AFTER_MS)
        self._importing.timeout.connect(self._import_pages)
        self._dressing = QTimer(self, singleShot=True, interval=DRESS_AFTER_MS)
        self._dressing.timeout.connect(self._dress)
        self._dress()
        self._translators = speak(app, settings.language)  # before any text is made
        self._commands = Commands()
        Shortcuts(self._commands, settings).apply()
        self._commands.add(Command(
            "workspace.open", self.tr("Open another workspace…"), "Ctrl+O", self._ask_workspace,
            menu=self.tr("File"),
        ))
        self.window = MainWindow(PAGES, settings, self._commands)
        self.window.first_painted.connect(self._open_store, Qt.ConnectionType.QueuedConnection)
        settings.changed.connect(self._on_setting)
        app.styleHints().colorSchemeChanged.connect(self._dress)

    @property
    def context(self) -> Context | None:
        """What the pages work with, once the workspace is open."""
        return self._context if self._is_attached else None

    def close(self) -> None:
        """Let go of the workspace, after the window was closed. Trainings go on."""
        self._importing.stop()
        self._dressing.stop()
        hush(self._app, self._translators)
        if self._context is not None:
            self._context.feed.stop()
        self._jobs.wait()
        if self._run_commands is not None:
            self._run_commands.trash.close()
        if self._context is not None:
            if self._settings.stops_engine:
                with suppress(StudioError):
                    self._context.client.stop_engine()
            self._context.client.close()

    def _open_store(self) -> None:
        self._jobs.run(self._make_client, self._on_opened, self._on_not_opened, owner=self)

    def _make_client(self) -> "Client":
        from studio.bridge.client import Client  # SQLAlchemy and pydantic: after the first paint

        _module(FIRST_PAGE)
        return Client(self._workspace)

    def _on_opened(self, client: "Client") -> None:
        feed = Feed(client, self._jobs)
        self._context = Context(
            client, self._jobs, feed, Selection(), self._settings, self._commands, Messages()
        )
        client.let_engines_idle(self._settings.idle_minutes)
        self._run_commands = RunCommands(self._context, self.window)
        KeptBaseline(self._context, self.window)
        Notifications(self._context, self.window)
        MissedEngine(self._context, self.window)
        Interruptions(self._context, self.window)
        tour = Tour(self._context, self.window)
        self.window.page_shown.connect(tour.arrive)
        Dropped(self._context, self.window)
        self.window.attach(self._context)
        self.window.make_room(FIRST_PAGE)
        # One turn of the event loop to make the page and one to lay it out: see the watchdog.
        QTimer.singleShot(1, self, self._make_first_page)

    def _make_first_page(self) -> None:
        self.window.make_page(FIRST_PAGE)
        QTimer.singleShot(1, self, self._show_first_page)

    def _show_first_page(self) -> None:
        assert self._context is not None
        self.window.show_page(FIRST_PAGE)
        self._is_attached = True
        self._context.feed.start()
        self._context.commands.action("engine.start").trigger()  # so that Start is instant
        self._importing.start()

    def _import_pages(self) -> None:
        """Import in a thread what a page needs, so that it opens at once when it is asked for."""
        self._jobs.run(
            lambda: [_module(page.id) for page in PAGES], lambda _: self.imported.emit(), owner=self
        )

    def _on_not_opened(self, error: Exception) -> None:
        self.window.status.set_engine(None)
        self._failure = as_line(error)
        self._tell_failure()

    def _tell_failure(self) -> None:
        """Say why there is no workspace, which nothing but another one helps against."""
        if self._failure:
            self.window.messages.show_message(
                self._failure, action=self.tr("Open another workspace…"), run=self._ask_workspace
            )

    def _on_setting(self, key: str) -> None:
        if key in (THEME, DENSITY):
            self._dressing.start()
        elif key == IDLE_MINUTES and self._context is not None:
            self._context.client.let_engines_idle(self._settings.idle_minutes)

    def _dress(self) -> None:
        self._app.setOverrideCursor(Qt.CursorShape.WaitCursor)  # with many widgets, a second or two
        try:
            apply_theme(self._app, self._settings.theme, self._settings.density)
        finally:
            self._app.restoreOverrideCursor()

    def _ask_workspace(self) -> None:
        dialog = QFileDialog(
            self.window, self.tr("Open another workspace"), str(self._workspace.root.parent)
        )
        dialog.setObjectName("workspace.dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self._open_workspace)
        dialog.rejected.connect(self._tell_failure)
        dialog.open()

    def _open_workspace(self, folder: str) -> None:
        """Show another workspace in a window of its own, which outlives this one."""
        started, _ = QProcess.startDetached(
            sys.executable, ["-m", "studio.app", "--workspace", folder]
        )
        if started and self._failure:
            self.window.close()  # there is nothing to be done here
        elif not started:
            self.window.messages.show_message(self.tr(
                "The window of {0} could not be started: try sila-studio --workspace there."
            ).format(folder))

    def excepthook(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Show a fault of ours, which Python would only print."""
        lines = "".join(traceback.format_exception(kind, error, trace))
        _log.error("unforeseen error\n%s", lines)
        text = self.tr("Something unforeseen went wrong. Trainings and stored numbers are safe.")
        self.window.messages.show_message(text, details=lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window; returns the exit code when it is closed."""
    parser = argparse.ArgumentParser("sila-studio", description="The window of SiLa Studio.")
    parser.add_argument(
        "--workspace", metavar="DIR",
        help=f"folder that holds runs and settings (default: {ENVIRONMENT_VARIABLE}, else yours)",
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    if _has_no_display():
        sys.stderr.write(NO_DISPLAY + "\n")
        return 1
    qInstallMessageHandler(_on_qt_message)
    QGuiApplication.setDesktopFileName("sila-studio")
    app = QApplication(sys.argv[:1])
    app.setApplicationName("SiLa Studio")
    app.setWindowIcon(QIcon(str(bundled("assets") / "icons" / "sila.svg")))
    studio = Studio(app, find_workspace(options.workspace), Settings())
    sys.excepthook = studio.excepthook
    studio.imported.connect(lambda: gc.freeze())  # modules stay: to go through them takes 30 ms
    studio.window.show()
    code = app.exec()
    studio.close()
    return code


def _has_no_display() -> bool:
    chosen = any(os.environ.get(name) for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"))
    return sys.platform.startswith("linux") and not chosen


def _on_qt_message(kind: QtMsgType, _: object, text: str) -> None:
    """Print Qt's messages as Qt does, but for the one before it gives up: say that in a line."""
    if kind is QtMsgType.QtFatalMsg:
        sys.stderr.write(f"{NO_DISPLAY}\n" if "platform plugin" in text else f"{text}\n")
        sys.stderr.flush()
        os._exit(1)
    if kind is not QtMsgType.QtDebugMsg and "platform plugin" not in text:
        sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
