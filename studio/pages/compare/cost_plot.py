"""Accuracy against cost: what networks with several exits or widths reach, and at what price."""

from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.analysis.dynamic import CurvePoint, Kind, VariantCurve
from engine.analysis.wording import MIN_SEEDS
from studio.pages.compare.plots import BAND_ALPHA, Plot
from studio.pages.compare.study import Study
from studio.plots.palette import run_colour
from studio.theme.tokens import current

Floats = NDArray[np.float64]
_MEGA = 1e6
_BESIDE, _MOST_LINES = (2, 3), 10
"""Cell of the plot item's layout at the right of the curves, and how many names fit there."""


class _Legend(pg.LegendItem):
    """A legend that has its place in the plot's layout, so that it lies on no curve."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.setEnabled(False)  # it is not dragged away; curves are hidden by their eyes
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def updateSize(self) -> None:
        """Leave the size to the layout."""
        self.updateGeometry()


class CostPlot(Plot):
    """Test top-1 against multiply-adds per image, with the 95 % interval over seeds.

    Signals:
        pointed_at: what the curves say under the mouse, in one line.
    """

    pointed_at = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("compare_costs", parent)
        self.setAccessibleName(self.tr("Accuracy against cost"))
        self.item.scene().sigMouseMoved.connect(self._on_mouse)
        self.item.getAxis("bottom").enableAutoSIPrefix(False)
        self._legend = self.item.legend = _Legend(offset=None)
        self.item.layout.addItem(self._legend, *_BESIDE)
        self.item.layout.setAlignment(self._legend, Qt.AlignmentFlag.AlignTop)
        self._items: dict[str, list[pg.GraphicsObject]] = {}
        self._curves: Sequence[VariantCurve] = ()
        self._names: dict[str, str] = {}
        self._hidden: frozenset[str] = frozenset()
        self._log = False

    def show_costs(self, study: Study, kind: Kind, *, log: bool) -> None:
        """Draw the curves of one kind.

        Args:
            study: has them.
            kind: anytime has a dot for every exit or width, budgeted none.
            log: whether cost is drawn by its logarithm.
        """
        self.clear()
        self._items.clear()
        self._log, self._names = log, study.names()
        self._curves = study.costs.get(kind, ())
        self._legend.setLabelTextColor(current().text)
        colours = {variant.digest: run_colour(variant.colour) for variant in study.variants}
        for curve in self._curves:
            self._draw(curve, QColor(colours[curve.digest]), with_dots=kind == "anytime")
        self._legend.setColumnCount(max(ceil(len(self._curves) / _MOST_LINES), 1))
        self.item.getAxis("bottom").setLogMode(x=log)
        self.set_titles(self.tr("million multiply-adds per image"), self.tr("test top-1 (%)"))
        self.set_hidden(self._hidden)
        self.item.enableAutoRange()

    def set_hidden(self, digests: Iterable[str]) -> None:
        """Hide the curves of some variants."""
        self._hidden = frozenset(digests)
        for digest, items in self._items.items():
            for item in items:
                item.setVisible(digest not in self._hidden)

    def reading_at(self, position: QPointF) -> str:
        """What the visible curves say at a position of the view, in one line."""
        x = self.item.vb.mapSceneToView(position).x()
        said: list[str] = []
        for curve in self._curves:
            if curve.digest in self._hidden:
                continue
            at = int(np.abs(self._x(curve) - x).argmin())
            said.append(f"{self._names[curve.digest]} {_said(curve.points[at])}")
        return "    ".join(said)

    def _on_mouse(self, position: QPointF) -> None:
        self.pointed_at.emit(self.reading_at(position))

    def _x(self, curve: VariantCurve) -> Floats:
        cost = np.array([point.cost / _MEGA for point in curve.points])
        return np.log10(cost) if self._log else cost

    def _draw(self, curve: VariantCurve, colour: QColor, *, with_dots: bool) -> None:
        x, y = self._x(curve), np.array([point.top1 for point in curve.points])
        dots = {"symbol": "o", "symbolSize": 7, "symbolBrush": colour, "symbolPen": None}
        items: list[pg.GraphicsObject] = [pg.PlotDataItem(
            x, y, pen=pg.mkPen(colour, width=2), name=self._names[curve.digest],
            **(dots if with_dots else {}),
        )]
        spans = [(p.low, p.high) for p in curve.points if p.low is not None and p.high is not None]
        # The band of two seeds is so wide that nothing else could be seen beside it.
        if len(spans) == len(curve.points) and len(curve.seeds) >= MIN_SEEDS:
            soft = QColor(colour)
            soft.setAlpha(BAND_ALPHA)
            low, high = (
                pg.PlotDataItem(x, np.array(end), pen=pg.mkPen(None))
                for end in zip(*spans, strict=True)
            )
            items += [low, high, pg.FillBetweenItem(low, high, brush=pg.mkBrush(soft))]
        for item in items:
            self.item.addItem(item)
        self._items[curve.digest] = items


def _said(point: CurvePoint) -> str:
    text = f"{point.top1:.2f}"
    if point.low is not None and point.high is not None:
        text += f" ({point.low:.2f} – {point.high:.2f})"
    return f"{text} @ {point.cost / _MEGA:.3g} M"
