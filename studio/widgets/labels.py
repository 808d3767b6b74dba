"""Text in the three sizes, and small coloured marks."""

import math
import re
from html import escape

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from studio.theme.tokens import current, sizes
from studio.widgets.themed import Themed

_TIP_LETTERS = 80
_BREAK = "\N{ZERO WIDTH SPACE}"
_JOINT = re.compile(r"(?<=\w)(?:[_/](?=\w)|[-.](?=[^\W\d_]))")
"""After what a name may be broken; a number, such as -0.5 or 1e-05, stays whole."""


def label(
    text: str, role: str = "", parent: QWidget | None = None, *, wrap: bool = False
) -> QLabel:
    """Return a label.

    Args:
        text: plain text.
        role: `title`, `heading`, `caption`, `muted`, `error`, or empty for body text.
        parent: owner.
        wrap: break lines that are too long.
    """
    made = QLabel(text, parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    return made


def tip(text: str) -> str:
    """Return a tooltip: Qt breaks the lines of a rich text, and of no other."""
    if max(map(len, text.splitlines()), default=0) <= _TIP_LETTERS:
        return text
    return f"<p>{escape(text, quote=False)}</p>".replace("\n", "<br>")


class ElidedLabel(QLabel):
    """A path or a name that is cut in its middle where there is no room; the mouse tells it whole.

    It asks for the room of its text and is content with less.
    """

    _LEAST = 80

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:
        """Room for its two ends."""
        whole = super().minimumSizeHint()
        return QSize(min(whole.width(), self._LEAST), whole.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what there is room for."""
        painter, area = QPainter(self), self.contentsRect()
        middle = Qt.TextElideMode.ElideMiddle
        shown = self.fontMetrics().elidedText(self.text(), middle, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, shown)


class BreakingLabel(QLabel):
    """A short text whose lines are broken only where there is no room for them.

    Other labels that wrap ask for less than the room of their text.
    """

    def __init__(self, text: str, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setWordWrap(True)

    def sizeHint(self) -> QSize:
        """Room for its lines as they are."""
        self.ensurePolished()
        return self.fontMetrics().size(0, self.text()) + QSize(1, 0)


class NamesLabel(QLabel):
    """A text with names of any length in it, in whatever width is left for it.

    A name that is wider than that is broken, after `_`, `-`, `/` and `.` first, and inside a part
    only where that is wider, too.
    """

    def __init__(self, text: str, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setWordWrap(True)

    def heightForWidth(self, width: int) -> int:
        """Room for its lines."""
        self.ensurePolished()
        return math.ceil(self._laid_out(width).boundingRect().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw its lines."""
        layout = self._laid_out(self.width())
        above = (self.height() - layout.boundingRect().height()) / 2
        layout.draw(QPainter(self), QPointF(0, above))

    def _laid_out(self, width: int) -> QTextLayout:
        metrics = self.fontMetrics()

        def broken(word: re.Match[str]) -> str:
            name = word.group()
            fits = metrics.horizontalAdvance(name) <= width
            return name if fits else _JOINT.sub(rf"\g<0>{_BREAK}", name)

        layout = QTextLayout(re.sub(r"\S+", broken, self.text()), self.font(), self)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        below = 0.0
        layout.beginLayout()
        while (made := layout.createLine()).isValid():
            made.setLeadingIncluded(True)
            made.setLineWidth(width)
            made.setPosition(QPointF(0, below))
            below += made.height()
        layout.endLayout()
        return layout


def line(parent: QWidget | None = None) -> QFrame:
    """Return a thin horizontal line."""
    made = QFrame(parent)
    made.setProperty("role", "line")
    return made


class Badge(Themed, QLabel):
    """A word or two on a soft ground, in a tone: neutral, info, good, warn or bad."""

    def __init__(self, text: str, tone: str = "neutral", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        self._tone = tone
        self.dress()

    @property
    def tone(self) -> str:
        """The tone it is drawn in."""
        return self._tone

    def say(self, text: str, tone: str) -> None:
        """Change text and tone."""
        self.setText(text)
        if tone != self._tone:
            self._tone = tone
            self.dress()

    def _dress(self) -> None:
        front, back = current().tone(self._tone)
        self.setStyleSheet(
            f"color: {front.name()}; background: {back.name()}; border-radius: 4px;"
            f"padding: 2px 6px; font-size: {sizes().caption}px;"
        )
