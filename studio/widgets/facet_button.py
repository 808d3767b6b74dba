"""A button whose menu narrows a list by the values of one property."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QAction


class FacetButton(QToolButton):
    """Values with checks and counts; none checked means all."""

    picked = Signal(object)
    """frozenset[str] of the checked values."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._actions: dict[str, QAction] = {}
        self.setProperty("role", "button")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        self._clear = menu.addAction(self.tr("Show all"))
        self._clear.triggered.connect(self.clear)
        menu.addSeparator()
        self.setMenu(menu)
        self._say()

    @property
    def checked(self) -> frozenset[str]:
        """The values that are checked."""
        return frozenset(value for value, act in self._actions.items() if act.isChecked())

    def set_values(self, values: Mapping[str, tuple[str, int]]) -> None:
        """Offer these values: for each its text and how many have it."""
        for gone in self._actions.keys() - values.keys():
            self.menu().removeAction(self._actions.pop(gone))
        for value, (text, count) in values.items():
            if value not in self._actions:
                action = self.menu().addAction("")
                action.setCheckable(True)
                action.setObjectName(f"{self.objectName()}.{value}")
                action.toggled.connect(self._on_toggled)
                self._actions[value] = action
            self._actions[value].setText(f"{text}  ({count})")
        self._say()

    def clear(self) -> None:
        """Uncheck all."""
        for action in self._actions.values():
            action.setChecked(False)

    def _on_toggled(self) -> None:
        self._say()
        self.picked.emit(self.checked)

    def _say(self) -> None:
        names = [self._actions[value].text().rsplit("  (", 1)[0] for value in self.checked]
        said = self.tr("all") if not names else names[0]
        more = f" +{len(names) - 1}" if len(names) > 1 else ""
        self.setText(f"{self._title}: {said}{more}  ▾")
        self.setAccessibleName(self.text())
        self._clear.setEnabled(bool(names))
