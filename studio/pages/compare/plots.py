"""The figures of a comparison: mean curves with their bands, accuracy against size."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from engine.analysis.compare import Comparison
from engine.analysis.curves import Band
from engine.analysis.wording import MIN_SEEDS
from studio.item_models.wording import arm, count
from studio.pages.compare.study import Study, Variant
from studio.plots.palette import run_colour
from studio.theme.theme import caption_font
from studio.theme.tokens import current, sizes
from studio.widgets.labels import label

BAND_ALPHA = 40
_HEIGHT = 280


class _Axis(pg.AxisItem):
    """An axis that says logarithms as the numbers that they stand for."""

    def logTickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Return "20", "100", "4 M"."""
        return [count(number) for number in 10 ** np.asarray(values, dtype=float) * scale]


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


def reading_line() -> QLabel:
    """Return the line below a plot that says what is under the mouse; it keeps its two lines."""
    made = label("", "caption", wrap=True)
    made.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    made.setMinimumHeight(2 * (sizes().caption + 4))
    return made


class BandPlot(Plot):
    """The mean over seeds of each variant, with a band of one standard deviation.

    Signals:
        pointed_at: what the curves say under the mouse, in one line.
    """

    pointed_at = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("compare_curves", parent)
        self.setAccessibleName(self.tr("Curves"))
        self.item.scene().sigMouseMoved.connect(self._on_mouse)
        self._legend: Any = self.item.addLegend(offset=(-8, -8))
        self._items: dict[str, list[pg.GraphicsObject]] = {}
        self._bands: Mapping[str, Band] = {}
        self._variants: tuple[Variant, ...] = ()
        self._hidden: frozenset[str] = frozenset()

    def show_study(self, study: Study) -> None:
        """Draw the curves of a study."""
        self.clear()
        self._items.clear()
        self._bands, self._variants = study.bands, study.variants
        self._legend.setLabelTextColor(current().text)
        names = study.names()
        for variant in study.variants:
            if variant.digest in study.bands:
                self._draw(variant, study.bands[variant.digest], names[variant.digest])
        self.set_titles(self.tr("epoch"), study.band_key)
        self.set_hidden(self._hidden)

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
        for variant in self._variants:
            found = self._bands.get(variant.digest)
            if found is None or not found.steps.size or variant.digest in self._hidden:
                continue
            at = int(np.abs(found.steps - x).argmin())
            spread = f" ± {found.high[at] - found.mean[at]:.2f}" if found.n > 1 else ""
            said.append(f"{variant.shown} {found.mean[at]:.2f}{spread}")
        return self.tr("epoch {0:.0f}:  ").format(max(x, 0)) + "    ".join(said) if said else ""

    def _on_mouse(self, position: QPointF) -> None:
        self.pointed_at.emit(self.reading_at(position))

    def _draw(self, variant: Variant, found: Band, name: str) -> None:
        colour = QColor(run_colour(variant.colour))
        soft = QColor(colour)
        soft.setAlpha(BAND_ALPHA)
        nothing = pg.mkPen(None)
        items: list[pg.GraphicsObject] = [
            pg.PlotDataItem(found.steps, found.mean, pen=pg.mkPen(colour, width=2), name=name)
        ]
        if found.n > 1:
            low = pg.PlotDataItem(found.steps, found.low, pen=nothing)
            high = pg.PlotDataItem(found.steps, found.high, pen=nothing)
            items += [low, high, pg.FillBetweenItem(low, high, brush=pg.mkBrush(soft))]
        for item in items:
            self.addItem(item)
        self._items[variant.digest] = items


class SizePlot(Plot):
    """The metric of each variant against the parameters that ship."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("compare_scatter", parent)
        self.setAccessibleName(self.tr("Accuracy against size"))
        self.item.setLogMode(x=True, y=False)

    def show_comparison(self, comparison: Comparison, colours: Mapping[str, int]) -> None:
        """Draw one dot per variant, with its interval over seeds."""
        self.clear()
        placed = [
            (math.log10(group.params_deployed), group) for group in comparison.groups
            if group.params_deployed and math.isfinite(group.mean)
        ]
        places = [x for x, _ in placed]
        middle = (min(places) + max(places)) / 2 if places else 0.0
        for x, group in placed:
            colour = QColor(run_colour(colours.get(group.digest, 0)))
            half = (group.interval.high - group.interval.low) / 2 if group.interval else 0.0
            bar = pg.ErrorBarItem(
                x=np.array([x]), y=np.array([group.mean]), height=np.array([2 * half]),
                pen=pg.mkPen(colour, width=1),
            )
            # That of two seeds is so long that nothing else could be told beside it.
            self.item.addItem(bar, ignoreBounds=len(group.seeds) < MIN_SEEDS)
            self.addItem(pg.ScatterPlotItem(
                [x], [group.mean], size=9, brush=pg.mkBrush(colour), pen=pg.mkPen(None)
            ))
            at_right = x > middle
            text = pg.TextItem(
                f"{arm(group.label)}  " if at_right else f"  {arm(group.label)}", color=colour,
                anchor=(float(at_right), 0.5),
            )
            text.setPos(x, group.mean)
            self.addItem(text)
        self.item.vb.setDefaultPadding(0.1)
        unit = f" ({comparison.unit})" if comparison.unit else ""
        self.set_titles(self.tr("parameters that ship"), f"{comparison.metric}{unit}")
