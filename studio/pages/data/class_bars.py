"""Class balance: a bar per class, training and test images."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.theme.theme import caption_font
from studio.theme.tokens import current

_LINE, _NAME, _NUMBER = 18, 120, 96


class ClassBars(QWidget):
    """Names at the left, bars, numbers at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("data_classes")
        self._rows: list[tuple[str, int, int]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_counts(
        self, classes: Sequence[str], train: Sequence[int], test: Sequence[int]
    ) -> None:
        """Show the number of images of each class."""
        self._rows = list(zip(classes, train, test, strict=True))
        self.setAccessibleName(self.tr("Images per class: {0}").format(
            ", ".join(f"{name} {count}" for name, count, _ in self._rows)
        ))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """A line per class."""
        return QSize(2 * _NAME + _NUMBER, len(self._rows) * _LINE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the training images solid, the test images lighter behind them."""
        colours = current()
        painter = QPainter(self)
        painter.setFont(caption_font(self.font()))
        most = max((train + test for _, train, test in self._rows), default=1) or 1
        room = self.width() - _NAME - _NUMBER
        middle = Qt.AlignmentFlag.AlignVCenter
        for at in range(event.rect().top() // _LINE, min(
            event.rect().bottom() // _LINE + 1, len(self._rows)
        )):
            name, train, test = self._rows[at]
            top = at * _LINE
            painter.setPen(colours.color("text"))
            shown = painter.fontMetrics().elidedText(
                name, Qt.TextElideMode.ElideRight, _NAME - 8
            )
            painter.drawText(QRect(0, top, _NAME, _LINE), middle, shown)
            both, first = room * (train + test) // most, room * train // most
            painter.fillRect(_NAME, top + 3, both, _LINE - 6, colours.color("accent_soft"))
            painter.fillRect(_NAME, top + 3, first, _LINE - 6, colours.color("accent"))
            painter.setPen(colours.color("muted"))
            numbers = QRect(self.width() - _NUMBER, top, _NUMBER, _LINE)
            painter.drawText(numbers, Qt.AlignmentFlag.AlignRight | middle, f"{train:,} + {test:,}")
