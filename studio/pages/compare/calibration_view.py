"""How often each variant is right when it is so sure."""

from collections.abc import Iterable, Mapping

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from engine.analysis.calibration import Bin, Reliability
from studio.pages.compare.fitted_table import FittedTable
from studio.pages.compare.plots import CurvesPlot
from studio.pages.compare.study import Study
from studio.pages.compare.tables import calibration_cells
from studio.plots.palette import run_colour, run_dash
from studio.plots.strokes import pen_of
from studio.theme.tokens import current
from studio.widgets.labels import label
from studio.widgets.layout import column


class CalibrationView(QWidget):
    """The reliability diagram, and the calibration errors below it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = ReliabilityPlot()
        reading = label("", "caption", wrap=True)
        self.plot.pointed_at.connect(reading.setText)
        self._table = FittedTable("compare_calibration", self.tr("Calibration error"))
        inner = column(self)
        for widget in (self.plot, reading, self._table):
            inner.addWidget(widget)
        self._shown: list[str] = []
        self._hidden: frozenset[str] = frozenset()

    def show_calibration(self, study: Study, calibration: Mapping[str, Reliability]) -> None:
        """Show the variants of a study that have one."""
        self.plot.show_calibration(study, calibration)
        header = [
            self.tr("variant"), self.tr("seeds"), self.tr("calibration error (ECE, %)"),
            self.tr("confidence (%)"), self.tr("accuracy (%)"), self.tr("too sure by"),
        ]
        names = study.names()
        self._shown = [digest for digest in names if digest in calibration]
        self._table.show_rows(header, [
            (names[digest], *calibration_cells(calibration[digest])) for digest in self._shown
        ])
        self.set_hidden(self._hidden)

    def set_hidden(self, digests: Iterable[str]) -> None:
        """Hide the curves and rows of some variants."""
        self._hidden = frozenset(digests)
        self.plot.set_hidden(self._hidden)
        self._table.hide_rows({at for at, d in enumerate(self._shown) if d in self._hidden})


class ReliabilityPlot(CurvesPlot):
    """Accuracy against confidence, bin by bin; on the diagonal, both are the same."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("compare_reliability", parent)
        self.setAccessibleName(self.tr("Reliability diagram"))
        self._bins: dict[str, tuple[Bin, ...]] = {}

    def show_calibration(self, study: Study, calibration: Mapping[str, Reliability]) -> None:
        """Draw a curve per variant that has one."""
        self._empty()
        self._names = study.names()
        self._bins = {
            variant.digest: calibration[variant.digest].bins
            for variant in study.variants if variant.digest in calibration
        }
        lowest = min((bins[0].confidence for bins in self._bins.values()), default=0.0)
        ends = np.array([lowest, 100.0])
        self.item.addItem(pg.PlotCurveItem(
            ends, ends, pen=pg.mkPen(current().strong_border, dash=[4, 4])
        ))
        variants = {variant.digest: variant for variant in study.variants}
        for digest, bins in self._bins.items():
            colour = QColor(run_colour(variants[digest].colour))
            pen = pen_of(colour, 2, run_dash(variants[digest].dash), cosmetic=True)
            self._add(digest, [pg.PlotDataItem(
                [each.confidence for each in bins], [each.accuracy for each in bins],
                pen=pen, name=self._names[digest], symbol="o", symbolSize=7, symbolBrush=colour,
                symbolPen=None,
            )])
        self.set_titles(self.tr("confidence (%)"), self.tr("test top-1 (%)"))
        self.set_hidden(self._hidden)
        self.item.enableAutoRange()

    def reading_at(self, position: QPointF | None) -> list[str]:
        """What each visible curve says at a position of the view, at its end without one."""
        x = 100.0 if position is None else self.item.vb.mapSceneToView(position).x()
        said: list[str] = []
        for digest, bins in self._bins.items():
            if digest not in self._hidden:
                near = min(bins, key=lambda each: abs(each.confidence - x))
                said.append(self.tr("{0} right in {1:.1f} % of {2:,.0f} images @ {3:.1f} %").format(
                    self._names[digest], near.accuracy, near.num_images, near.confidence
                ))
        return said
