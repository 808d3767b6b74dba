"""Every dataset that can be trained on: the user's own, and those of the catalogue."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from engine.spec.card import Card
from engine.spec.catalog import Catalog
from studio.pages.data.known import Known
from studio.theme.icons import icon
from studio.theme.tokens import sizes
from studio.widgets.buttons import ICON_SIZE

_SOURCE = Qt.ItemDataRole.UserRole


class Source(NamedTuple):
    """One entry of the list.

    Attributes:
        card: the dataset that reads it.
        known: what the user added, or None for the catalogue's own entry.
    """

    card: Card
    known: Known | None = None

    @property
    def title(self) -> str:
        """What it is called."""
        return self.known.title if self.known else self.card.title


class DatasetList(QListWidget):
    """The user's own first, then what comes with the program, then the rest."""

    source_changed = Signal(object)
    """The Source that is looked at now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("data_list")
        self.setAccessibleName(self.tr("Datasets"))
        self.setIconSize(ICON_SIZE)
        self.currentItemChanged.connect(self._on_current)

    def source(self) -> Source | None:
        """The one that is looked at."""
        item = self.currentItem()
        return item.data(_SOURCE) if item else None

    def fill(self, catalog: Catalog, known: Sequence[Known]) -> None:
        """Show these; what is looked at stays, if it is still there."""
        before = self.source()
        cards = {card.name: card for card in catalog.all("dataset")}
        own = [
            Source(cards[one.dataset["name"]], one) for one in known
            if one.dataset["name"] in cards
        ]
        shipped_first = sorted(cards.values(), key=lambda card: not card.facts.get("bundled"))
        self.blockSignals(True)
        self.clear()
        for source in (*own, *map(Source, shipped_first)):
            self._add(source)
        self.blockSignals(False)
        row = self._row_of(before) if before else None
        first = min(len(own), self.count() - 1)
        if self.count():
            self.setCurrentRow(first if row is None else row)
            self._on_current()

    def choose(self, known: Known) -> None:
        """Look at one of the user's own."""
        for row in range(self.count()):
            if self.item(row).data(_SOURCE).known is known:
                self.setCurrentRow(row)

    def refresh_title(self) -> None:
        """The one that is looked at is called something else."""
        item, source = self.currentItem(), self.source()
        if item is not None and source is not None:
            item.setText(source.title)

    def _add(self, source: Source) -> None:
        item = QListWidgetItem(source.title)
        item.setData(_SOURCE, source)
        item.setSizeHint(QSize(0, sizes().row))
        item.setToolTip(str(source.known.dataset["root"]) if source.known else source.card.summary)
        if source.known is not None:
            item.setIcon(icon("folder"))
        self.addItem(item)

    def _row_of(self, wanted: Source) -> int | None:
        for row in range(self.count()):
            source: Source = self.item(row).data(_SOURCE)
            if source.known is wanted.known and source.card.name == wanted.card.name:
                return row
        return None

    def _on_current(self) -> None:
        source = self.source()
        if source is not None:
            self.source_changed.emit(source)
