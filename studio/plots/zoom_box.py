"""Views that are zoomed by dragging over a part and by the wheel, within what there is to see."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSizeF

from studio.theme.tokens import Tokens

_translate = QCoreApplication.translate

_LEAST_DRAG, _THIN, _DRAGGED = 4, 12, 48
"""Pixels of a drag that is meant as one, and of a drag that is meant along one axis alone; the
opacity of the part it goes over."""
_BEYOND, _DEEPEST = 0.15, 0.01
"""So much of what there is can be seen beyond either end, a little more than pyqtgraph's padding;
and so much of it can be zoomed into at last."""
_FEW = 2
"""A view is no narrower than so many steps from point to point of its densest curve."""


class ZoomBox(pg.ViewBox):
    """A view in which a part is dragged over to zoom in, and which ends a little beyond its items.

    A thin part is zoomed along the axis it follows.
    """

    state: Any

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        self._least_x: float | None = None
        self.setMouseMode(self.RectMode)

    def dress(self, colours: Tokens) -> None:
        """Show the part in a theme's colours."""
        box: Any = self.rbScaleBox
        box.setPen(pg.mkPen(colours.accent, width=1))
        fill = colours.color("accent")
        fill.setAlpha(_DRAGGED)
        box.setBrush(fill)

    def set_least_x(self, least: float) -> None:
        """Show no less of x than this, where there is more."""
        self._least_x = least

    def taken(self, size: QSizeF) -> tuple[bool, bool]:
        """Whether x and y are zoomed where a part of so many pixels is dragged over."""
        wide, high = size.width(), size.height()
        return (
            wide >= _LEAST_DRAG and (wide >= _THIN or high < _THIN),
            high >= _LEAST_DRAG and (high >= _THIN or wide < _THIN),
        )

    def updateScaleBox(self, p1: QPointF, p2: QPointF) -> None:
        """Show what would be zoomed into, of the part between two points."""
        part, view = QRectF(p1, p2).normalized(), self.rect()
        x, y = self.taken(part.size())
        if x and not y:
            part = QRectF(part.left(), view.top(), part.width(), view.height())
        if y and not x:
            part = QRectF(view.left(), part.top(), view.width(), part.height())
        super().updateScaleBox(part.topLeft(), part.bottomRight())

    def showAxRect(self, ax: QRectF, **kwargs: object) -> None:
        """Show a part; one too small to be meant changes nothing."""
        part, (wide, high) = ax.normalized(), self.viewPixelSize()
        x, y = self.taken(QSizeF(part.width() / wide, part.height() / high))
        if x:
            self.setXRange(part.left(), part.right(), padding=0)
        if y:
            self.setYRange(part.top(), part.bottom(), padding=0)

    def scaleBy(
        self, s: Any = None, center: Any = None, x: float | None = None, y: float | None = None
    ) -> None:
        """Zoom, no deeper than can be: else the view would creep to the pointer at its limit."""
        if s is not None:
            x, y = s
        super().scaleBy(center=center, x=self._bounded(0, x), y=self._bounded(1, y))

    def _bounded(self, axis: int, factor: float | None) -> float | None:
        least = self.state["limits"][("xRange", "yRange")[axis]][0]
        if factor is None or least is None:
            return factor
        low, high = self.viewRange()[axis]
        return max(factor, min(least / (high - low), 1.0))

    def updateAutoRange(self) -> None:
        """Know the limits anew, and show everything along the axes on which nothing is zoomed."""
        bounds = zip("xy", self.childrenBounds(), self.state["mouseEnabled"], strict=True)
        for axis, whole, can_move in bounds:
            if whole is not None and can_move:
                self._limit(axis, *map(float, whole))
        super().updateAutoRange()

    def _limit(self, axis: str, low: float, high: float) -> None:
        width = high - low
        beyond = _BEYOND * width or max(abs(low), 1.0) / 2
        least = _DEEPEST * width or 2 * beyond  # a single place is not zoomed
        if axis == "x" and self._least_x and width:
            least = min(self._least_x, width / 2)
        self.setLimits(**{
            f"{axis}Min": low - beyond, f"{axis}Max": high + beyond,
            f"min{axis.upper()}Range": least,
        })


class SpanBox(ZoomBox):
    """A view in which a stretch of x is dragged over to zoom in; it is as high as the view."""

    def __init__(self) -> None:
        super().__init__()
        self.setMouseEnabled(x=True, y=False)

    def taken(self, size: QSizeF) -> tuple[bool, bool]:
        """Whether x is zoomed where a part of so many pixels is dragged over; y never is."""
        return size.width() >= _LEAST_DRAG, False


def least_stretch(xs: Iterable[NDArray[np.float64]]) -> float:
    """The least stretch of x that is worth being seen: a few points of the densest curve.

    Args:
        xs: (N,) ascending, of each curve.
    """
    known = [x for x in xs if len(x) > 1]
    if not known:
        return 0.0
    apart = min(float(x[-1] - x[0]) / (len(x) - 1) for x in known)
    whole = max(float(x[-1]) for x in known) - min(float(x[0]) for x in known)
    return min(_FEW * apart, whole / 2)


def zoom_hint() -> str:
    """How to zoom."""
    return _translate("zoom", "Drag or Ctrl+wheel to zoom, double-click to see all")
