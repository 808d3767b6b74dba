"""The editor of options that name cards, such as the backbones of the other peers."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QShowEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView, QWidget

from engine.spec.card import Card
from studio.forms.editors import LineEditor
from studio.forms.field import Field
from studio.theme.tokens import current
from studio.widgets.buttons import IconButton

_POPUP_WIDTH = 320
_NAME = Qt.ItemDataRole.UserRole + 1


class NamesEditor(LineEditor):
    """One name or several, of cards: typed with completion, or chosen from the list."""

    def __init__(self, field: Field, cards: Sequence[Card], parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._completer = _NamesCompleter(cards, several=field.kind == "list", parent=self)
        self._line.setCompleter(self._completer)
        self._line.setPlaceholderText(self.tr("none"))
        self._completer.activated.connect(self._on_chosen)
        choose = IconButton("add", self.tr("Choose from the list"))
        choose.setObjectName(f"choose_{field.name}")
        choose.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        choose.clicked.connect(self._on_choose)
        self.add(choose)

    def _on_choose(self) -> None:
        """Offer all, to be put after what is there."""
        text = self._line.text().strip()
        if self._completer.several and text and not text.endswith(","):
            self._line.setText(f"{text}, ")
        self._line.setFocus()
        self._completer.setCompletionPrefix("")
        self._completer.complete()

    def _on_chosen(self, text: str) -> None:
        self._line.setText(text)
        self.edited.emit()


class _Popup(QListView):
    """A list with the border that menus have, in the theme that is worn when it opens."""

    def showEvent(self, event: QShowEvent) -> None:
        colours = current()
        self.setMinimumWidth(_POPUP_WIDTH)
        self.setStyleSheet(
            f"QListView {{ border: 1px solid {colours.strong_border}; padding: 4px; }}"
            "QListView::item { padding: 3px 4px; }"
        )
        super().showEvent(event)


class _NamesCompleter(QCompleter):
    """Completes the name that is being written, the last of those that commas separate."""

    def __init__(self, cards: Sequence[Card], *, several: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.several = several
        model = QStandardItemModel(self)
        for card in cards:
            item = QStandardItem(f"{card.name}  ·  {card.title}")
            item.setData(card.name, _NAME)
            item.setToolTip(card.summary)
            model.appendRow(item)
        self.setModel(model)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setMaxVisibleItems(12)
        self.setPopup(_Popup())

    def splitPath(self, path: str) -> list[str]:
        """What is being completed of a text."""
        return [path.rpartition(",")[2].strip() if self.several else path.strip()]

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        """The text with a name in place of what was being completed."""
        line = self.widget()
        assert isinstance(line, QLineEdit)
        before = line.text().rpartition(",")[0].strip() if self.several else ""
        name = index.data(_NAME)
        return f"{before}, {name}" if before else name
