"""Many long curves in one plot: an exact picture of them, and a quick one while the view moves."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QGraphicsObject, QStyleOptionGraphicsItem, QWidget

from engine.analysis.reduce import Extremes, column_extents, visible

Floats = NDArray[np.float64]
SLICE_S = 0.008
"""For so long strokes are drawn in one go; the event loop has its turn between two goes."""
PAUSE_MS = 20
"""What takes more than one go begins when the view has rested for so long."""
_DOTS_UP_TO = 2
_DOT = 2.5
_SMOOTH_UP_TO = 512
_THIN = 2.0
"""A curve that is nowhere higher than this within a column is drawn as a line, in pixels."""
_TAIL, _SAMPLE = 5, 4096
"""Percent of the values at either end that are outliers, and so many values tell of a stroke."""


@dataclass(frozen=True)
class Stroke:
    """A line to be drawn.

    Attributes:
        colour: with its opacity.
        x: (N,) ascending.
        y: (N,) values on the axis; those that are not finite leave gaps.
        width: in pixels. More than 1 is slow to draw over many points.
    """

    colour: QColor
    x: Floats
    y: Floats
    width: int = 1

    def within(self, x_range: tuple[float, float], pixels: int) -> tuple[Floats, Floats, bool]:
        """Return x and y to draw on so many columns, and whether they are columns from low to high.

        Where there are more than two points a column, the curve is drawn column by column.
        """
        seen = visible(self.x, x_range)
        x, y = self.x[seen], self.y[seen]
        if len(x) <= 2 * pixels + 2:
            return x, y, False
        edges = np.linspace(*x_range, pixels + 1)
        low, high = column_extents(x, y, edges)
        drawn = np.isfinite(low)
        middles = (edges[:-1] + edges[1:])[drawn] / 2
        return np.repeat(middles, 2), np.stack([low[drawn], high[drawn]], axis=1).ravel(), True


class CurveLayer(QGraphicsObject):
    """Lies in a view box and draws its strokes into a picture, a few at a time.

    Until all are in it the picture before is shown, moved and stretched to where its points lie
    now: so a frame costs the same however many curves there are.
    """

    def __init__(self, view: pg.ViewBox) -> None:
        """Lie in a view box, below its items.

        Args:
            view: whose axes the strokes are on.
        """
        super().__init__(view)
        self._view: Any = view
        self._strokes: Sequence[Stroke] = ()
        self._extremes: list[Extremes] = []
        self._picture = QImage()
        self._place = QRectF()
        self._work: Iterator[QImage] = iter(())
        self._wanted = QRectF()
        self._takes_long = False
        self._spent_s = 0.0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._go_on)
        self.setZValue(-1)
        self._view.sigResized.connect(self.prepareGeometryChange)
        self._view.sigRangeChanged.connect(self._on_view)

    # ---- what is shown

    def set_strokes(self, strokes: Sequence[Stroke]) -> None:
        """Show these, the last one on top; `draw` draws them."""
        self._strokes = [_without_infinities(stroke) for stroke in strokes]
        self._extremes = [Extremes(stroke.y) for stroke in self._strokes]
        self._takes_long = False

    @property
    def strokes(self) -> Sequence[Stroke]:
        """What is shown, the last one on top."""
        return self._strokes

    @property
    def is_exact(self) -> bool:
        """Whether what is seen is the strokes as they are, not a moved picture of them."""
        return not self._timer.isActive()

    @property
    def spent_s(self) -> float:
        """Seconds of the processor that the picture took."""
        return self._spent_s

    def extent(self, x_range: tuple[float, float]) -> tuple[float, float]:
        """Lowest and highest value within a range of x; infinity and -infinity where none is."""
        low, high = np.inf, -np.inf
        for stroke, extremes in zip(self._strokes, self._extremes, strict=True):
            begin, end = np.searchsorted(stroke.x, (x_range[0], x_range[1] + 1e-12))
            lowest, highest = extremes.within(slice(int(begin), int(end)))
            low, high = min(low, lowest), max(high, highest)
        return low, high

    def bulk(self, x_range: tuple[float, float]) -> tuple[float, float]:
        """What holds all but a twentieth of the values at either end within a range of x.

        Where there are many, some of each stroke, evenly spaced, speak for all.
        """
        seen: list[Floats] = []
        for stroke in self._strokes:
            begin, end = np.searchsorted(stroke.x, (x_range[0], x_range[1] + 1e-12))
            values = stroke.y[begin : end : max(int(end - begin) // _SAMPLE, 1)]
            seen.append(values[np.isfinite(values)])
        values = np.concatenate(seen) if seen else np.empty(0)
        if not values.size:
            return np.inf, -np.inf
        low, high = np.percentile(values, (_TAIL, 100 - _TAIL))
        return float(low), float(high)

    def draw(self) -> None:
        """Draw for the present view; what takes longer than a moment is finished bit by bit."""
        if self._view.width() < 1 or self._view.height() < 1:
            return
        self._wanted = QRectF(self._view.viewRect()).normalized()
        self._work = self._drawing(self._wanted)
        self._spent_s = 0.0
        if self._takes_long:
            self._timer.start(PAUSE_MS)
        else:
            self._go_on()

    def _go_on(self) -> None:
        begun = time.thread_time()
        self._draw_until(time.perf_counter() + SLICE_S)
        self._spent_s += time.thread_time() - begun

    def _draw_until(self, limit: float) -> None:
        for picture in self._work:
            if not picture.isNull():
                self._timer.stop()
                self._picture, self._place = picture, self._wanted
                self.update()
                break
            if time.perf_counter() > limit:
                self._takes_long = True
                self._timer.start(0)
                break

    def _drawing(self, place: QRectF) -> Iterator[QImage]:
        """Draw stroke by stroke; yields nothing drawn after each, and the picture at the end."""
        scale = self._view.getViewWidget().devicePixelRatioF()
        size = QSize(round(self._view.width() * scale), round(self._view.height() * scale))
        picture = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        picture.setDevicePixelRatio(scale)
        picture.fill(Qt.GlobalColor.transparent)
        for stroke in self._strokes:
            _draw(picture, stroke, place)
            yield QImage()
        yield picture

    # ---- what Qt asks

    def boundingRect(self) -> QRectF:
        """The view box: the picture is never seen beyond it."""
        return QRectF(self._view.rect())

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Show the picture where its points lie now."""
        if self._picture.isNull():
            return
        there = self._view.mapFromView(self._place).boundingRect()
        size = self._picture.deviceIndependentSize()
        if abs(there.width() - size.width()) < 1 and abs(there.height() - size.height()) < 1:
            there = QRectF(QPointF(round(there.x()), round(there.y())), size)
        painter.setClipRect(self.boundingRect())
        painter.drawImage(there, self._picture)

    def _on_view(self) -> None:
        self.update()


def _without_infinities(stroke: Stroke) -> Stroke:
    finite = np.isfinite(stroke.y)
    if finite.all():
        return stroke
    return Stroke(stroke.colour, stroke.x, np.where(finite, stroke.y, np.nan), stroke.width)


def _draw(picture: QImage, stroke: Stroke, place: QRectF) -> None:
    """Draw a stroke into a picture whose edges are those of a place on the axes."""
    x, y, in_columns = stroke.within((place.left(), place.right()), picture.width())
    if not len(x):
        return
    size = picture.deviceIndependentSize()
    right = (x - place.left()) * (size.width() / place.width())
    down = (place.bottom() - y) * (size.height() / place.height())
    pixel = 1 / picture.devicePixelRatio()
    painter = QPainter(picture)
    painter.setPen(QPen(stroke.colour, stroke.width))
    if in_columns and (down[0::2] - down[1::2]).max() > _THIN:
        down[0::2] = np.maximum(down[0::2], down[1::2] + pixel)  # no column is without a pixel
        painter.drawPath(pg.functions.arrayToQPath(right, down, connect="pairs"))
    elif in_columns:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = (down[0::2] + down[1::2]) / 2
        painter.drawPath(pg.functions.arrayToQPath(right[0::2], middle))
    else:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, len(x) <= _SMOOTH_UP_TO)
        if len(stroke.x) <= _DOTS_UP_TO:
            _draw_dots(painter, stroke.colour, right, down)
        painter.drawPath(pg.functions.arrayToQPath(right, down, connect="finite"))
    painter.end()


def _draw_dots(painter: QPainter, colour: QColor, right: Floats, down: Floats) -> None:
    """A line needs two points; one or two are shown as dots."""
    painter.setBrush(colour)
    for at in zip(right, down, strict=True):
        if np.isfinite(at).all():
            painter.drawEllipse(QPointF(*at), _DOT, _DOT)
    painter.setBrush(Qt.BrushStyle.NoBrush)
