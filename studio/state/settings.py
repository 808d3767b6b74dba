"""The user's settings, kept in one file of their own."""

import json
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSettings, Signal

THEME = "theme"
SYSTEM, LIGHT, DARK = "system", "light", "dark"


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
