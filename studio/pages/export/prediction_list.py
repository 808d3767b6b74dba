"""What was said of many images, one below the other."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from studio.pages.export.predictions import PredictionRow
from studio.widgets.layout import column

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


class PredictionList(QScrollArea):
    """A row for each image; rows of answers that stay are kept."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: dict[Path, tuple[Mapping[str, Any], PredictionRow]] = {}
        self._answers: Sequence[Answer] = ()
        self._rival, self._only_apart = "", False
        page = QWidget()
        page.setProperty("role", "page")
        self._column = column(page, spacing=8)
        self._column.setContentsMargins(0, 0, 4, 0)
        self._column.addStretch(1)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(page)
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
                self._column.removeWidget(row)
                row.hide()
                row.deleteLater()
        self._make_some()

    def show_only_apart(self, only: bool) -> None:
        """Leave out the images of which both runs say the same, or show all."""
        self._only_apart = only
        for _, row in self._rows.values():
            row.setVisible(row.is_apart or not only)

    def _make_some(self) -> None:
        made = 0
        for at, answer in enumerate(self._answers):
            if answer.file in self._rows:
                continue
            if made == _AT_ONCE:
                self._timer.start()
                return
            row = PredictionRow(answer.prediction, answer.image, self._rival)
            row.setVisible(row.is_apart or not self._only_apart)
            self._rows[answer.file] = answer.prediction, row
            self._column.insertWidget(at, row)
            made += 1
