"""The user's own shortcuts: which may be given, and where they are kept."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeySequence

from studio.state.commands import Commands
from studio.state.settings import SHORTCUTS, Settings

_translate = QCoreApplication.translate
_EDITING = (
    QKeySequence.StandardKey.Find, QKeySequence.StandardKey.Copy, QKeySequence.StandardKey.Cut,
    QKeySequence.StandardKey.Paste, QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo,
    QKeySequence.StandardKey.SelectAll,
)
_ALONE = {Qt.Key.Key_Delete, Qt.Key.Key_Insert, Qt.Key.Key_Pause, Qt.Key.Key_Help}
_WITH = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)


class Shortcuts:
    """Gives shortcuts to commands, as far as the user may."""

    def __init__(self, commands: Commands, settings: Settings) -> None:
        """Work on a registry, and keep what the user gives in the settings."""
        self._commands, self._settings = commands, settings

    def apply(self) -> None:
        """Let the kept shortcuts hold."""
        self._commands.rebind(self._settings.shortcuts)

    def objection(self, command: str, keys: str) -> str:
        """Why a command cannot have these keys ("Ctrl+N"), in a line; empty where it can."""
        holder = self._commands.holder(keys)
        if holder is not None and holder.id != command:
            return _translate(
                "Shortcuts", "{0} is the shortcut of “{1}” already: change that one first."
            ).format(native(keys), holder.text.replace("&", ""))
        reason = _reserved(QKeySequence(keys)) if keys else ""
        return reason.format(native(keys))

    def put(self, command: str, keys: str) -> None:
        """Give a command other keys, or none: ask for an `objection` before."""
        own = self._settings.shortcuts
        own.pop(command, None)
        if keys != self._commands.command(command).shortcut:
            own[command] = keys
        self._keep(own)

    def reset(self) -> None:
        """Give every command the keys that it comes with."""
        self._keep({})

    def _keep(self, own: dict[str, str]) -> None:
        self._settings.put(SHORTCUTS, own)
        self.apply()


def native(keys: str) -> str:
    """Return keys as this desktop writes them."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def _reserved(keys: QKeySequence) -> str:
    """What the keys are needed for, if they are; "{0}" stands for them."""
    if any(keys in QKeySequence.keyBindings(standard) for standard in _EDITING):
        return _translate("Shortcuts", "{0} is needed for editing and searching.")
    pressed = keys[0]  # pyright: ignore[reportIndexIssue] - PySide's stubs leave it out
    key, modifiers = pressed.key(), pressed.keyboardModifiers()
    letter = Qt.Key.Key_A <= key <= Qt.Key.Key_Z
    if modifiers == Qt.KeyboardModifier.AltModifier and letter:
        return _translate(
            "Shortcuts", "{0} is needed for the menus: Alt and a letter open them."
        )
    function = Qt.Key.Key_F1 <= key <= Qt.Key.Key_F35
    if not modifiers & _WITH and not function and key not in _ALONE:
        return _translate(
            "Shortcuts", "{0} is needed for typing and moving about: add Ctrl or Alt."
        )
    return ""
