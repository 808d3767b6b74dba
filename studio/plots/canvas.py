"""Where values lie in a picture, and a picture whose columns are quickly filled."""

from typing import Any

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QTransform

Floats = NDArray[np.float64]


class Frame:
    """A place on the axes, and the pixels on which it is shown.

    Attributes:
        x_range: from left to right.
        columns: pixels of the device from left to right.
    """

    def __init__(self, size: QSizeF, scale: float, place: QRectF) -> None:
        """Make it.

        Args:
            size: in pixels of the window.
            scale: pixels of the device in one of the window.
            place: what of the axes is shown.
        """
        self.x_range = place.left(), place.right()
        self.columns = round(size.width() * scale)
        self._size, self._scale, self._place = size, scale, place

    def edges(self) -> Floats:
        """(columns + 1,) x at which the columns begin and the last one ends."""
        return np.linspace(*self.x_range, self.columns + 1)

    def middles(self) -> Floats:
        """(columns,) x in the middle of each column."""
        edges = self.edges()
        return (edges[:-1] + edges[1:]) / 2

    def right(self, x: Floats) -> Floats:
        """Pixels of the window to the right of the left edge."""
        return (x - self._place.left()) * (self._size.width() / self._place.width())

    def down(self, y: Floats) -> Floats:
        """Pixels of the window below the upper edge."""
        return (self._place.bottom() - y) * (self._size.height() / self._place.height())


class Canvas(Frame):
    """A picture while it is drawn.

    Its memory holds the picture on its side: what a long curve takes up of a column of pixels then
    lies in one piece, and is filled several times as fast.
    """

    def __init__(self, size: QSizeF, scale: float, place: QRectF) -> None:
        """Begin a picture in which nothing is drawn.

        Args:
            size: in pixels of the window.
            scale: pixels of the device in one of the window.
            place: what of the axes is shown.
        """
        super().__init__(size, scale, place)
        self._rows = round(size.height() * scale)
        self._picture = QImage(
            QSize(self._rows, self.columns), QImage.Format.Format_ARGB32_Premultiplied
        )
        self._picture.fill(Qt.GlobalColor.transparent)

    def picture(self) -> QImage:
        """What has been drawn, upright."""
        upright = self._picture.transformed(QTransform().rotate(90))
        upright.setDevicePixelRatio(self._scale)
        return upright

    def painter(self) -> QPainter:
        """A painter in pixels of the window, from the left and the top."""
        painter = QPainter(self._picture)
        painter.setTransform(QTransform(0, -1, 1, 0, 0, self.columns))
        painter.scale(self._scale, self._scale)
        return painter

    def fill(self, low_C: Floats, high_C: Floats, colour: QColor, width: int = 1) -> None:
        """Fill each column of the device from one value to another, where both are numbers.

        Args:
            low_C: (C,) least value in each column.
            high_C: (C,) greatest value in each column.
            colour: with its opacity.
            width: what is filled is nowhere narrower than so many pixels of the window.
        """
        thick = max(round(width * self._scale), 1)
        top_C = self._scale * self.down(high_C) - (thick - 1) / 2
        bottom_C = self._scale * self.down(low_C) + (thick - 1) / 2
        for _ in range(thick - 1):
            top_C[1:] = np.fmin(top_C[1:], top_C[:-1])
            bottom_C[1:] = np.fmax(bottom_C[1:], bottom_C[:-1])
        drawn = np.flatnonzero((top_C < self._rows) & (bottom_C >= 0))
        rects = np.empty((len(drawn), 4), np.int32)  # as a QRect: left, top, right, bottom, within
        rects[:, 1] = rects[:, 3] = self.columns - 1 - drawn
        rects[:, 0] = np.maximum(np.floor(top_C[drawn]), 0)
        rects[:, 2] = np.minimum(np.floor(bottom_C[drawn]), self._rows)
        if not len(rects):
            return
        painter = QPainter(self._picture)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        first: Any = shiboken6.wrapInstance(rects.ctypes.data, QRect)  # a list takes too long
        painter.drawRects(first, len(rects))
        painter.end()
