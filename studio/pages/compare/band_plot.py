"""The curves of a comparison: the mean over seeds of each variant with its band, or every run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from engine.analysis.curves import Band
from studio.pages.compare.plots import BAND_ALPHA, CurvesPlot
from studio.pages.compare.study import Study
from studio.plots.curve_layer import CurveLayer
from studio.plots.palette import run_colour, run_dash
from studio.plots.strokes import Shade, Stroke, nearest, pen_of
from studio.plots.zoom_box import SpanBox, least_stretch
from studio.theme.tokens import current

_WIDE_UP_TO = 12
"""So many lines are drawn two pixels wide; with more one sees the less."""
_MOST_VARIANTS, _MOST_RUNS = 20, 9
"""The legend names so many; more leave the plot no room, and names of runs are long."""


@dataclass(frozen=True)
class _Curve:
    """What is drawn of a variant or of a run; digest is that of its variant."""

    digest: str
    name: str
    line: Stroke
    shade: Shade | None = None


class BandPlot(CurvesPlot):
    """Lines over epochs, as many and as long as there are: see `CurveLayer`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("compare_curves", parent, SpanBox())
        self.setAccessibleName(self.tr("Curves"))
        self.item.getAxis("bottom").set_counts(True)
        self._curves: Sequence[_Curve] = ()
        self._bands: dict[str, Band] = {}
        self._named: Sequence[_Curve] = ()
        self._layer = CurveLayer(self.item.vb)
        self._extent = pg.PlotCurveItem(pen=pg.mkPen(None))
        self.item.addItem(self._extent)
        self._redraw = QTimer(self, singleShot=True, interval=0)
        self._redraw.timeout.connect(self._layer.draw)
        self.item.vb.sigXRangeChanged.connect(self._fit_y)
        for moved in (self.item.vb.sigRangeChanged, self.item.vb.sigResized):
            moved.connect(lambda *_: self._redraw.start())

    @property
    def layer(self) -> CurveLayer:
        """What draws the curves: first the bands, then the lines."""
        return self._layer

    def show_study(self, study: Study, *, every_run: bool) -> Iterator[None]:
        """Draw the curves of a study, some at each turn; those that are named already stay so.

        Args:
            study: has them.
            every_run: a line per run in place of a mean with a band per variant.
        """
        self._names = study.names()
        self._bands = {digest: found for digest, found in study.bands.items() if found.steps.size}
        self._curves = list(_runs(study) if every_run else _variants(study, self._bands))
        self.set_titles(self.tr("epoch"), study.band_key)
        self._show()
        yield
        yield from self._name_curves(_MOST_RUNS if every_run else _MOST_VARIANTS)
        self._read(None)

    def set_hidden(self, digests: Iterable[str]) -> None:
        """Hide the curves of some variants."""
        super().set_hidden(digests)
        self._show()
        self._cross_out()

    def reading_at(self, position: QPointF | None) -> list[str]:
        """What each visible curve says at a position of the view, at its end without one."""
        seen = {d: found for d, found in self._bands.items() if d not in self._hidden}
        if not seen:
            return []
        if position is None:
            return self._ends(seen)
        x = max(self.item.vb.mapSceneToView(position).x(), 0)
        said = [
            self._said(digest, nearest(found.steps, x)) for digest, found in seen.items()
            if round(found.steps[0]) <= round(x) <= round(found.steps[-1])
        ]
        return [self.tr("epoch {0:.0f}:").format(x), *said]

    def _ends(self, seen: Mapping[str, Band]) -> list[str]:
        """What each curve says at its end, and where that is."""
        said = {digest: self._said(digest, -1) for digest in seen}
        ends = {digest: float(found.steps[-1]) for digest, found in seen.items()}
        if len({round(end) for end in ends.values()}) == 1:
            return [self.tr("epoch {0:.0f}:").format(max(ends.values())), *said.values()]
        text = self.tr("{0} (epoch {1:.0f})")
        return [text.format(said[digest], end) for digest, end in ends.items()]

    def _said(self, digest: str, at: int) -> str:
        found = self._bands[digest]
        spread = f" ± {found.high[at] - found.mean[at]:.2f}" if found.n > 1 else ""
        return f"{self._names[digest]} {found.mean[at]:.2f}{spread}"

    def _show(self) -> None:
        """Draw what is not hidden, and let the view fit it."""
        seen = [curve for curve in self._curves if curve.digest not in self._hidden]
        shades = [curve.shade for curve in seen if curve.shade is not None]
        lines = [curve.line for curve in seen]
        self._layer.set_strokes([*shades, *lines])
        if lines:
            ends = min(line.x[0] for line in lines), max(line.x[-1] for line in lines)
            low, high = self._layer.extent(ends)
            if low <= high:
                self._extent.setData(np.array(ends), np.array([low, high]))
                self.item.vb.set_least_x(least_stretch(line.x for line in lines))
                self.item.vb.updateAutoRange()  # now, not when it is painted: one picture for both
                self._fit_y()
        self._redraw.start()

    def _fit_y(self) -> None:
        """Let y fit what is in sight, where a stretch of x is zoomed."""
        if not self.item.vb.autoRangeEnabled()[0]:
            low, high = self._layer.extent(self.item.vb.viewRange()[0])
            if low <= high:
                self.setYRange(low, high)

    def _name_curves(self, most: int) -> Iterator[None]:
        """Fill the legend, a name at each turn."""
        named = self._curves[:most]
        rest = len(self._curves) - len(named)
        if [_look(curve) for curve in named] == [_look(curve) for curve in self._named]:
            return
        self._named = ()
        self._legend.clear()
        self._legend.setLabelTextColor(current().text)
        for curve in named:
            line = curve.line
            pen = pen_of(line.colour, line.width, line.dash)
            self._legend.addItem(pg.PlotCurveItem(pen=pen), curve.name)
            yield
        if rest:
            self._legend.addItem(
                pg.PlotCurveItem(pen=pg.mkPen(None)), self.tr("and {0} more").format(rest)
            )
        self._named = named
        self._cross_out()

    def _cross_out(self) -> None:
        """Let the legend say which of the curves are hidden."""
        for (sample, _), curve in zip(self._legend.items, self._named, strict=False):
            sample.item.setVisible(curve.digest not in self._hidden)
            sample.update()


def _variants(study: Study, bands: dict[str, Band]) -> Iterator[_Curve]:
    names = study.names()
    for variant in study.variants:
        found = bands.get(variant.digest)
        if found is None:
            continue
        colour = QColor(run_colour(variant.colour))
        line = Stroke(
            colour, found.steps, found.mean, _width(len(bands)), run_dash(variant.dash)
        )
        soft = QColor(colour)
        soft.setAlpha(BAND_ALPHA)
        shade = Shade(soft, found.steps, found.low, found.high) if found.n > 1 else None
        yield _Curve(variant.digest, names[variant.digest], line, shade)


def _runs(study: Study) -> Iterator[_Curve]:
    names, dashes = study.run_names(), {v.digest: run_dash(v.dash) for v in study.variants}
    for variant in study.variants:
        for row in study.rows:
            if row.digest == variant.digest and row.id in study.curves:
                line = Stroke(
                    QColor(run_colour(row.colour)), *study.curves[row.id],
                    _width(len(study.curves)), dashes[row.digest],
                )
                yield _Curve(row.digest, names[row.id], line)


def _width(count: int) -> int:
    return 2 if count <= _WIDE_UP_TO else 1


def _look(curve: _Curve) -> tuple[object, ...]:
    """What the legend says of it."""
    return curve.name, curve.line.colour.name(), curve.line.width, curve.line.dash
