"""The passport of a card: where it comes from; of a method, what it adds and that none ships."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from engine.spec.card import Card
from studio.pages.compose.badges import size_lines
from studio.theme.theme import caption_font
from studio.theme.tokens import current
from studio.widgets.labels import label
from studio.widgets.text_dialog import monospace

_GAP, _BOX, _INNER = 8, 28, 12


class Passport(QWidget):
    """Title, summary, equation, evidence and citation of a card, and a method's modules."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = _label("passport_title", "heading")
        self._summary = _label("passport_summary", "muted")
        self._equation = _label("passport_equation", "")
        self._diagram = PartsDiagram()
        self._evidence = _label("passport_evidence", "muted")
        self._size = _label("passport_size", "")
        self._paper = _label("passport_paper", "caption")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        self._equation.setFont(monospace())
        for widget in (self._title, self._diagram, self._summary, self._equation, self._evidence,
                       self._size, self._paper):
            layout.addWidget(widget)

    def show_card(self, card: Card) -> None:
        """Describe a card."""
        self._title.setText(card.title)
        self._summary.setText(card.summary)
        self._equation.setText(card.equation)
        self._equation.setVisible(bool(card.equation))
        self._evidence.setText(self.tr("Evidence: {0}").format(card.evidence))
        self._evidence.setVisible(bool(card.evidence))
        lines = size_lines(card) if card.kind == "backbone" else []
        self._size.setText("\n".join(lines))
        self._size.setVisible(bool(lines))
        self._paper.setText(card.paper)
        self._paper.setVisible(bool(card.paper))
        self._diagram.setVisible(card.kind == "method")
        self._diagram.set_parts(card.parts)


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
            if kind == "shipped":
                painter.setBrush(colours.color("accent_soft"))
                painter.setPen(QPen(colours.color("accent"), 1))
                painter.drawRoundedRect(box, 4, 4)
            else:
                painter.setPen(QPen(colours.color("strong_border"), 1, Qt.PenStyle.DashLine))
                painter.setBrush(colours.color("surface"))
                painter.drawRoundedRect(box, 4, 4)
                painter.setBrush(
                    QBrush(colours.color("border"), Qt.BrushStyle.BDiagPattern)
                )
                painter.drawRoundedRect(box, 4, 4)
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


def _label(name: str, role: str) -> QLabel:
    made = label("", role, wrap=True)
    made.setObjectName(name)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made
