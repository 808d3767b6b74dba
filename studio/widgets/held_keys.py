"""Keys that are held, told from keys that are pressed again."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget


class HeldKeys(QObject):
    """Keeps keys that are held in a window from doing again what is to be done once a press.

    Qt does so for actions that do not repeat, as far as it is told of repeats. X11 sends them as
    a release and a press; Qt takes them for what they are only where both are there by the time
    it looks, and a window at work often gets them one by one. They are of the same moment, which
    no finger can do.
    """

    def __init__(self, window: QWidget) -> None:
        """Watch the keys of a window; `installEventFilter` puts an action into its care."""
        super().__init__(window)
        self._released: tuple[int, int] | None = None
        self._is_repeat = False
        window.installEventFilter(self)

    @property
    def is_repeat(self) -> bool:
        """Whether the key that went down last had been held."""
        return self._is_repeat

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Learn of keys, and keep what is watched from hearing of those that are held."""
        kind = event.type()
        if kind == QEvent.Type.Show and isinstance(watched, QWidget):
            watched.windowHandle().installEventFilter(self)  # a widget may keep releases to itself
        elif kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            self._released = event.key(), event.timestamp()
        elif kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            is_same = (event.key(), event.timestamp()) == self._released
            self._is_repeat = event.isAutoRepeat() or (is_same and event.timestamp() > 0)
        elif kind == QEvent.Type.Shortcut:
            return self._is_repeat
        return False
