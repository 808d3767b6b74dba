"""Buttons whose icons follow the theme."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from studio.theme.icons import icon
from studio.widgets.themed import Themed

ICON_SIZE = QSize(16, 16)


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
        self.clicked.connect(action.trigger)
        action.changed.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        self.setEnabled(self._action.isEnabled())
        self.setText(self._action.text().replace("&", ""))
        self.setToolTip(self._action.toolTip())
