"""Runs, the home page: every run of the workspace in one table."""

from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QToolButton, QWidget

from engine.spec.rows import RunRow
from studio.item_models import wording
from studio.item_models.queue_order import put_before
from studio.item_models.run_columns import COLUMN_INDEX
from studio.item_models.run_entries import VARIANT
from studio.item_models.run_lines import Filter
from studio.item_models.runs_model import RunsModel
from studio.pages.runs.filter_bar import FilterBar
from studio.pages.runs.table import RunsTable
from studio.pages.runs.variant_names import VariantNames
from studio.state.commands import Command
from studio.state.context import Context
from studio.widgets.buttons import ActionButton, IconButton, PushButton, follow
from studio.widgets.empty_state import EmptyState
from studio.widgets.labels import label
from studio.widgets.layout import column, row
from studio.widgets.page_header import PageHeader

_TURNED = "runs/turned"
_BUTTONS = {"open": "open", "pause": "pause", "resume": "play", "stop": "stop",
            "duplicate": "duplicate", "compare": "compare", "export": "export"}
_MORE = (
    ("edit", "top", "up", "down"), ("retry", "fork"), ("pin", "baseline", "tag", "note"),
    ("delete", "undo_delete"),
)


class RunsPage(QWidget):
    """Search, facets, actions and the table."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._model = RunsModel(self)
        self._table = RunsTable(self._model, context.settings)
        self._filters = FilterBar(context, self._why_not)
        self._names = VariantNames(context, self)
        self._add_commands()
        self._build()
        self._connect()
        self._model.set_chosen(context.selection.chosen)
        self._model.set_baseline(context.selection.baseline)
        self._on_filter(self._filters.filter)
        self._on_group(self._filters.grouping)
        self._on_runs(context.feed.runs)

    @property
    def leads(self) -> QWidget:
        """The table, or the demo while there is nothing in it."""
        return self._table if self._context.feed.runs else self._demo

    # ---- building

    def _add_commands(self) -> None:
        add, view = self._context.commands.add, self.tr("View")
        add(Command(
            "runs.order_by_queue", self.tr("Order the runs as they wait in the queue"),
            "Ctrl+Shift+Q", self._on_order_by_queue, self._why_not, view,
        ))
        add(Command("runs.copy", self.tr("Copy the selected rows"), "Ctrl+C", self._on_copy,
                    self._why_none_selected))
        add(Command("runs.sort", self.tr("Sort the runs by…"), "Ctrl+Shift+O", self._on_sort,
                    self._why_not, view))
        add(Command("runs.reverse", self.tr("Reverse the order of the runs"), "Ctrl+Shift+I",
                    self._table.header.reverse, self._why_not, view))
        for name, text, keys, by in (
            ("left", self.tr("Move the column of the current cell to the left"),
             "Ctrl+Shift+Left", -1),
            ("right", self.tr("Move the column of the current cell to the right"),
             "Ctrl+Shift+Right", 1),
        ):
            add(Command(f"runs.column_{name}", text, keys, partial(self._table.move_column, by),
                        self._why_none_selected, repeats=True))
        add(Command("runs.eye", self.tr("Show in Compare, or hide"), "",
                    lambda: self._on_eye(self._table.selected_runs()), self._why_none_selected))

    def _build(self) -> None:
        layout = column(self, spacing=12, margin=16)
        self._header = PageHeader(self.tr("Runs"))
        self._stack = QStackedWidget()
        layout.addWidget(self._header)
        layout.addWidget(self._stack, 1)
        self._new = PushButton(self.tr("New experiment"), "add", "primary")
        self._new.setObjectName("runs.new")
        follow(self._new, self._context.commands.action("go.compose"))
        self._header.add_action(self._filters.search)
        self._header.add_action(self._new)
        self._build_empty()
        self._build_full()

    def _build_empty(self) -> None:
        self._empty = EmptyState("runs", self.tr(
            "Everything you train is listed here. See it work first: a minute of plain training "
            "against SiLa on small handwritten digits, then the comparison and a stripped, proved "
            "export. Or pick a backbone, a training method and a dataset of your own."
        ), self.tr("New experiment"), role="")
        self._empty.lead(self._context.commands.action("go.compose"))
        self._demo = PushButton(self.tr("Train the demo"), "play", "primary")
        self._demo.setObjectName("runs.demo")
        follow(self._demo, self._context.commands.action("demo.start"))
        self._empty.add_button(self._demo)
        self._stack.addWidget(self._empty)

    def _build_full(self) -> None:
        full = QWidget(self._stack)
        self._stack.addWidget(full)
        inner = column(full, spacing=8)
        self._body = QStackedWidget()
        inner.addWidget(self._filters)
        inner.addLayout(self._make_actions())
        inner.addWidget(self._body, 1)
        self._nothing = EmptyState(
            "filter", self.tr("No run fits the search and the filters."), self.tr("Clear filters")
        )
        self._nothing.lead(self._context.commands.action("runs.clear"))
        for widget in (self._table, self._nothing):
            self._body.addWidget(widget)

    def _make_actions(self) -> QHBoxLayout:
        commands, bar = self._context.commands, row(spacing=4)
        for name, icon_name in _BUTTONS.items():
            bar.addWidget(ActionButton(commands.action(f"run.{name}"), icon_name, flat=True))
        more = IconButton("more", self.tr("More to do with the selected runs"))
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(more)
        self._fill(menu)
        more.setMenu(menu)
        bar.addWidget(more)
        bar.addStretch(1)
        self._selected = label("", "muted")
        self._selected.setObjectName("runs.selected")
        bar.addWidget(self._selected)
        return bar

    def _fill(self, menu: QMenu) -> None:
        """Add what has no button of its own."""
        for part in _MORE:
            menu.addActions([self._context.commands.action(f"run.{name}") for name in part])
            menu.addSeparator()

    def _connect(self) -> None:
        context = self._context
        context.feed.runs_changed.connect(self._on_runs)
        context.selection.chosen_changed.connect(self._model.set_chosen)
        context.selection.baseline_changed.connect(self._model.set_baseline)
        self._table.picked.connect(self._on_picked)
        self._table.opened.connect(context.selection.open_run)
        self._table.eye_clicked.connect(self._on_eye)
        self._table.pin_clicked.connect(self._on_pin)
        self._table.drag_refused.connect(self._on_drag_refused)
        self._table.menu_requested.connect(self._on_menu)
        self._names.found.connect(self._on_names)
        self._model.edited.connect(self._on_edited)
        self._model.dropped.connect(self._on_dropped)
        self._model.turned.connect(self._on_turned)
        self._filters.filter_changed.connect(self._on_filter)
        self._filters.grouping_changed.connect(self._on_group)
        self._filters.turned.connect(self._model.turn_all)
        self._filters.columns_requested.connect(self._on_columns)
        find = QShortcut(QKeySequence.StandardKey.Find, self)
        find.activated.connect(self._filters.search.setFocus)
        eye = QShortcut(QKeySequence("Space"), self._table)
        eye.setAutoRepeat(False)
        eye.setContext(Qt.ShortcutContext.WidgetShortcut)
        eye.activated.connect(context.commands.action("runs.eye").trigger)

    # ---- what is heard

    def showEvent(self, event: QShowEvent) -> None:
        """Let the commands act on what is selected here."""
        super().showEvent(event)
        self._on_picked()

    def _why_not(self) -> str | None:
        return None if self.isVisible() else self.tr("Go to the runs first")

    def _why_none_selected(self) -> str | None:
        some = self._context.selection.selected
        return self._why_not() or (None if some else self.tr("Select a run first"))

    def _on_runs(self, runs: list[RunRow]) -> None:
        there = self.window().focusWidget()
        is_first = bool(runs) and there is not None and self._empty.isAncestorOf(there)
        self._stack.setCurrentIndex(1 if runs else 0)
        for widget in (self._new, self._filters.search):
            widget.setVisible(bool(runs))  # else the empty page has the button
        self._filters.set_runs(runs)
        self._model.set_rows(runs)
        self._look_for_names()
        self._table.header.fit_number(max((run.id for run in runs), default=0))
        self._say_how_many()
        if is_first:
            self._table.setFocus()

    def _say_how_many(self) -> None:
        runs = self._context.feed.runs
        self._body.setCurrentIndex(0 if self._model.rowCount() else 1)
        shown = self._num_shown()
        texts = [self.tr("{0} runs").format(f"{len(runs):,}")]
        if len(runs) == 1:
            texts = [self.tr("1 run")]
        elif shown < len(runs):
            texts = [self.tr("{0} of {1} runs").format(f"{shown:,}", f"{len(runs):,}")]
        at_work = (run.actual_state for run in runs if run.actual_state.is_active)
        texts += reversed(wording.state_counts(at_work))  # what is running first
        self._header.set_title(self.tr("Runs"), " · ".join(texts) if runs else "")

    def _num_shown(self) -> int:
        """How many runs the search and the filters let through."""
        layout, runs = self._model.layout, self._context.feed.runs
        if not layout.wanted.is_on:
            return len(runs)
        return sum(map(layout.wanted.admits, runs)) if layout.by else self._model.rowCount()

    def _on_filter(self, wanted: Filter) -> None:
        self._model.set_filter(wanted)
        self._say_how_many()

    def _on_group(self, by: str) -> None:
        turned = self._context.settings.get(_TURNED, {})
        self._model.set_grouping(by, turned.get(by, []) if isinstance(turned, dict) else [])
        self._table.header.make_room(bool(by), self._model.layout.names.values())
        self._look_for_names()

    def _on_names(self, names: dict[str, str]) -> None:
        if names != self._model.layout.names:
            self._model.set_names(names)
            self._table.header.make_room(bool(self._model.layout.by), names.values())

    def _look_for_names(self) -> None:
        """What stands in one row is told from others that are called the same."""
        if self._model.layout.by == VARIANT:
            self._names.look(self._context.feed.runs)

    def _on_turned(self) -> None:
        layout, settings = self._model.layout, self._context.settings
        turned = settings.get(_TURNED, {})
        kept = turned if isinstance(turned, dict) else {}
        settings.put(_TURNED, {**kept, layout.by: sorted(layout.turned)})

    def _on_drag_refused(self) -> None:
        text = self.tr("Runs are dragged where they stand as in the queue; here they stand by {0}.")
        by = self.tr("group") if self._model.layout.by else self._table.header.sorted_by()
        self._context.messages.offer(
            text.format(by), self.tr("Order by the queue"), self._on_order_by_queue
        )

    def _on_order_by_queue(self) -> None:
        self._filters.group("")
        self._table.sortByColumn(COLUMN_INDEX["state"], Qt.SortOrder.AscendingOrder)

    def _on_sort(self) -> None:
        header = self._table.header
        menu = header.sort_menu()
        menu.addSeparator()
        menu.addAction(self._context.commands.action("runs.reverse"))
        left = header.sectionViewportPosition(header.sortIndicatorSection())
        left = max(0, min(left, header.width() - menu.sizeHint().width()))  # it may be out of sight
        _pop_up(menu, header.mapToGlobal(QPoint(left, header.height())))

    def _on_columns(self, at: QPoint) -> None:
        _pop_up(self._table.header.columns_menu(), at)

    def _on_dropped(self, runs: list[int], before: int | None) -> None:
        queue = list(wording.queue_places(self._context.feed.runs))
        client = self._context.client
        if before is None or before in queue:  # else it was claimed while the row was dragged
            order = put_before(queue, runs, before)
            self._context.jobs.run(partial(client.arrange, order))

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._table.selected_text())

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
        clicked = [run.id for run in runs]
        if clicked != self._context.selection.selected:  # the click took it from the selection
            self._table.select_runs(clicked)
        self._context.commands.action("run.pin").trigger()

    def _on_edited(self, run: int, name: str, value: object) -> None:
        client = self._context.client
        if name == "name" and not value:
            self._context.messages.say(
                self.tr("A run cannot be without a name: it keeps the one it has."), "info"
            )
            return
        self._context.jobs.run(lambda: client.annotate(run, **{name: value}))

    def _on_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        commands = self._context.commands
        menu.addActions([commands.action(f"run.{name}") for name in _BUTTONS])
        menu.addSeparator()
        self._fill(menu)
        menu.popup(at)


def _pop_up(menu: QMenu, at: QPoint) -> None:
    """Open a menu of choices on the one that holds, so that keys go on from there."""
    choices = menu.actions()
    menu.popup(at)
    menu.setActiveAction(next((one for one in choices if one.isChecked()), choices[0]))
