"""A button whose menu narrows a list by the values of one property."""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget

_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FacetButton(QToolButton):
    """Values with checks and counts; none checked means all.

    What is checked is said on the button, or how many where there is no room. A value that nothing
    has any more can still be unchecked.
    """

    picked = Signal(object)
    """frozenset[str] of the checked values."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._whole = self._short = title
        self._actions: dict[str, QAction] = {}
        self._texts: dict[str, str] = {}
        self.setProperty("role", "button")
        self.setCheckable(True)  # looks pressed while it keeps anything out
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        menu = QMenu(self)
        self._clear = menu.addAction(self.tr("Show all"))
        self._clear.triggered.connect(self.clear)
        menu.addSeparator()
        menu.installEventFilter(self)
        self.setMenu(menu)
        self._say()

    @property
    def checked(self) -> frozenset[str]:
        """The values that are checked."""
        return frozenset(value for value, act in self._actions.items() if act.isChecked())

    def set_values(self, values: Mapping[str, tuple[str, int]]) -> None:
        """Offer these values: for each its text and how many have it."""
        gone = {value: (self._texts[value], 0) for value in sorted(self.checked - values.keys())}
        offered = {**values, **gone}
        if list(offered) != list(self._actions):
            self._offer(offered)
        for value, (text, count) in offered.items():
            self._texts[value] = text
            self._actions[value].setText(f"{text}  ({count})")
        self._say()

    def check(self, values: Iterable[str]) -> None:
        """Check these values and no others, be they offered yet or not; `picked` is not told."""
        wanted = frozenset(values)
        offered = {value: (text, 0) for value, text in self._texts.items()}
        self._offer({**offered, **{value: (value, 0) for value in sorted(wanted - offered.keys())}})
        for value, action in self._actions.items():
            action.setChecked(value in wanted)
        self._say()

    def clear(self) -> None:
        """Uncheck all."""
        if self.checked:
            self.check(())
            self.picked.emit(self.checked)

    def _offer(self, values: Mapping[str, tuple[str, int]]) -> None:
        checked, menu = self.checked, self.menu()
        for action in self._actions.values():
            menu.removeAction(action)
            action.deleteLater()
        self._actions, self._texts = {}, {value: text for value, (text, _) in values.items()}
        for value, (text, _) in values.items():
            action = QAction(text, menu)
            action.setCheckable(True)
            action.setChecked(value in checked)
            action.setObjectName(f"{self.objectName()}.{value}")
            action.triggered.connect(self._on_triggered)
            menu.addAction(action)
            self._actions[value] = action

    def _on_triggered(self) -> None:
        self._say()
        self.picked.emit(self.checked)

    def _say(self) -> None:
        names = [self._texts[value] for value in self._actions if value in self.checked]
        more = f" +{len(names) - 1}" if len(names) > 1 else ""
        self._whole = f"{self._title}: {names[0]}{more}" if names else self._title
        self._short = f"{self._title}: {len(names)}" if names else self._title
        self.setChecked(bool(names))
        listed = ", ".join(names) if names else self.tr("all")
        said = f"{self._title}: {listed}"
        self.setAccessibleName(said)
        self.setToolTip(said)
        self._clear.setEnabled(bool(names))
        self._fit()

    def nextCheckState(self) -> None:
        """Stay as the values say: a click only opens the menu."""

    # ---- as wide as there is room

    def sizeHint(self) -> QSize:
        """Room for all that it says."""
        return self._room_for(self._whole)

    def minimumSizeHint(self) -> QSize:
        """Room for its title, and how many are checked."""
        return self._room_for(self._short)

    def _room_for(self, text: str) -> QSize:
        hint, metrics = super().sizeHint(), self.fontMetrics()
        more = metrics.horizontalAdvance(f"{text}  ▾") - metrics.horizontalAdvance(self.text())
        return QSize(hint.width() + more, hint.height())

    def _fit(self) -> None:
        shown = self._whole if self.width() >= self.sizeHint().width() else self._short
        self.setText(f"{shown}  ▾")
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say as much as there is room for."""
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the menu open while values are checked: often it is several."""
        menu = self.menu()
        is_key = isinstance(event, QKeyEvent) and event.key() in _KEYS
        if is_key and event.type() is QEvent.Type.ShortcutOverride:
            event.accept()  # no shortcut of what has the keys below the menu
            return True
        pressed = (is_key and event.type() is QEvent.Type.KeyPress) or (
            event.type() is QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent)
        )
        active = menu.activeAction() if pressed and watched is menu else None
        if active is not None and active.isCheckable():
            active.trigger()
            return True
        return super().eventFilter(watched, event)
