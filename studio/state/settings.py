"""The user's settings, kept in one file of their own."""

import json
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSettings, Signal

THEME = "theme"
SYSTEM, LIGHT, DARK = "system", "light", "dark"
DENSITY = "density"
LANGUAGE = "language"
COMFORTABLE, COMPACT = "comfortable", "compact"
TELL_OF_ENDS = "tell_of_ends"
STOP_ENGINE = "engine/stop_with_window"
IDLE_MINUTES = "engine/idle_minutes"
SHORTCUTS = "shortcuts"
_IDLE_MINUTES = 15


class Settings(QObject):
    """Values by key, of any kind that JSON knows; kept at once."""

    changed = Signal(str)
    """The key whose value is another now."""

    def __init__(self, path: Path | None = None, parent: QObject | None = None) -> None:
        """Read the settings.

        Args:
            path: file to keep them in; None takes the user's own.
            parent: owner.
        """
        super().__init__(parent)
        ini = QSettings.Format.IniFormat
        if path is None:
            user = QSettings.Scope.UserScope
            self._file = QSettings(ini, user, "sila-studio", "studio", self)
        else:
            self._file = QSettings(str(path), ini, self)

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key; the default where there is none, or none that can be read."""
        text = self._file.value(key)
        if not isinstance(text, str):
            return default
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            return default

    def put(self, key: str, value: Any) -> None:
        """Keep a value."""
        if self.get(key) != value:
            self._file.setValue(key, json.dumps(value))
            self.changed.emit(key)

    def get_bytes(self, key: str) -> bytes:
        """What `put_bytes` kept; nothing where that is gone or damaged."""
        try:
            return b64decode(self.get(key, ""), validate=True)
        except (ValueError, TypeError):
            return b""

    def put_bytes(self, key: str, value: bytes) -> None:
        """Keep bytes, such as how Qt says where a window stands."""
        self.put(key, b64encode(value).decode())

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self._file.fileName())

    @property
    def theme(self) -> str:
        """`system`, `light` or `dark`."""
        theme = self.get(THEME, SYSTEM)
        return theme if theme in (SYSTEM, LIGHT, DARK) else SYSTEM

    @property
    def density(self) -> str:
        """How close rows stand: `comfortable` or `compact`."""
        return COMPACT if self.get(DENSITY) == COMPACT else COMFORTABLE

    @property
    def language(self) -> str:
        """`system`, or a language by its two letters."""
        language = self.get(LANGUAGE, SYSTEM)
        return language if language in ("en", "de") else SYSTEM

    @property
    def tells_of_ends(self) -> bool:
        """Whether the desktop is told when a long training has ended."""
        return bool(self.get(TELL_OF_ENDS, True))

    @property
    def stops_engine(self) -> bool:
        """Whether the engine ends with the window; what trains is trained to its end."""
        return bool(self.get(STOP_ENGINE, False))

    @property
    def idle_minutes(self) -> int:
        """After so many minutes without work an engine ends; 0 for never."""
        minutes = self.get(IDLE_MINUTES, _IDLE_MINUTES)
        return minutes if isinstance(minutes, int) and minutes >= 0 else _IDLE_MINUTES

    @property
    def shortcuts(self) -> dict[str, str]:
        """The user's own shortcuts, as in "Ctrl+N" or empty, by command."""
        kept = self.get(SHORTCUTS, {})
        return {str(k): str(v) for k, v in kept.items()} if isinstance(kept, dict) else {}
