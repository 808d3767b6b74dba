"""What the run is: its specification, and where it differs from the defaults and the baseline."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import (
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QTreeWidgetItemIterator,
    QWidget,
)

from engine.analysis.config_diff import Difference, option_defaults, settings_that_differ
from engine.spec.catalog import Catalog
from engine.spec.rows import RunRow
from engine.spec.run_spec import RunSpec
from engine.spec.spec_file import dump_spec
from studio.state.commands import Scope
from studio.state.context import Context
from studio.theme.theme import caption_font
from studio.widgets.buttons import PushButton, follow, icon_of
from studio.widgets.labels import label
from studio.widgets.layout import column, row

if TYPE_CHECKING:
    from engine.spec.card import Kind

_DIFFERS = Qt.ItemDataRole.UserRole
_PARTS: "tuple[Kind, ...]" = ("dataset", "backbone", "method")
_BASELINE = 3
"""The column of what the baseline says."""


class ConfigTab(QWidget):
    """The specification as a tree, to be read and copied as TOML."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._run: RunRow | None = None
        self._baseline: RunRow | None = None
        self._spec: RunSpec | None = None
        self._other: RunSpec | None = None
        self._tree = QTreeWidget()
        self._tree.setObjectName("config.tree")
        self._tree.setAccessibleName(self.tr("Specification"))
        self._tree.setProperty("role", "card")
        self._tree.setHeaderLabels([
            self.tr("Setting"), self.tr("Value"), self.tr("Default"), self.tr("Baseline")
        ])
        self._tree.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self._tree.header().setFont(caption_font(self._tree.header().font()))
        self._tree.setColumnWidth(0, 240)
        self._tree.setColumnWidth(1, 240)
        self._tree.setColumnWidth(2, 200)
        top = row()
        hint = self.tr("Settings that differ from the default are bold.")
        top.addWidget(label(hint, "muted"), 1)
        for button in self._make_buttons():
            top.addWidget(button)
        layout = column(self)
        layout.setContentsMargins(0, 8, 0, 0)
        self._against = label("", "muted", wrap=True)
        self._against.setObjectName("config.against")
        layout.addLayout(top)
        layout.addWidget(self._against)
        layout.addWidget(self._tree, 1)
        context.feed.catalog_changed.connect(self._show)
        context.selection.baseline_changed.connect(self._on_baseline)

    def _make_buttons(self) -> "list[QWidget]":
        copy = PushButton(self.tr("Copy as TOML"), "copy")
        copy.setObjectName("config.copy")
        elsewhere = self.tr("Go to the config of a run first")
        self._scope = Scope(self._context.commands, self, elsewhere)
        follow(copy, self._scope.add(
            "run.copy_config", self.tr("Copy the run's config as TOML"), self._on_copy,
            lambda: None if self._spec else self.tr("It is still being read"),
        ))
        steps = [
            icon_of(self._scope.add(
                f"run.{name}_difference", text, partial(self._step, by), self._why_no_step, keys,
                repeats=True,
            ), mark)
            for name, text, keys, by, mark in (
                ("previous", self.tr("Go to the difference before"), "Shift+F7", -1, "up"),
                ("next", self.tr("Go to the next difference"), "F7", 1, "down"),
            )
        ]
        return [*steps, copy]

    # ---- from difference to difference

    def _differences(self) -> list[QTreeWidgetItem]:
        """The settings that differ from the baseline or their defaults, from the top."""
        found: list[QTreeWidgetItem] = []
        walk = QTreeWidgetItemIterator(self._tree)
        while (item := walk.value()) is not None:
            if item.data(0, _DIFFERS):
                found.append(item)
            walk += 1
        return found

    def _why_no_step(self) -> str | None:
        nothing = self.tr("Nothing differs from the default or the baseline")
        return None if self._differences() else nothing

    def _step(self, by: int) -> None:
        """Make the next difference below or above the current setting the current one."""
        different, current = self._differences(), self._tree.currentItem()
        order = different if by > 0 else different[::-1]
        at = self._place(current) if current is not None else None
        ahead = order if at is None else [
            item for item in order if (self._place(item) - at) * by > 0
        ]
        self._tree.setCurrentItem((ahead or order)[0])

    def _place(self, item: QTreeWidgetItem) -> int:
        """How far down it stands."""
        return self._tree.visualItemRect(item).y()

    # ---- what is shown

    def show_run(self, run: RunRow) -> None:
        """Read the specification of a run, and that of the baseline; they never change."""
        baseline = self._find_baseline()
        if self._run is not None and self._run.id == run.id and _same(baseline, self._baseline):
            return
        self._run, self._baseline, self._spec, self._other = run, baseline, None, None
        client, ids = self._context.client, [one.id for one in (run, baseline) if one]
        self._context.jobs.run(
            lambda: [client.spec(one) for one in ids],
            lambda specs: self._on_specs(run, baseline, specs), owner=self,
        )

    def _find_baseline(self) -> RunRow | None:
        """A run of the variant that others are compared with: all say the same, but for noise."""
        digest = self._context.selection.baseline
        return next((run for run in self._context.feed.runs if run.digest == digest), None)

    def _on_baseline(self) -> None:
        if self._run is not None:
            self.show_run(self._run)

    def _on_specs(self, run: RunRow, baseline: RunRow | None, specs: list[RunSpec]) -> None:
        if run is not self._run or baseline is not self._baseline:
            return
        self._spec, self._other = specs[0], specs[1] if baseline else None
        self._show()

    def _show(self) -> None:
        self._tree.clear()
        if self._spec is None or self._run is None:
            self._scope.refresh()
            return
        catalog = self._context.feed.catalog or Catalog(())
        table, default = with_defaults(self._spec, catalog)
        other = with_defaults(self._other, catalog)[0] if self._other else {}
        found = settings_that_differ([self._other, self._spec], catalog) if self._other else []
        self._say_against(found)
        self._tree.setColumnHidden(_BASELINE, self._other is None)
        if found:
            self._add_differences(found, default)
        if self._run.forked_from is not None:
            fork = {"run": self._run.forked_from, "epoch": self._run.forked_at}
            table = {"forked": fork, **table}
        self._fill(self._tree.invisibleRootItem(), table, default, other)
        self._tree.expandAll()
        self._scope.refresh()

    def _say_against(self, found: Sequence[Difference]) -> None:
        assert self._run is not None
        if self._baseline is None:
            star = self._context.commands.action("run.baseline")
            self._against.setText(self.tr(
                "No baseline to set it against: “{0}” ({1}) stars the variant of a run."
            ).format(star.text(), star.shortcut().toString()))
        elif self._baseline.digest == self._run.digest:
            self._against.setText(self.tr("This run is of the baseline's own variant."))
        else:
            self._against.setText(self.tr(
                "Settings that differ from the baseline, #{0} {1}: {2}"
            ).format(self._baseline.id, self._baseline.name, len(found)))

    def _add_differences(self, found: Sequence[Difference], default: dict[str, Any]) -> None:
        branch = QTreeWidgetItem(self._tree, [self.tr("Differs from the baseline")])
        branch.setFont(0, self._bold())
        for setting in found:
            theirs, own = map(_shown, setting.values)
            usual = _shown(_at(default, setting.key))
            item = QTreeWidgetItem(branch, [setting.key, own, usual, theirs])
            item.setData(0, _DIFFERS, True)

    def _on_copy(self) -> None:
        if self._spec is not None:
            QGuiApplication.clipboard().setText(as_toml(self._spec))

    def _fill(
        self, parent: QTreeWidgetItem, table: dict[str, Any], default: Any, baseline: Any
    ) -> None:
        known: dict[str, Any] = default if isinstance(default, dict) else {}
        theirs: dict[str, Any] = baseline if isinstance(baseline, dict) else {}
        for name, value in table.items():
            if isinstance(value, dict):
                if value:
                    branch = QTreeWidgetItem(parent, [name])
                    self._fill(branch, value, known.get(name), theirs.get(name))
                continue
            said = [_shown(one.get(name)) for one in (table, known, theirs)]
            item = QTreeWidgetItem(parent, [name, *said])
            item.setToolTip(1, _shown(value))
            if value != known.get(name):
                item.setData(0, _DIFFERS, True)
                item.setFont(0, self._bold())
                item.setFont(1, self._bold())

    def _bold(self) -> QFont:
        font = QFont(self._tree.font())
        font.setWeight(QFont.Weight.DemiBold)
        return font


def with_defaults(
    spec: RunSpec, catalog: Catalog
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return all settings of a run, and their defaults, as tables of the same shape.

    A spec keeps of the parts' own options only those that were changed; what the others are is
    known to the cards. Options of a part without a card are returned as they are kept.
    """
    table, default = spec.model_dump(mode="json"), RunSpec().model_dump(mode="json")
    for part in _PARTS:
        options = option_defaults(catalog, part, table[part]["name"])
        default[part]["options"] = options
        table[part]["options"] = {**options, **table[part]["options"]}
    for name, given in spec.regularizers.items():
        options = option_defaults(catalog, "regularizer", name)
        default["regularizers"][name] = options
        table["regularizers"][name] = {**options, **given} or {"on": True}
    return table, default


def as_toml(spec: RunSpec) -> str:
    """Return the specification as a file that queues the same run."""
    table = spec.model_dump(mode="json", exclude_defaults=True)
    return dump_spec({**table, "name": spec.name, "seeds": [spec.seed]})


def _same(one: RunRow | None, other: RunRow | None) -> bool:
    return (one and one.id) == (other and other.id)


def _at(table: Mapping[str, Any], key: str) -> Any:
    """What a nested table says under a dotted key; None where it says nothing."""
    value: Any = table
    for name in key.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
