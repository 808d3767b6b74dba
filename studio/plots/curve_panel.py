"""One metric panel: curves with their values at the pointer."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QTimer, Signal
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QSizePolicy, QWidget

from studio.item_models.wording import NOTHING, metric
from studio.plots.curve import Curve, Floats
from studio.plots.curve_layer import CurveLayer
from studio.plots.plot import Axis, PlotWidget
from studio.plots.stack import can_stack, stacked
from studio.plots.strokes import Shade, Stroke
from studio.plots.zoom_box import SpanBox
from studio.theme.theme import caption_font
from studio.theme.tokens import current, sizes
from studio.widgets.labels import label
from studio.widgets.layout import column, row
from studio.widgets.pace import Pace

_FAINT = 140
"""Of 255, the opacity of a raw curve behind its smooth one: seen, and clearly behind."""
_AREA = 80
"""Of 255, the opacity of the room between two curves of a stack."""
_MARGIN = 0.04
_GROWING_SHARE = 0.025
"""Drawing points that arrive may take up this part of the time; painting adds to it."""
_SAID_OF = 20
"""The read-out tells of so many curves: more leave the plot no room."""
_SAID_BESIDE = 2
"""The values of so many stand beside the title."""
Extent = tuple[float, float]
"""From where to where."""
_BOUND = "\u00a0"
"""A space at which no line is broken."""


class _Plot(PlotWidget):
    left = Signal()

    def __init__(self, view: SpanBox) -> None:
        super().__init__([Axis("bottom"), Axis("left")], view=view)

    def leaveEvent(self, ev: QEvent) -> None:
        """Tell that the pointer went."""
        super().leaveEvent(ev)
        self.left.emit()


class CurvePanel(QFrame):
    """A card with a title, a read-out and a plot: see `zoom_hint` for how it is zoomed."""

    hovered = Signal(object)
    """The x under the pointer, or None when it left."""

    zoomed = Signal(object)
    """The x range that the user chose as (left, right), or None for everything."""

    def __init__(
        self, title: str, say_value: Callable[[float], str] = metric,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._say_value = say_value
        self.setProperty("role", "card")
        self.setMinimumHeight(220)
        self._curves: Sequence[Curve] = ()
        self._log, self._outliers, self._stacks = False, True, False
        self._whole: Extent | None = None
        self._least = 0.0
        self._range: Extent | None = None
        self._cursor: tuple[float, str] | None = None
        self._setting = False
        self._title = label(title, "heading")
        self._readout = label("", "caption", wrap=True)
        self._readout.setTextFormat(self._readout.textFormat().RichText)
        self._readout.setObjectName("panel.readout")
        self._readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._view = SpanBox()
        self._plot = _Plot(self._view)
        self._plot.setAccessibleName(title)
        # A read-out that wraps asks for heights by width, in which a plot's own would count.
        self._plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self._item: Any = self._plot.getPlotItem()
        self._layer = CurveLayer(self._view)
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._build()
        self._redraw = QTimer(self, singleShot=True, interval=0)
        self._redraw.timeout.connect(self._layer.draw)
        self._grown: tuple[Sequence[Curve], Extent | None, float] = (), None, 0.0
        self._growing = Pace(_GROWING_SHARE, parent=self)
        self._growing.due.connect(self._on_growing)

    def _build(self) -> None:
        self._top = row(spacing=12)
        self._top.addWidget(self._title)
        self._top.addWidget(self._readout, 1)
        layout = column(self, spacing=4, margin=8)
        layout.addLayout(self._top)
        layout.addWidget(self._plot, 1)
        self._item.hideButtons()
        self._item.showGrid(x=True, y=True, alpha=0.12)
        self._view.disableAutoRange()
        self._item.addItem(self._line, ignoreBounds=True)
        self._line.hide()
        scene: Any = self._plot.scene()
        scene.sigMouseMoved.connect(self._on_moved)
        scene.sigMouseClicked.connect(self._on_clicked)
        self._plot.left.connect(lambda: self.hovered.emit(None))
        self._view.sigXRangeChanged.connect(self._on_x_range)
        self._dress()

    # ---- what is shown

    def set_curves(
        self, curves: Sequence[Curve], whole: Extent | None = None, least: float = 0.0
    ) -> None:
        """Draw these curves.

        Args:
            curves: the last one on top.
            whole: the x to show while nothing is chosen; None is all that the curves have.
            least: so much of x is shown at least.
        """
        self._growing.stop()
        self._curves, self._whole, self._least = curves, whole, least
        self._set_strokes()
        self._fit()
        self._say()
        self._redraw.start()

    def grow(
        self, curves: Sequence[Curve], whole: Extent | None = None, least: float = 0.0
    ) -> None:
        """Draw these curves, which are those before with more points, as soon as there is time.

        Points that arrive may take a small part of the time only, so that many long curves do
        not make the window slow: the picture of a few is drawn at once.
        """
        self._grown = curves, whole, least
        self._growing.ask()

    def _on_growing(self) -> None:
        begun = time.thread_time()
        self.set_curves(*self._grown)
        self._growing.spend(time.thread_time() - begun + self._layer.spent_s)

    def set_stacked(self) -> None:
        """Draw the curves one upon the other from now on, where that says what is so."""
        self._stacks = True

    def set_scale(self, *, log: bool, outliers: bool) -> None:
        """Draw log10 of the values or not; scale y to all of them, or to their bulk."""
        self._log, self._outliers = log, outliers
        self._item.getAxis("left").setLogMode(y=log)
        self._set_strokes()
        self._fit()
        self._say()
        self._redraw.start()

    def set_x_title(self, title: str, *, counts: bool = False) -> None:
        """Name the x axis, and say whether it counts something: epochs have no halves."""
        self._item.getAxis("bottom").set_counts(counts)
        style = {"font-size": f"{sizes().caption}px", "color": current().muted}
        self._plot.setLabel("bottom", title, **style)

    def set_x_range(self, chosen: Extent | None) -> None:
        """Show a part of x, or everything."""
        self._range = chosen
        self._fit()
        self._redraw.start()

    def show_cursor(self, x: float | None, said: str = "") -> None:
        """Show the line at x, and there the values of the last points up to it.

        Args:
            x: where a point is; None shows no line, and the last values.
            said: what x is called.
        """
        self._cursor = None if x is None else (x, said)
        self._line.setVisible(x is not None)
        if x is not None:
            self._line.setValue(x)
        self._say()

    @property
    def layer(self) -> CurveLayer:
        """What draws the curves: first those that lie faint behind, then the others."""
        return self._layer

    def readout(self) -> str:
        """The values that are shown, as rich text."""
        return self._readout.text().replace(_BOUND, " ")

    # ---- drawing

    def _values(self, values: Floats) -> Floats:
        if not self._log:
            return values
        return np.log10(values, where=values > 0, out=np.full(values.shape, np.nan))

    @property
    def _is_stack(self) -> bool:
        """Heights on a logarithmic axis do not add up, and what is negative has none."""
        return self._stacks and not self._log and can_stack(self._curves)

    def _set_strokes(self) -> None:
        drawn = stacked(self._curves) if self._is_stack else self._curves
        areas = _areas(drawn) if self._is_stack else []
        faint = [self._stroke(c, c.y, _FAINT) for c in drawn if c.smooth is not None]
        lines = [self._stroke(c, c.shown, 255) for c in drawn]
        self._layer.set_strokes([*areas, *faint, *lines])

    def _stroke(self, curve: Curve, values: Floats, alpha: int) -> Stroke:
        return Stroke(_see_through(curve.colour, alpha), curve.x, self._values(values), curve.width)

    def _fit(self) -> None:
        """Show all of x, or the part that was chosen, and the y that is in it."""
        whole = self._whole or x_extent(self._curves)
        if whole is None:
            return
        left, right = self._range or whole
        low, high = self._heights((left, right))
        pad = (high - low) * _MARGIN or abs(high) * 0.05 or 0.5
        if right <= left:
            left, right = left - min(0.5, max(left, 0.0)), right + 0.5
        self._setting = True
        self._view.setLimits(  # what is asked for is always within them
            xMin=min(left, whole[0]), xMax=max(right, whole[1]),
            minXRange=min(self._least, right - left) or None,
        )
        self._view.setRange(xRange=(left, right), yRange=(low - pad, high + pad), padding=0)
        self._setting = False

    def _heights(self, x_range: Extent) -> Extent:
        """What y fits in a range of x."""
        low, high = (self._layer.extent if self._outliers else self._layer.bulk)(x_range)
        if low > high:  # no point lies there, but a line may go through
            low, high = self._layer.extent(x_range)
        return (low, high) if low <= high else (0.0, 1.0)

    def _say(self) -> None:
        """Say the values at the line, or the last; those of many get lines of their own."""
        below = len(self._curves) > _SAID_BESIDE or any(c.smooth is not None for c in self._curves)
        direction = QBoxLayout.Direction
        self._top.setDirection(direction.TopToBottom if below else direction.LeftToRight)
        self._top.setSpacing(4 if below else 12)
        said = [self._said_of(curve) for curve in self._curves[:_SAID_OF] if len(curve.x)]
        if self._stacks and self._curves:
            said.insert(0, self._how_stacked())
        if len(self._curves) > _SAID_OF:
            said.append(self.tr("and {0} more").format(len(self._curves) - _SAID_OF))
        if self._cursor is not None:
            x, name = self._cursor
            said.append(f"@ {name or f'{x:.4g}'}".replace(" ", _BOUND))
        self._readout.setText("&nbsp;&nbsp; ".join(said))

    def _said_of(self, curve: Curve) -> str:
        dot = f'<span style="color:{curve.colour}">●</span>'
        at = self._last_of(curve)
        if at is None:
            return _BOUND.join((dot, curve.name, NOTHING))
        said = [dot, curve.name, self._say_value(float(curve.y[at]))]
        if curve.smooth is not None:
            smooth = self._say_value(float(curve.smooth[at]))
            said.append(self.tr("(line smoothed: {0})").format(smooth).replace(" ", _BOUND))
        return _BOUND.join(said)

    def _how_stacked(self) -> str:
        """The sum of the values, or why the curves are not one upon the other."""
        if self._log:
            return self.tr("not stacked: the scale is logarithmic")
        if not self._is_stack:
            return self.tr("not stacked: some are negative")
        lasts = [(curve, self._last_of(curve)) for curve in self._curves]
        total = self._say_value(float(sum(one.y[at] for one, at in lasts if at is not None)))
        return self.tr("stacked, total {0}").format(total).replace(" ", _BOUND)

    def _last_of(self, curve: Curve) -> int | None:
        return curve.last_at(np.inf if self._cursor is None else self._cursor[0])

    # ---- what is heard

    def _on_moved(self, at: QPointF) -> None:
        if self._view.sceneBoundingRect().contains(at):
            self.hovered.emit(float(self._view.mapSceneToView(at).x()))

    def _on_clicked(self, event: Any) -> None:
        if event.double():
            self.zoomed.emit(None)

    def _on_x_range(self, _: object, chosen: tuple[float, float]) -> None:
        if not self._setting:
            self.zoomed.emit((float(chosen[0]), float(chosen[1])))
        self._redraw.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Reduce to the new width."""
        super().resizeEvent(event)
        self._redraw.start()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        colours = current()
        self._plot.setBackground(colours.surface)
        self._view.dress(colours)
        self._line.setPen(pg.mkPen(colours.faint, width=1))
        for side in ("bottom", "left"):
            axis = self._item.getAxis(side)
            axis.setPen(colours.border)
            axis.setTextPen(colours.muted)
            axis.setLabel(axis.labelText, **{**axis.labelStyle, "color": colours.muted})
            axis.setStyle(tickFont=caption_font(self.font()))
        self._item.getAxis("left").setWidth(48)


def _areas(layers: Sequence[Curve]) -> list[Shade]:
    """What each curve of a stack adds to those below it."""
    ground = [np.zeros(len(layer.x)) for layer in layers[:1]]
    lows = [*ground, *(layer.shown for layer in layers[:-1])]
    return [
        Shade(_see_through(layer.colour, _AREA), layer.x, low, layer.shown)
        for layer, low in zip(layers, lows, strict=True)
    ]


def _see_through(colour: str, alpha: int) -> QColor:
    made = QColor(colour)
    made.setAlpha(alpha)
    return made


def x_extent(curves: Iterable[Curve]) -> Extent | None:
    """From where to where curves go; None without any."""
    extents = [(float(one.x[0]), float(one.x[-1])) for one in curves if len(one.x)]
    if not extents:
        return None
    return min(low for low, _ in extents), max(high for _, high in extents)
