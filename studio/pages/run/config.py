"""What the run is: its specification, and where it differs from the defaults."""

from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from engine.spec.errors import SpecError
from engine.spec.rows import RunRow
from engine.spec.run_spec import RunSpec
from engine.spec.spec_file import dump_spec
from studio.state.context import Context
from studio.theme.theme import caption_font
from studio.widgets.buttons import PushButton
from studio.widgets.labels import label
from studio.widgets.layout import column, row

if TYPE_CHECKING:
    from engine.spec.card import Kind
    from engine.spec.catalog import Catalog

_PARTS: "tuple[Kind, ...]" = ("dataset", "backbone", "method")


class ConfigTab(QWidget):
    """The specification as a tree, to be read and copied as TOML."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._run: RunRow | None = None
        self._spec: RunSpec | None = None
        self._tree = QTreeWidget()
        self._tree.setObjectName("config.tree")
        self._tree.setAccessibleName(self.tr("Specification"))
        self._tree.setProperty("role", "card")
        self._tree.setHeaderLabels([self.tr("Setting"), self.tr("Value"), self.tr("Default")])
        self._tree.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self._tree.header().setFont(caption_font(self._tree.header().font()))
        self._tree.setColumnWidth(0, 240)
        self._tree.setColumnWidth(1, 320)
        copy = PushButton(self.tr("Copy as TOML"), "copy")
        copy.setObjectName("config.copy")
        copy.clicked.connect(self._on_copy)
        top = row()
        hint = self.tr("Settings that differ from the default are bold.")
        top.addWidget(label(hint, "muted"), 1)
        top.addWidget(copy)
        layout = column(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self._tree, 1)
        context.feed.catalog_changed.connect(self._show)

    def show_run(self, run: RunRow) -> None:
        """Read the specification of a run; it never changes."""
        if self._run is not None and run.id == self._run.id:
            return
        self._run, self._spec = run, None
        client = self._context.client
        self._context.jobs.run(
            lambda: client.spec(run.id), lambda spec: self._on_spec(run, spec), owner=self
        )

    def _on_spec(self, run: RunRow, spec: RunSpec) -> None:
        if run is not self._run:
            return
        self._spec = spec
        self._show()

    def _show(self) -> None:
        self._tree.clear()
        if self._spec is not None and self._run is not None:
            table, default = with_defaults(self._spec, self._context.feed.catalog)
            if self._run.forked_from is not None:
                fork = {"run": self._run.forked_from, "epoch": self._run.forked_at}
                table = {"forked": fork, **table}
            self._fill(self._tree.invisibleRootItem(), table, default)
            self._tree.expandAll()

    def _on_copy(self) -> None:
        if self._spec is not None:
            QGuiApplication.clipboard().setText(as_toml(self._spec))

    def _fill(self, parent: QTreeWidgetItem, table: dict[str, Any], default: Any) -> None:
        known: dict[str, Any] = default if isinstance(default, dict) else {}
        for name, value in table.items():
            if isinstance(value, dict):
                if value:
                    branch = QTreeWidgetItem(parent, [name])
                    self._fill(branch, value, known.get(name))
                continue
            item = QTreeWidgetItem(parent, [name, _shown(value), _shown(known.get(name))])
            item.setToolTip(1, _shown(value))
            if value != known.get(name):
                font = QFont(self._tree.font())
                font.setWeight(QFont.Weight.DemiBold)
                item.setFont(0, font)
                item.setFont(1, font)


def with_defaults(
    spec: RunSpec, catalog: "Catalog | None"
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return all settings of a run, and their defaults, as tables of the same shape.

    A spec keeps of the parts' own options only those that were changed; what the others are is
    known to the cards. Options of a part without a card are returned as they are kept.
    """
    table, default = spec.model_dump(mode="json"), RunSpec().model_dump(mode="json")
    for part in _PARTS:
        options = _defaults(catalog, part, table[part]["name"])
        default[part]["options"] = options
        table[part]["options"] = {**options, **table[part]["options"]}
    for name, given in spec.regularizers.items():
        options = _defaults(catalog, "regularizer", name)
        default["regularizers"][name] = options
        table["regularizers"][name] = {**options, **given} or {"on": True}
    return table, default


def _defaults(catalog: "Catalog | None", kind: "Kind", name: str) -> dict[str, Any]:
    try:
        return catalog.card(kind, name).option_defaults if catalog else {}
    except SpecError:  # its plug-in was taken away since
        return {}


def as_toml(spec: RunSpec) -> str:
    """Return the specification as a file that queues the same run."""
    table = spec.model_dump(mode="json", exclude_defaults=True)
    return dump_spec({**table, "name": spec.name, "seeds": [spec.seed]})


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
