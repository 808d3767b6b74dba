"""Run: one run as it trains, and after."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QMenu,
    QProgressBar,
    QStackedWidget,
    QTabWidget,
    QToolButton,
    QWidget,
)

from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from studio.item_models import wording
from studio.pages.run.config import ConfigTab
from studio.pages.run.curves import CurvesTab
from studio.pages.run.files import FilesTab
from studio.pages.run.gradients import GradientsTab
from studio.pages.run.log import LogTab
from studio.pages.run.predictions import PredictionsTab
from studio.pages.run.system import SystemTab
from studio.state.commands import Command
from studio.state.context import Context
from studio.widgets.buttons import ActionButton, IconButton
from studio.widgets.empty_state import EmptyState
from studio.widgets.labels import Badge, ElidedLabel, label
from studio.widgets.layout import column, row

if TYPE_CHECKING:
    from studio.bridge.feed import NewBlock

_ACTIONS = {"pause": "pause", "resume": "play", "stop": "stop", "duplicate": "duplicate",
            "export": "export"}
_MORE = ("fork", "compare", "baseline", "pin", "tag", "note", "delete")
_NAME_WIDTH = 120


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

    # ---- building

    def _build(self) -> None:
        self._empty = EmptyState("run", self.tr(
            "No run to look at yet. Start one, or open one from the runs table."
        ), self.tr("New experiment"))
        self._empty.clicked.connect(lambda: self._context.selection.show_page("compose"))
        self._curves, self._config = CurvesTab(self._context), ConfigTab(self._context)
        self._log, self._files = LogTab(self._context), FilesTab(self._context)
        self._system, self._gradients = SystemTab(self._context), GradientsTab(self._context)
        self._predictions = PredictionsTab(self._context)
        self._tabs = QTabWidget()
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
        body = QWidget()
        inner = column(body, spacing=12, margin=16)
        inner.addWidget(self._make_header())
        inner.addWidget(self._tabs, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(body)
        column(self).addWidget(self._stack)

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
                f"run.zoom_{name}", text, keys, partial(self._zoom, act), self._why_no_zoom, view
            ))
        self._tabs.currentChanged.connect(self._context.commands.refresh)

    def _make_header(self) -> QWidget:
        header = QWidget()
        self._name = ElidedLabel("")  # a long one must not push the buttons out
        self._name.setProperty("role", "title")
        self._name.setObjectName("run.name")
        self._name.setMinimumWidth(_NAME_WIDTH)
        self._state = Badge("")
        self._state.setObjectName("run.state")
        top = row()
        top.addWidget(self._name)
        top.addWidget(self._state)
        top.addStretch(1)
        for name, icon_name in _ACTIONS.items():
            top.addWidget(ActionButton(self._context.commands.action(f"run.{name}"), icon_name))
        top.addWidget(self._make_more())
        self._progress = QProgressBar()
        self._progress.setObjectName("run.progress")
        self._progress.setAccessibleName(self.tr("Progress"))
        self._progress.setRange(0, 1000)
        self._progress.setTextVisible(False)
        self._facts = label("", "muted", wrap=True)
        self._facts.setObjectName("run.facts")
        self._error = label("", "error", wrap=True)
        self._error.setObjectName("run.error")
        layout = column(header, spacing=8)
        layout.addLayout(top)
        layout.addWidget(self._facts)
        layout.addWidget(self._progress)
        layout.addWidget(self._error)
        return header

    def _make_more(self) -> IconButton:
        more = IconButton("more", self.tr("More to do with this run"))
        more.setObjectName("run.more")
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(more)
        menu.addActions([self._context.commands.action(f"run.{name}") for name in _MORE])
        more.setMenu(menu)
        return more

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
            self._say(run)
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

    # ---- the header

    def _say(self, run: RunRow) -> None:
        look = wording.look(run.state)
        self._name.setText(run.name)
        self._name.setToolTip(run.name)
        self._state.say(look.word, look.tone)
        self._facts.setText("   ·   ".join(self._facts_of(run)))
        self._progress.setValue(round(1000 * run.progress))
        self._progress.setVisible(run.state is not RunState.COMPLETED and bool(run.num_steps))
        self._error.setText(run.error)
        self._error.setVisible(bool(run.error))

    def _facts_of(self, run: RunRow) -> list[str]:
        facts = [f"#{run.id}", self.tr("epoch {0} of {1}").format(run.epoch, run.epochs)]
        if run.forked_from is not None:
            origin = self.tr("forked from #{0} at epoch {1}")
            facts.append(origin.format(run.forked_from, run.forked_at))
        left = wording.remaining_s(run)
        if left is not None:
            facts.append(self.tr("{0} left").format(wording.duration(left)))
        if run.seconds:
            facts.append(self.tr("{0} trained").format(wording.duration(run.seconds)))
        if run.device:
            facts.append(run.device)
        if run.images_per_s and run.state is RunState.RUNNING:
            facts.append(self.tr("{0} images/s").format(wording.count(run.images_per_s)))
        if run.params_deployed is not None:
            shipped = self.tr("{0} parameters shipped")
            facts.append(shipped.format(wording.count(run.params_deployed)))
        for key, which, text in (("val/top1", "best", self.tr("val best {0} %")),
                                 ("test/top1", "last", self.tr("test {0} %"))):
            value = run.value(key, which)
            if value is not None:
                facts.append(text.format(wording.percent_metric(value)))
        return facts
