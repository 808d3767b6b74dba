"""What was said of many images, in two columns."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QGridLayout, QWidget

from studio.pages.export.predictions import PredictionRow

_COLUMNS = 2
_AT_ONCE = 8
"""So many rows are made in one turn, that the window goes on meanwhile."""


class Answer(NamedTuple):
    """What was said of one image.

    Attributes:
        file: the image.
        prediction: as the "predict" task returns it.
        image: small.
    """

    file: Path
    prediction: Mapping[str, Any]
    image: QImage


class PredictionList(QWidget):
    """Each image with what was said of it; what is made for answers that stay is kept."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: dict[Path, tuple[Mapping[str, Any], PredictionRow]] = {}
        self._answers: Sequence[Answer] = ()
        self._rival, self._only_apart = "", False
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(8)
        for column in range(_COLUMNS):
            self._grid.setColumnStretch(column, 1)
        self._timer = QTimer(self, interval=0, singleShot=True)
        self._timer.timeout.connect(self._make_some)

    def show_answers(self, answers: Sequence[Answer], rival: str) -> None:
        """Show these, in this order.

        Args:
            answers: of images, each but once.
            rival: what the run is called that was asked too.
        """
        self._answers, self._rival = answers, rival
        wanted = {answer.file: answer.prediction for answer in answers}
        for file, (prediction, row) in list(self._rows.items()):
            if wanted.get(file) is not prediction:
                del self._rows[file]
                row.hide()
                row.deleteLater()
        self._make_some()

    def show_only_apart(self, only: bool) -> None:
        """Leave out the images of which both runs say the same, or show all."""
        if only != self._only_apart:
            self._only_apart = only
            self._arrange()

    def shown(self) -> list[PredictionRow]:
        """What is seen, in its order."""
        made = [self._rows[answer.file][1] for answer in self._answers if answer.file in self._rows]
        return [row for row in made if row.is_apart or not self._only_apart]

    def _make_some(self) -> None:
        missing = [answer for answer in self._answers if answer.file not in self._rows]
        for answer in missing[:_AT_ONCE]:
            row = PredictionRow(answer.prediction, answer.image, self._rival, self)
            self._rows[answer.file] = answer.prediction, row
        self._arrange()
        if missing[_AT_ONCE:]:
            self._timer.start()

    def _arrange(self) -> None:
        while self._grid.takeAt(0) is not None:
            pass
        shown = self.shown()
        for at, row in enumerate(shown):
            self._grid.addWidget(row, at // _COLUMNS, at % _COLUMNS)
        for _, row in self._rows.values():
            row.setVisible(row in shown)
