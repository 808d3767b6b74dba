"""Accuracy against cost: what networks with several exits or widths reach, and at what price."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsItem, QWidget

from engine.analysis.dynamic import CurvePoint, Kind, VariantCurve
from engine.analysis.wording import MIN_SEEDS
from studio.pages.compare.plots import CurvesPlot, band
from studio.pages.compare.study import Study, Variant
from studio.plots.palette import run_colour, run_dash
from studio.plots.strokes import between, pen_of

Floats = NDArray[np.float64]
_MEGA = 1e6


class CostPlot(CurvesPlot):
    """Test top-1 against multiply-adds per image, with the 95 % interval over seeds."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("compare_costs", parent)
        self.setAccessibleName(self.tr("Accuracy against cost"))
        self._curves: Sequence[VariantCurve] = ()
        self._log = False

    def show_costs(self, study: Study, kind: Kind, *, log: bool) -> None:
        """Draw the curves of one kind.

        Args:
            study: has them.
            kind: anytime has a dot for every exit or width, budgeted none.
            log: whether cost is drawn by its logarithm.
        """
        self._empty()
        self._log, self._names = log, study.names()
        self._curves = study.costs.get(kind, ())
        variants = {variant.digest: variant for variant in study.variants}
        for curve in self._curves:
            self._draw(curve, variants[curve.digest], with_dots=kind == "anytime")
        self.item.getAxis("bottom").setLogMode(x=log)
        self.set_titles(self.tr("million multiply-adds per image"), self.tr("test top-1 (%)"))
        self.set_hidden(self._hidden)
        self.item.enableAutoRange()

    def reading_at(self, position: QPointF | None) -> list[str]:
        """What each visible curve says at a position of the view, at its end without one."""
        x = None if position is None else self.item.vb.mapSceneToView(position).x()
        said: list[str] = []
        for curve in self._curves:
            if curve.digest in self._hidden:
                continue
            at = -1 if x is None else int(np.abs(self._x(curve) - x).argmin())
            said.append(f"{self._names[curve.digest]} {_said(curve.points[at])}")
        return said

    def _x(self, curve: VariantCurve) -> Floats:
        cost = np.array([point.cost / _MEGA for point in curve.points])
        return np.log10(cost) if self._log else cost

    def _draw(self, curve: VariantCurve, variant: Variant, *, with_dots: bool) -> None:
        colour = QColor(run_colour(variant.colour))
        x, y = self._x(curve), np.array([point.top1 for point in curve.points])
        dots = {"symbol": "o", "symbolSize": 7, "symbolBrush": colour, "symbolPen": None}
        items: list[QGraphicsItem] = [pg.PlotDataItem(
            x, y, pen=pen_of(colour, 2, run_dash(variant.dash), cosmetic=True),
            name=self._names[curve.digest],
            **(dots if with_dots else {}),
        )]
        # The band of two seeds is so wide that nothing else could be seen beside it.
        if len(curve.seeds) >= MIN_SEEDS:
            low, high = np.array([(p.low, p.high) for p in curve.points], dtype=float).T
            items.append(band(between(x, low, high), colour))
        self._add(curve.digest, items)


def _said(point: CurvePoint) -> str:
    text = f"{point.top1:.2f}"
    if point.low is not None and point.high is not None:
        text += f" ({point.low:.2f} – {point.high:.2f})"
    return f"{text} @ {point.cost / _MEGA:.3g} M"
