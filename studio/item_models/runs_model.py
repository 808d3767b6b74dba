"""The runs as a Qt table: sorted, filtered and grouped here, where it takes milliseconds."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from studio.item_models import wording
from studio.item_models.run_columns import COLUMN_INDEX, COLUMNS, headings
from studio.item_models.run_entries import Entry, Group, runs_of
from studio.item_models.run_labels import tags_in
from studio.item_models.run_lines import Filter, Key, Layout, Line, lines_of

Index = QModelIndex | QPersistentModelIndex
LINE_ROLE = Qt.ItemDataRole.UserRole
CHOSEN_ROLE = Qt.ItemDataRole.UserRole + 1
BASELINE_ROLE = Qt.ItemDataRole.UserRole + 2
QUEUED_RUNS = "application/x-sila-queued-runs"
_ROOT = QModelIndex()
_LONG = frozenset({"name", "method", "backbone", "dataset", "note", "tags", "state"})
"""Columns whose text may be longer than there is room for."""
_STATE, _EYE, _NAME = (COLUMN_INDEX[column] for column in ("state", "eye", "name"))
# Qt asks thousands of times in a second of scrolling: looked up once, and as plain numbers.
_TEXT, _EDIT = int(Qt.ItemDataRole.DisplayRole), int(Qt.ItemDataRole.EditRole)
_ALIGNMENT, _TOOLTIP = int(Qt.ItemDataRole.TextAlignmentRole), int(Qt.ItemDataRole.ToolTipRole)
_SPOKEN, _LINE = int(Qt.ItemDataRole.AccessibleTextRole), int(LINE_ROLE)
_CHOSEN, _BASELINE = int(CHOSEN_ROLE), int(BASELINE_ROLE)
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_NUMERIC = tuple(column.numeric for column in COLUMNS)
_EDITABLE = tuple(bool(column.edits) for column in COLUMNS)
_PLAIN = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
_FLAGS = (
    _PLAIN, _PLAIN | Qt.ItemFlag.ItemIsEditable, _PLAIN | Qt.ItemFlag.ItemIsDragEnabled,
    _PLAIN | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsDragEnabled,
)


class RunsModel(QAbstractTableModel):
    """One row a run; heads of groups, and their runs below them, when grouped.

    Attributes:
        headings: what stands above the columns.
    """

    edited = Signal(int, str, object)
    """Run, column of the store, and what the user wrote."""

    dropped = Signal(list, object)
    """Queued runs that were dragged, and the queued run that they shall come before, or None."""

    turned = Signal()
    """Groups were opened or folded."""

    regrouped = Signal()
    """The lines are the same, but other runs stand behind some of them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[RunRow] = []
        self._places: dict[int, int] = {}
        self._entries: list[Entry] = []
        self._keys: list[Key] = []
        self._texts: dict[int, str] = {}
        self.headings = headings()
        self._day = 0
        self._layout = Layout()
        self._chosen: frozenset[int] = frozenset()
        self._baseline: str | None = None
        self._held = False
        self._is_due = False

    @property
    def layout(self) -> Layout:
        """How the lines stand."""
        return self._layout

    # ---- what is shown

    def set_rows(self, rows: Sequence[RunRow]) -> None:
        """Show these runs."""
        before, self._places = self._places, wording.queue_places(rows)
        self._rows = rows
        if self._day != (day := time.localtime().tm_yday):  # moments of today are said in short
            self._day = day
            self._texts.clear()
        self._arrange()
        if self._places != before:  # the row of a run that moved up need not have changed
            self._tell(_STATE)

    def set_filter(self, wanted: Filter) -> None:
        """Show only what a filter admits."""
        self._lay_out(wanted=wanted)

    def set_grouping(self, by: str, turned: Collection[str] = ()) -> None:
        """Group by a property, or by none; see `Layout` for the groups that are turned."""
        self._lay_out(by=by, turned=frozenset(turned))

    def set_names(self, names: Mapping[str, str]) -> None:
        """Call variants so that share method, backbone and dataset, by digest."""
        self._lay_out(names=names)

    def turn(self, row: int) -> None:
        """Open a folded group, or fold an open one."""
        entry = self._entries[row]
        if isinstance(entry, Group):
            self._turn({entry.value})

    def turn_all(self, is_open: bool) -> None:
        """Open all groups, or fold them."""
        values = {value for value, run in self._keys if not run}
        self._turn({value for value in values if self._layout.is_open(value) is not is_open})

    def _turn(self, values: set[str]) -> None:
        self._lay_out(turned=self._layout.turned ^ values)
        self.turned.emit()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column."""
        self._lay_out(column=column, descending=order is Qt.SortOrder.DescendingOrder)

    def set_chosen(self, runs: Collection[int]) -> None:
        """Open the eyes of these runs."""
        self._chosen = frozenset(runs)
        self._tell(_EYE)

    def set_baseline(self, baseline: str | None) -> None:
        """Give a star to the runs of this method or variant."""
        self._baseline = baseline
        self._tell(_NAME)

    def _tell(self, column: int) -> None:
        """Let a column be drawn anew."""
        if self._entries:
            for row in range(len(self._entries)):
                self._texts.pop(row * len(COLUMNS) + column, None)
            last = self.index(len(self._entries) - 1, column)
            self.dataChanged.emit(self.index(0, column), last)

    def hold(self) -> None:
        """Leave the rows where they are, for one of them is being edited."""
        self._held = True

    def release(self) -> None:
        """Arrange the rows as they should stand by now."""
        self._held = False
        if self._is_due:
            self._arrange()

    def line(self, row: int) -> Line:
        """A row of the table."""
        key, by = self._keys[row], self._layout.by
        is_head = not key[1]
        is_open = is_head and self._layout.is_open(key[0])
        return Line(self._entries[row], key, is_open, bool(by) and not is_head)

    def entry(self, row: int) -> Entry:
        """What a row of the table shows."""
        return self._entries[row]

    def key(self, row: int) -> Key:
        """What tells a row of the table from all others."""
        return self._keys[row]

    def row_of(self, key: Key) -> int | None:
        """The row of a line, where it is shown."""
        return self._keys.index(key) if key in self._keys else None

    def is_chosen(self, entry: Entry) -> bool:
        """Whether all runs of a row are chosen."""
        return all(run.id in self._chosen for run in runs_of(entry))

    def is_baseline(self, entry: Entry) -> bool:
        """Whether others are compared with all runs of a row."""
        name = self._baseline
        return name is not None and all(name in (r.digest, r.method) for r in runs_of(entry))

    def _lay_out(self, **changes: Any) -> None:
        wanted = replace(self._layout, **changes)
        if wanted != self._layout:  # Qt sorts twice
            self._layout = wanted
            self._arrange()

    def _arrange(self) -> None:
        entries, keys = lines_of(self._rows, self._layout)
        if keys == self._keys:
            self._put_in_place(entries)
        elif self._held:
            self._is_due = True
            return
        else:
            self.beginResetModel()
            self._entries, self._keys = entries, keys
            self._texts.clear()
            self.endResetModel()
        self._is_due = False

    def _put_in_place(self, entries: list[Entry]) -> None:
        """Let the same lines show what is known by now."""
        before, self._entries = self._entries, entries
        others = False
        for row, (old, new) in enumerate(zip(before, entries, strict=True)):
            if old is not new and old != new:  # what nobody wrote to is the same object
                self._on_changed(row)
                others |= [run.id for run in runs_of(old)] != [run.id for run in runs_of(new)]
        if others:
            self.regrouped.emit()

    def _on_changed(self, row: int) -> None:
        for column in range(len(COLUMNS)):
            self._texts.pop(row * len(COLUMNS) + column, None)
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))

    # ---- what Qt asks

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Number of rows."""
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """What may be done with a cell."""
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled  # between the rows
        entry = self._entries[index.row()]
        if isinstance(entry, Group):
            return _FLAGS[0]
        return _FLAGS[_EDITABLE[index.column()] + 2 * (entry.state is RunState.QUEUED)]

    def data(self, index: Index, role: int = _TEXT) -> Any:
        """What a cell shows."""
        if role in (_TEXT, _EDIT):
            return self._text(index.row(), index.column())
        if role == _ALIGNMENT:
            return _RIGHT if _NUMERIC[index.column()] else None
        if role == _LINE:
            return self.line(index.row())
        if role == _CHOSEN:
            return self.is_chosen(self._entries[index.row()])
        if role == _BASELINE:
            return self.is_baseline(self._entries[index.row()])
        if role == _TOOLTIP:
            return self._tooltip(index.row(), index.column())
        if role == _SPOKEN:
            return self._spoken(index.row(), index.column())
        return None

    def _text(self, row: int, column: int) -> str:
        cell = row * len(COLUMNS) + column
        text = self._texts.get(cell)
        if text is None:
            entry = self._entries[row]
            if column == _STATE and not isinstance(entry, Group):
                text = wording.state_line(entry, self._places.get(entry.id))
            else:
                text = COLUMNS[column].text(entry)
            self._texts[cell] = text
        return text

    def _tooltip(self, row: int, index: int) -> str:
        column, entry = COLUMNS[index], self._entries[row]
        if column.id == "state" and not isinstance(entry, Group):
            if (trouble := wording.trouble(entry)):
                return trouble
            if entry.state is RunState.QUEUED:
                return self.tr("Drag the row to another place in the queue")
        if column.id == "name" and not isinstance(entry, Group) and entry.forked_from is not None:
            origin = self.tr("{0}\nforked from #{1} at epoch {2}")
            return origin.format(self._text(row, index), entry.forked_from, entry.forked_at)
        return self._text(row, index) if column.id in _LONG else self.headings[index].help

    def _spoken(self, row: int, column: int) -> str | None:
        """What a screen reader says of a cell that shows a picture."""
        line = self.line(row)
        if column == _EYE:
            return self.headings[_EYE].help if self.is_chosen(line.entry) else ""
        if column == _NAME and isinstance(line.entry, Group):
            folds = self.tr("{0}, folded group")
            if line.is_open:
                folds = self.tr("{0}, open group")
            return folds.format(self._text(row, column))
        return None

    def setData(self, index: Index, value: Any, role: int = _EDIT) -> bool:
        """Tell what the user wrote; the store has it before the table shows it."""
        entry, column = self._entries[index.row()], COLUMNS[index.column()]
        if role != _EDIT or not column.edits or isinstance(entry, Group):
            return False
        text = str(value).strip()
        if text != column.text(entry):
            written = tags_in(text) if column.edits == "tags" else text
            self.edited.emit(entry.id, column.edits, written)
        return True

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _TEXT
    ) -> Any:
        """What a heading shows."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        heading = self.headings[section]
        if role == _TEXT:
            return heading.title
        if role == _ALIGNMENT and _NUMERIC[section]:
            return _RIGHT
        return heading.help if role == _TOOLTIP and heading.help else None

    # ---- dragging in the queue

    def supportedDropActions(self) -> Qt.DropAction:
        """Rows are moved, never copied."""
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        """What is dragged."""
        return [QUEUED_RUNS]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The queued runs among some cells."""
        entries = (self._entries[row] for row in sorted({i.row() for i in indexes}))
        runs = [e for e in entries if isinstance(e, RunRow) and e.state is RunState.QUEUED]
        data = QMimeData()
        data.setData(QUEUED_RUNS, " ".join(str(run.id) for run in runs).encode())
        return data

    def canDropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        """Whether the rows stand so that a place among them is one in the queue."""
        return self._layout.is_queue and data.hasFormat(QUEUED_RUNS)

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        """Tell where the runs were dropped; the store has it before the table shows it."""
        if not self.canDropMimeData(data, action, row, column, parent):
            return False
        runs = [int(run) for run in bytes(data.data(QUEUED_RUNS).data()).split()]
        below = self._entries[row:] if row >= 0 else []
        waiting = (e.id for e in below if isinstance(e, RunRow) and e.state is RunState.QUEUED)
        self.dropped.emit(runs, next((run for run in waiting if run not in runs), None))
        return True
