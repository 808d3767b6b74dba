"""The files of a bundle beside each other, and the trained network above them."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QMargins, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from studio.pages.export.certificate_files import TIMES, FormatRow
from studio.theme.icons import icon
from studio.theme.theme import caption_font
from studio.widgets.buttons import ItemButton
from studio.widgets.labels import label
from studio.widgets.layout import column, row

_FILE, _ALIKE = 0, 2
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_SHOWN_DIGITS = 8
_ROOM, _FRAME = 12, 6


class FormatTable(QTableWidget):
    """A row for each file, as high as it needs to be; Ctrl+C copies a row's SHA-256."""

    def __init__(
        self, titles: Sequence[str], rows: Sequence[FormatRow], copy: QAction
    ) -> None:
        """Show files.

        Args:
            titles: of the columns.
            rows: the files.
            copy: of the command that copies the SHA-256 of the file that is looked at.
        """
        super().__init__(len(rows), len(titles))
        self._rows, self._copy = rows, copy
        self.setObjectName("certificate_formats")
        self.setAccessibleName(self.tr("Files of the bundle"))
        self.setProperty("role", "card")
        for place, title in enumerate(titles):
            heading = QTableWidgetItem(title)
            heading.setTextAlignment(_RIGHT if place != _FILE else _LEFT)
            self.setHorizontalHeaderItem(place, heading)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setFont(caption_font(self.font()))
        for at, shown in enumerate(rows):
            self._fill(at, shown)
        self._fit()

    def digest(self) -> str:
        """The SHA-256 of the file that is looked at; empty where there is none."""
        return self._rows[self.currentRow()].sha256 if self.currentRow() >= 0 else ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the hash of the row that is looked at."""
        if event.matches(QKeySequence.StandardKey.Copy) and self.digest():
            self._copy.trigger()
        else:
            super().keyPressEvent(event)

    def _fill(self, at: int, shown: FormatRow) -> None:
        for place, text in enumerate(shown.cells):
            item = QTableWidgetItem(text)
            item.setToolTip(shown.likeness if place == _ALIKE else text)
            if 0 <= place - TIMES < len(shown.times):
                item.setToolTip(shown.times[place - TIMES])
            if place != _FILE:
                item.setTextAlignment(_RIGHT)
            if place == _ALIKE and shown.sha256:
                item.setIcon(icon(shown.tone, shown.tone))
            self.setItem(at, place, item)
        if shown.sha256:
            held, item = self._size_and_hash(at, shown), QTableWidgetItem()
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{shown.size}, {shown.sha256}")
            item.setSizeHint(held.sizeHint().grownBy(QMargins(0, 0, _ROOM, 0)))
            self.setItem(at, len(shown.cells), item)
            self.setCellWidget(at, len(shown.cells), held)

    def _size_and_hash(self, at: int, shown: FormatRow) -> QWidget:
        held, digest = QWidget(), shown.sha256
        file = shown.cells[_FILE].splitlines()[-1]
        copy = ItemButton(self._copy, partial(self.setCurrentCell, at, _FILE), "copy",
                          self.tr("Copy the SHA-256 of {file}").format(file=file))
        digits = label(f"{digest[:_SHOWN_DIGITS]}…", "caption")
        digits.setToolTip(digest)
        texts = column(spacing=0)
        for text in (label(shown.size, "caption"), digits):
            texts.addWidget(text, 0, Qt.AlignmentFlag.AlignRight)
        beside = row(held, spacing=4)
        beside.addStretch()
        beside.addLayout(texts)
        beside.addWidget(copy)
        return held

    def _fit(self) -> None:
        header = self.horizontalHeader()
        header.setFont(caption_font(header.font()))
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_FILE, QHeaderView.ResizeMode.Stretch)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        line = self.fontMetrics().lineSpacing()
        for at, shown in enumerate(self._rows):
            lines = max(text.count("\n") for text in shown.cells) + 1
            self.setRowHeight(at, lines * line + _ROOM)
        height = sum(self.rowHeight(at) for at in range(self.rowCount()))
        self.setFixedHeight(header.sizeHint().height() + height + 2 * self.frameWidth() + _FRAME)
