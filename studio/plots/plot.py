"""pyqtgraph's plot and axis, without what they would cost."""

from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget


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
        self.setStyle(maxTickLevel=1)  # the finest lines of the grid are hardly seen, and many

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


class PlotWidget(pg.PlotWidget):
    """A plot without menus.

    pyqtgraph makes a menu that belongs to nobody, and keeps it when the plot is gone: here it
    goes with the plot.
    """

    def __init__(
        self, axes: Sequence[Axis] = (), parent: QWidget | None = None
    ) -> None:
        """Make it.

        Args:
            axes: those that are not to be pyqtgraph's own.
            parent: the parent widget.
        """
        super().__init__(
            parent, enableMenu=False, axisItems={axis.orientation: axis for axis in axes}
        )
        item: Any = self.getPlotItem()
        menu = item.ctrlMenu
        menu.setParent(self, menu.windowFlags())
