"""The rows of a list of cards, and which of them are shown."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QCoreApplication, QObject, QSortFilterProxyModel, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel

from engine.spec.card import Card
from studio.pages.compose.badges import badges
from studio.pages.compose.card_view import BADGES, CARD, FAMILY, REASON, Index
from studio.pages.compose.search import Searched, searched, words_of

_SEARCHED = Qt.ItemDataRole.UserRole + 10
_UNFIT = 9  # below all ranks
_translate = QCoreApplication.translate


class ShownCards(QSortFilterProxyModel):
    """The rows that fit the search; without one, those of families that are unfolded."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self._ranks: dict[str, int] = {}
        self._unfolded: set[str] = set()
        self._found: dict[str, tuple[int, int]] = {}
        self.sort(0)

    def narrow(self, text: str) -> None:
        """Show the cards that have all words of a text, with their headings.

        Families and cards that are called so come before those that say it elsewhere.
        """
        self._words = words_of(text)
        self._ranks, self._found = {}, {}
        for at in range(self.sourceModel().rowCount()):
            item = self._item(at)
            searched: Searched | None = item.data(_SEARCHED)
            rank = searched.rank(self._words) if self._words and searched else None
            if rank is not None:
                family = item.data(FAMILY)
                self._ranks[item.data(CARD).name] = rank
                self._found[family] = min((rank, at), self._found.get(family, (rank, at)))
        self.invalidate()

    def fits(self, item: QStandardItem) -> bool:
        """Whether a card has all the words."""
        return not self._words or item.data(CARD).name in self._ranks

    def lessThan(self, left: Index, right: Index) -> bool:
        """Whether a row stands above another."""
        return self._place(left.row()) < self._place(right.row())

    def _place(self, row: int) -> tuple[int, ...]:
        item = self._item(row)
        card: Card | None = item.data(CARD)
        if item.data(FAMILY) not in self._found:
            return (row,)
        rank = self._ranks.get(card.name, _UNFIT) if card else -1  # headings come first
        return *self._found[item.data(FAMILY)], rank, row

    def _item(self, row: int) -> QStandardItem:
        model = self.sourceModel()
        assert isinstance(model, QStandardItemModel)
        return model.item(row)

    def fold(self, family: str, wanted: bool | None) -> None:
        """Show or hide the cards of a family; None does what is not done now."""
        show = family not in self._unfolded if wanted is None else wanted
        self._unfolded = self._unfolded | {family} if show else self._unfolded - {family}
        self.invalidate()

    def unfold(self, families: Iterable[str]) -> None:
        """Show the cards of these families, too."""
        self._unfolded |= set(families)
        self.invalidate()

    def is_unfolded(self, family: str) -> bool:
        """Whether its cards are shown."""
        return bool(self._words) or family in self._unfolded

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        """Whether a row is shown."""
        item = self._item(source_row)
        family = item.data(FAMILY)
        if item.data(CARD) is None:
            return not self._words or family in self._found
        return self.fits(item) if self._words else not family or family in self._unfolded


def heading_row(family: str) -> QStandardItem:
    """Return the heading of a family."""
    item = QStandardItem(family)
    item.setEditable(False)
    item.setData(family, FAMILY)
    return item


def card_row(card: Card, family: str) -> QStandardItem:
    """Return the row of a card under the heading of its family, or under none."""
    item = QStandardItem()
    item.setCheckable(True)
    item.setEditable(False)
    item.setData(family, FAMILY)
    item.setData("", REASON)
    describe(item, card)
    return item


def describe(item: QStandardItem, card: Card) -> None:
    """Let a row say what a card says."""
    said = badges(card)
    item.setText(card.title)
    item.setToolTip(item.data(REASON) or card.summary)
    item.setData(card, CARD)
    item.setData(said, BADGES)
    item.setData(searched(card, item.data(FAMILY), (*traits(card), *said)), _SEARCHED)


def traits(card: Card) -> list[str]:
    """What is dynamic about a network, in a word."""
    words = {
        "exits": _translate("CardList", "exits"), "widths": _translate("CardList", "widths"),
        "paths": _translate("CardList", "skips"),
    }
    return [word for trait, word in words.items() if trait in card.traits]


def shared_traits(cards: Sequence[Card]) -> list[str]:
    """What is dynamic about all of some networks."""
    first = traits(cards[0]) if cards else []
    return [word for word in first if all(word in traits(card) for card in cards)]
