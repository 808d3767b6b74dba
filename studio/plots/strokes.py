"""What a curve layer draws: lines, and the room between two lines, exact at any zoom."""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import Protocol, Self

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from engine.analysis.reduce import Extremes, column_extents, visible
from studio.plots.canvas import Canvas, Frame

Floats = NDArray[np.float64]
_DOTS_UP_TO = 2
_DOT = 2.5
_SMOOTH_UP_TO = 512
_THIN = 2.0
"""A curve that is nowhere higher than this within a column is drawn as a line, in pixels."""
_TAIL, _SAMPLE = 5, 4096
"""Percent of the values at either end that are outliers, and so many values tell of a stroke."""


class Drawable(Protocol):
    """What a curve layer can draw."""

    def without_infinities(self) -> Self:
        """The same with gaps in their place."""
        ...

    def extent(self, x_range: tuple[float, float]) -> tuple[float, float]:
        """Lowest and highest value within a range of x; infinity and -infinity without any."""
        ...

    def sample(self, x_range: tuple[float, float]) -> Floats:
        """Some of the values within a range of x, evenly spaced, that are numbers."""
        ...

    def draw(self, canvas: Canvas) -> None:
        """Draw into a picture what its pixels can show."""
        ...

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Draw as vectors, no finer than there are pixels."""
        ...


@dataclass(frozen=True)
class Stroke:
    """A line to be drawn.

    Attributes:
        colour: with its opacity.
        x: (N,) ascending.
        y: (N,) values on the axis; those that are not finite leave gaps.
        width: in pixels. More than 1 is slow to draw over points that are no columns.
        dash: lengths of lines and gaps in turns, in pixels; none is a line without gaps.
    """

    colour: QColor
    x: Floats
    y: Floats
    width: int = 1
    dash: tuple[float, ...] = ()

    @cached_property
    def extremes(self) -> Extremes:
        """Of its values."""
        return Extremes(self.y)

    def without_infinities(self) -> Self:
        """The same with gaps in their place."""
        return replace(self, y=_finite(self.y)) if _is_infinite(self.extremes) else self

    def extent(self, x_range: tuple[float, float]) -> tuple[float, float]:
        """Lowest and highest value within a range of x; infinity and -infinity without any."""
        return _extent(self.x, self.y, self.extremes, x_range)

    def sample(self, x_range: tuple[float, float]) -> Floats:
        """Some of the values within a range of x, evenly spaced, that are numbers."""
        return _sample(self.y[_part(self.x, x_range)])

    def within(self, x_range: tuple[float, float], pixels: int) -> tuple[Floats, Floats, bool]:
        """Return x and y to draw on so many columns, and whether they are columns from low to high.

        Where there are more than two points a column, the curve is drawn column by column.
        """
        seen = visible(self.x, x_range)
        x, y = self.x[seen], self.y[seen]
        if not _is_dense(x, pixels):
            return x, y, False
        edges = np.linspace(*x_range, pixels + 1)
        low, high = column_extents(x, y, edges)
        drawn = np.isfinite(low)
        middles = (edges[:-1] + edges[1:])[drawn] / 2
        return np.repeat(middles, 2), np.stack([low[drawn], high[drawn]], axis=1).ravel(), True

    def draw(self, canvas: Canvas) -> None:
        """Draw into a picture what its pixels can show."""
        seen = visible(self.x, canvas.x_range)
        x, y = self.x[seen], self.y[seen]
        if not _is_dense(x, canvas.columns):
            self._draw_line(canvas, x, y, smooth=len(x) <= _SMOOTH_UP_TO)
            return
        low, high = column_extents(x, y, canvas.edges())
        height = canvas.down(low) - canvas.down(high)
        if np.fmax.reduce(height, initial=0.0) <= _THIN:
            self._draw_line(canvas, canvas.middles(), (low + high) / 2, smooth=True)
            return
        if self.dash:
            low[_is_gap(self.dash, canvas.right(canvas.middles()))] = np.nan
        canvas.fill(low, high, self.colour, self.width)

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Draw as vectors, no finer than there are pixels."""
        x, y, _ = self.within(frame.x_range, frame.columns)
        self._stroke(painter, frame.right(x), frame.down(y))

    def _draw_line(self, canvas: Canvas, x: Floats, y: Floats, *, smooth: bool) -> None:
        painter = canvas.painter()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
        self._stroke(painter, canvas.right(x), canvas.down(y))
        painter.end()

    def _stroke(self, painter: QPainter, right: Floats, down: Floats) -> None:
        if not len(right):
            return
        painter.setPen(pen_of(self.colour, self.width, self.dash))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if len(self.x) <= _DOTS_UP_TO:
            _draw_dots(painter, self.colour, right, down)
        painter.drawPath(pg.functions.arrayToQPath(right, down, connect="finite"))


@dataclass(frozen=True)
class Shade:
    """The room between two lines, to be filled.

    Attributes:
        colour: with its opacity.
        x: (N,) ascending.
        low: (N,) the lower line; a value that is not finite leaves a gap.
        high: (N,) the upper line.
    """

    colour: QColor
    x: Floats
    low: Floats
    high: Floats

    @cached_property
    def extremes(self) -> tuple[Extremes, Extremes]:
        """Of the lower and the upper line."""
        return Extremes(self.low), Extremes(self.high)

    def without_infinities(self) -> Self:
        """The same with gaps in their place."""
        if not any(_is_infinite(each) for each in self.extremes):
            return self
        return replace(self, low=_finite(self.low), high=_finite(self.high))

    def extent(self, x_range: tuple[float, float]) -> tuple[float, float]:
        """Lowest and highest value within a range of x; infinity and -infinity without any."""
        low, high = self.extremes
        return (
            _extent(self.x, self.low, low, x_range)[0],
            _extent(self.x, self.high, high, x_range)[1],
        )

    def sample(self, x_range: tuple[float, float]) -> Floats:
        """Some of the values within a range of x, evenly spaced, that are numbers."""
        part = _part(self.x, x_range)
        return np.concatenate([_sample(self.low[part]), _sample(self.high[part])])

    def draw(self, canvas: Canvas) -> None:
        """Draw into a picture what its pixels can show."""
        seen = visible(self.x, canvas.x_range)
        if _is_dense(self.x[seen], canvas.columns):
            canvas.fill(*self._columns(seen, canvas), self.colour)
            return
        painter = canvas.painter()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._fill(painter, canvas, self.x[seen], self.low[seen], self.high[seen])
        painter.end()

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Draw as vectors, no finer than there are pixels."""
        seen = visible(self.x, frame.x_range)
        x, low, high = self.x[seen], self.low[seen], self.high[seen]
        if _is_dense(x, frame.columns):
            low, high = self._columns(seen, frame)
            x = frame.middles()
        self._fill(painter, frame, x, low, high)

    def _columns(self, seen: slice, frame: Frame) -> tuple[Floats, Floats]:
        """The least of the lower and the greatest of the upper line in each column."""
        edges = frame.edges()
        x, low, high = self.x[seen], self.low[seen], self.high[seen]
        return column_extents(x, low, edges)[0], column_extents(x, high, edges)[1]

    def _fill(
        self, painter: QPainter, frame: Frame, x: Floats, low: Floats, high: Floats
    ) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.colour)
        painter.drawPath(between(frame.right(x), frame.down(low), frame.down(high)))


def between(x: Floats, low: Floats, high: Floats) -> QPainterPath:
    """Return the path around the room between two curves over x, a piece where both are finite."""
    path = QPainterPath()
    known = np.flatnonzero(np.isfinite(low) & np.isfinite(high))
    for part in np.split(known, np.flatnonzero(np.diff(known) > 1) + 1):
        if len(part) > 1:
            path.addPath(pg.functions.arrayToQPath(
                np.concatenate([x[part], x[part[::-1]]]),
                np.concatenate([low[part], high[part[::-1]]]),
            ))
    return path


def pen_of(
    colour: QColor, width: float, dash: tuple[float, ...], *, cosmetic: bool = False
) -> QPen:
    """A pen whose dashes are so many pixels long.

    Args:
        colour: of the line.
        width: in pixels.
        dash: lengths of dashes and gaps, in pixels; none is a whole line.
        cosmetic: pixels of the screen are meant, though what is drawn lies on a plot's axes.
    """
    pen = QPen(colour, width)
    pen.setCosmetic(cosmetic)
    if dash:
        pen.setDashPattern([length / width for length in dash])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def nearest(x_N: Floats, x: float) -> int:
    """Which of some ascending numbers is nearest to another."""
    after = int(np.searchsorted(x_N, x))
    if after == 0 or after == len(x_N):
        return min(after, len(x_N) - 1)
    return after if x_N[after] - x < x - x_N[after - 1] else after - 1


def bulk_of(samples: list[Floats]) -> tuple[float, float]:
    """What holds all but a twentieth of some values at either end; infinities without any."""
    values = np.concatenate(samples) if samples else np.empty(0)
    if not values.size:
        return np.inf, -np.inf
    low, high = np.percentile(values, (_TAIL, 100 - _TAIL))
    return float(low), float(high)


def _is_dense(x: Floats, pixels: int) -> bool:
    """Whether there are more than two points a column."""
    return len(x) > 2 * pixels + 2


def _part(x: Floats, x_range: tuple[float, float]) -> slice:
    begin, end = np.searchsorted(x, (x_range[0], x_range[1] + 1e-12))
    return slice(int(begin), int(end))


def _extent(
    x: Floats, y: Floats, extremes: Extremes, x_range: tuple[float, float]
) -> tuple[float, float]:
    """Lowest and highest value within a range of x; between two points, of the line there."""
    part = _part(x, x_range)
    if part.start < part.stop or part.start == 0 or part.stop == len(x):
        return extremes.within(part)
    beside = slice(part.start - 1, part.stop + 1)
    ends = np.interp(x_range, x[beside], y[beside])
    return float(np.fmin.reduce(ends, initial=np.inf)), float(np.fmax.reduce(ends, initial=-np.inf))


def _sample(values: Floats) -> Floats:
    some = values[:: max(len(values) // _SAMPLE, 1)]
    return some[np.isfinite(some)]


def _is_infinite(extremes: Extremes) -> bool:
    low, high = extremes.within(slice(None))
    return low == -np.inf or high == np.inf


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.nan)


def _is_gap(dash: tuple[float, ...], right: Floats) -> NDArray[np.bool_]:
    """Which places from the left lie in the gaps of a pattern."""
    ends = list(accumulate(dash))
    at = np.searchsorted(ends, right % ends[-1], side="right")
    return at % 2 == 1


def _draw_dots(painter: QPainter, colour: QColor, right: Floats, down: Floats) -> None:
    """A line needs two points; one or two are shown as dots."""
    painter.setBrush(colour)
    for at in zip(right, down, strict=True):
        if np.isfinite(at).all():
            painter.drawEllipse(QPointF(*at), _DOT, _DOT)
    painter.setBrush(Qt.BrushStyle.NoBrush)
