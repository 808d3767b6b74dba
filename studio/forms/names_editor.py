"""The editors of options that name cards or runs, such as the backbones of the other peers."""

from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QShowEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView, QWidget

from engine.spec.card import Card
from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from studio.forms.editors import Editor, LineEditor, make_editor
from studio.forms.field import Field
from studio.item_models.wording import metric
from studio.theme.tokens import current
from studio.widgets.buttons import IconButton

_LEAST_WIDTH, _MOST_WIDTH, _BESIDE_TEXT = 320, 640, 40
_MOST_LINES, _FRAME = 12, 6
_NAME, _RANK = Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2


class Offer(NamedTuple):
    """What can be named: the name that is written, what the list says, and its tooltip."""

    name: str
    text: str
    help: str


def offers_of_runs(rows: Iterable[RunRow], datasets: Container[str]) -> list[Offer]:
    """Return the completed runs on some datasets as what can be named, newest first."""
    completed = (
        row for row in rows if row.state is RunState.COMPLETED and row.dataset in datasets
    )
    return [
        Offer(
            f"run:{row.id}",
            # The weights that teach are those best on validation.
            f"run:{row.id}  ·  {row.name}  ·  {metric(row.value('test/top1', 'best'))} test/top1",
            row.name,
        )
        for row in sorted(completed, key=lambda row: row.id, reverse=True)
    ]


class NamesEditor(LineEditor):
    """One name or several: typed with completion, or chosen from the list."""

    def __init__(
        self, field: Field, offers: Sequence[Offer], parent: QWidget | None = None
    ) -> None:
        super().__init__(field, parent)
        self._completer = _NamesCompleter(several=field.kind == "list", parent=self)
        self._completer.offer(offers)
        self._line.setCompleter(self._completer)
        self._line.setPlaceholderText(self.tr("none"))
        self._line.textEdited.connect(self._completer.put_beginnings_first)
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
        self._completer.put_beginnings_first("")
        self._completer.setCompletionPrefix("")
        self._completer.complete()

    def _on_chosen(self, text: str) -> None:
        self._line.setText(text)
        self.edited.emit()


class TeacherEditor(NamesEditor):
    """Who teaches: a completed run of the list, a network with weights of its own, or a bundle."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, (), parent)
        self._line.setPlaceholderText(self.tr("run:12 or a bundle's folder"))
        if not field.nullable:
            self.needed = self.tr("name a teacher, such as run:12, a completed run")

    def offer(self, offers: Sequence[Offer]) -> None:
        """Replace what the list offers."""
        self._completer.offer(offers)


def editor_of(field: Field, cards: Sequence[Card]) -> Editor:
    """Return the editor for a field; `cards` are those that it can name."""
    if field.kind == "teacher":
        return TeacherEditor(field)
    return NamesEditor(field, _offers_of_cards(cards)) if cards else make_editor(field)


class _Popup(QListView):
    """A list with the border that menus have, in the theme that is worn when it opens."""

    def showEvent(self, event: QShowEvent) -> None:
        colours = current()
        self.setStyleSheet(
            f"QListView {{ border: 1px solid {colours.strong_border}; padding: 2px; }}"
            "QListView::item { padding: 3px 4px; }"
        )
        wanted = self.sizeHintForColumn(0) + _BESIDE_TEXT
        self.setMinimumWidth(min(max(wanted, _LEAST_WIDTH), _MOST_WIDTH))
        # The completer sized it by rows that were not styled yet.
        rows = min(self.model().rowCount(), _MOST_LINES)
        self.resize(self.width(), rows * self.sizeHintForRow(0) + _FRAME)
        edge = self.screen().availableGeometry().right()
        self.move(min(self.x(), edge - self.width()), self.y())
        super().showEvent(event)


def _offers_of_cards(cards: Iterable[Card]) -> list[Offer]:
    return [Offer(card.name, f"{card.name}  ·  {card.title}", card.summary) for card in cards]


class _NamesCompleter(QCompleter):
    """Completes the name that is being written, the last of those that commas separate."""

    def __init__(self, *, several: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.several = several
        self._offers: tuple[Offer, ...] = ()
        self._names = QStandardItemModel(self)
        self._names.setSortRole(_RANK)
        self.setModel(self._names)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setMaxVisibleItems(_MOST_LINES)
        self.setPopup(_Popup())

    def offer(self, offers: Sequence[Offer]) -> None:
        """Replace what can be named; a list that stays the same is left as it is."""
        if tuple(offers) == self._offers:
            return
        self._offers = tuple(offers)
        self._names.clear()
        for offer in self._offers:
            item = QStandardItem(offer.text)
            item.setData(offer.name, _NAME)
            item.setToolTip(offer.help)
            self._names.appendRow(item)

    def put_beginnings_first(self, text: str) -> None:
        """Let names that begin with what is being written come first, the rest in their order."""
        begun = self.splitPath(text)[0].casefold()
        places = {offer.name: place for place, offer in enumerate(self._offers)}
        self._names.blockSignals(True)
        for row in range(self._names.rowCount()):
            item = self._names.item(row)
            name: str = item.data(_NAME)
            is_late = not name.casefold().startswith(begun)
            item.setData(places[name] + is_late * len(places), _RANK)
        self._names.blockSignals(False)
        self._names.sort(0)

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
