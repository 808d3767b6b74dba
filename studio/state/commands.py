"""Everything the user can do, in one registry: menus, shortcuts, buttons and palette show it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from studio.widgets.task_bar import TaskBar


def always() -> str | None:
    """Nothing ever stands against it."""
    return None


@dataclass(frozen=True)
class Command:
    """One thing to do.

    Attributes:
        id: as in `runs.pause`.
        text: what the user reads, with a mnemonic if it likes.
        shortcut: as in "Ctrl+N", or empty.
        run: does it.
        enabled_reason: why it cannot be done now, None where it can.
        menu: title of the menu it stands in; empty leaves it to the palette.
        repeats: whether it is done again and again while its keys are held: for steps alone.
    """

    id: str
    text: str
    shortcut: str
    run: Callable[[], None]
    enabled_reason: Callable[[], str | None] = always
    menu: str = ""
    repeats: bool = False


class Commands(QObject):
    """The registry. Each command is one QAction, for menus and buttons alike."""

    added = Signal(str)
    """The id of a new command."""

    rebound = Signal()
    """Shortcuts are others now."""

    all_wanted = Signal()
    """All commands are listed somewhere: those that are only added with a page are missed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._commands: dict[str, Command] = {}
        self._actions: dict[str, QAction] = {}
        self._own: dict[str, str] = {}

    def add(self, command: Command) -> QAction:
        """Register a command; returns its action.

        Raises:
            ValueError: there is one of that id.
        """
        if command.id in self._commands:
            raise ValueError(f"the command '{command.id}' is registered already")
        action = QAction(command.text, self)
        action.setObjectName(command.id)
        action.setMenuRole(QAction.MenuRole.NoRole)
        action.setShortcut(QKeySequence(self._keys_of(command)))
        action.setAutoRepeat(command.repeats)
        action.triggered.connect(lambda: command.run())
        self._commands[command.id] = command
        self._actions[command.id] = action
        self._refresh_one(command)
        self.added.emit(command.id)
        return action

    def all(self) -> list[Command]:
        """The commands, as they were added."""
        return list(self._commands.values())

    def command(self, command: str) -> Command:
        """One command."""
        return self._commands[command]

    def action(self, command: str) -> QAction:
        """The action of a command, for a menu or `QToolButton.setDefaultAction`."""
        return self._actions[command]

    def rebind(self, own: Mapping[str, str]) -> None:
        """Let shortcuts of the user's own, by command, go before those that commands come with.

        They hold for commands that are added later, too. Keys are never given twice: a command
        that comes with keys which the user gave to another has none.
        """
        self._own = dict(own)
        for command in self._commands.values():
            self._actions[command.id].setShortcut(QKeySequence(self._keys_of(command)))
            self._refresh_one(command)
        self.rebound.emit()

    def keys(self, command: str) -> str:
        """The shortcut that a command has now, as in "Ctrl+N", or empty."""
        return self._actions[command].shortcut().toString()

    def holder(self, keys: str) -> Command | None:
        """The command whose shortcut these keys are."""
        wanted = QKeySequence(keys).toString()
        held = (c for c in self._commands.values() if self.keys(c.id) == wanted)
        return next(held, None) if wanted else None

    def _keys_of(self, command: Command) -> str:
        own = self._own.get(command.id, command.shortcut)
        holders = [name for name, keys in self._own.items() if keys == own]
        return own if not holders or holders[0] == command.id else ""

    def refresh(self) -> None:
        """Ask every command anew whether it can be done."""
        self.refresh_some(self._commands)

    def refresh_some(self, ids: Iterable[str]) -> None:
        """Ask these commands anew whether they can be done."""
        for command in ids:
            self._refresh_one(self._commands[command])

    def _refresh_one(self, command: Command) -> None:
        action = self._actions[command.id]
        reason = command.enabled_reason()
        text = command.text.replace("&", "")
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        shown = f"{text} ({keys})" if keys else text
        action.setEnabled(reason is None)
        action.setToolTip(f"{shown}: {reason}" if reason else shown)


class Scope(QObject):
    """Commands about what is seen in one place, a page or a part of it, and only while it is."""

    def __init__(self, commands: Commands, place: QWidget, elsewhere: str) -> None:
        """Make an empty scope.

        Args:
            commands: the registry.
            place: has to be seen.
            elsewhere: why nothing can be done while it is not, as in "Go to the runs first".
        """
        super().__init__(place)
        self._commands, self._place, self._elsewhere = commands, place, elsewhere
        self._ids: list[str] = []
        place.installEventFilter(self)

    def add(
        self, command: str, text: str, run: Callable[[], None],
        reason: Callable[[], str | None] = always, shortcut: str = "", menu: str = "",
        *, repeats: bool = False,
    ) -> QAction:
        """Register a command; `reason` is asked only while the place is seen."""

        def why_not() -> str | None:
            return reason() if self._place.isVisible() else self._elsewhere

        action = self._commands.add(Command(command, text, shortcut, run, why_not, menu, repeats))
        self._ids.append(command)
        return action

    def refresh(self) -> None:
        """Ask its commands anew whether they can be done."""
        self._commands.refresh_some(self._ids)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask anew when the place is shown or hidden."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self.refresh()
        return super().eventFilter(watched, event)


def add_cancel(
    commands: Commands, bar: TaskBar, command: str, text: str, cancel: Callable[[], None]
) -> None:
    """Register a command that cancels the task which a bar tells of, and give the bar its button.

    Args:
        commands: the registry.
        bar: is seen while the task is under way.
        command: as in `data.cancel`.
        text: what the user reads.
        cancel: does it.
    """
    nothing = QCoreApplication.translate("Scope", "Nothing is under way here")
    bar.set_cancel(Scope(commands, bar, nothing).add(command, text, cancel))
