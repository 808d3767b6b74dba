"""What narrows the runs down and groups them, and the commands for it."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QLineEdit, QMenu, QToolButton, QWidget

from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from studio.item_models.run_entries import PROPERTIES, VARIANT, value_text
from studio.item_models.run_lines import Filter
from studio.state.commands import Command
from studio.state.context import Context
from studio.widgets.buttons import ActionButton
from studio.widgets.facet_button import FacetButton
from studio.widgets.layout import row

_FACETS, _GROUPING = "runs/facets", "runs/grouping"
_TYPING_MS = 120


class FilterBar(QWidget):
    """Facets and grouping in a row; the search field that goes with them stands elsewhere."""

    filter_changed = Signal(object)
    """The Filter that is wanted now."""

    grouping_changed = Signal(str)
    """The property that runs are grouped by, or "" for none."""

    turned = Signal(bool)
    """All groups shall be open, or folded."""

    columns_requested = Signal(QPoint)
    """Where, on the screen, a menu for the columns is wanted."""

    def __init__(
        self, context: Context, reason: Callable[[], str | None], parent: QWidget | None = None
    ) -> None:
        """Make the bar and register its commands.

        Args:
            context: what every page is given.
            reason: why nothing can be done on the page now.
            parent: owner.
        """
        super().__init__(parent)
        self._settings = context.settings
        self._commands = context.commands
        self._reason = reason
        self._grouping = ""
        self._texts = {
            "state": (self.tr("State"), self.tr("Group by state")),
            "method": (self.tr("Method"), self.tr("Group by method")),
            "backbone": (self.tr("Backbone"), self.tr("Group by backbone")),
            "dataset": (self.tr("Dataset"), self.tr("Group by dataset")),
            "tag": (self.tr("Tag"), self.tr("Group by tag")),
            "experiment": (self.tr("Experiment"), self.tr("Group by experiment")),
            "seed": (self.tr("Seed"), self.tr("Group by seed")),
            VARIANT: (self.tr("Variant"), self.tr("Group by variant: mean ± std over seeds")),
        }
        self.search = self._make_search()
        self._facets = {name: self._make_facet(name) for name in
                        ("state", "method", "backbone", "dataset", "tag")}
        self._add_commands()
        self._build()
        self._restore()

    # ---- building

    def _make_search(self) -> QLineEdit:
        search = QLineEdit()
        search.setObjectName("runs.search")
        search.setPlaceholderText(self.tr("Search name, tag, note…"))
        search.setAccessibleName(self.tr("Search the runs"))
        search.setClearButtonEnabled(True)
        search.setFixedWidth(260)
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self._tell)
        search.textChanged.connect(lambda: self._typing.start())
        return search

    def _make_facet(self, name: str) -> FacetButton:
        facet = FacetButton(self._texts[name][0])
        facet.setObjectName(f"runs.facet.{name}")
        facet.picked.connect(self._on_picked)
        return facet

    def _add_commands(self) -> None:
        add, view = self._commands.add, self.tr("View")
        add(Command("runs.clear", self.tr("Clear filters"), "Ctrl+Shift+F", self.clear,
                    self._why_not_clear, view))
        keys = {"": "Ctrl+Shift+G", VARIANT: "Ctrl+G"}
        self._choices = QActionGroup(self)
        for name in ("", VARIANT, *(name for name in PROPERTIES if name != VARIANT)):
            text = self._texts[name][1] if name else self.tr("Do not group")
            action = add(Command(
                f"runs.group.{name or 'none'}", text, keys.get(name, ""),
                partial(self.group, name), self._reason, view,
            ))
            action.setCheckable(True)
            action.setData(name)
            self._choices.addAction(action)
        for name, text, is_open in (("unfold", self.tr("Open all groups"), True),
                                    ("fold", self.tr("Fold all groups"), False)):
            add(Command(f"runs.{name}", text, "", partial(self.turned.emit, is_open),
                        self._why_not_turn, view))
        add(Command("runs.columns", self.tr("Choose columns…"), "", self._ask_for_columns,
                    self._reason, view))

    def _build(self) -> None:
        self._clear = ActionButton(self._commands.action("runs.clear"), "close", flat=True)
        self._clear.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self._group = QToolButton()
        self._group.setProperty("role", "button")
        self._group.setObjectName("runs.group")
        self._group.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._group.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # a click ends what is edited
        menu = QMenu(self._group)
        menu.addActions(self._choices.actions())
        menu.addSeparator()
        menu.addActions([self._commands.action(f"runs.{name}") for name in ("unfold", "fold")])
        self._group.setMenu(menu)
        self._columns = ActionButton(self._commands.action("runs.columns"), "columns", flat=True)
        self._columns.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        layout = row(self)
        for widget in (*self._facets.values(), self._clear):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addWidget(self._group)
        layout.addWidget(self._columns)

    def _restore(self) -> None:
        kept = self._settings.get(_FACETS, {})
        for name, facet in self._facets.items():
            values = kept.get(name, []) if isinstance(kept, dict) else []
            facet.check(str(value) for value in values)
        grouping = self._settings.get(_GROUPING, "")
        self._show_grouping(grouping if grouping in PROPERTIES else "")
        self._clear.setVisible(self.filter.is_on)

    # ---- what is wanted

    @property
    def filter(self) -> Filter:
        """Which runs are wanted."""
        return Filter(
            self.search.text(), {name: facet.checked for name, facet in self._facets.items()}
        )

    @property
    def grouping(self) -> str:
        """The property that runs are grouped by, or "" for none."""
        return self._grouping

    def set_runs(self, runs: Sequence[RunRow]) -> None:
        """Offer the values that these runs have."""
        for name, facet in self._facets.items():
            values = Counter(chain.from_iterable(map(PROPERTIES[name], runs)))
            if set(values) <= {""}:
                values.clear()  # nobody wrote a tag yet
            ordered = sorted(values, key=str.casefold)
            if name == "state":
                ordered = [state for state in RunState if state in values]
            facet.set_values({v: (value_text(name, v), values[v]) for v in ordered})

    def clear(self) -> None:
        """Let all runs through."""
        self.search.clear()
        for facet in self._facets.values():
            facet.check(())
        self._on_picked()

    def group(self, name: str) -> None:
        """Group by a property, or by none."""
        self._show_grouping(name)
        self._settings.put(_GROUPING, name)
        self.grouping_changed.emit(name)

    # ---- what is heard

    def _show_grouping(self, name: str) -> None:
        self._grouping = name
        for action in self._choices.actions():
            action.setChecked(action.data() == name)
        said = self._texts[name][0] if name else self.tr("none")
        self._group.setText(self.tr("Group: {0}").format(said) + "  ▾")
        self._group.setAccessibleName(self.tr("Group: {0}").format(said))

    def _on_picked(self, *_: Any) -> None:
        checked = {name: sorted(f.checked) for name, f in self._facets.items() if f.checked}
        self._settings.put(_FACETS, checked)
        self._tell()

    def _ask_for_columns(self) -> None:
        below = QPoint(0, self._columns.height())
        self.columns_requested.emit(self._columns.mapToGlobal(below))

    def _tell(self) -> None:
        self._typing.stop()
        self._clear.setVisible(self.filter.is_on)
        self._commands.refresh()
        self.filter_changed.emit(self.filter)

    def _why_not_turn(self) -> str | None:
        return self._reason() or (None if self._grouping else self.tr("The runs are not grouped"))

    def _why_not_clear(self) -> str | None:
        return self._reason() or (None if self.filter.is_on else self.tr("No filter is on"))
