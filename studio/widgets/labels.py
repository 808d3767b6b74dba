"""Text in the three sizes, and small coloured marks."""

import re
from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from studio.theme.tokens import current, sizes
from studio.widgets.themed import Themed

_TIP_LETTERS = 80
_LONG_WORD = 13
_BREAK = "\N{ZERO WIDTH SPACE}"


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


def breakable(text: str) -> str:
    """A text whose lines may break within words, too, that are too long for a narrow list."""
    return re.sub(rf"\S{{{_LONG_WORD},}}", lambda word: _BREAK.join(word.group()), text)


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
