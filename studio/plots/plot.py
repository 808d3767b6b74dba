"""pyqtgraph's plot and axis, without what they would cost."""

from collections.abc import Sequence
from math import ceil, floor
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QWheelEvent
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from studio.item_models.wording import count

_DIGITS = (range(1, 10), (1, 2, 5), (1, 3), (1,))
"""What numbers on a logarithmic axis begin with: as many as have room."""
_ROUND = (1, 2, 2.5, 3, 4, 5, 10)
"""What the step between numbers begins with where they are evenly spaced."""
_NUMBER_ROOM = {"left": 24, "right": 24, "bottom": 56, "top": 56}
"""Pixels along an axis that a number needs."""


class Axis(pg.AxisItem):
    """Remembers where ticks and texts stand, and draws them.

    pyqtgraph keeps a QPicture of them, whose playing looks for the font of every text anew: most
    of the time of a frame.
    """

    picture: Any
    """What pyqtgraph sets to None when the axis changed; here, what `drawPicture` needs."""

    style: Any

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self._counts = False
        self.setStyle(maxTickLevel=1)  # the finest lines of the grid are hardly seen, and many
        self.enableAutoSIPrefix(False)  # "(x0.001)" beside a unit of our own

    def logTickValues(
        self, minVal: float, maxVal: float, size: float, stdTicks: object
    ) -> list[tuple[None, list[float]]]:
        """Return round numbers, none so near to the next that their names would overlap."""
        room = (maxVal - minVal) * _NUMBER_ROOM[self.orientation] / max(size, 1)
        return [(None, log_ticks(minVal, maxVal, room))]

    def logTickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Return the numbers that the logarithms stand for: "0.04", "20", "4 M"."""
        return [plain(number) for number in 10 ** np.asarray(values, dtype=float) * scale]

    def set_counts(self, counts: bool) -> None:
        """Say that it counts something, such as epochs: there is no tick between two of them."""
        self._counts = counts
        self.picture = None
        self.update()

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        """Return how far ticks are apart and where they begin, the most important first."""
        wanted: Any = super().tickSpacing(minVal, maxVal, size)
        least = 1.0 if self._counts else 0.0
        return list(dict.fromkeys((max(apart, least), first) for apart, first in wanted))

    def paint(
        self, p: QPainter, opt: QStyleOptionGraphicsItem, widget: QWidget | None
    ) -> None:
        """Draw axis, grid, ticks and texts."""
        font = self.style["tickFont"]
        if font:
            p.setFont(font)
        if self.picture is None:
            self.picture = self.generateDrawSpecs(p) or ()
        if self.picture:
            self.drawPicture(p, *self.picture)


def log_ticks(low: float, high: float, room: float) -> list[float]:
    """Return where round numbers lie on a logarithmic axis, in decades.

    Args:
        low: where the axis begins, in decades.
        high: where it ends.
        room: decades that lie between two of them at least.
    """
    decades = range(floor(low), ceil(high) + 1)
    choices = [
        [decade + float(np.log10(digit)) for decade in decades for digit in digits]
        for digits in _DIGITS
    ]
    if high - low < 1:
        choices.append(_linear_ticks(10**low, 10**high, 10**high * (1 - 10**-room)))
    seen = [[tick for tick in ticks if low <= tick <= high] for ticks in choices]
    fitting = [ticks for ticks in seen if len(ticks) > 1 and min(np.diff(ticks)) >= room]
    every = max(ceil(room), 1)
    few = [float(decade) for decade in decades if decade % every == 0 and low <= decade <= high]
    return max(fitting, key=len, default=few)


def _linear_ticks(low: float, high: float, room: float) -> list[float]:
    """The logarithms of evenly spaced round numbers."""
    size = 10.0 ** floor(np.log10(room))
    step = next(size * digit for digit in _ROUND if size * digit >= room)
    numbers = np.arange(ceil(low / step), floor(high / step) + 1) * step
    return np.log10(numbers[numbers > 0]).tolist()


def plain(number: float) -> str:
    """Return a number as it is said beside an axis: "0.00001", "0.3", "250", "1.5 k"."""
    if number >= 999.5:  # said as 1 k
        return count(number)
    if number < 1e-6:
        return f"{number:.3g}"
    return np.format_float_positional(number, 4, unique=False, fractional=False, trim="-")


class PlotWidget(pg.PlotWidget):
    """A plot without menus, over which the wheel scrolls the page, and zooms with Ctrl.

    pyqtgraph makes a menu that belongs to nobody, and keeps it when the plot is gone: here it
    goes with the plot.
    """

    def __init__(
        self, axes: Sequence[Axis] = (), parent: QWidget | None = None,
        view: pg.ViewBox | None = None,
    ) -> None:
        """Make it.

        Args:
            axes: those that are not to be pyqtgraph's own.
            parent: the parent widget.
            view: what the curves lie in; None takes pyqtgraph's own.
        """
        super().__init__(
            parent, viewBox=view, enableMenu=False,
            axisItems={axis.orientation: axis for axis in axes},
        )
        item: Any = self.getPlotItem()
        menu = item.ctrlMenu
        menu.setParent(self, menu.windowFlags())

    def wheelEvent(self, ev: QWheelEvent) -> None:
        """Zoom with Ctrl; else leave the wheel to the page."""
        if ev.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(ev)
        else:
            ev.ignore()
