"""Counts of labels against predictions, as a square of shades."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.theme.theme import caption_font
from studio.theme.tokens import Tokens, current

_NAMES, _GAP, _AXIS = 72, 16, 20
"""Most pixels beside the cells for the names of classes, those around a name, and those for what
rows and columns are."""
_MOST_NAMED = 20
"""With more classes there is no room for their names, nor for numbers."""
_ARROWS = {
    Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}

Cell = tuple[int, int]


class ConfusionMatrix(QWidget):
    """Labels by row, predictions by column; right ones in the accent's colour, wrong ones red.

    Shades are relative to the row, so that small classes are seen as well as large ones.
    """

    chosen = Signal(int, int)
    """The label and the prediction of the cell that was clicked, or entered by key."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts_KK: NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self._names: Sequence[str] = ()
        self._room = 0
        self._cell: Cell | None = None
        self.colours: Callable[[], Tokens] = current
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 240)

    def show_counts(self, counts_KK: NDArray[np.int64], names: Sequence[str]) -> None:
        """Show (K, K) counts and the names of the classes."""
        if counts_KK.shape != self._counts_KK.shape:
            self._cell = None
        self._counts_KK, self._names = counts_KK, names
        metrics = QFontMetrics(caption_font(self.font()))
        longest = max(map(metrics.horizontalAdvance, names), default=0)
        self._room = min(longest + _GAP, _NAMES)
        total, right = int(counts_KK.sum()), int(np.trace(counts_KK))
        self.setAccessibleName(self.tr("Confusion matrix: {0} of {1} right").format(right, total))
        self.update()

    def choose(self, cell: Cell | None) -> None:
        """Mark a cell; None marks none."""
        self._cell = cell
        if cell is not None:
            self.setAccessibleDescription(self.text_of(cell))
        self.update()

    def text_of(self, cell: Cell) -> str:
        """What a cell says: "cat taken for dog: 12 of 500"."""
        label, predicted = cell
        count, of = int(self._counts_KK[cell]), int(self._counts_KK[label].sum())
        if label == predicted:
            return self.tr("{0} known: {1:,} of {2:,}").format(self._names[label], count, of)
        return self.tr("{0} taken for {1}: {2:,} of {3:,}").format(
            self._names[label], self._names[predicted], count, of
        )

    def cell_rect(self, cell: Cell) -> QRect:
        """Where a cell is drawn."""
        field, size = self._field(), len(self._counts_KK)
        top, left = (field.height() * at // size for at in cell)
        bottom, right = (field.height() * (at + 1) // size for at in cell)
        return QRect(field.x() + left, field.y() + top, right - left, bottom - top)

    def sizeHint(self) -> QSize:
        """Room for ten classes."""
        return QSize(420, 420)

    # ---- what is heard

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the cell under the mouse."""
        cell = self._at(event.position().toPoint())
        if cell is not None:
            self.choose(cell)
            self.chosen.emit(*cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move with the arrows, choose with Enter or Space."""
        size = len(self._counts_KK)
        step = _ARROWS.get(Qt.Key(event.key()))
        if size and step is not None:
            label, predicted = self._cell or (0, 0)
            moved = (label + step[0]) % size, (predicted + step[1]) % size
            self.choose(moved if self._cell is not None else (0, 0))
        elif self._cell and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(*self._cell)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keys are."""
        super().focusInEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        """Say what the cell under the mouse counts."""
        if isinstance(event, QHelpEvent):
            cell = self._at(event.pos())
            QToolTip.showText(event.globalPos(), self.text_of(cell) if cell else "", self)
            return True
        return super().event(event)

    # ---- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw names, shades, numbers and the chosen cell."""
        size = len(self._counts_KK)
        if not size:
            return
        painter = QPainter(self)
        painter.setFont(caption_font(self.font()))
        share_KK = self._counts_KK / np.maximum(self._counts_KK.sum(axis=1, keepdims=True), 1)
        painter.fillRect(self._field(), self.colours().color("sunken"))
        for label in range(size):
            for predicted in np.flatnonzero(self._counts_KK[label]).tolist():
                self._paint_cell(painter, (label, predicted), float(share_KK[label, predicted]))
        self._paint_axes(painter)
        if size <= _MOST_NAMED:
            self._paint_names(painter)
        if self._cell is not None:
            painter.setPen(QPen(self.colours().color("text"), 2))
            painter.drawRect(self.cell_rect(self._cell).adjusted(0, 0, -1, -1))

    def _paint_cell(self, painter: QPainter, cell: Cell, share: float) -> None:
        colours, rect = self.colours(), self.cell_rect(cell)
        shade = QColor(colours.color("accent" if cell[0] == cell[1] else "bad"))
        shade.setAlphaF(0.12 + 0.88 * share)
        painter.fillRect(rect, shade)
        if len(self._counts_KK) <= _MOST_NAMED:
            painter.setPen(colours.color("on_accent" if share > 0.55 else "text"))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, str(self._counts_KK[cell]))

    def _paint_axes(self, painter: QPainter) -> None:
        painter.setPen(self.colours().color("text"))
        field, middle = self._field(), Qt.AlignmentFlag.AlignCenter
        painter.drawText(QRect(field.x(), 0, field.width(), _AXIS), middle, self.tr("predicted"))
        painter.save()
        painter.translate(0, field.bottom())
        painter.rotate(-90)
        painter.drawText(QRect(0, 0, field.height(), _AXIS), middle, self.tr("true"))
        painter.restore()

    def _paint_names(self, painter: QPainter) -> None:
        painter.setPen(self.colours().color("muted"))
        elided, middle = Qt.TextElideMode.ElideRight, Qt.AlignmentFlag.AlignVCenter
        field = self._field()
        for at, name in enumerate(self._names):
            own = self.cell_rect((at, at))
            left = QRect(_AXIS, own.y(), field.x() - _AXIS - 8, own.height())
            text = painter.fontMetrics().elidedText(name, elided, left.width())
            painter.drawText(left, middle | Qt.AlignmentFlag.AlignRight, text)
            painter.save()
            painter.translate(own.center().x(), field.y() - 6)
            painter.rotate(-50)
            text = painter.fontMetrics().elidedText(name, elided, _NAMES)
            painter.drawText(0, 4, text)
            painter.restore()

    def _field(self) -> QRect:
        """The square of the cells."""
        margin = _AXIS + (self._room if len(self._counts_KK) <= _MOST_NAMED else 0)
        side = max(min(self.width(), self.height()) - margin, 1)
        return QRect(margin, margin, side, side)

    def _at(self, place: QPoint) -> Cell | None:
        field, size = self._field(), len(self._counts_KK)
        if not size or not field.contains(place):
            return None
        label = min((place.y() - field.y()) * size // field.height(), size - 1)
        return label, min((place.x() - field.x()) * size // field.width(), size - 1)
