"""On which classes a variant gains and loses, and what it takes for what."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from engine.analysis.answers import ClassDifference
from engine.analysis.intervals import PairedDifference
from engine.analysis.wording import MINUS, number
from studio.pages.compare.fitted_table import FittedTable
from studio.pages.compare.images import Difference
from studio.theme.tokens import LIGHT, tokens
from studio.widgets.confusion_matrix import Cell, ConfusionMatrix
from studio.widgets.labels import label
from studio.widgets.layout import column, row

_MOST_NUMBERED = 20  # classes
_MOST_EXACT = 9.95  # images; a longer number would leave its cell
_SIDE, _BESIDE = 420, 760


class ClassView(QWidget):
    """A table of the classes beside the difference of the confusion matrices."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[NDArray[np.float64], Sequence[str]] = np.zeros((0, 0)), ()
        self._table = FittedTable("compare_classes", self.tr("Accuracy by class"))
        self._matrix = ConfusionDifference()
        self._matrix.setObjectName("compare_confusion")
        self._matrix.setFixedHeight(_SIDE)
        self._reading = label("", "caption", wrap=True)
        self._matrix.chosen.connect(
            lambda *cell: self._reading.setText(self._matrix.text_of(cell))
        )
        left, right = column(), column()
        left.addWidget(self._table)
        left.addStretch(1)
        right.addWidget(label(self.tr(
            "Images of a class (row) that get an answer (column), variant − baseline, mean over "
            "seeds; changes for the better are blue, for the worse red"
        ), "caption", wrap=True))
        right.addWidget(self._matrix)
        right.addWidget(self._reading)
        self._columns = row(self, spacing=24)
        self._columns.addLayout(left, 9)
        self._columns.addLayout(right, 8)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the matrix below the table where there is no room beside it."""
        super().resizeEvent(event)
        is_narrow = event.size().width() < _BESIDE
        self._columns.setDirection(
            QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight
        )

    def show_difference(self, difference: Difference, names: Sequence[str]) -> None:
        """Show a variant against its baseline.

        Args:
            difference: has at least one class.
            names: of the classes; those that have none are told by number.
        """
        classes = max(len(names), len(difference.confusion_KK))
        known = class_names(names, classes)
        header = [
            self.tr("class"), self.tr("images"), self.tr("baseline"), self.tr("variant"),
            self.tr("difference, 95 %"),
        ]
        self._table.show_rows(header, [_cells(each, known) for each in difference.classes])
        room = classes - len(difference.confusion_KK)
        self._shown = np.pad(difference.confusion_KK, (0, room)), known
        self._matrix.show_differences(*self._shown)
        self._reading.clear()

    @contextmanager
    def on_paper(self) -> Generator[QWidget]:
        """A matrix of its own size, dark on white whatever the theme."""
        matrix = ConfusionDifference()
        matrix.colours = partial(tokens, LIGHT)
        matrix.show_differences(*self._shown)
        matrix.resize(matrix.sizeHint())
        yield matrix
        matrix.deleteLater()


class ConfusionDifference(ConfusionMatrix):
    """How many more images of each class get each answer; shades are relative to the largest."""

    def show_differences(self, apart_KK: NDArray[np.float64], names: Sequence[str]) -> None:
        """Show (K, K) differences of counts and the names of the classes."""
        self._most = max(float(np.abs(apart_KK).max(initial=0)), 1.0)
        counts_KK: Any = apart_KK  # differences stand in the place of counts
        self.show_counts(counts_KK, names)
        self.setAccessibleName(self.tr("Difference of the confusion matrices"))

    def text_of(self, cell: Cell) -> str:
        """What a cell says: "cat taken for dog: −2.3 images a seed"."""
        of, to, apart = self._names[cell[0]], self._names[cell[1]], self._signed(cell, 2)
        if cell[0] == cell[1]:
            return self.tr("{0} known: {1} images a seed").format(of, apart)
        return self.tr("{0} taken for {1}: {2} images a seed").format(of, to, apart)

    def _signed(self, cell: Cell, decimals: int) -> str:
        return f"{self._counts_KK[cell]:+.{decimals}f}".replace("-", MINUS)

    def _paint_cell(self, painter: QPainter, cell: Cell, share: float) -> None:
        del share  # of a row's sum, which is 0 for differences
        colours, rect, apart = self.colours(), self.cell_rect(cell), float(self._counts_KK[cell])
        is_better = (apart > 0) == (cell[0] == cell[1])
        strength = abs(apart) / self._most
        shade = QColor(colours.color("accent" if is_better else "bad"))
        shade.setAlphaF(0.12 + 0.88 * strength)
        painter.fillRect(rect, shade)
        if len(self._counts_KK) <= _MOST_NUMBERED:
            painter.setPen(colours.color("on_accent" if strength > 0.55 else "text"))
            decimals = 1 if abs(apart) < _MOST_EXACT else 0
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._signed(cell, decimals))


def class_names(names: Sequence[str], classes: int) -> list[str]:
    """The names of so many classes; those that have none are told by number."""
    return [*names, *map(str, range(len(names), classes))]


def _cells(each: ClassDifference, names: Sequence[str]) -> tuple[str, ...]:
    return (
        names[each.label], f"{each.num_images:,}", number(each.rival_mean, "%"),
        number(each.mean, "%"), _apart(each.difference),
    )


def _apart(difference: PairedDifference) -> str:
    """Say "+2.17 ± 3.40": the mean over seeds, and half of the interval about it."""
    mean, interval = difference.mean, difference.interval
    if mean is None:
        return "–"
    spread = f" ± {number((interval.high - interval.low) / 2, '%')}" if interval else ""
    return number(mean, "%", signed=True) + spread
