"""What the exported file says of images: a picture and bars beside it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.pages.export.notice import Notice
from studio.theme.theme import caption_font
from studio.theme.tokens import current
from studio.widgets.labels import ElidedLabel, label

_THUMBNAIL, _BAR, _GAP = 72, 16, 4


def thumbnail(path: Path) -> QImage:
    """Read an image, small; one that cannot be read is empty. Works in any thread."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid():
        size.scale(QSize(_THUMBNAIL, _THUMBNAIL), Qt.AspectRatioMode.KeepAspectRatio)
        reader.setScaledSize(size)
    return reader.read()


def disagrees(prediction: Mapping[str, Any]) -> bool:
    """Return whether the other run names another class than the exported file does."""
    if "against" not in prediction or not prediction["top"]:
        return False
    return prediction["against"]["label"] != prediction["top"][0]["label"]


class PredictionRow(QWidget):
    """One image with its five most probable classes, or with the reason why there are none.

    Attributes:
        is_apart: whether the other run disagrees.
    """

    def __init__(
        self, prediction: Mapping[str, Any], image: QImage, rival: str,
        parent: QWidget | None = None,
    ) -> None:
        """Show what was said of an image.

        Args:
            prediction: as the "predict" task returns it.
            image: small.
            rival: what the run is called that was asked too.
            parent: owner.
        """
        super().__init__(parent)
        self.is_apart = disagrees(prediction)
        picture = QLabel()
        picture.setFixedSize(_THUMBNAIL, _THUMBNAIL)
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        if not image.isNull():
            picture.setPixmap(QPixmap.fromImage(image))
        texts = QVBoxLayout()
        texts.setSpacing(4)
        name = Path(str(prediction["file"])).name
        if "error" in prediction:
            texts.addWidget(label(name, "caption"))
            reason = label(str(prediction["error"]), "error", wrap=True)
            reason.setObjectName("prediction_error")
            texts.addWidget(reason)
        else:
            told = ElidedLabel(f"{name}  ·  {self._spent(prediction)}")
            told.setProperty("role", "caption")
            texts.addWidget(told)
            texts.addWidget(ProbabilityBars(prediction["top"]))
            if self.is_apart:
                texts.addWidget(_against(self.tr("{rival} says: {label}, {probability:.0%}").format(
                    rival=rival, label=prediction["against"]["label"],
                    probability=float(prediction["against"]["probability"]),
                )))
        texts.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 8)
        row.setSpacing(12)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)

    def _spent(self, prediction: Mapping[str, Any]) -> str:
        """How long it took, and where it left a file with early exits."""
        spent = self.tr("{0:.1f} ms").format(float(prediction["ms"]))
        if "exit" not in prediction:
            return spent
        return self.tr("{spent}, left at exit {exit} of {total}").format(
            spent=spent, exit=prediction["exit"], total=prediction["num_exits"]
        )


def _against(text: str) -> Notice:
    made = Notice(text, "warn")
    made.setObjectName("prediction_against")
    return made


class ProbabilityBars(QWidget):
    """Labels with bars as long as they are probable."""

    def __init__(self, top: Sequence[Mapping[str, Any]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._top = [(str(guess["label"]), float(guess["probability"])) for guess in top]
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        said = ", ".join(f"{name} {probability:.0%}" for name, probability in self._top)
        self.setAccessibleName(said)
        self.setToolTip(said)

    def sizeHint(self) -> QSize:
        """One line per class."""
        return QSize(160, len(self._top) * (_BAR + _GAP))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bars, the most probable in the accent colour."""
        colours = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(caption_font(self.font()))
        for at, (name, probability) in enumerate(self._top):
            box = QRect(0, at * (_BAR + _GAP), self.width(), _BAR)
            filled = QRect(box.topLeft(), QSize(max(round(probability * box.width()), 2), _BAR))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.color("neutral_soft"))
            painter.drawRoundedRect(box, 3, 3)
            painter.setBrush(colours.color("accent_soft" if at == 0 else "border"))
            painter.drawRoundedRect(filled, 3, 3)
            painter.setPen(colours.color("text"))
            inner = box.adjusted(6, 0, -6, 0)
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | middle, name)
            painter.drawText(inner, Qt.AlignmentFlag.AlignRight | middle, f"{probability:.1%}")
