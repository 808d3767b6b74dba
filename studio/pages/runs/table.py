"""The view of the runs: rows selected, opened, dragged and folded."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from engine.spec.rows import RunRow
from studio.item_models.run_columns import COLUMN_INDEX, COLUMNS
from studio.item_models.run_entries import Group, runs_of
from studio.item_models.run_lines import Key, Line
from studio.item_models.runs_model import RunsModel
from studio.pages.runs.delegates import (
    FOLD,
    EyeDelegate,
    MiddleDelegate,
    NameDelegate,
    PinDelegate,
    StateDelegate,
    TextDelegate,
)
from studio.pages.runs.header import RunsHeader
from studio.state.settings import Settings
from studio.theme.tokens import sizes

_ACROSS = {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End}
"""Keys that go from column to column."""


class RunsTable(QTableView):
    """Rows of runs; what is selected stays selected when rows come and go."""

    picked = Signal()
    """Other rows are selected, or other runs stand behind those that are."""

    opened = Signal(int)
    """The id of a run that was double-clicked, or that Enter was pressed on."""

    eye_clicked = Signal(list)
    """list[RunRow] of the row whose eye was clicked."""

    pin_clicked = Signal(list)
    """list[RunRow] of the row whose pin was clicked."""

    drag_refused = Signal()
    """A queued run was dragged while the rows do not stand as the queue does."""

    menu_requested = Signal(QPoint)
    """Where, on the screen, a menu for the selected rows is wanted."""

    def __init__(
        self, model: RunsModel, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("runs.table")
        self.setAccessibleName(self.tr("Runs"))
        self._runs_model = model
        self._kept: set[int] = set()
        self._kept_lines: set[Key] = set()
        self._current: Key | None = None
        self._column = COLUMN_INDEX["name"]
        self._top = 0
        self._pressed_x = 0.0
        self._goes_across = False
        self.setModel(model)
        self._set_up()
        self._set_up_header(settings)
        model.modelAboutToBeReset.connect(self._on_about_to_reset)
        model.modelReset.connect(self._on_reset)
        model.regrouped.connect(self.picked)
        self.selectionModel().selectionChanged.connect(self.picked)
        self.clicked.connect(self._on_clicked)
        self.activated.connect(self._on_activated)
        self.customContextMenuRequested.connect(
            lambda at: self.menu_requested.emit(self.viewport().mapToGlobal(at))
        )

    def _set_up(self) -> None:
        self.setProperty("role", "card")
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDragDropOverwriteMode(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(sizes().row)
        self.verticalHeader().setMinimumSectionSize(sizes().row)
        for column, kind in (("eye", EyeDelegate), ("pin", PinDelegate), ("name", NameDelegate),
                             ("state", StateDelegate), ("backbone", MiddleDelegate)):
            self.setItemDelegateForColumn(COLUMN_INDEX[column], kind(self))
        self.setItemDelegate(TextDelegate(self))
        for delegate in self.findChildren(TextDelegate):
            delegate.editor_opened.connect(self._runs_model.hold)
            delegate.closeEditor.connect(self._runs_model.release)

    def _set_up_header(self, settings: Settings) -> None:
        self._header = RunsHeader(self._runs_model, settings, self)
        self.setHorizontalHeader(self._header)
        self.setSortingEnabled(True)
        self._header.sectionPressed.connect(self.setFocus)  # what is written is kept, then sorted
        self.selectionModel().currentChanged.connect(
            lambda cell, _: self._header.set_current(cell.column())
        )

    @property
    def header(self) -> RunsHeader:
        """Its headings, with what can be done to the columns."""
        return self._header

    def move_column(self, by: int) -> None:
        """Move the column of the current cell to the left (-1) or right (1)."""
        self._header.move_current(by)
        self._goes_across = True
        self.scrollTo(self.currentIndex())
        self._goes_across = False

    def scrollTo(
        self, index: QModelIndex | QPersistentModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Bring a row into sight; a column only for keys, so that names stay where they are."""
        across = self.horizontalScrollBar().value()
        super().scrollTo(index, hint)
        if not self._goes_across:
            self.horizontalScrollBar().setValue(across)

    def selected_text(self) -> str:
        """The selected rows as a spreadsheet takes them: columns in sight, parted by tabs."""
        columns = self._header.titled()
        lines = [[self._runs_model.headings[column].title for column in columns]]
        lines += [
            [str(self._runs_model.index(row, column).data()) for column in columns]
            for row in self._selected_rows()
        ]
        return "\n".join("\t".join(" ".join(text.split()) for text in line) for line in lines)

    # ---- selection

    def selected_runs(self) -> list[RunRow]:
        """The runs of the selected rows, from top to bottom, each once."""
        entry = self._runs_model.entry
        runs = {run.id: run for row in self._selected_rows() for run in runs_of(entry(row))}
        return list(runs.values())

    def select_runs(self, runs: Sequence[int]) -> None:
        """Select the rows of these runs."""
        self._select(self._rows_of(set(), set(runs)))

    def _selected_rows(self) -> list[int]:
        parts = self.selectionModel().selection().toList()
        return sorted({row for part in parts for row in range(part.top(), part.bottom() + 1)})

    def _rows_of(self, lines: set[Key], runs: set[int]) -> list[int]:
        """The rows of some lines, and of runs that are not among these; folded ones are left out.

        A group is selected in place of its runs only where it has no others.
        """
        model = self._runs_model
        found = [row for row in range(model.rowCount()) if model.key(row) in lines] if lines else []
        missing = runs.difference(run.id for row in found for run in runs_of(model.entry(row)))
        if missing:
            found += [row for row in range(model.rowCount())
                      if missing.issuperset(run.id for run in runs_of(model.entry(row)))]
        return sorted(found)

    def _select(self, rows: Iterable[int]) -> None:
        selection, last = QItemSelection(), len(COLUMNS) - 1
        for top, bottom in _stretches(rows):
            selection.select(self._runs_model.index(top, 0), self._runs_model.index(bottom, last))
        self.selectionModel().select(
            selection, QItemSelectionModel.SelectionFlag.ClearAndSelect
        )

    def _line(self, row: int) -> Line:
        return self._runs_model.line(row)

    def _on_about_to_reset(self) -> None:
        rows = self._selected_rows()
        self._kept_lines = {self._runs_model.key(row) for row in rows}
        self._kept = {run.id for run in self.selected_runs()}
        index = self.currentIndex()
        self._current = self._line(index.row()).key if index.isValid() else None
        self._column = index.column() if index.isValid() else self._column
        self._top = self.verticalScrollBar().value()

    def _on_reset(self) -> None:
        at = None if self._current is None else self._runs_model.row_of(self._current)
        if at is not None:
            self.setAutoScroll(False)  # the user may look at other rows than at the current one
            cell = self._runs_model.index(at, self._column)
            none = QItemSelectionModel.SelectionFlag.NoUpdate
            self.selectionModel().setCurrentIndex(cell, none)
            self.setAutoScroll(True)
        self._header.set_current(self.currentIndex().column())
        rows = self._rows_of(self._kept_lines, self._kept)
        self._select(rows)
        self.verticalScrollBar().setValue(self._top)
        if not rows:  # Qt tells of no change then
            self.picked.emit()

    # ---- mouse and keys

    def startDrag(self, supportedActions: Qt.DropAction) -> None:
        """Drag queued runs, where a place among the rows is one in the queue."""
        if self._runs_model.layout.is_queue:
            super().startDrag(supportedActions)
        else:
            self.drag_refused.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where in its cell a click is."""
        self._pressed_x = event.position().x()
        super().mousePressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begin at the first name, where Qt would at the first eye."""
        if not self.currentIndex().isValid() and self._runs_model.rowCount():
            first = self._runs_model.index(0, self._column)
            none = QItemSelectionModel.SelectionFlag.NoUpdate
            self.selectionModel().setCurrentIndex(first, none)
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open and fold groups with Right and Left."""
        index, key = self.currentIndex(), event.key()
        if index.isValid() and not event.modifiers() and self._fold(index.row(), key):
            return
        self._goes_across = key in _ACROSS
        super().keyPressEvent(event)
        self._goes_across = False

    def _fold(self, row: int, key: int) -> bool:
        """Do what a key asks of the groups; False where that is nothing."""
        line, left = self._line(row), key == Qt.Key.Key_Left
        if isinstance(line.entry, Group):
            wanted = left if line.is_open else key == Qt.Key.Key_Right
            if wanted:
                self._runs_model.turn(row)
            return wanted
        head = self._runs_model.row_of((line.key[0], 0)) if left and line.is_nested else None
        if head is not None:
            self.setCurrentIndex(self._runs_model.index(head, COLUMN_INDEX["name"]))
        return head is not None

    def _on_clicked(self, index: QModelIndex) -> None:
        column, entry = COLUMNS[index.column()].id, self._line(index.row()).entry
        if column == "eye":
            self.eye_clicked.emit(list(runs_of(entry)))
        elif column == "pin":
            self.pin_clicked.emit(list(runs_of(entry)))
        elif column == "name" and self._pressed_x - self.visualRect(index).left() < FOLD:
            self._runs_model.turn(index.row())

    def _on_activated(self, index: QModelIndex) -> None:
        if COLUMNS[index.column()].id in ("eye", "pin"):
            return
        entry = self._line(index.row()).entry
        if isinstance(entry, Group):
            self._runs_model.turn(index.row())
        else:
            self.opened.emit(entry.id)


def _stretches(rows: Iterable[int]) -> list[tuple[int, int]]:
    """Rows in ascending order, as first and last of those that follow each other."""
    found: list[tuple[int, int]] = []
    for row in rows:
        if found and row == found[-1][1] + 1:
            found[-1] = found[-1][0], row
        else:
            found.append((row, row))
    return found
