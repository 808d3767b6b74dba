"""Run: one run as it trains, and after."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from studio.pages.run.config import ConfigTab
from studio.pages.run.curves import CurvesTab
from studio.pages.run.files import FilesTab
from studio.pages.run.gradients import GradientsTab
from studio.pages.run.header import RunHeader
from studio.pages.run.log import LogTab
from studio.pages.run.predictions import PredictionsTab
from studio.pages.run.system import SystemTab
from studio.state.commands import Command
from studio.state.context import Context
from studio.widgets.calm import CalmTabWidget
from studio.widgets.empty_state import EmptyState
from studio.widgets.layout import column

if TYPE_CHECKING:
    from studio.bridge.feed import NewBlock


class _Tabs(CalmTabWidget):
    """Tabs that give way before the page is scrolled: what is in them scrolls by itself."""

    def sizeHint(self) -> QSize:
        """As little as there has to be."""
        return self.minimumSizeHint()

    def hasHeightForWidth(self) -> bool:
        """Whatever their texts would take."""
        return False


class RunPage(QWidget):
    """Header and tabs of the run that is looked at."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._run: RunRow | None = None
        self._build()
        self._add_commands()
        context.selection.current_changed.connect(self._on_current)
        context.feed.runs_changed.connect(self._on_current)
        context.feed.points_arrived.connect(self._on_points)
        context.feed.caught_up.connect(self._on_caught_up)

    @property
    def leads(self) -> QWidget:
        """The tabs: what stands before them does something to the run."""
        return self._tabs.tabBar()

    # ---- building

    def _build(self) -> None:
        """From the outside inwards: each level that a widget moves up is styled anew."""
        self._stack = QStackedWidget()
        column(self).addWidget(self._stack)
        self._empty = EmptyState("run", self.tr(
            "No run to look at yet. Start one, or open one from the runs table."
        ), self.tr("New experiment"))
        self._empty.lead(self._context.commands.action("go.compose"))
        body = QWidget()
        for widget in (self._empty, body):
            self._stack.addWidget(widget)
        inner = column(body, spacing=12, margin=16)
        self._header, self._tabs = RunHeader(self._context.commands), _Tabs()
        inner.addWidget(self._header)
        inner.addWidget(self._tabs, 1)
        self._curves, self._config = CurvesTab(self._context), ConfigTab(self._context)
        self._log, self._files = LogTab(self._context), FilesTab(self._context)
        self._system, self._gradients = SystemTab(self._context), GradientsTab(self._context)
        self._predictions = PredictionsTab(self._context)
        self._tabs.setObjectName("run.tabs")
        self._tabs.setDocumentMode(True)
        self._tabs.tabBar().setDrawBase(False)
        for tab, text in (
            (self._curves, self.tr("Curves")), (self._gradients, self.tr("Gradients")),
            (self._predictions, self.tr("Predictions")), (self._system, self.tr("System")),
            (self._config, self.tr("Config")), (self._log, self.tr("Log")),
            (self._files, self.tr("Files")),
        ):
            self._tabs.addTab(tab, text)

    def _add_commands(self) -> None:
        view = self.tr("View")
        acts: list[tuple[str, str, str, Callable[[CurvesTab], None]]] = [
            ("in", self.tr("Zoom in on the curves"), "Ctrl++", lambda tab: tab.zoom(0.5)),
            ("out", self.tr("Zoom out of the curves"), "Ctrl+-", lambda tab: tab.zoom(2.0)),
            ("left", self.tr("Show what is to the left of the zoomed curves"), "Alt+Left",
             lambda tab: tab.zoom(1.0, -0.5)),
            ("right", self.tr("Show what is to the right of the zoomed curves"), "Alt+Right",
             lambda tab: tab.zoom(1.0, 0.5)),
            ("reset", self.tr("Show the whole curves"), "Ctrl+0", CurvesTab.show_all),
        ]
        for name, text, keys, act in acts:
            self._context.commands.add(Command(
                f"run.zoom_{name}", text, keys, partial(self._zoom, act), self._why_no_zoom, view,
                repeats=name != "reset",
            ))
        self._tabs.currentChanged.connect(self._context.commands.refresh)

    # ---- zoom

    def _zoom(self, act: Callable[[CurvesTab], None]) -> None:
        tab = self._tabs.currentWidget()
        if isinstance(tab, CurvesTab):
            act(tab)

    def _why_no_zoom(self) -> str | None:
        is_seen = self.isVisible() and self._run is not None
        if is_seen and isinstance(self._tabs.currentWidget(), CurvesTab):
            return None
        return self.tr("Go to the curves of a run first")

    # ---- what is heard

    def showEvent(self, event: QShowEvent) -> None:
        """Take part again."""
        super().showEvent(event)
        self._on_current()
        self._look_at(self._run)

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask for no more points while nobody looks."""
        super().hideEvent(event)
        self._context.feed.follow(self, [])

    def _on_current(self, _: object = None) -> None:
        if not self.isVisible():
            return
        run = self._find()
        other = run is None or self._run is None or run.id != self._run.id
        self._run = run
        self._stack.setCurrentIndex(0 if run is None else 1)
        if run is not None:
            self._header.show_run(run)
            self._curves.show_run(run)
            self._gradients.show_run(run)
            self._system.show_run(run)
            self._predictions.show_run(run)
            self._config.show_run(run)
            self._log.show_run(run.id)
            self._files.show_run(run)
        if other:
            self._look_at(run)

    def _look_at(self, run: RunRow | None) -> None:
        ids = [] if run is None else [run.id]
        self._context.feed.follow(self, ids)
        self._context.selection.select(ids)

    def _find(self) -> RunRow | None:
        """The run looked at; without one, what is running now, else the newest.

        Once shown it stays, so that no button ever acts on another run than was read of.
        """
        runs = self._context.feed.runs
        current = self._context.selection.current
        if current is None and self._run is not None:
            current = self._run.id
        for run in runs:
            if run.id == current:
                return run
        running = [run for run in runs if run.state is RunState.RUNNING]
        return next(iter([*running, *runs]), None)

    def _on_points(self, blocks: "list[NewBlock]") -> None:
        for tab in (self._curves, self._gradients, self._system):
            tab.add_points(blocks)

    def _on_caught_up(self, runs: list[int]) -> None:
        for tab in (self._curves, self._gradients, self._system):
            tab.say_read(runs)
