"""The runs as a Qt table: sorted, filtered and grouped here, where it takes milliseconds."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from engine.spec.rows import RunRow
from studio.item_models import wording
from studio.item_models.run_columns import COLUMN_INDEX, COLUMNS, Entry, Group, runs_of

Index = QModelIndex | QPersistentModelIndex
ENTRY_ROLE = Qt.ItemDataRole.UserRole
CHOSEN_ROLE = Qt.ItemDataRole.UserRole + 1
_ROOT = QModelIndex()
_LONG = frozenset({"name", "method", "backbone", "dataset", "note", "tags", "state"})
"""Columns whose text may be longer than there is room for."""


@dataclass(frozen=True)
class Filter:
    """Which runs are shown; an empty facet lets everything through."""

    text: str = ""
    states: frozenset[str] = frozenset()
    methods: frozenset[str] = frozenset()

    def admits(self, row: RunRow) -> bool:
        """Whether a run is shown."""
        if self.states and row.state not in self.states:
            return False
        if self.methods and row.method not in self.methods:
            return False
        if not self.text:
            return True
        hay = " ".join((
            f"#{row.id}", row.name, row.experiment, row.method, row.backbone, row.dataset,
            row.note, *row.tags, row.state,
        )).casefold()
        return all(word in hay for word in self.text.casefold().split())


class RunsModel(QAbstractTableModel):
    """One row a run, or a variant when grouped. Pinned rows come first."""

    edited = Signal(int, str, object)
    """Run, column of the store, and what the user wrote."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[RunRow] = []
        self._places: dict[int, int] = {}
        self._entries: list[Entry] = []
        self._filter = Filter()
        self._grouped = False
        self._chosen: frozenset[int] = frozenset()
        self._column = COLUMN_INDEX["created"]
        self._order = Qt.SortOrder.DescendingOrder
        self._held = False
        self._is_due = False

    # ---- what is shown

    def set_rows(self, rows: list[RunRow]) -> None:
        """Show these runs."""
        before, self._places = self._places, wording.queue_places(rows)
        self._rows = rows
        self._arrange()
        if self._places != before:  # the row of a run that moved up need not have changed
            self._tell(COLUMN_INDEX["state"])

    def set_filter(self, wanted: Filter) -> None:
        """Show only what a filter admits."""
        self._filter = wanted
        self._arrange()

    def set_grouped(self, grouped: bool) -> None:
        """Show variants instead of runs."""
        self._grouped = grouped
        self._arrange()

    def set_chosen(self, runs: Collection[int]) -> None:
        """Open the eyes of these runs."""
        self._chosen = frozenset(runs)
        self._tell(COLUMN_INDEX["eye"])

    def _tell(self, column: int) -> None:
        """Let a column be drawn anew."""
        if self._entries:
            last = self.index(len(self._entries) - 1, column)
            self.dataChanged.emit(self.index(0, column), last)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column."""
        self._column, self._order = column, order
        self._arrange()

    def hold(self) -> None:
        """Leave the rows where they are, for one of them is being edited."""
        self._held = True

    def release(self) -> None:
        """Arrange the rows as they should stand by now."""
        self._held = False
        if self._is_due:
            self._arrange()

    def entry(self, row: int) -> Entry:
        """What a row of the table shows."""
        return self._entries[row]

    def row_of(self, run: int) -> int | None:
        """The row of the table that shows a run."""
        for row, entry in enumerate(self._entries):
            if any(one.id == run for one in runs_of(entry)):
                return row
        return None

    def is_chosen(self, entry: Entry) -> bool:
        """Whether all runs of a row are chosen."""
        return all(run.id in self._chosen for run in runs_of(entry))

    def _arrange(self) -> None:
        shown = [row for row in self._rows if self._filter.admits(row)]
        entries: list[Entry] = list(_grouped(shown) if self._grouped else shown)
        descending = self._order is Qt.SortOrder.DescendingOrder
        _sort(entries, self._column, descending)
        before = self._entries
        if [_identity(e) for e in before] == [_identity(e) for e in entries]:
            self._entries = entries
            for row, (old, new) in enumerate(zip(before, entries, strict=True)):
                if old != new:
                    self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))
        elif self._held:
            self._is_due = True
            return
        else:
            self.beginResetModel()
            self._entries = entries
            self.endResetModel()
        self._is_due = False

    # ---- what Qt asks

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Number of rows."""
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """What may be done with a cell."""
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        if COLUMNS[index.column()].edits and not self._grouped:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell shows."""
        entry, column = self._entries[index.row()], COLUMNS[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self._text(entry, index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole and column.numeric:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tooltip(entry, index.column())
        if role == ENTRY_ROLE:
            return entry
        if role == CHOSEN_ROLE:
            return self.is_chosen(entry)
        return None

    def _text(self, entry: Entry, index: int) -> str:
        column = COLUMNS[index]
        if column.id == "state" and not isinstance(entry, Group):
            return wording.state_line(entry, self._places.get(entry.id))
        return column.text(entry)

    def _tooltip(self, entry: Entry, index: int) -> str:
        column = COLUMNS[index]
        if column.id == "state" and not isinstance(entry, Group) and entry.error:
            return entry.error
        if column.id in _LONG:
            return self._text(entry, index)
        return column.help

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Tell what the user wrote; the store has it before the table shows it."""
        entry, column = self._entries[index.row()], COLUMNS[index.column()]
        if role != Qt.ItemDataRole.EditRole or not column.edits or isinstance(entry, Group):
            return False
        text = str(value).strip()
        if text != column.text(entry):
            written = tags_in(text) if column.edits == "tags" else text
            self.edited.emit(entry.id, column.edits, written)
        return True

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """What a heading shows."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.TextAlignmentRole and column.numeric:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole and column.help:
            return column.help
        return None


def tags_in(text: str) -> list[str]:
    """The tags that a text names, separated by commas."""
    return list(dict.fromkeys(tag for part in text.split(",") if (tag := part.strip())))


def _grouped(rows: Iterable[RunRow]) -> list[Group]:
    groups: dict[str, list[RunRow]] = {}
    for row in rows:
        groups.setdefault(row.digest, []).append(row)
    return [Group(tuple(sorted(runs, key=lambda run: run.seed))) for runs in groups.values()]


def _identity(entry: Entry) -> str | int:
    return entry.first.digest if isinstance(entry, Group) else entry.id


def _sort(entries: list[Entry], column: int, descending: bool) -> None:
    """Sort in place: pinned first, then by the column, what has no value last."""
    key = COLUMNS[column].key
    entries.sort(key=lambda e: runs_of(e)[0].id, reverse=True)
    known = [e for e in entries if key(e) is not None]
    unknown = [e for e in entries if key(e) is None]
    known.sort(key=key, reverse=descending)
    entries[:] = known + unknown
    entries.sort(key=lambda e: not any(run.pinned for run in runs_of(e)))
