"""What each variant reaches, and at what price: parameters, operations, latency or training."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from engine.analysis.wording import MIN_SEEDS
from studio.pages.compare.plots import Floats, Plot, short
from studio.pages.compare.prices import Spot
from studio.plots.palette import run_colour
from studio.theme.tokens import Tokens, current

_DOT, _SEED, _BESIDE, _LINE = 10, 5, 16, 16
"""Pixels: a variant's dot, a seed's, from dots of one price to their names, from name to name."""
_LANE, _LANES = 10, 160
"""Pixels: from interval to interval beside one price, and room for all of them."""
_CROSSES_NAME, _CROSSES_MARK = 1000, 80
"""Pixels that a name rather moves than lie on another, or on another's dot or interval."""
_OUTWARDS = np.array([-1, 1, -1, 1])
_FAINT = 110


class TradeoffPlot(Plot):
    """The metric of each variant against a price, its seeds faint, and the front of the means.

    Methods that ship one backbone have one price: their dots stand above one another at it. A line
    goes from each to its name, and where dots would lie on intervals of others, their intervals
    hang on these lines, side by side, however far one zooms. Names keep off each other, and off
    dots and intervals, as far as there is room.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        self._dots: Any = None
        super().__init__("compare_scatter", parent)
        self.setAccessibleName(self.tr("Accuracy against price"))
        self.item.vb.setDefaultPadding(0.1)
        self.item.vb.sigTransformChanged.connect(self._place)
        self._spots: Sequence[Spot] = ()
        self._log = True
        self._bars: list[pg.PlotCurveItem] = []
        self._names: list[Any] = []

    def show_spots(
        self, spots: Sequence[Spot], named: Mapping[str, str], colours: Mapping[str, int],
        titles: tuple[str, str], *, log: bool,
    ) -> Iterator[None]:
        """Draw one dot per variant, with its interval over seeds: made in steps, seen at the end.

        Args:
            spots: the cheapest first.
            named: what each variant is called, by digest.
            colours: colour index of each variant, by digest.
            titles: of the price and of the value.
            log: whether the price is drawn by its logarithm.
        """
        self._spots, self._log = (), log  # nothing is placed before all of it is there
        painted = [QColor(run_colour(colours.get(spot.group.digest, 0))) for spot in spots]
        names = [
            pg.TextItem(short(named[spot.group.digest]), color=colour)
            for spot, colour in zip(spots, painted, strict=True)
        ]
        yield
        bars = [pg.PlotCurveItem(pen=pg.mkPen(colour, width=2)) for colour in painted]
        dots, seeds = self._made_dots(spots, painted)
        yield
        self.clear()
        self.item.getAxis("bottom").setLogMode(x=log)
        self._names, self._bars, self._dots, self._seeds = names, bars, dots, seeds
        self._lines = pg.PlotCurveItem(connect="finite", pen=current().strong_border)
        if spots:
            self.addItem(self._extent(spots))
        # Some move with the view: if the view fitted them too, it would follow its own tail.
        moving = (self._lines, *bars, seeds, dots, *names)
        for item in (*self._fronts(spots), *moving):
            self.item.addItem(item, ignoreBounds=True)
        bottom, left = titles
        if len({spot.price for spot in spots}) < len(spots):
            bottom = self.tr("{0} – 95 % intervals hang beside their dots").format(bottom)
        self.set_titles(bottom, left)
        self.item.enableAutoRange()
        self._spots = spots
        self._place()

    def _dress(self, colours: Tokens) -> None:
        super()._dress(colours)
        if self._dots is not None:
            self._dots.setPen(colours.surface)

    def _made_dots(self, spots: Sequence[Spot], painted: Sequence[QColor]) -> tuple[Any, Any]:
        """Of variants and of seeds, at their prices: what ships at one stands at one place."""
        dots = pg.ScatterPlotItem(size=_DOT, pen=current().surface)
        seeds = pg.ScatterPlotItem(size=_SEED, pen=pg.mkPen(None))
        if spots:
            dots.setData(
                self._x([spot.price for spot in spots]), [spot.group.mean for spot in spots],
                brush=[pg.mkBrush(colour) for colour in painted],
            )
            price, value, colours = zip(*(
                (price, value, _soft(colour, _FAINT))
                for spot, colour in zip(spots, painted, strict=True) for price, value in spot.seeds
            ), strict=True)
            seeds.setData(self._x(price), value, brush=list(map(pg.mkBrush, colours)))
        return dots, seeds

    def _x(self, prices: Sequence[float]) -> Floats:
        return np.log10(prices) if self._log else np.array(prices, dtype=float)

    def _fronts(self, spots: Sequence[Spot]) -> list[pg.PlotCurveItem]:
        """Of the same images, a line along which more must be paid to reach more.

        It is dashed where the seeds show it, and no more than dotted where it is of means only.
        """
        parts: dict[str, list[Spot]] = {}
        for spot in spots:
            if spot.standing.on_front:
                parts.setdefault(spot.group.data, []).append(spot)
        fronts: list[pg.PlotCurveItem] = []
        for part in (part for part in parts.values() if len(part) > 1):
            corners = [(part[0].price, part[0].group.mean)]
            for one, other in pairwise(part):
                corners += (other.price, one.group.mean), (other.price, other.group.mean)
            prices, values = zip(*corners, strict=True)
            shown = all(spot.standing.is_shown for spot in part)
            style = Qt.PenStyle.DashLine if shown else Qt.PenStyle.DotLine
            pen = pg.mkPen(current().muted, width=1, style=style)
            fronts.append(pg.PlotCurveItem(self._x(prices), np.array(values), pen=pen))
        return fronts

    def _extent(self, spots: Sequence[Spot]) -> pg.PlotCurveItem:
        """What the view shall fit: room beside one price, all dots, and intervals that tell."""
        prices = [price for spot in spots for price, _ in spot.seeds]
        price_N = self._x([*prices, *(spot.price for spot in spots)])
        low, high = float(price_N.min()), float(price_N.max())
        middle = (low + high) / 2
        room = 0.4 if self._log else 0.3 * abs(middle)  # padding makes a decade of it
        y = [spot.group.mean for spot in spots]
        for spot in spots:
            y += [value for _, value in spot.seeds]
            # That of two seeds is so long that nothing else could be told beside it.
            if spot.interval and len(spot.group.seeds) >= MIN_SEEDS:
                y += spot.interval.low, spot.interval.high
        x = min(low, middle - room), max(high, middle + room)
        return pg.PlotCurveItem(np.array(x), np.array([min(y), max(y)]), pen=pg.mkPen(None))

    def _place(self) -> None:
        """Hang intervals and names beside the dots; numbers are pixels until they are drawn."""
        if not self._spots:
            return
        wide, high = self.item.vb.viewPixelSize()
        dot_N = self._x([spot.price for spot in self._spots]) / wide
        mean_N = np.array([spot.group.mean for spot in self._spots]) / high
        bar_N, turn_N, back_N, line_N = dot_N.copy(), dot_N.copy(), dot_N.copy(), mean_N.copy()
        at_right_N = np.zeros(len(dot_N), dtype=bool)
        columns = _touching(dot_N - 0.6 * _DOT, dot_N + 0.6 * _DOT)
        for column in columns:
            at_right_N[column] = dot_N[column].mean() > (dot_N[0] + dot_N[-1]) / 2 + 1
            away = -1 if at_right_N[column[0]] else 1
            back_N[column], end = away * np.sort(away * dot_N[column])[[0, -1]]
            lanes_N = np.arange(1, len(column) + 1) * min(_LANE, _LANES / len(column)) + _DOT / 2
            turn_N[column] = end
            if len(column) > 1:
                bar_N[column] = end + away * lanes_N
                turn_N[column] = bar_N[column[-1]]
        shown, taken = self._shown(), self._draw_bars(bar_N, dot_N, mean_N)
        for column in columns:
            # A name stays with a dot that is out of sight.
            room = (min(shown[2] + _LINE / 2, mean_N[column].min()),
                    max(shown[3] - _LINE / 2, mean_N[column].max()))
            line_N[column] = spread(mean_N[column], _LINE, room)
            seen = (*shown[:2], room[0] - _LINE / 2, room[1] + _LINE / 2)
            for at in column[np.argsort(line_N[column])]:
                width, is_right = self._names[at].boundingRect().width(), bool(at_right_N[at])
                beside = _name_box(turn_N[at], line_N[at], width, is_right)
                other = _name_box(back_N[at], line_N[at], width, not is_right)
                moved, is_other = taken.put((beside, other), seen)
                line_N[at] += moved
                if is_other:
                    at_right_N[at], turn_N[at] = not is_right, back_N[at]
        name_N = turn_N + np.where(at_right_N, -1, 1) * _BESIDE
        for name, x, y, at_right in zip(self._names, name_N, line_N, at_right_N, strict=True):
            name.setAnchor((float(at_right), 0.5))
            name.setPos(x * wide, y * high)
        nothing_N = np.full(len(dot_N), np.nan)  # where the line of the next begins
        self._lines.setData(
            wide * np.stack([dot_N, turn_N, name_N, nothing_N], 1).ravel(),
            high * np.stack([mean_N, mean_N, line_N, nothing_N], 1).ravel(),
        )

    def _shown(self) -> list[float]:
        """Left, right, bottom and top of what is seen, in pixels."""
        wide, high = self.item.vb.viewPixelSize()
        (left, right), (bottom, top) = self.item.vb.viewRange()
        return [left / wide, right / wide, bottom / high, top / high]

    def _draw_bars(self, bar_N: Floats, dot_N: Floats, mean_N: Floats) -> "_Taken":
        """Draw the intervals at these x, and return the room that they and the dots take."""
        wide, high = self.item.vb.viewPixelSize()
        marks = list(zip(dot_N, dot_N, mean_N, mean_N, strict=True))
        for x, bar, spot in zip(bar_N, self._bars, self._spots, strict=True):
            ends = (spot.interval.low, spot.interval.high) if spot.interval else ()
            bar.setData(np.full(len(ends), x * wide), np.array(ends))
            if spot.interval:
                marks.append((x, x, spot.interval.low / high, spot.interval.high / high))
        return _Taken(np.array(marks) + _DOT / 2 * _OUTWARDS, np.empty((0, 4)))


@dataclass
class _Taken:
    """What names must not cross: boxes of left, right, bottom and top, in pixels.

    Attributes:
        marks: dots and intervals.
        names: that have their places.
    """

    marks: Floats
    names: Floats

    def put(
        self, boxes: Sequence[Floats], seen: tuple[float, ...]
    ) -> tuple[float, bool]:
        """Find room for a name: where it crosses least, and moves least of these places.

        Args:
            boxes: where it may stand if nothing is there; it rather does in the first.
            seen: the room that it is not to leave.

        Returns:
            How far it moves upwards from a box, and whether that is the second.
        """
        most = int(2 * (seen[3] - seen[2]) / _LINE)
        shift_S = _LINE / 2 * np.arange(-most, most + 1)
        best = math.inf, 0.0, False, boxes[0]
        for is_second, box in enumerate(boxes):
            box_S4 = box + np.outer(shift_S, [0, 0, 1, 1])
            out_S = ((box_S4 - seen) * _OUTWARDS > 1e-6).sum(1)
            trouble_S = (
                _CROSSES_NAME * (_crossings(box_S4, self.names) + out_S)
                + _CROSSES_MARK * _crossings(box_S4, self.marks)
                + np.abs(shift_S) + _LINE * is_second
            )
            at = int(trouble_S.argmin())
            if trouble_S[at] < best[0]:
                best = float(trouble_S[at]), float(shift_S[at]), bool(is_second), box_S4[at]
        self.names = np.vstack([self.names, best[3]])
        return best[1], best[2]


def _crossings(box_S4: Floats, taken_N4: Floats) -> NDArray[np.intp]:
    """On how many of the boxes that are taken each of some lies that stand above one another."""
    left, right = box_S4[0, :2]
    near_N4 = taken_N4[(left < taken_N4[:, 1]) & (right > taken_N4[:, 0])]
    low_S1, high_S1 = box_S4[:, 2, None], box_S4[:, 3, None]
    return ((low_S1 < near_N4[:, 3]) & (high_S1 > near_N4[:, 2])).sum(1)


def _name_box(turn: float, line: float, width: float, at_right: bool) -> Floats:
    """The room of a name that is `width` wide, ends or begins beside x, and is centred on y."""
    left = turn - _BESIDE - width if at_right else turn + _BESIDE
    return np.array([left, left + width, line - _LINE / 2, line + _LINE / 2])


def _soft(colour: QColor, alpha: int) -> QColor:
    return QColor(colour.red(), colour.green(), colour.blue(), alpha)


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
