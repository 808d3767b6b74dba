"""An equation as mathematics, broken into lines where it may be."""

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.bridge.jobs import Jobs
from studio.pages.compose.typeset import Formula, typeset
from studio.theme.tokens import current, sizes

_LARGER, _GAP, _LEADING, _INDENT = 1, 4, 8, 16
_ROOM, _USUAL_WIDTH = 10_000, 200

Part = tuple[Formula, QSvgRenderer]


class Equation(QWidget):
    """Shows LaTeX; plain text where there is none, or none that can be read.

    Args:
        jobs: typesetting takes too long for the GUI thread.
        parent: the widget that it is in.
    """

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._plain = self._latex = self._colour = ""
        self._lines: list[list[Part]] = []
        # Not fixed: a layout would hold it to the height that its hint had at another width.
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    @property
    def latex(self) -> str:
        """What is shown, in LaTeX; empty where only the plain text is known."""
        return self._latex

    @property
    def is_typeset(self) -> bool:
        """Whether it stands there as mathematics."""
        return bool(self._lines)

    def show_equation(self, plain: str, latex: str) -> None:
        """Show an equation.

        Args:
            plain: for whoever cannot see it.
            latex: the same as `Card.latex`, or empty.
        """
        self.setAccessibleName(plain)
        self.setToolTip(latex)
        self._plain, self._latex = plain, latex
        if latex:
            self._typeset()
        else:
            self._show([])

    def _typeset(self) -> None:
        self._colour = current().text
        size = sizes().body + _LARGER
        wanted = self._latex, self._colour
        self._jobs.run(
            partial(typeset, self._latex, size, self._colour),
            partial(self._on_typeset, wanted), partial(self._on_failed, wanted), owner=self,
        )

    def _on_typeset(
        self, wanted: tuple[str, str], lines: tuple[tuple[Formula, ...], ...]
    ) -> None:
        if wanted == (self._latex, self._colour):
            self._show([[(part, QSvgRenderer(part.svg)) for part in line] for line in lines])

    def _on_failed(self, wanted: tuple[str, str], error: Exception) -> None:
        """LaTeX of a plug-in that cannot be read: the plain text has to do."""
        del error
        if wanted == (self._latex, self._colour):
            self._show([])

    def _show(self, lines: list[list[Part]]) -> None:
        self._lines = lines
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """Lines are broken."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of all lines."""
        if self._lines:
            return int(max(place.bottom() for place, _ in self._flow(width))) + 1
        room = self.fontMetrics().boundingRect(
            0, 0, width, _ROOM, Qt.TextFlag.TextWordWrap, self._plain
        )
        return room.height()

    def sizeHint(self) -> QSize:
        """For layouts that do not ask for the height at a width."""
        return QSize(_USUAL_WIDTH, self.heightForWidth(_USUAL_WIDTH))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange and self._latex and (
            self._colour != current().text
        ):
            self._typeset()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the formulas, or the plain text."""
        painter = QPainter(self)
        for place, drawing in self._flow(self.width()):
            drawing.render(painter, place)
        if not self._lines:
            painter.setPen(current().color("text"))
            painter.drawText(self.rect(), Qt.TextFlag.TextWordWrap, self._plain)

    def _flow(self, width: int) -> Iterator[tuple[QRectF, QSvgRenderer]]:
        """Where each formula stands."""
        top = 0.0
        for line in self._lines:
            for row, left in _rows(line, width):
                scale = min(1.0, (width - left) / max(1.0, _width(row)))
                ascent = scale * max(part.ascent for part, _ in row)
                for part, drawing in row:
                    yield QRectF(
                        left, top + ascent - scale * part.ascent,
                        scale * part.width, scale * (part.ascent + part.descent),
                    ), drawing
                    left += scale * (part.width + _GAP)
                top += ascent + scale * max(part.descent for part, _ in row) + _LEADING


def _rows(line: list[Part], width: int) -> Iterator[tuple[list[Part], float]]:
    """Break a line: what stands in each row, and how far it is indented."""
    row: list[Part] = []
    left = 0.0
    for part in line:
        if row and left + _width([*row, part]) > width:
            yield row, left
            row, left = [], _INDENT
        row.append(part)
    yield row, left


def _width(row: list[Part]) -> float:
    return sum(part.width + _GAP for part, _ in row) - _GAP
