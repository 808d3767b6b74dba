"""A table to be read and copied, as high as it needs to be."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

_ROW, _MOST_ROWS = 28, 12


class FittedTable(QTableWidget):
    """Rows of text under named columns; scrolls beyond a dozen rows."""

    def __init__(self, name: str, title: str, parent: QWidget | None = None) -> None:
        """Make an empty table.

        Args:
            name: of the object.
            title: what a screen reader calls it.
            parent: owner.
        """
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QTableWidget.SelectionMode.ContiguousSelection)
        self.setTabKeyNavigation(False)  # Tab goes on to what comes after
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalScrollBar().rangeChanged.connect(self._fit)

    def show_rows(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Show rows of as many cells as there are names in the header."""
        widths = self.horizontalHeader()
        widths.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)  # once, not with every cell
        self.setColumnCount(len(header))
        self.setRowCount(len(rows))
        self.setHorizontalHeaderLabels(list(header))
        for at, cells in enumerate(rows):
            for column, text in enumerate(cells):
                self.setItem(at, column, QTableWidgetItem(text))
        widths.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._fit()

    def hide_rows(self, hidden: Collection[int]) -> None:
        """Hide these rows, and show the others."""
        for at in range(self.rowCount()):
            self.setRowHidden(at, at in hidden)
        self._fit()

    def _fit(self) -> None:
        rows = sum(not self.isRowHidden(at) for at in range(self.rowCount()))
        shown = min(max(rows, 1), _MOST_ROWS)
        bar = self.horizontalScrollBar()
        self.setFixedHeight(
            self.horizontalHeader().sizeHint().height() + shown * _ROW + 2 * self.frameWidth()
            + (bar.sizeHint().height() if bar.maximum() else 0)
        )
