"""Buttons whose icons follow the theme, and what they have to do with commands."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QAction, QFocusEvent
from PySide6.QtWidgets import QAbstractButton, QPushButton, QToolButton, QWidget

from studio.theme.icons import icon
from studio.widgets.themed import Themed

ICON_SIZE = QSize(16, 16)
COMMAND = "command"
"""The property of a button that says whose command it is: the id of it."""


class PushButton(Themed, QPushButton):
    """A button with a word, perhaps an icon. Roles: `primary` (one a page), `danger`, or none."""

    def __init__(
        self, text: str, icon_name: str = "", role: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(text, parent)
        self._icon_name = icon_name
        self.setProperty("role", role)
        self.setIconSize(ICON_SIZE)
        self.dress()

    def _dress(self) -> None:
        if self._icon_name:
            colour = "on_accent" if self.property("role") == "primary" else "muted"
            self.setIcon(icon(self._icon_name, colour))


class IconButton(Themed, QToolButton):
    """A flat button with an icon; its text is its tooltip and its accessible name."""

    def __init__(self, icon_name: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = icon_name
        self.setText(text)
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.setIconSize(ICON_SIZE)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.dress()

    def set_icon(self, icon_name: str) -> None:
        """Show another icon."""
        self._icon_name = icon_name
        self.dress()

    def _dress(self) -> None:
        self.setIcon(icon(self._icon_name))


class ActionButton(IconButton):
    """A button that does what an action does, and tells why where it cannot."""

    def __init__(
        self, action: QAction, icon_name: str, *, flat: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(icon_name, action.text().replace("&", ""), parent)
        self.setProperty("role", "" if flat else "action")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setObjectName(f"{action.objectName()}.button")
        self._action = action
        follow(self, action)
        action.changed.connect(self._on_changed)

    def _on_changed(self) -> None:
        self.setText(self._action.text().replace("&", ""))


class ItemButton(IconButton):
    """A button beside one of several things: the command that it does acts on that one."""

    def __init__(
        self, action: QAction, aim: Callable[[], None], icon_name: str, text: str,
        parent: QWidget | None = None,
    ) -> None:
        """Make the button.

        Args:
            action: of the command.
            aim: makes its thing the one that the command acts on.
            icon_name: of its icon.
            text: what it does, and to what.
            parent: owner.
        """
        super().__init__(icon_name, text, parent)
        self._aim = aim
        aimed(self, action, aim)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Take the command along."""
        super().focusInEvent(event)
        self._aim()


def aimed(button: QAbstractButton, action: QAction, aim: Callable[[], None]) -> None:
    """Let a button beside one of several things do a command's action to that one.

    Args:
        button: keeps its own text, as the command's is about whichever is current.
        action: of the command.
        aim: makes its thing the one that the command acts on.
    """

    def act() -> None:
        aim()
        action.trigger()

    button.setProperty(COMMAND, action.objectName())
    button.clicked.connect(act)


def follow(button: QAbstractButton, action: QAction) -> None:
    """Let a button do what a command's action does, and tell why where it cannot."""
    _Follower(button, action)


class _Follower(QObject):
    """Goes with its button, and hears no more of the action then."""

    def __init__(self, button: QAbstractButton, action: QAction) -> None:
        super().__init__(button)
        self._button, self._action = button, action
        button.setProperty(COMMAND, action.objectName())
        button.clicked.connect(action.trigger)
        action.changed.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        self._button.setEnabled(self._action.isEnabled())
        self._button.setToolTip(self._action.toolTip())


def icon_of(action: QAction, icon_name: str, parent: QWidget | None = None) -> IconButton:
    """Return a flat button with an icon for a command."""
    button = IconButton(icon_name, action.text().replace("&", ""), parent)
    button.setObjectName(f"{action.objectName()}.button")
    follow(button, action)
    return button
