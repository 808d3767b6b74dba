"""Accuracy against size: what each variant reaches, and with how many parameters."""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from engine.analysis.compare import Comparison, Group
from engine.analysis.wording import MIN_SEEDS
from studio.item_models.wording import arm
from studio.pages.compare.plots import Plot, short
from studio.plots.palette import run_colour
from studio.theme.tokens import current

Floats = NDArray[np.float64]
_DOT, _APART, _BESIDE, _LINE = 9, 11, 14, 16
"""Pixels: a dot, from dot to dot of one size, from the last of them to a name, name to name."""


class SizePlot(Plot):
    """The metric of each variant against the parameters that ship.

    Methods that ship one backbone would lie on one another: their dots stand side by side about
    their size, and their names one below another, however far one zooms.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("compare_scatter", parent)
        self.setAccessibleName(self.tr("Accuracy against size"))
        self.item.setLogMode(x=True, y=False)
        self.item.vb.setDefaultPadding(0.1)
        self.item.vb.sigTransformChanged.connect(self._place)
        self._groups: Sequence[Group] = ()
        self._bars: list[pg.ErrorBarItem] = []
        self._names: list[Any] = []

    def show_comparison(self, comparison: Comparison, colours: Mapping[str, int]) -> None:
        """Draw one dot per variant, with its interval over seeds."""
        self.clear()
        self._groups = sorted(
            (g for g in comparison.groups if g.params_deployed and math.isfinite(g.mean)),
            key=lambda group: (group.params_deployed, group.mean),
        )
        painted = [QColor(run_colour(colours.get(group.digest, 0))) for group in self._groups]
        self._bars = [pg.ErrorBarItem(pen=pg.mkPen(colour, width=1)) for colour in painted]
        self._names = [
            pg.TextItem(short(arm(group.label)), color=colour)
            for group, colour in zip(self._groups, painted, strict=True)
        ]
        self._lines = pg.PlotCurveItem(connect="pairs", pen=current().strong_border)
        self._dots = pg.ScatterPlotItem(size=_DOT, pen=pg.mkPen(None))
        self._brushes = [pg.mkBrush(colour) for colour in painted]
        if self._groups:
            self.addItem(self._extent())
        # They move with the view: if the view fitted them too, it would follow its own tail.
        for item in (self._lines, *self._bars, self._dots, *self._names):
            self.item.addItem(item, ignoreBounds=True)
        unit = f" ({comparison.unit})" if comparison.unit else ""
        self.set_titles(self.tr("parameters that ship"), f"{comparison.metric}{unit}")
        self._place()

    def _sizes(self) -> Floats:
        return np.log10([float(group.params_deployed or 1) for group in self._groups])

    def _extent(self) -> pg.PlotCurveItem:
        """What the view shall fit: a decade, every dot, and the intervals that say something."""
        size_N = self._sizes()
        middle = (size_N[0] + size_N[-1]) / 2
        x = min(size_N[0], middle - 0.4), max(size_N[-1], middle + 0.4)  # padding makes a decade
        y = [group.mean for group in self._groups]
        for group in self._groups:
            # That of two seeds is so long that nothing else could be told beside it.
            if group.interval and len(group.seeds) >= MIN_SEEDS:
                y += group.interval.low, group.interval.high
        return pg.PlotCurveItem(np.array(x), np.array([min(y), max(y)]), pen=pg.mkPen(None))

    def _place(self) -> None:
        if not self._groups:
            return
        wide, high = self.item.vb.viewPixelSize()
        size_N = self._sizes()
        mean_N = np.array([group.mean for group in self._groups])
        dot_N = spread(size_N / wide, _APART) * wide
        for x, bar, group in zip(dot_N, self._bars, self._groups, strict=True):
            half = (group.interval.high - group.interval.low) / 2 if group.interval else 0.0
            bar.setData(x=np.array([x]), y=np.array([group.mean]), height=np.array([2 * half]))
        self._dots.setData(dot_N, mean_N, brush=self._brushes)
        name_N, line_N = dot_N.copy(), mean_N.copy()
        at_right_N = np.zeros(len(dot_N), dtype=bool)
        reach = 0.6 * _APART * wide
        for column in _touching(dot_N - reach, dot_N + reach):
            at_right_N[column] = dot_N[column].mean() > (size_N[0] + size_N[-1]) / 2 + wide
            end = dot_N[column[0]] - _BESIDE * wide, dot_N[column[-1]] + _BESIDE * wide
            name_N[column] = np.where(at_right_N[column], *end)
        width_N = np.array([name.boundingRect().width() for name in self._names]) * wide
        left_N = name_N - width_N * at_right_N
        bottom, top = np.array(self.item.vb.viewRange()[1]) / high
        line_N /= high
        # A name stays with a dot that is out of sight.
        room = min(bottom + _LINE / 2, line_N.min()), max(top - _LINE / 2, line_N.max())
        for column in _touching(left_N, left_N + width_N):
            line_N[column] = spread(line_N[column], _LINE, room)
        line_N *= high
        for name, x, y, at_right in zip(self._names, name_N, line_N, at_right_N, strict=True):
            name.setAnchor((float(at_right), 0.5))
            name.setPos(x, y)
        self._lines.setData(
            np.stack([dot_N, name_N], 1).ravel(), np.stack([mean_N, line_N], 1).ravel()
        )


def spread(
    wanted_N: Floats, gap: float, room: tuple[float, float] = (-np.inf, np.inf)
) -> Floats:
    """Move numbers as little as can be (least squares) until any two are `gap` apart or more.

    They keep their order, and equal ones that in which they are given.

    Args:
        wanted_N: the numbers.
        gap: least distance.
        room: their bounds; where it is too small for all, they leave it downwards.
    """
    order = np.argsort(wanted_N, kind="stable")
    steps = gap * np.arange(len(order))
    # Less these steps they must not descend: neighbours that do are pooled at their mean.
    pools: list[list[float]] = []
    for level in wanted_N[order] - steps:
        pool = [float(level)]
        while pools and fmean(pools[-1]) > fmean(pool):
            pool = pools.pop() + pool
        pools.append(pool)
    spread_N = np.empty(len(order))
    levels = [fmean(pool) for pool in pools for _ in pool]
    spread_N[order] = np.clip(levels, room[0], room[1] - steps[-1]) + steps
    return spread_N


def _touching(left_N: Floats, right_N: Floats) -> list[NDArray[np.intp]]:
    """Indices of spans, from left to right, in groups that have room between them."""
    order = np.argsort(left_N, kind="stable")
    has_room = left_N[order][1:] > np.maximum.accumulate(right_N[order])[:-1]
    return np.split(order, np.flatnonzero(has_room) + 1)
