"""Ctrl+K: type a few letters of what to do, press Enter."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QLineEdit, QTreeWidget, QTreeWidgetItem, QWidget

from studio.widgets.layout import column

_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_ACTION = Qt.ItemDataRole.UserRole


class CommandPalette(QDialog):
    """A list of actions that narrows as one types."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget) -> None:
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
        self._actions = sorted(actions, key=lambda action: not action.isEnabled())
        self._search.installEventFilter(self)
        self._search.textChanged.connect(self._narrow)
        self._search.returnPressed.connect(self._run)
        self._list.itemClicked.connect(lambda *_: self._run())
        self._narrow("")
        self._search.setFocus()

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
        for action in self._actions:
            said = action.text().replace("&", "")
            if not all(word in said.casefold() for word in words):
                continue
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            item = QTreeWidgetItem(self._list, [said, keys])
            item.setData(0, _ACTION, action)
            item.setToolTip(0, action.toolTip())
            item.setDisabled(not action.isEnabled())
        first = self._list.topLevelItem(0)
        if first is not None:
            self._list.setCurrentItem(first)

    def _run(self) -> None:
        item = self._list.currentItem()
        if item is not None and not item.isDisabled():
            action: QAction = item.data(0, _ACTION)
            self.close()
            action.trigger()
