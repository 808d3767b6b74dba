"""Ctrl+K: type a few letters of what to do, press Enter."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QLineEdit, QTreeWidget, QTreeWidgetItem, QWidget

from studio.widgets.layout import column

_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_ACTION = Qt.ItemDataRole.UserRole


class CommandPalette(QDialog):
    """A list of actions that narrows as one types."""

    chosen = Signal(object)
    """The QAction that is to be done, after this list was closed."""

    def __init__(self, parent: QWidget) -> None:
        """Show no action yet; `add` does, whenever there is one."""
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("palette")
        self.setAccessibleName(self.tr("Commands"))
        self._search = QLineEdit()
        self._search.setObjectName("palette.search")
        self._search.setPlaceholderText(self.tr("Type what you want to do…"))
        self._search.setAccessibleName(self._search.placeholderText())
        self._list = QTreeWidget()
        self._list.setObjectName("palette.list")
        self._list.setAccessibleName(self.tr("Commands"))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setColumnCount(2)
        self._list.setHeaderHidden(True)
        self._list.setRootIsDecorated(False)
        self._list.setUniformRowHeights(True)
        self._list.setColumnWidth(0, 360)
        layout = column(self, margin=8)
        layout.addWidget(self._search)
        layout.addWidget(self._list)
        self.resize(520, 360)
        self.move(parent.mapToGlobal(parent.rect().center()) - self.rect().center())
        self._actions: list[tuple[QAction, str]] = []
        self._relist = QTimer(self, singleShot=True, interval=0)  # many are added at once
        self._relist.timeout.connect(self._list_anew)
        self._search.installEventFilter(self)
        self._search.textChanged.connect(self._narrow)
        self._search.returnPressed.connect(self._run)
        self._list.itemClicked.connect(lambda *_: self._run())
        self._search.setFocus()

    def add(self, action: QAction, place: str = "") -> None:
        """List an action.

        Args:
            action: what can be done.
            place: where it is done, if that is not in sight: it is offered even while it cannot
                be done here.
        """
        self._actions.append((action, place))
        self._relist.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Give the arrow keys to the list."""
        pressed = event.type() == QEvent.Type.KeyPress
        if pressed and isinstance(event, QKeyEvent) and event.key() in _KEYS:
            self._list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

    def _narrow(self, text: str) -> None:
        words = text.casefold().split()
        self._list.clear()
        for action, place in sorted(self._actions, key=_is_out_of_reach):
            said = action.text().replace("&", "")
            if not all(word in said.casefold() for word in words):
                continue
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            item = QTreeWidgetItem(self._list, [said, keys or place])
            item.setData(0, _ACTION, action)
            item.setToolTip(0, action.toolTip())
            item.setDisabled(_is_out_of_reach((action, place)))
        first = self._list.topLevelItem(0)
        if first is not None:
            self._list.setCurrentItem(first)
        elif self._actions:
            QTreeWidgetItem(self._list, [self.tr("Nothing found")]).setDisabled(True)

    def _list_anew(self) -> None:
        """List what has come, too; who has moved to a row stays there."""
        item = self._list.currentItem()
        kept = None
        if item is not None and self._list.indexOfTopLevelItem(item) > 0:
            kept = item.data(0, _ACTION)
        self._narrow(self._search.text())
        items = map(self._list.topLevelItem, range(self._list.topLevelItemCount()))
        for item in filter(None, items if kept is not None else ()):
            if item.data(0, _ACTION) is kept:
                self._list.setCurrentItem(item)

    def _run(self) -> None:
        item = self._list.currentItem()
        if item is not None and not item.isDisabled():
            action: QAction = item.data(0, _ACTION)
            self.close()
            self.chosen.emit(action)


def _is_out_of_reach(offer: tuple[QAction, str]) -> bool:
    action, place = offer
    return not (action.isEnabled() or place)
