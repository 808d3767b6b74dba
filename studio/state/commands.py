"""Everything the user can do, in one registry: menus, shortcuts, buttons and palette show it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence


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
    """

    id: str
    text: str
    shortcut: str
    run: Callable[[], None]
    enabled_reason: Callable[[], str | None] = always
    menu: str = ""


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
        for command in self._commands.values():
            self._refresh_one(command)

    def _refresh_one(self, command: Command) -> None:
        action = self._actions[command.id]
        reason = command.enabled_reason()
        text = command.text.replace("&", "")
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        shown = f"{text} ({keys})" if keys else text
        action.setEnabled(reason is None)
        action.setToolTip(f"{shown}: {reason}" if reason else shown)
