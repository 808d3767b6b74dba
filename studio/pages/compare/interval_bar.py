"""A difference with its interval, drawn against zero."""

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.analysis.intervals import PairedDifference
from studio.theme.tokens import current

_HEIGHT, _MARGIN, _CAP = 24, 8, 4
LEAST_WIDTH = 80


class IntervalBar(QWidget):
    """Dot and whiskers of one difference, on a scale that those of its context share."""

    def __init__(
        self, difference: PairedDifference | None, reach: float, colour: str,
        parent: QWidget | None = None,
    ) -> None:
        """Draw a difference.

        Args:
            difference: None draws the zero line alone.
            reach: the scale goes from −reach to reach.
            colour: of the variant.
            parent: owner.
        """
        super().__init__(parent)
        self._difference, self._reach, self._colour = difference, reach, colour
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Room for a whisker that can be read."""
        return QSize(160, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Less, on a narrow page, but so much that ends and mean are told apart."""
        return QSize(LEAST_WIDTH, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw zero, the interval and the mean."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = current()
        middle = self.height() / 2
        painter.setPen(QPen(colours.color("strong_border"), 1, Qt.PenStyle.DashLine))
        zero = self._x(0.0)
        painter.drawLine(QPointF(zero, 0), QPointF(zero, self.height()))
        difference = self._difference
        if difference is None or difference.mean is None:
            return
        pen = QPen(QColor(self._colour), 2)
        painter.setPen(pen)
        if difference.interval is not None:
            ends = difference.interval.low, difference.interval.high
            painter.drawLine(*(QPointF(self._x(end), middle) for end in ends))
            for end in ends:
                self._draw_end(painter, end, middle)
        if abs(difference.mean) <= self._reach:
            painter.setBrush(QColor(self._colour))
            painter.drawEllipse(QPointF(self._x(difference.mean), middle), 4, 4)

    def _draw_end(self, painter: QPainter, end: float, middle: float) -> None:
        """A cap where the interval ends; an arrow head where it goes on beyond the scale."""
        x, back = self._x(end), 0
        if abs(end) > self._reach:
            back = _CAP if end < 0 else -_CAP
        for side in (-_CAP, _CAP):
            painter.drawLine(QPointF(x, middle), QPointF(x + back, middle + side))

    def _x(self, value: float) -> float:
        part = (max(-1.0, min(1.0, value / self._reach)) + 1) / 2 if self._reach else 0.5
        return _MARGIN + part * (self.width() - 2 * _MARGIN)
