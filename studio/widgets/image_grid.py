"""Images in rows, as large as they can be seen, each with a line of text."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QHelpEvent, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.theme.theme import caption_font
from studio.theme.tokens import current

_GAP, _LINE = 8, 16


def unpack_images(packed: Mapping[str, Any]) -> list[QImage]:
    """Return the images that a task packed: base64 of raw uint8, (N, H, W, C)."""
    count, height, width, channels = (int(size) for size in packed["shape"])
    data = base64.b64decode(packed["data"])
    size = height * width * channels
    kind = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
    return [
        # Copied: a QImage over foreign bytes does not keep them alive.
        QImage(data[at * size : (at + 1) * size], width, height, width * channels, kind).copy()
        for at in range(count)
    ]


class ImageGrid(QWidget):
    """Images in rows, as many as fit; `side` pixels each."""

    def __init__(self, parent: QWidget | None = None, *, side: int = 64) -> None:
        super().__init__(parent)
        self._side = side
        self._images: list[QImage] = []
        self._names: list[str] = []
        self._told: list[str] = []
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_images(
        self, images: Sequence[QImage], names: Sequence[str], told: Sequence[str] = ()
    ) -> None:
        """Show images.

        Args:
            images: as many as names.
            names: what stands below each of them.
            told: what the mouse tells of each; without it, what stands below in full.
        """
        self._images, self._names, self._told = list(images), list(names), list(told or names)
        self.setAccessibleName(self.tr("{0} images").format(len(images)))
        self.updateGeometry()
        self.update()

    def images(self) -> list[QImage]:
        """What is shown."""
        return list(self._images)

    def hasHeightForWidth(self) -> bool:
        """The images wrap."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of all rows."""
        rows = -(-len(self._images) // self._columns(width))
        return rows * (self._side + _LINE + _GAP)

    def sizeHint(self) -> QSize:
        """As high as its width makes it."""
        width = max(self.width(), 4 * self._side)
        return QSize(width, self.heightForWidth(width))

    def event(self, event: QEvent) -> bool:
        """Tell of the image under the mouse."""
        if isinstance(event, QHelpEvent):
            for at, told in enumerate(self._told):
                if self._cell(at).contains(event.pos()):
                    QToolTip.showText(event.globalPos(), told, self)
                    return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the images; small ones are enlarged without smoothing, as the network sees them."""
        painter = QPainter(self)
        painter.setFont(caption_font(self.font()))
        painter.setPen(current().color("muted"))
        for at, (image, name) in enumerate(zip(self._images, self._names, strict=True)):
            cell = self._cell(at)
            size = image.size().scaled(cell.size(), Qt.AspectRatioMode.KeepAspectRatio)
            smooth = size.width() < image.width()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            painter.drawImage(QRect(cell.topLeft(), size), image)
            line = QRect(cell.x(), cell.bottom() + 1, self._side, _LINE)
            shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, self._side)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)

    def _columns(self, width: int) -> int:
        return max(1, (width + _GAP) // (self._side + _GAP))

    def _cell(self, at: int) -> QRect:
        row, column = divmod(at, self._columns(self.width()))
        corner = QPoint(column * (self._side + _GAP), row * (self._side + _LINE + _GAP))
        return QRect(corner, QSize(self._side, self._side))
