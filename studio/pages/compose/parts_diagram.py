"""What of a method ships, and what is there only while it trains."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.theme.theme import caption_font
from studio.theme.tokens import current

_GAP, _BOX, _INNER = 8, 28, 12


class PartsDiagram(QWidget):
    """The network that ships as solid boxes, the training-only parts hatched."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: tuple[str, ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_parts(self, parts: tuple[str, ...]) -> None:
        """Show the training-only parts of a method."""
        self._parts = parts
        said = ", ".join(parts) or self.tr("nothing")
        self.setAccessibleName(
            self.tr("Shipped: backbone and head. Training only: {0}.").format(said)
        )
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """The parts wrap."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of both rows of boxes with their captions."""
        boxes = self._flow(width, self._line())
        return boxes[-1][1].bottom() + 1 if boxes else 0

    def sizeHint(self) -> QSize:
        """As high as its width makes it."""
        width = max(self.width(), 200)
        return QSize(width, self.heightForWidth(width))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the boxes."""
        colours = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(caption_font(self.font()))
        for text, box, kind in self._flow(self.width(), self._line()):
            if kind in ("caption", "text"):
                painter.setPen(colours.color("muted" if kind == "caption" else "text"))
                painter.drawText(box, Qt.AlignmentFlag.AlignLeft, text)
                continue
            frame = QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5)  # lines cover whole pixels
            if kind == "shipped":
                painter.setBrush(colours.color("accent_soft"))
                painter.setPen(QPen(colours.color("accent"), 1))
            else:
                painter.setPen(QPen(colours.color("strong_border"), 1, Qt.PenStyle.DashLine))
                painter.setBrush(QBrush(colours.color("border"), Qt.BrushStyle.BDiagPattern))
            painter.drawRoundedRect(frame, 4, 4)
            painter.setPen(colours.color("text"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _line(self) -> int:
        return self.fontMetrics().height()

    def _flow(self, width: int, line: int) -> list[tuple[str, QRect, str]]:
        """Text, place and kind of everything that is drawn, the lowest last."""
        rows = (
            (self.tr("Ships"), (self.tr("backbone"), self.tr("head")), "shipped"),
            (self.tr("Only while training"), self._parts, "training"),
        )
        placed: list[tuple[str, QRect, str]] = []
        top = 0
        for caption, texts, kind in rows:
            placed.append((caption, QRect(0, top, width, line), "caption"))
            top, left = top + line + 4, 0
            if not texts:
                placed.append((self.tr("nothing"), QRect(0, top, width, line), "text"))
                top += line + _GAP
                continue
            for text in texts:
                wide = min(self.fontMetrics().horizontalAdvance(text) + 2 * _INNER, width - 1)
                if left and left + wide > width:
                    top, left = top + _BOX + _GAP, 0
                placed.append((text, QRect(left, top, wide, _BOX), kind))
                left += wide + _GAP
            top += _BOX + _GAP
        return placed
