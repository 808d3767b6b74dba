"""The curves of the run looked at, live."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QScrollArea, QStackedWidget, QWidget

from engine.spec.rows import RunRow, is_averaged
from engine.spec.run_state import RunState
from studio.item_models.wording import metric, percent_metric
from studio.pages.run.curve_bar import CurveBar
from studio.plots.curve import Curve
from studio.plots.curve_panel import CurvePanel, Extent, x_extent
from studio.plots.curves import (
    EPOCH,
    STEP,
    TERMS,
    TIME,
    PanelKeys,
    RunCurves,
    is_noisy,
    panels_of,
    short_name,
)
from studio.plots.palette import deeper, run_colour
from studio.plots.zoom_box import least_stretch
from studio.state.context import Context
from studio.theme.tokens import current
from studio.widgets.empty_state import EmptyState
from studio.widgets.layout import column

if TYPE_CHECKING:
    from studio.bridge.feed import NewBlock

_PANEL_WIDTH = 400
_VAL_WIDTH = 2
"""Validation stands out; with a point an epoch it costs nothing to paint it wider."""
_PERCENT = ("top1", "ece")


class CurvesTab(QWidget):
    """Metric panels in a grid; they share x, pointer and zoom."""

    name = "curves"
    """Begins the names of its controls, and of its settings."""
    first_axis = STEP
    """What x is until the user chooses."""
    many = (TERMS,)
    """Panels whose curves have colours of their own."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._run: RunRow | None = None
        self._is_read = False
        self._curves = RunCurves(-1)
        self._panels: dict[str, CurvePanel] = {}
        self._drawn: list[Curve] = []
        self._unit = RunCurves(-1).time_unit
        self._zoom: Extent | None = None
        self._bar = CurveBar(context, self.name, self.first_axis)
        self._build()
        self._bar.axis_changed.connect(self._on_axis)
        self._bar.smoothing_changed.connect(self._redraw)
        self._bar.scale_changed.connect(self._on_scale)

    @property
    def panels(self) -> dict[str, CurvePanel]:
        """The panels by name."""
        return self._panels

    # ---- building

    def _build(self) -> None:
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        self._grid.setContentsMargins(0, 0, 0, 0)
        inside = QWidget()
        inside.setProperty("role", "page")
        inside.setLayout(self._grid)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(inside)
        self._empty = EmptyState("run", "")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._scroll)
        self._layout = column(self, spacing=8)
        self._layout.setContentsMargins(0, 8, 0, 0)
        self._layout.addWidget(self._bar)
        self._layout.addWidget(self._stack, 1)

    def add_line(self, line: QWidget) -> None:
        """Put something between the controls and the panels."""
        self._layout.insertWidget(1, line)

    # ---- what is shown

    def show_run(self, run: RunRow) -> None:
        """Show a run, or what its row says anew."""
        before, self._run = self._run, run
        if before is None or run.id != before.id:
            self._curves, self._drawn = RunCurves(run.id), []
            self.show_all()
            self._is_read = False
            self._empty.say(self.tr("Reading the curves…"))
            self._stack.setCurrentWidget(self._empty)
        elif run.steps_per_epoch != before.steps_per_epoch:  # points may come before it does
            self._redraw()
        if self._is_read:
            self._empty.say(self._nothing(run.state))

    def say_read(self, runs: list[int]) -> None:
        """Say so if there is nothing, once all that is stored of a run was told."""
        if self._run is not None and self._run.id in runs:
            self._is_read = True
            self._empty.say(self._nothing(self._run.state))

    def _nothing(self, state: RunState) -> str:
        """Why there are no curves."""
        ended = {
            RunState.FAILED: self.tr("No curves: the run failed before there were any."),
            RunState.CANCELLED: self.tr("No curves: the run was stopped before there were any."),
            RunState.COMPLETED: self.tr("No curves: the run ended before there were any."),
        }
        return ended.get(state, self.tr("No curves yet: they appear with the first steps."))

    def add_points(self, blocks: "list[NewBlock]") -> None:
        """Draw what is new."""
        if self._curves.apply(blocks):
            self._redraw(growing=True)

    def _redraw(self, *, growing: bool = False) -> None:
        wanted = self._wanted(self._curves.series)
        if not wanted:
            return
        if [panel.name for panel in wanted] != list(self._panels):
            self._make_panels(wanted)
        self._follow_unit()
        curves = {panel: [self._curve(panel, key) for key in panel.keys] for panel in wanted}
        self._drawn = [curve for some in curves.values() for curve in some]
        whole, least = x_extent(self._drawn), self._least()
        for panel, some in curves.items():
            drawn = self._panels[panel.name]
            (drawn.grow if growing else drawn.set_curves)(some, whole, least)
        self._stack.setCurrentWidget(self._scroll)

    def _follow_unit(self) -> None:
        """A run that gets longer is said in longer units."""
        before, self._unit = self._unit, self._curves.time_unit
        if self._bar.axis == TIME and self._unit != before:
            if self._zoom is not None:
                left, right = self._zoom
                self._zoom = left * before[1] / self._unit[1], right * before[1] / self._unit[1]
            for panel in self._panels.values():
                self._name_x(panel)
                panel.set_x_range(self._zoom)

    def _curve(self, panel: PanelKeys, key: str) -> Curve:
        assert self._run is not None
        x = self._curves.x(key, self._bar.axis, self._run.steps_per_epoch)
        y = self._curves.series[key].values
        smooth = self._bar.smoothed(y) if is_noisy(key) else None
        width = _VAL_WIDTH if key.startswith("val/") else 1
        return Curve(short_name(key), self._colour(panel, key), x, y, smooth, width)

    def _colour(self, panel: PanelKeys, key: str) -> str:
        assert self._run is not None
        mine = run_colour(self._run.colour)
        if panel.name in self.many:
            return run_colour(self._run.colour + 1 + panel.keys.index(key))
        if is_averaged(key):  # drawn beside the weights themselves
            return run_colour(self._run.colour + 1)
        if key.startswith("train/") and len(panel.keys) > 1:
            return deeper(mine, current().text)
        return mine

    def _wanted(self, keys: Iterable[str]) -> list[PanelKeys]:
        """The panels of a run's series."""
        return panels_of(keys)

    def _titles(self) -> dict[str, str]:
        return {"loss": self.tr("Loss"), "terms": self.tr("Terms of the loss"),
                "top1": self.tr("Top-1 accuracy (%)"), "lr": self.tr("Learning rate"),
                "ece": self.tr("Calibration error (%)"),
                "nll": self.tr("Negative log-likelihood")}

    def _make_panels(self, wanted: list[PanelKeys]) -> None:
        titles = self._titles()
        names = [panel.name for panel in wanted]
        for gone in self._panels.keys() - set(names):
            self._panels.pop(gone).deleteLater()
        for name in names:
            if name not in self._panels:
                say = percent_metric if name in _PERCENT else metric
                panel = CurvePanel(titles.get(name, name), say)
                panel.setObjectName(f"panel.{name}")
                panel.hovered.connect(self._on_hovered)
                panel.zoomed.connect(self._on_zoomed)
                panel.set_scale(log=self._bar.is_log, outliers=not self._bar.hides_outliers)
                panel.set_x_range(self._zoom)
                self._name_x(panel)
                if name == TERMS:
                    panel.set_stacked()
                self._panels[name] = panel
        self._panels = {name: self._panels[name] for name in names}
        self._arrange()

    def _name_x(self, panel: CurvePanel) -> None:
        panel.set_x_title(self._x_title(), counts=self._bar.axis != TIME)

    def _arrange(self) -> None:
        columns = max(self.width() // _PANEL_WIDTH, 1)
        columns = min(columns, 3, max(len(self._panels), 1))
        for place, panel in enumerate(self._panels.values()):
            self._grid.addWidget(panel, place // columns, place % columns)
        for index in range(3):
            self._grid.setColumnStretch(index, 1 if index < columns else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use the width."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._redraw()
        super().changeEvent(event)

    # ---- zoom

    def zoom(self, factor: float, by: float = 0.0) -> None:
        """Show another part of x in every panel.

        Args:
            factor: how wide it is, of what is shown now; never more than everything.
            by: how far its middle lies to the right, of what is shown now.
        """
        whole = x_extent(self._drawn)
        if whole is None:
            return
        left, right = self._zoom or whole
        width = min((right - left) * factor, whole[1] - whole[0])
        start = (left + right) / 2 + by * (right - left) - width / 2
        start = min(max(start, whole[0]), whole[1] - width)
        self._on_zoomed((start, start + width))

    def show_all(self) -> None:
        """Show everything in every panel."""
        self._on_zoomed(None)

    def _least(self) -> float:
        return least_stretch(curve.x for curve in self._drawn)

    # ---- what is heard

    def _on_axis(self) -> None:
        for panel in self._panels.values():
            self._name_x(panel)
        self.show_all()
        self._redraw()

    def _on_scale(self) -> None:
        for panel in self._panels.values():
            panel.set_scale(log=self._bar.is_log, outliers=not self._bar.hides_outliers)

    def _on_hovered(self, x: float | None) -> None:
        at = None if x is None else _nearest_point(self._drawn, x)
        said = "" if at is None else self._say_x(at)
        for panel in self._panels.values():
            panel.show_cursor(at, said)

    def _on_zoomed(self, chosen: Extent | None) -> None:
        """Show a part of x, no more than there is, and no less than tells something."""
        whole = x_extent(self._drawn)
        if chosen is not None and whole is not None:
            left, right = max(chosen[0], whole[0]), min(chosen[1], whole[1])
            chosen = None if (left, right) == whole or left >= right else (left, right)
        if chosen is not None and whole is not None:
            chosen = _widened(chosen, whole, self._least())
        self._zoom = chosen
        for panel in self._panels.values():
            panel.set_x_range(chosen)

    # ---- how x is said

    def _x_title(self) -> str:
        title = self._bar.axis_title
        return f"{title} ({self._unit[0]})" if self._bar.axis == TIME else title

    def _say_x(self, x: float) -> str:
        """A point's x, by its step where it has one."""
        assert self._run is not None
        per_epoch = self._run.steps_per_epoch
        if self._bar.axis == TIME:
            return f"{x:.4g} {self._unit[0]}"
        if self._bar.axis == EPOCH and per_epoch:
            return self.tr("epoch {0:.5g} (step {1})").format(x, round(x * per_epoch))
        return self.tr("step {0}").format(round(x))


def _widened(chosen: Extent, whole: Extent, least: float) -> Extent:
    """A part of the whole that is so wide at least, about the middle of another one."""
    left, right = chosen
    if right - left >= least:
        return chosen
    start = min(max((left + right - least) / 2, whole[0]), whole[1] - least)
    return start, start + least


def _nearest_point(curves: Iterable[Curve], x: float) -> float | None:
    """The x of a point that is nearest to another x."""
    near = [
        float(curve.x[at]) for curve in curves if len(curve.x)
        for at in {max(int(np.searchsorted(curve.x, x)) - 1, 0),
                   min(int(np.searchsorted(curve.x, x)), len(curve.x) - 1)}
    ]
    return min(near, key=lambda one: abs(one - x), default=None)
