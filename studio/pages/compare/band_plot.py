"""The curves of a comparison: the mean over seeds of each variant with its band, or every run."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QTimer
from PySide6.QtGui import QColor, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QWidget

from engine.analysis.curves import Band
from studio.pages.compare.plots import CurvesPlot, Floats, band, between
from studio.pages.compare.study import Curve, Study
from studio.plots.curve_layer import Stroke
from studio.plots.palette import run_colour

_WIDE_UP_TO = 12
"""So many lines are drawn two pixels wide; that is slow, and with more one sees the less."""
_FAINT = 150


@dataclass(frozen=True)
class _Variant:
    """What is drawn of a variant, in full; on the screen it is reduced to the pixels there are."""

    digest: str
    colour: QColor
    lines: tuple[Curve, ...]
    band: Band | None


class BandPlot(CurvesPlot):
    """Lines over epochs. What is drawn of long ones is what the pixels can show, at any zoom."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("compare_curves", parent)
        self.setAccessibleName(self.tr("Curves"))
        self._shown: list[_Variant] = []
        self._bands: dict[str, Band] = {}
        self._extent = pg.PlotCurveItem(pen=pg.mkPen(None))
        self._redraw = QTimer(self, singleShot=True, interval=0)
        self._redraw.timeout.connect(self._on_view)
        self._ends, self._drawn = (0.0, 1.0), (0.0, 1.0, 1)
        self.item.vb.sigXRangeChanged.connect(lambda *_: self._redraw.start())
        self.item.vb.sigResized.connect(lambda *_: self._redraw.start())

    def show_study(self, study: Study, *, every_run: bool) -> Iterator[None]:
        """Draw the curves of a study, some at each turn.

        Args:
            study: has them.
            every_run: a line per run in place of a mean with a band per variant.
        """
        self._redraw.stop()
        self._empty()
        self._names = study.names()
        self._bands = {digest: found for digest, found in study.bands.items() if found.steps.size}
        runs: dict[str, list[Curve]] = {}
        for row in study.rows:
            if every_run and row.id in study.curves:
                runs.setdefault(row.digest, []).append(study.curves[row.id])
        self._shown = []
        for variant in study.variants:
            found = self._bands.get(variant.digest)
            if found is None:
                continue
            lines = runs.get(variant.digest, []) if every_run else [(found.steps, found.mean)]
            colour = QColor(run_colour(variant.colour))
            with_band = found if found.n > 1 and not every_run else None
            self._shown.append(_Variant(variant.digest, colour, tuple(lines), with_band))
        self.item.addItem(self._extent)
        self._fit()
        self.set_titles(self.tr("epoch"), study.band_key)
        self._drawn = self._detail()
        wide = sum(len(each.lines) for each in self._shown) <= _WIDE_UP_TO
        yield
        for shown in self._shown:
            self._draw(shown, wide=wide)
            yield
        self._read(None)

    def set_hidden(self, digests: Iterable[str]) -> None:
        """Hide the curves of some variants."""
        super().set_hidden(digests)
        self._fit()

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

    def _fit(self) -> None:
        """Let the view fit what is to be seen, however little of it is drawn."""
        x: list[float] = []
        y: list[float] = []
        for shown in self._shown:
            if shown.digest in self._hidden:
                continue
            ends = [shown.band.low, shown.band.high] if shown.band else []
            for epochs, values in shown.lines:
                x += epochs[0], epochs[-1]
                ends.append(values)
            known = [each[np.isfinite(each)] for each in ends]
            y += [float(end) for each in known if each.size for end in (each.min(), each.max())]
        if y:
            self._ends = min(x), max(x)
            self._extent.setData(np.array([min(x), max(x)]), np.array([min(y), max(y)]))

    def _draw(self, shown: _Variant, *, wide: bool) -> None:
        colour = QColor(shown.colour)
        if len(shown.lines) > 1:
            colour.setAlpha(_FAINT)
        pen, name = pg.mkPen(colour, width=2 if wide else 1), self._names[shown.digest]
        items: list[QGraphicsItem] = [
            pg.PlotDataItem(*self._reduced(*line), pen=pen, name=None if at else name)
            for at, line in enumerate(shown.lines)
        ]
        if shown.band is not None:
            items.append(band(self._around(shown.band), shown.colour))
        self._add(shown.digest, items, fitted=False)

    def _on_view(self) -> None:
        """Draw anew what the view shows in more or less detail now."""
        detail = self._detail()
        if detail == self._drawn:
            return
        self._drawn = detail
        for shown in self._shown:
            items: list[Any] = self._items.get(shown.digest, [])
            for item, line in zip(items, shown.lines, strict=False):
                item.setData(*self._reduced(*line))
            if items and shown.band is not None:
                items[-1].setPath(self._around(shown.band))

    def _detail(self) -> tuple[float, float, int]:
        """The x that are in view, no farther than curves go, and on how many pixels."""
        left, right = self.item.vb.viewRange()[0]
        first, last = self._ends
        if self.item.vb.autoRangeEnabled()[0]:
            left, right = first, last
        return max(left, first), min(right, last), max(int(self.item.vb.width()), 1)

    def _around(self, found: Band) -> QPainterPath:
        x, low = self._reduced(found.steps, found.low)
        return between(x, low, self._reduced(found.steps, found.high)[1])

    def _reduced(self, x: Floats, y: Floats) -> Curve:
        left, right, pixels = self._drawn
        return Stroke(QColor(), x, y).within((left, right), pixels)[:2]
