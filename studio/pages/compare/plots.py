"""What the figures of a comparison share."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from math import ceil
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from pyqtgraph.graphicsItems.LegendItem import ItemSample
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import (
    QApplication,
    QGraphicsItem,
    QGraphicsPathItem,
    QSizePolicy,
    QWidget,
)

from studio.plots.curve_layer import CurveLayer
from studio.plots.plot import Axis, PlotWidget
from studio.plots.zoom_box import ZoomBox
from studio.theme.icons import icon
from studio.theme.theme import caption_font
from studio.theme.tokens import LIGHT, Tokens, current, sizes, tokens

Floats = NDArray[np.float64]
BAND_ALPHA = 40
_NBSP = "\N{NO-BREAK SPACE}"
_HEIGHT = 280
_LEGEND_CELL, _MOST_LINES, _NAME_WIDTH = (2, 3), 10, 180
"""Cell of the plot item's layout at the right of the curves; how many names fit there; pixels."""


class Plot(PlotWidget):
    """A plot in the colours of the theme."""

    def __init__(
        self, name: str, parent: QWidget | None = None, view: ZoomBox | None = None
    ) -> None:
        """Make it empty.

        Args:
            name: of the object.
            parent: owner.
            view: how it is zoomed; None lets any part of it be dragged over.
        """
        super().__init__((Axis("bottom"), Axis("left")), parent, view or ZoomBox())
        self._dressed: Tokens | None = None
        self.setObjectName(name)
        self.setFixedHeight(_HEIGHT)
        self.hideButtons()
        self.item: Any = self.getPlotItem()  # pyqtgraph forwards by __getattr__
        self.item.showGrid(x=True, y=True, alpha=0.15)
        for side in ("bottom", "left"):
            self.item.getAxis(side).setStyle(tickFont=caption_font(QApplication.font()))
        self._wear(current())

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.StyleChange:
            self._wear(current())
        super().changeEvent(event)

    def mouseDoubleClickEvent(self, event: object) -> None:
        """Show everything again."""
        self.item.enableAutoRange()

    def set_titles(self, bottom: str, left: str) -> None:
        """Name the axes."""
        style = {"font-size": f"{sizes().caption}px"}
        self.setLabel("bottom", bottom, **style)
        self.setLabel("left", left, **style)

    @contextmanager
    def on_paper(self) -> Generator[QWidget]:
        """Within it, the plot is dark on white whatever the theme, and nothing is a bitmap."""
        kinds = (pg.ScatterPlotItem, pg.PlotCurveItem, CurveLayer)
        drawn: list[Any] = [item for item in self.scene().items() if isinstance(item, kinds)]
        curves = [item for item in drawn if isinstance(item, pg.PlotCurveItem)]
        self.grab()  # one that was never seen has no place for its axes yet, nor a range
        self._dress(tokens(LIGHT))
        for side in ("bottom", "left"):  # a pale axis is hardly printed
            self.item.getAxis(side).setPen(tokens(LIGHT).text)
            self.item.getAxis(side).setTextPen(tokens(LIGHT).text)
        for each in drawn:
            each.setExportMode(True)
        for each in curves:  # whole lines, not one by one from point to point
            each.setSegmentedLineMode("off")
        try:
            yield self
        finally:
            self._dress(current())
            for each in drawn:
                each.setExportMode(False)
            for each in curves:
                each.setSegmentedLineMode("auto")

    def _wear(self, colours: Tokens) -> None:
        """Be in these colours; styles change often, and colours seldom."""
        if colours != self._dressed:
            self._dressed = colours
            self._dress(colours)

    def _dress(self, colours: Tokens) -> None:
        self.setBackground(colours.surface)
        self.item.vb.dress(colours)
        for side in ("bottom", "left"):
            axis = self.item.getAxis(side)
            axis.setPen(colours.border)
            axis.setTextPen(colours.muted)


def short(name: str) -> str:
    """A name cut in its middle where it would take room from what is drawn."""
    metrics = QFontMetrics(QApplication.font())
    return metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, _NAME_WIDTH)


class _Sample(ItemSample):
    """The sign of a curve in the legend; of a hidden one, a closed eye in the theme's colour."""

    def paint(self, p: QPainter, *args: object) -> None:
        """Draw it."""
        if self.item.isVisible():
            super().paint(p, *args)
        else:
            icon("eye_off").paint(p, self.boundingRect().toRect().adjusted(1, 1, -1, -1))


class _Legend(pg.LegendItem):
    """A legend that has its place in the plot's layout, so that it lies on no curve."""

    def __init__(self) -> None:
        super().__init__(offset=None, sampleType=_Sample)
        self.setEnabled(False)  # it is not dragged away; curves are hidden by their eyes
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def addItem(self, item: pg.GraphicsObject, name: str) -> None:
        """Add a name, which is told in full under the mouse."""
        super().addItem(item, short(name))
        self.items[-1][1].setToolTip(name)
        self.setColumnCount(ceil(len(self.items) / _MOST_LINES))

    def updateSize(self) -> None:
        """Leave the size to the layout."""
        self.updateGeometry()


def band(path: QPainterPath, colour: QColor) -> QGraphicsPathItem:
    """Return what fills a path softly, in a colour."""
    soft = QColor(colour)
    soft.setAlpha(BAND_ALPHA)
    filled = QGraphicsPathItem(path)
    filled.setBrush(soft)
    filled.setPen(QPen(Qt.PenStyle.NoPen))
    return filled


class CurvesPlot(Plot):
    """A plot of one curve per variant, with their names beside it.

    Signals:
        pointed_at: what the curves say under the mouse, at their ends without it.
    """

    pointed_at = Signal(str)

    def __init__(
        self, name: str, parent: QWidget | None = None, view: ZoomBox | None = None
    ) -> None:
        self._legend: Any = None
        super().__init__(name, parent, view)
        self._legend = _Legend()
        self.item.legend = self._legend
        self.item.layout.addItem(self._legend, *_LEGEND_CELL)
        self.item.layout.setAlignment(self._legend, Qt.AlignmentFlag.AlignTop)
        self.item.scene().sigMouseMoved.connect(self._read)
        self._items: dict[str, list[QGraphicsItem]] = {}
        self._names: dict[str, str] = {}
        self._hidden: frozenset[str] = frozenset()

    def _dress(self, colours: Tokens) -> None:
        super()._dress(colours)
        for _, name in self._legend.items if self._legend else ():
            name.setText(name.text, color=colours.text)

    def set_hidden(self, digests: Iterable[str]) -> None:
        """Hide the curves of some variants."""
        self._hidden = frozenset(digests)
        for digest, items in self._items.items():
            for item in items:
                item.setVisible(digest not in self._hidden)
        self._read(None)

    def reading_at(self, position: QPointF | None) -> list[str]:
        """What each visible curve says at a position of the view, at its end without one."""
        raise NotImplementedError

    def leaveEvent(self, ev: QEvent) -> None:
        """Read the ends again."""
        super().leaveEvent(ev)
        self._read(None)

    def _read(self, position: QPointF | None) -> None:
        # A line is broken between curves alone.
        said = (part.replace(" ", _NBSP) for part in self.reading_at(position))
        self.pointed_at.emit("   ".join(said))

    def _empty(self) -> None:
        self.clear()
        self._items.clear()
        self._legend.setLabelTextColor(current().text)

    def _add(self, digest: str, items: Sequence[QGraphicsItem]) -> None:
        for item in items:
            self.item.addItem(item)
            item.setVisible(digest not in self._hidden)
        self._items[digest] = list(items)
