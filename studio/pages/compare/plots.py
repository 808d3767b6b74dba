"""What the figures of a comparison share, and its mean curves with their bands."""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from engine.analysis.curves import Band
from studio.item_models.wording import count
from studio.pages.compare.study import Study, Variant
from studio.plots.palette import run_colour
from studio.theme.theme import caption_font
from studio.theme.tokens import current, sizes

_BAND_ALPHA = 40
_NBSP = "\N{NO-BREAK SPACE}"
_HEIGHT = 280
_LEGEND_CELL, _MOST_LINES, _NAME_WIDTH = (2, 3), 10, 180
"""Cell of the plot item's layout at the right of the curves; how many names fit there; pixels."""


class _Axis(pg.AxisItem):
    """An axis that says logarithms as the numbers that they stand for."""

    def logTickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Return "0.04", "20", "4 M"; "" where a name for each would run into the next."""
        numbers = 10 ** np.asarray(values, dtype=float) * scale
        is_wide = self.range[1] - self.range[0] > 1
        return [
            "" if is_wide and f"{number:.0e}"[0] not in "1235"
            else f"{number:.3g}" if number < 999.5 else count(number)  # 999.5 is said as 1 k
            for number in numbers
        ]


class Plot(pg.PlotWidget):
    """A plot in the colours of the theme."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, axisItems={"bottom": _Axis("bottom")})
        self.setObjectName(name)
        self.setFixedHeight(_HEIGHT)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.item: Any = self.getPlotItem()  # pyqtgraph forwards by __getattr__
        self.item.showGrid(x=True, y=True, alpha=0.15)
        for side in ("bottom", "left"):
            self.item.getAxis(side).setStyle(tickFont=caption_font(QApplication.font()))
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.StyleChange:
            self._dress()
        super().changeEvent(event)

    def mouseDoubleClickEvent(self, event: object) -> None:
        """Show everything again."""
        self.item.enableAutoRange()

    def set_titles(self, bottom: str, left: str) -> None:
        """Name the axes."""
        style = {"font-size": f"{sizes().caption}px"}
        self.setLabel("bottom", bottom, **style)
        self.setLabel("left", left, **style)

    def _dress(self) -> None:
        colours = current()
        self.setBackground(colours.surface)
        for side in ("bottom", "left"):
            axis = self.item.getAxis(side)
            axis.setPen(colours.border)
            axis.setTextPen(colours.muted)


def short(name: str) -> str:
    """A name cut in its middle where it would take room from what is drawn."""
    metrics = QFontMetrics(QApplication.font())
    return metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, _NAME_WIDTH)


class _Legend(pg.LegendItem):
    """A legend that has its place in the plot's layout, so that it lies on no curve."""

    def __init__(self) -> None:
        super().__init__(offset=None)
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


def band(x: Any, low: Any, high: Any, colour: QColor) -> list[pg.GraphicsObject]:
    """Return what fills the room between two curves over x, softly, in a colour."""
    soft = QColor(colour)
    soft.setAlpha(_BAND_ALPHA)
    ends = [pg.PlotDataItem(x, y, pen=pg.mkPen(None)) for y in (low, high)]
    filled: Any = pg.FillBetweenItem(*ends, brush=pg.mkBrush(soft))
    return [*ends, filled]


class CurvesPlot(Plot):
    """A plot of one curve per variant, with their names beside it.

    Signals:
        pointed_at: what the curves say under the mouse, at their ends without it.
    """

    pointed_at = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._legend: Any = _Legend()
        self.item.legend = self._legend
        self.item.layout.addItem(self._legend, *_LEGEND_CELL)
        self.item.layout.setAlignment(self._legend, Qt.AlignmentFlag.AlignTop)
        self.item.scene().sigMouseMoved.connect(self._read)
        self._items: dict[str, list[pg.GraphicsObject]] = {}
        self._names: dict[str, str] = {}
        self._hidden: frozenset[str] = frozenset()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme in the names too."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            for _, name in self._legend.items:
                name.setText(name.text, color=current().text)

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

    def _add(self, digest: str, items: list[pg.GraphicsObject]) -> None:
        for item in items:
            self.item.addItem(item)
        self._items[digest] = items


class BandPlot(CurvesPlot):
    """The mean over seeds of each variant, with a band of one standard deviation."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("compare_curves", parent)
        self.setAccessibleName(self.tr("Curves"))
        self._bands: Mapping[str, Band] = {}

    def show_study(self, study: Study) -> None:
        """Draw the curves of a study."""
        self._empty()
        self._bands, self._names = study.bands, study.names()
        for variant in study.variants:
            if variant.digest in study.bands and study.bands[variant.digest].steps.size:
                self._draw(variant, study.bands[variant.digest])
        self.set_titles(self.tr("epoch"), study.band_key)
        self.set_hidden(self._hidden)

    def reading_at(self, position: QPointF | None) -> list[str]:
        """What each visible curve says at a position of the view, at its end without one."""
        seen = {d: self._bands[d] for d in self._items if d not in self._hidden}
        if not seen:
            return []
        if position is None:
            x = max(found.steps[-1] for found in seen.values())
        else:
            x = max(self.item.vb.mapSceneToView(position).x(), 0)
        said: list[str] = []
        for digest, found in seen.items():
            at = int(np.abs(found.steps - x).argmin())
            spread = f" ± {found.high[at] - found.mean[at]:.2f}" if found.n > 1 else ""
            said.append(f"{self._names[digest]} {found.mean[at]:.2f}{spread}")
        return [self.tr("epoch {0:.0f}:").format(x), *said]

    def _draw(self, variant: Variant, found: Band) -> None:
        colour = QColor(run_colour(variant.colour))
        items: list[pg.GraphicsObject] = [
            pg.PlotDataItem(
                found.steps, found.mean, pen=pg.mkPen(colour, width=2),
                name=self._names[variant.digest],
            )
        ]
        if found.n > 1:
            items += band(found.steps, found.low, found.high, colour)
        self._add(variant.digest, items)
