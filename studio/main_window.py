"""The frame: navigation rail, message bar, page stack, menus, status bar. Ignorant of pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import (
    QMainWindow,
    QMenu,
    QMessageBox,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from studio.engine_commands import EngineCommands
from studio.state import settings
from studio.state.commands import Command, Commands, Scope
from studio.state.context import Context
from studio.state.messages import Message
from studio.state.settings import DENSITY, THEME, Settings
from studio.status_bar import StatusBar
from studio.widgets.buttons import COMMAND
from studio.widgets.command_palette import CommandPalette
from studio.widgets.held_keys import HeldKeys
from studio.widgets.layout import column, row
from studio.widgets.message_bar import MessageBar
from studio.widgets.nav_rail import NavRail
from studio.widgets.page_area import PageArea

_GEOMETRY = "window/geometry"
_TURN_MS = 1
_SMALLEST, _FIRST = QSize(960, 600), QSize(1280, 800)
_FRAME = QSize(16, 48)
"""Of a window, about: how large it is is known only once it is shown."""


@dataclass(frozen=True)
class PageEntry:
    """A page as the frame knows it.

    Attributes:
        id: what it is asked for by.
        title: returns the word on the rail, in the language that is shown by then.
        icon: its icon.
        shortcut: shows it.
        make: builds it in a parent, when it is shown for the first time.
        last: whether its button stands at the foot of the rail.
    """

    id: str
    title: Callable[[], str]
    icon: str
    shortcut: str
    make: Callable[[Context, QWidget], QWidget]
    last: bool = False


class MainWindow(QMainWindow):
    """Appears at once, empty; `attach` brings it to life when the workspace is open."""

    first_painted = Signal()
    """The frame is on the screen for the first time."""

    page_shown = Signal(str)
    """The id of the page that is shown now."""

    def __init__(
        self, pages: Sequence[PageEntry], settings: Settings, commands: Commands
    ) -> None:
        """Make the frame.

        Args:
            pages: what is on the rail.
            settings: the user's.
            commands: the registry; what needs no workspace is added to it here.
        """
        super().__init__()
        self._pages = {page.id: page for page in pages}
        self._settings = settings
        self._commands = commands
        self._context: Context | None = None
        self._making = ""
        self._page_of: dict[str, str] = {}
        self._early: set[str] = set()
        self._make_rest = QTimer(self, singleShot=True, interval=_TURN_MS)
        self._make_rest.timeout.connect(self._make_next)
        self._rooms: dict[str, PageArea] = {}
        self._made: dict[str, PageArea] = {}
        self._current = ""
        self._painted = False
        self._menus: dict[str, QMenu] = {}
        self._held = HeldKeys(self)
        self.setWindowTitle("SiLa Studio")
        self._build()
        self._restore_geometry()
        for command in commands.all():
            self._on_command_added(command.id)
        commands.added.connect(self._on_command_added)
        self._add_own_commands()
        self._add_message_commands()

    def _build(self) -> None:
        self._rail = NavRail()
        for page in self._pages.values():
            self._rail.add(page.id, page.title(), page.icon, last=page.last)
        self._rail.setEnabled(False)
        self.messages = MessageBar()
        self._stack = QStackedWidget()
        self._stack.addWidget(QWidget())  # else the first page is shown as it is made
        right = column(spacing=0)
        right.addWidget(self._stack, 1)
        right.addWidget(self.messages)  # above the page, it would move what is under the pointer
        middle = QWidget()
        across = row(middle, spacing=0)
        across.addWidget(self._rail)
        across.addLayout(right, 1)
        self.setCentralWidget(middle)
        for title in (self.tr("&File"), self.tr("&Go"), self.tr("&Run"), self.tr("&Engine"),
                      self.tr("&View"), self.tr("&Help")):
            self._menus[title.replace("&", "")] = self.menuBar().addMenu(title)
        self.status = StatusBar()
        self.setStatusBar(self.status)

    # ---- coming to life

    def attach(self, context: Context) -> None:
        """Connect to an open workspace."""
        self._context = context
        self._early = {command.id for command in context.commands.all()}
        self.setWindowTitle(f"{context.client.workspace.root.name} – SiLa Studio")
        context.jobs.failed.connect(self._on_failed)
        context.messages.said.connect(self._on_said)
        context.messages.withdrawn.connect(self.messages.withdraw)
        context.messages.taken_back.connect(self.messages.take_back)
        self.messages.gone.connect(context.messages.gone)
        context.selection.page_requested.connect(self.show_page)
        context.commands.all_wanted.connect(self._make_rest.start)
        context.feed.runs_changed.connect(self._on_runs)
        self._add_commands(context)
        self._rail.setEnabled(True)

    def _add_own_commands(self) -> None:
        """What can be done without a workspace, too."""
        add = self._commands.add
        add(Command("palette", self.tr("Find a command…"), "Ctrl+K", self.show_palette,
                    menu=self.tr("Help")))
        add(Command("about", self.tr("About SiLa Studio"), "", self._show_about,
                    menu=self.tr("Help")))
        for key, value, text in (
            (THEME, settings.SYSTEM, self.tr("Theme of the desktop")),
            (THEME, settings.LIGHT, self.tr("Light theme")),
            (THEME, settings.DARK, self.tr("Dark theme")),
            (DENSITY, settings.COMFORTABLE, self.tr("Comfortable rows")),
            (DENSITY, settings.COMPACT, self.tr("Compact rows")),
        ):
            add(Command(f"{key}.{value}", text, "", self._putter(key, value), menu=self.tr("View")))
        add(Command("quit", self.tr("Close the window (trainings go on)"), "Ctrl+Q", self._quit,
                    menu=self.tr("File")))

    def _add_commands(self, context: Context) -> None:
        add = context.commands.add
        for page in self._pages.values():
            text = self.tr("Go to {0}").format(page.title())
            self._rail.lead(page.id, add(Command(
                f"go.{page.id}", text, page.shortcut, self._shower(page.id), menu=self.tr("Go")
            )))
        EngineCommands(context, self.status, self)
        at_work = add(Command("go.at_work", self.tr("Go to the run at work"), "Ctrl+Shift+W",
                              self._show_run_at_work, self._why_no_run_at_work, self.tr("Go")))
        self.status.lead(at_work, context.commands.action("go.runs"), [
            context.commands.action(f"engine.{name}") for name in ("start", "stop", "log")
        ])

    def _add_message_commands(self) -> None:
        """What a message offers, for the keyboard."""
        scope = Scope(self._commands, self.messages, self.tr("There is no message"))
        nothing = self.tr("The message has none")
        buttons = self.messages.buttons
        for name, text in (
            ("act", self.tr("Do what the message offers")),
            ("details", self.tr("Show or hide the details of the message")),
            ("copy", self.tr("Copy the message")), ("close", self.tr("Close the message")),
        ):
            button = buttons[name]
            scope.add(f"message.{name}", text, button.click,
                      lambda b=button: nothing if b.isHidden() else None)
            button.setProperty(COMMAND, f"message.{name}")

    def _why_no_run_at_work(self) -> str | None:
        return self.tr("Nothing is being trained") if self.status.run is None else None

    def _show_run_at_work(self) -> None:
        if self._context is not None and self.status.run is not None:
            self._context.selection.open_run(self.status.run)

    def _shower(self, page: str) -> Callable[[], None]:
        return lambda: self.show_page(page)

    def _putter(self, key: str, value: str) -> Callable[[], None]:
        return lambda: self._settings.put(key, value)

    def _quit(self) -> None:
        self.close()

    # ---- pages

    @property
    def current_page(self) -> str:
        """The id of the page that is shown."""
        return self._current

    @property
    def page(self) -> QWidget | None:
        """The page that is shown."""
        return self._made[self._current].page if self._current else None

    def make_room(self, page: str) -> None:
        """Make the place of a page that is built in a later turn.

        What is built is put in its place while it is empty: Qt dresses all that it moves again.
        """
        if page not in self._rooms:
            self._rooms[page] = PageArea()
            self._stack.addWidget(self._rooms[page])

    def make_page(self, page: str) -> None:
        """Build a page that is shown in a later turn: to show it takes long enough for one."""
        if self._context is not None and page not in self._made:
            self.make_room(page)
            area = self._rooms[page]
            self._making = page
            area.set_page(self._pages[page].make(self._context, area.room))
            self._making = ""
            self._made[page] = area

    def _make_next(self) -> None:
        """Make one of the pages that were never asked for, and another in a turn of its own."""
        missing = [page for page in self._pages if page not in self._made]
        if missing:
            self.make_page(missing[0])
            self._make_rest.start()

    def show_page(self, page: str) -> None:
        """Show a page, building it if that was never done."""
        if self._context is None:
            return
        self.make_page(page)
        is_other = page != self._current
        if is_other:
            self._context.selection.select([])  # commands act on what the shown page selects
        self._current = page
        self._stack.setCurrentWidget(self._made[page])
        if is_other:
            self._made[page].focus_page()
        self._rail.set_current(page)
        self._context.commands.refresh()
        self.page_shown.emit(page)

    # ---- what is heard

    def _on_command_added(self, command_id: str) -> None:
        command = self._commands.command(command_id)
        menu = self._menus.get(command.menu)
        action = self._commands.action(command_id)
        if not command.repeats:
            action.installEventFilter(self._held)
        family = command_id.partition(".")[0]  # a page may add some once there is a run
        self._page_of[command_id] = self._making or (family if family in self._made else "")
        for palette in self.findChildren(CommandPalette):
            palette.add(action, self._place_of(action))
        if menu is not None:
            menu.addAction(action)
        else:
            self.addAction(action)  # its shortcut works all the same

    def _on_runs(self, runs: list[object]) -> None:
        assert self._context is not None
        before = self.status.run
        self.status.set_runs(self._context.feed.runs)
        if (before is None) is not (self.status.run is None):
            self._context.commands.refresh_some(["go.at_work"])

    def _on_failed(self, line: str) -> None:
        self.messages.show_message(line)

    def _on_said(self, message: Message) -> None:
        self.messages.show_message(
            message.text, message.tone, message.details, message.action, message.run,
            returns=message.returns,
        )

    # ---- what can be done here

    def show_palette(self) -> None:
        """Open the list of commands."""
        self._commands.refresh()
        palette = CommandPalette(self)
        # What is about the window stands below what is about runs.
        for command in sorted(self._commands.all(), key=lambda one: one.id in self._early):
            if command.id != "palette":
                action = self._commands.action(command.id)
                palette.add(action, self._place_of(action))
        palette.chosen.connect(self._do)
        palette.show()
        self._commands.all_wanted.emit()

    def _place_of(self, action: QAction) -> str:
        """The title of the page that a command came with, if that is not the one in sight."""
        page = self._page_of[action.objectName()]
        return self._pages[page].title() if page and page != self._current else ""

    def _do(self, action: QAction) -> None:
        """Do what was found, on its page if it cannot be done on this one."""
        if not action.isEnabled() and self._place_of(action):
            self.show_page(self._page_of[action.objectName()])
        reason = self._commands.command(action.objectName()).enabled_reason()
        if reason is None:
            action.trigger()
        else:
            self.messages.show_message(reason, "info")

    def _show_about(self) -> None:
        text = self.tr(
            "SiLa Studio trains small image classifiers to be more accurate at no cost at "
            "inference. What helps only in training is never shipped."
        )
        box = QMessageBox(QMessageBox.Icon.NoIcon, self.tr("About SiLa Studio"), text, parent=self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    # ---- what Qt asks

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell of the first time."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            self.first_painted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Return press the button that has the focus, as Space does; dialogs see to theirs."""
        button = self.focusWidget()
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_return and isinstance(button, (QPushButton, QToolButton)) and button.isEnabled():
            if not (event.isAutoRepeat() or self._held.is_repeat):
                button.click()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the window's place; trainings go on in the engine."""
        self._make_rest.stop()
        self._settings.put_bytes(_GEOMETRY, bytes(self.saveGeometry().data()))
        super().closeEvent(event)

    def _restore_geometry(self) -> None:
        if not self.restoreGeometry(QByteArray(self._settings.get_bytes(_GEOMETRY))):
            self.resize(_FIRST.boundedTo(self._room()))
        low = min(_SMALLEST.height(), self._room().height())  # else the status bar is below it
        self.setMinimumSize(_SMALLEST.width(), low)

    def _room(self) -> QSize:
        """What the screen has for a window within its frame."""
        return self.screen().availableSize() - _FRAME
