"""Networks that learned from each other: each of them, and what they would be together."""

from collections.abc import Iterable, Mapping

from PySide6.QtWidgets import QWidget

from engine.analysis.peers import Ensemble
from studio.pages.compare.fitted_table import FittedTable
from studio.pages.compare.study import Study
from studio.pages.compare.tables import most_peers, peers_cells
from studio.widgets.labels import label
from studio.widgets.layout import column


class PeersView(QWidget):
    """A row per variant that trained several networks."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table = FittedTable("compare_peers", self.tr("Peers"))
        inner = column(self)
        inner.addWidget(label(self.tr(
            "Test top-1 (%) of every network that was trained; the first one ships, the others "
            "are stripped. Together: the mean of their probabilities, the ceiling of what they can "
            "learn from each other, which would cost as much as all of them. Disagreement: images "
            "of which two peers say something else."
        ), "caption", wrap=True))
        inner.addWidget(self._table)
        inner.addStretch(1)
        self._shown: list[str] = []
        self._hidden: frozenset[str] = frozenset()

    def show_peers(self, study: Study, peers: Mapping[str, Ensemble]) -> None:
        """Show the variants of a study that have peers."""
        most = most_peers(peers)
        header = [
            self.tr("variant"), self.tr("seeds"), self.tr("peer 1 (ships)"),
            *(self.tr("peer {0}").format(at) for at in range(2, most + 1)),
            self.tr("together"), self.tr("together − ships"), self.tr("disagreement (%)"),
        ]
        names = study.names()
        self._shown = [digest for digest in names if digest in peers]
        self._table.show_rows(header, [
            (names[digest], *peers_cells(peers[digest], most)) for digest in self._shown
        ])
        self.set_hidden(self._hidden)

    def set_hidden(self, digests: Iterable[str]) -> None:
        """Hide the rows of some variants."""
        self._hidden = frozenset(digests)
        self._table.hide_rows({at for at, d in enumerate(self._shown) if d in self._hidden})
