"""Runs, the home page: every run of the workspace in one table."""

from collections import Counter
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QStackedWidget, QToolButton, QWidget

from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from studio.item_models import wording
from studio.item_models.runs_model import Filter, RunsModel
from studio.pages.runs.table import RunsTable
from studio.state.context import Context
from studio.widgets.buttons import ActionButton, IconButton, PushButton
from studio.widgets.empty_state import EmptyState
from studio.widgets.facet_button import FacetButton
from studio.widgets.labels import label
from studio.widgets.layout import column, row
from studio.widgets.page_header import PageHeader

_GROUPED = "runs/grouped"
_TYPING_MS = 120
_BUTTONS = {"open": "open", "pause": "pause", "resume": "play", "stop": "stop",
            "duplicate": "duplicate", "compare": "compare", "export": "export"}
_MORE = ("tag", "note", "up", "down", "delete")


class RunsPage(QWidget):
    """Search, facets, actions and the table."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._model = RunsModel(self)
        self._table = RunsTable(self._model, context.settings)
        self._build()
        self._connect()
        self._group.setChecked(bool(context.settings.get(_GROUPED, False)))
        self._model.set_chosen(context.selection.chosen)
        self._on_runs(context.feed.runs)

    # ---- building

    def _build(self) -> None:
        self._header = PageHeader(self.tr("Runs"))
        self._new = PushButton(self.tr("New experiment"), "add", "primary")
        self._new.setObjectName("runs.new")
        self._new.clicked.connect(self._on_new)
        self._header.add_action(self._new)
        self._empty = EmptyState("runs", self.tr(
            "Everything you train is listed here. See it work first: a minute of plain training "
            "against SiLa on small handwritten digits, then the comparison and a stripped, proved "
            "export. Or pick a backbone, a training method and a dataset of your own."
        ), self.tr("New experiment"), role="")
        self._empty.clicked.connect(self._on_new)
        self._demo = PushButton(self.tr("Train the demo"), "play", "primary")
        self._demo.setObjectName("runs.demo")
        self._demo.clicked.connect(
            lambda: self._context.commands.action("demo.start").trigger()
        )
        self._empty.add_button(self._demo)
        self._nothing = EmptyState(
            "filter", self.tr("No run fits the search."), self.tr("Show all runs")
        )
        self._nothing.clicked.connect(self._on_show_all)
        self._body = QStackedWidget()
        for widget in (self._table, self._nothing):
            self._body.addWidget(widget)
        full = QWidget()
        inner = column(full, spacing=8)
        inner.addLayout(self._make_filters())
        inner.addLayout(self._make_actions())
        inner.addWidget(self._body, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(full)
        layout = column(self, spacing=12, margin=16)
        layout.addWidget(self._header)
        layout.addWidget(self._stack, 1)

    def _make_filters(self) -> QHBoxLayout:
        self._search = QLineEdit()
        self._search.setObjectName("runs.search")
        self._search.setPlaceholderText(self.tr("Search name, tag, note…"))
        self._search.setAccessibleName(self.tr("Search the runs"))
        self._search.setClearButtonEnabled(True)
        self._search.setMinimumWidth(260)
        self._states = FacetButton(self.tr("State"))
        self._states.setObjectName("runs.states")
        self._methods = FacetButton(self.tr("Method"))
        self._methods.setObjectName("runs.methods")
        self._group = QToolButton()
        self._group.setProperty("role", "button")
        self._group.setObjectName("runs.group")
        self._group.setText(self.tr("Group seeds"))
        self._group.setToolTip(self.tr("One row a variant: mean ± standard deviation over seeds"))
        self._group.setCheckable(True)
        self._group.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # a click ends what is edited
        columns = IconButton("columns", self.tr("Choose columns"))
        columns.setObjectName("runs.columns")
        columns.clicked.connect(
            lambda: self._table.columns_menu().popup(columns.mapToGlobal(QPoint(0, 28)))
        )
        filters = row()
        filters.addWidget(self._search)
        for widget in (self._states, self._methods, self._group):
            filters.addWidget(widget)
        filters.addStretch(1)
        filters.addWidget(columns)
        return filters

    def _make_actions(self) -> QHBoxLayout:
        commands, bar = self._context.commands, row(spacing=4)
        for name, icon_name in _BUTTONS.items():
            bar.addWidget(ActionButton(commands.action(f"run.{name}"), icon_name, flat=True))
        more = IconButton("more", self.tr("More to do with the selected runs"))
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(more)
        menu.addActions([commands.action(f"run.{name}") for name in _MORE])
        more.setMenu(menu)
        bar.addWidget(more)
        bar.addStretch(1)
        self._selected = label("", "muted")
        self._selected.setObjectName("runs.selected")
        bar.addWidget(self._selected)
        return bar

    def _connect(self) -> None:
        context = self._context
        context.feed.runs_changed.connect(self._on_runs)
        context.selection.chosen_changed.connect(self._model.set_chosen)
        self._table.picked.connect(self._on_picked)
        self._table.opened.connect(context.selection.open_run)
        self._table.eye_clicked.connect(self._on_eye)
        self._table.pin_clicked.connect(self._on_pin)
        self._table.menu_requested.connect(self._on_menu)
        self._model.edited.connect(self._on_edited)
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self._apply_filter)
        self._search.textChanged.connect(lambda: self._typing.start())
        self._states.picked.connect(self._apply_filter)
        self._methods.picked.connect(self._apply_filter)
        self._group.toggled.connect(self._on_group)
        find = QShortcut(QKeySequence.StandardKey.Find, self)
        find.activated.connect(self._search.setFocus)
        eye = QShortcut(QKeySequence("Space"), self._table)
        eye.setContext(Qt.ShortcutContext.WidgetShortcut)
        eye.activated.connect(lambda: self._on_eye(self._table.selected_runs()))

    # ---- what is heard

    def showEvent(self, event: QShowEvent) -> None:
        """Let the commands act on what is selected here."""
        super().showEvent(event)
        self._on_picked()

    def _on_runs(self, runs: list[RunRow]) -> None:
        self._stack.setCurrentIndex(1 if runs else 0)
        self._new.setVisible(bool(runs))  # else the empty page has the button
        states, methods = Counter(r.state for r in runs), Counter(r.method for r in runs)
        self._states.set_values(
            {state: (wording.look(state).word, states[state]) for state in RunState
             if states[state]}
        )
        self._methods.set_values(
            {name: (wording.arm(name), methods[name]) for name in sorted(methods)}
        )
        self._model.set_rows(runs)
        self._say_how_many()

    def _say_how_many(self) -> None:
        runs = self._context.feed.runs
        self._body.setCurrentIndex(0 if self._model.rowCount() else 1)
        waiting = sum(run.state is RunState.QUEUED for run in runs)
        running = sum(run.state is RunState.RUNNING for run in runs)
        texts = [self.tr("{0} runs").format(len(runs)) if len(runs) != 1 else self.tr("1 run")]
        texts += [self.tr("{0} running").format(running)] if running else []
        texts += [self.tr("{0} queued").format(waiting)] if waiting else []
        self._header.set_title(self.tr("Runs"), " · ".join(texts) if runs else "")

    def _apply_filter(self, *_: Any) -> None:
        self._model.set_filter(
            Filter(self._search.text(), self._states.checked, self._methods.checked)
        )
        self._say_how_many()

    def _on_show_all(self) -> None:
        self._search.clear()
        self._states.clear()
        self._methods.clear()
        self._apply_filter()

    def _on_group(self, grouped: bool) -> None:
        self._context.settings.put(_GROUPED, grouped)
        self._model.set_grouped(grouped)
        self._table.make_room(grouped)

    def _on_new(self) -> None:
        self._context.selection.show_page("compose")

    def _on_picked(self) -> None:
        runs = self._table.selected_runs()
        text = self.tr("{0} selected").format(len(runs)) if runs else ""
        self._selected.setText(text)
        if self.isVisible():
            self._context.selection.select(run.id for run in runs)

    def _on_eye(self, runs: list[RunRow]) -> None:
        chosen, clicked = self._context.selection.chosen, [run.id for run in runs]
        if set(clicked) <= set(chosen):
            self._context.selection.choose(run for run in chosen if run not in clicked)
        else:
            self._context.selection.choose([*chosen, *clicked])

    def _on_pin(self, runs: list[RunRow]) -> None:
        client, pinned = self._context.client, not any(run.pinned for run in runs)

        def pin() -> None:
            for run in runs:
                client.annotate(run.id, pinned=pinned)

        self._context.jobs.run(pin)

    def _on_edited(self, run: int, name: str, value: object) -> None:
        client = self._context.client
        self._context.jobs.run(lambda: client.annotate(run, **{name: value}))

    def _on_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        commands = self._context.commands
        menu.addActions([commands.action(f"run.{name}") for name in _BUTTONS])
        menu.addSeparator()
        menu.addActions([commands.action(f"run.{name}") for name in _MORE])
        menu.popup(at)
