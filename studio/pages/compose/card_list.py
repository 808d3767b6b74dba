"""A searchable list of cards in which several can be picked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from engine.spec.card import Card
from studio.pages.compose.card_rows import (
    ShownCards,
    card_row,
    describe,
    heading_row,
    shared_traits,
)
from studio.pages.compose.card_view import BADGES, CARD, FAMILY, REASON, UNFOLDED, CardView
from studio.pages.compose.conflicts import first_of
from studio.widgets.labels import label, tip
from studio.widgets.layout import column, row

_FEW, _LEAST_LINES, _MOST_LINES = 12, 3, 5
"""So many cards need no headings; so many lines at least and at most has a compact list."""


class CardList(QWidget):
    """Cards of one kind: a tick picks one, search narrows, the current one is described elsewhere.

    Many cards stand under the headings of their families, which fold.

    Signals:
        picks_changed: the user picked or dropped a card.
        current_changed: the Card that the user is looking at.
    """

    picks_changed = Signal()
    current_changed = Signal(object)

    def __init__(
        self, title: str, name: str, *, compact: bool = False, parent: QWidget | None = None
    ) -> None:
        """Show an empty list.

        Args:
            title: what is picked here, for people.
            name: object name of the list; the search line is `name` + "_search", the line that
                says why the current card cannot be picked `name` + "_reason".
            compact: one line a card, and as high as its cards.
            parent: owner.
        """
        super().__init__(parent)
        self._order: list[str] = []
        self._title, self._compact = title, compact
        self._heading = QLabel(title)
        self._heading.setProperty("role", "heading")
        self._search = QLineEdit()
        self._search.setObjectName(f"{name}_search")
        self._search.setAccessibleName(self.tr("Search {0}").format(title))
        self._search.setPlaceholderText(self.tr("Search"))
        self._search.setMinimumWidth(_least_width(self._search))
        self._search.setClearButtonEnabled(True)
        self._model = QStandardItemModel(self)
        self._model.itemChanged.connect(self._on_item_changed)
        self._shown = ShownCards(self)
        self._shown.setSourceModel(self._model)
        self.view = CardView(compact=compact)
        self.view.setObjectName(name)
        self.view.setAccessibleName(title)
        self.view.setModel(self._shown)
        self.view.say_nothing(self.tr("Nothing fits the search."))
        self._heading.setBuddy(self.view)
        self._reason = label("", "caption", wrap=True)
        self._reason.setObjectName(f"{name}_reason")
        self._reason.hide()
        self._search.textChanged.connect(self._on_search)
        self._search.returnPressed.connect(self._on_search_entered)
        down = QShortcut(QKeySequence("Down"), self._search)
        down.setContext(Qt.ShortcutContext.WidgetShortcut)
        down.activated.connect(self._on_down)
        self.view.folded.connect(self._on_folded)
        self.view.looked_at.connect(self._on_looked_at)
        self._arrange()
        self._let_search(not compact)

    def _arrange(self) -> None:
        self._top = row()
        self._top.addWidget(self._heading)
        self._top.addWidget(self._search, 1)
        layout = column(self, spacing=4)
        layout.addLayout(self._top)
        layout.addWidget(self.view)
        layout.addWidget(self._reason)

    def _let_search(self, is_wanted: bool) -> None:
        """Offer the search, unless a glance takes in all cards: Tab would end at a hidden proxy."""
        self._search.setVisible(is_wanted)
        self.setFocusProxy(self._search if is_wanted else self.view)

    def add_control(self, widget: QWidget) -> None:
        """Put a control beside the heading."""
        self._top.addStretch()
        self._top.addWidget(widget)

    def set_cards(self, cards: Sequence[Card]) -> None:
        """Replace the cards; what was picked stays picked where it still exists.

        Cards of the same names stay where they are: only what they say is renewed.

        Args:
            cards: those of one family beside each other, in the order in which they are shown.
        """
        known = {item.data(CARD).name: item for item in self._cards()}
        if known.keys() == {card.name for card in cards}:
            self._renew(cards, known)
        else:
            self._replace(cards)

    def _renew(self, cards: Iterable[Card], known: Mapping[str, QStandardItem]) -> None:
        self._model.blockSignals(True)
        for card in cards:
            describe(known[card.name], card)
        self._model.blockSignals(False)
        self._shown.narrow(self._search.text())
        self._tell_families()
        self.view.scheduleDelayedItemsLayout()  # badges make a row higher

    def _replace(self, cards: Sequence[Card]) -> None:
        before = self.picked()
        families = [str(card.facts.get("family") or self.tr("Others")) for card in cards]
        if len(cards) <= _FEW or len(set(families)) == 1:
            families = [""] * len(cards)
        self._model.clear()
        above = ""
        for card, family in zip(cards, families, strict=True):
            if family != above:
                self._model.appendRow(heading_row(family))
            self._model.appendRow(card_row(card, family))
            above = family
        self._shown.narrow(self._search.text())
        self._search.setToolTip(self.tr("{0} cards").format(len(cards)))
        self._let_search(len(cards) > _FEW or not self._compact)
        if self._compact and cards:
            line = self.view.sizeHintForRow(0)
            self.view.setMinimumHeight(line * min(len(cards), _LEAST_LINES))
            self.view.setMaximumHeight(line * min(len(cards), _MOST_LINES))
        self.set_picked(before)

    def picked(self) -> list[str]:
        """The names that are picked, in the order in which they were."""
        return list(self._order)

    def set_picked(self, names: Sequence[str]) -> None:
        """Pick exactly these; names without a card are passed over."""
        known = {item.data(CARD).name: item for item in self._cards()}
        self._order = [name for name in names if name in known]
        self._model.blockSignals(True)
        for name, item in known.items():
            on = name in self._order
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self._model.blockSignals(False)
        self._shown.unfold(known[name].data(FAMILY) for name in self._order)
        self._tell_count()
        if self._order:
            index = self._shown.mapFromSource(known[self._order[-1]].index())
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index)
        self.view.viewport().update()

    def set_reasons(self, reasons: Mapping[str, str]) -> None:
        """Say which cards cannot be combined with what is picked; these can only be dropped."""
        self._model.blockSignals(True)
        for item in self._cards():
            card: Card = item.data(CARD)
            reason = reasons.get(card.name, "")
            if reason == item.data(REASON):
                continue
            item.setData(reason, REASON)
            item.setToolTip(tip(reason or card.summary))
            item.setData(reason, Qt.ItemDataRole.AccessibleDescriptionRole)
        for item in self._cards():
            item.setCheckable(not item.data(REASON) or item.data(CARD).name in self._order)
        self._model.blockSignals(False)
        self.view.viewport().update()
        self._say_reason()

    def current(self) -> Card | None:
        """The card that the user is looking at."""
        return self.view.currentIndex().data(CARD)

    def _cards(self) -> list[QStandardItem]:
        items = (self._model.item(at) for at in range(self._model.rowCount()))
        return [item for item in items if item.data(CARD) is not None]

    def _tell_count(self) -> None:
        self._heading.setText(
            self._title if len(self._order) < 2 else f"{self._title}  ·  {len(self._order)}"
        )
        self._tell_families()

    def _tell_families(self) -> None:
        """Let the headings say what their cards share, how many fit and how many are picked."""
        members: defaultdict[str, list[QStandardItem]] = defaultdict(list)
        for item in self._cards():
            members[item.data(FAMILY)].append(item)
        self._model.blockSignals(True)
        for at in range(self._model.rowCount()):
            heading = self._model.item(at)
            if heading.data(CARD) is None:
                family = heading.data(FAMILY)
                heading.setData(self._said_of(members[family]), BADGES)
                heading.setData(self._shown.is_unfolded(family), UNFOLDED)
        self._model.blockSignals(False)
        self.view.viewport().update()

    def _said_of(self, members: Sequence[QStandardItem]) -> list[str]:
        cards: list[Card] = [item.data(CARD) for item in members]
        picked = sum(card.name in self._order for card in cards)
        fit = sum(map(self._shown.fits, members))
        said = [*shared_traits(cards), str(fit)]
        return [self.tr("{0} picked").format(picked), *said] if picked else said

    def _say_reason(self) -> None:
        """The first reason; the tooltip has all of them."""
        reasons = (self.view.currentIndex().data(REASON) or "").splitlines()
        self._reason.setText(first_of(reasons) if reasons else "")
        self._reason.setToolTip(tip("\n".join(reasons)))
        self._reason.setVisible(bool(reasons))

    # ---- what is heard

    def _on_item_changed(self, item: QStandardItem) -> None:
        name = item.data(CARD).name
        on = item.checkState() is Qt.CheckState.Checked
        if on == (name in self._order):
            return
        self._order = [*self._order, name] if on else [n for n in self._order if n != name]
        if on:  # it stays in sight when the search that found it ends
            self._shown.unfold([item.data(FAMILY)])
        self._tell_count()
        self.picks_changed.emit()

    def _on_looked_at(self, index: QModelIndex) -> None:
        self._say_reason()
        card = index.data(CARD)
        if card is not None:
            self.current_changed.emit(card)

    def _on_folded(self, index: QModelIndex, wanted: bool | None) -> None:
        self._shown.fold(index.data(FAMILY), wanted)
        self._tell_families()

    def _on_search(self, text: str) -> None:
        self._shown.narrow(text)
        self._tell_families()
        index = self.view.currentIndex()
        if text or not index.isValid():
            self.view.scrollToTop()
        else:
            self.view.scrollTo(index)

    def _on_search_entered(self) -> None:
        """Go from the search to the first card that fits."""
        rows = (self._shown.index(at, 0) for at in range(self._shown.rowCount()))
        first = next((index for index in rows if index.data(CARD) is not None), None)
        if first is not None:
            self.view.setFocus()
            self.view.setCurrentIndex(first)

    def _on_down(self) -> None:
        """Go from the search to the card that is looked at, or to the first that fits."""
        if self._search.text() or not self.view.currentIndex().isValid():
            self._on_search_entered()
        else:
            self.view.setFocus()


def _least_width(search: QLineEdit) -> int:
    """Return the width in which a search line shows what it says while it is empty."""
    metrics = search.fontMetrics()
    frame = search.minimumSizeHint().width() - metrics.maxWidth()  # Qt asks for one letter
    bearing = max(-metrics.minLeftBearing(), 0)  # which Qt leaves free before a placeholder
    return frame + bearing + metrics.horizontalAdvance(search.placeholderText())
