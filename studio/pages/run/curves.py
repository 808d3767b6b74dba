"""The curves of the run looked at, live."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QScrollArea, QStackedWidget, QWidget

from engine.spec.rows import RunRow, is_averaged
from studio.item_models.wording import metric, percent_metric
from studio.pages.run.curve_bar import CurveBar
from studio.plots.curve_panel import Curve, CurvePanel
from studio.plots.curves import STEP, PanelKeys, RunCurves, panels_of, short_name
from studio.plots.palette import run_colour
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
    many = ("terms",)
    """Panels whose curves have colours of their own."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._run: RunRow | None = None
        self._curves = RunCurves(-1)
        self._panels: dict[str, CurvePanel] = {}
        self._zoom: tuple[float, float] | None = None
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
        self._empty = EmptyState("run", self.tr("No curves yet: they appear with the first steps."))
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
        if self._run is None or run.id != self._run.id:
            self._curves = RunCurves(run.id)
            self.show_all()
            self._stack.setCurrentWidget(self._empty)
        self._run = run

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
        axis = self._bar.axis
        for panel in wanted:
            curves = [self._curve(panel, key, axis) for key in panel.keys]
            drawn = self._panels[panel.name]
            (drawn.grow if growing else drawn.set_curves)(curves)
        self._stack.setCurrentWidget(self._scroll)

    def _curve(self, panel: PanelKeys, key: str, axis: str) -> Curve:
        assert self._run is not None
        x = self._curves.x(key, axis, self._run.steps_per_epoch)
        y = self._curves.series[key].values
        smooth = self._bar.smoothed(y)
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
            return paler(mine, current().surface)
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
                panel.set_x_title(self._bar.axis_title)
                self._panels[name] = panel
        self._panels = {name: self._panels[name] for name in names}
        self._arrange()

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

    # ---- zoom

    def zoom(self, factor: float, by: float = 0.0) -> None:
        """Show another part of x in every panel.

        Args:
            factor: how wide it is, of what is shown now; never more than everything.
            by: how far its middle lies to the right, of what is shown now.
        """
        extents = [one for panel in self._panels.values() if (one := panel.x_extent())]
        if not extents:
            return
        first, last = min(low for low, _ in extents), max(high for _, high in extents)
        left, right = self._zoom or (first, last)
        width = min((right - left) * factor, last - first)
        start = (left + right) / 2 + by * (right - left) - width / 2
        start = min(max(start, first), last - width)
        is_all = width >= last - first
        self._on_zoomed(None if is_all else (start, start + width))

    def show_all(self) -> None:
        """Show everything in every panel."""
        self._on_zoomed(None)

    # ---- what is heard

    def _on_axis(self) -> None:
        for panel in self._panels.values():
            panel.set_x_title(self._bar.axis_title)
        self.show_all()
        self._redraw()

    def _on_scale(self) -> None:
        for panel in self._panels.values():
            panel.set_scale(log=self._bar.is_log, outliers=not self._bar.hides_outliers)

    def _on_hovered(self, x: float | None) -> None:
        for panel in self._panels.values():
            panel.show_cursor(x)

    def _on_zoomed(self, chosen: tuple[float, float] | None) -> None:
        self._zoom = chosen
        for panel in self._panels.values():
            panel.set_x_range(chosen)


def paler(colour: str, ground: str) -> str:
    """A colour nearly half-way to the ground that it is drawn on."""
    a, b = QColor(colour), QColor(ground)
    pairs = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(0.55 * one + 0.45 * other) for one, other in pairs)).name()
