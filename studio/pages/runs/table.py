"""The view of the runs: columns chosen, ordered, sized and remembered."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QByteArray,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from engine.spec.rows import RunRow
from studio.item_models.run_columns import COLUMN_INDEX, COLUMNS, runs_of
from studio.item_models.runs_model import RunsModel
from studio.pages.runs.delegates import (
    EyeDelegate,
    MiddleDelegate,
    NameDelegate,
    PinDelegate,
    StateDelegate,
    TextDelegate,
)
from studio.state.settings import Settings
from studio.theme.theme import caption_font
from studio.theme.tokens import sizes

_HEADER, _KNOWN = "runs/header", "runs/columns"
_REMEMBER_AFTER_MS = 400
_PADDING = 20
"""Pixels of a cell beside its text."""


class RunsTable(QTableView):
    """Rows of runs; what is selected stays selected when rows come and go."""

    picked = Signal()
    """Other rows are selected."""

    opened = Signal(int)
    """The id of a run that was double-clicked, or that Enter was pressed on."""

    eye_clicked = Signal(list)
    """list[RunRow] of the row whose eye was clicked."""

    pin_clicked = Signal(list)
    """list[RunRow] of the row whose pin was clicked."""

    menu_requested = Signal(QPoint)
    """Where, on the screen, a menu for the selected rows is wanted."""

    def __init__(
        self, model: RunsModel, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("runs.table")
        self.setAccessibleName(self.tr("Runs"))
        self._runs_model = model
        self._settings = settings
        self._kept: set[int] = set()
        self._current: int | None = None
        self.setModel(model)
        self._set_up()
        self._set_up_header()
        model.modelAboutToBeReset.connect(self._on_about_to_reset)
        model.modelReset.connect(self._on_reset)
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

    def _set_up_header(self) -> None:
        header = self.horizontalHeader()
        header.setFont(caption_font(header.font()))
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(28)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        for index, column in enumerate(COLUMNS):
            self.setColumnWidth(index, column.width)
            self.setColumnHidden(index, column.hidden)
        header.setSortIndicator(COLUMN_INDEX["created"], Qt.SortOrder.DescendingOrder)
        self._restore_header()
        for column in ("eye", "pin"):
            header.setSectionResizeMode(COLUMN_INDEX[column], QHeaderView.ResizeMode.Fixed)
        self.setSortingEnabled(True)
        header.sectionPressed.connect(self.setFocus)  # what is being written is kept, then sorted
        # The header tells of every pixel of a drag: write once it rests.
        self._rest = QTimer(self, singleShot=True, interval=_REMEMBER_AFTER_MS)
        self._rest.timeout.connect(self.remember)
        for signal in (header.sectionResized, header.sectionMoved, header.sortIndicatorChanged):
            signal.connect(lambda *_: self._rest.start())
        header.customContextMenuRequested.connect(
            lambda at: self.columns_menu().popup(header.mapToGlobal(at))
        )

    # ---- columns

    def remember(self) -> None:
        """Keep how the columns stand."""
        self._settings.put(_KNOWN, [column.id for column in COLUMNS])
        self._settings.put_bytes(_HEADER, bytes(self.horizontalHeader().saveState().data()))

    def _restore_header(self) -> None:
        if self._settings.get(_KNOWN) == [column.id for column in COLUMNS]:
            state = QByteArray(self._settings.get_bytes(_HEADER))
            self.horizontalHeader().restoreState(state)

    def columns_menu(self) -> QMenu:
        """A menu in which columns are shown and hidden."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for index, column in enumerate(COLUMNS):
            action = menu.addAction(column.title or column.help)
            action.setObjectName(f"column.{column.id}")
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(index))
            action.setEnabled(column.id != "name")
            action.toggled.connect(lambda on, index=index: self._show_column(index, on))
        return menu

    def _show_column(self, index: int, on: bool) -> None:
        self.setColumnHidden(index, not on)
        if on and not self.columnWidth(index):
            self.setColumnWidth(index, COLUMNS[index].width)
        self.remember()

    def make_room(self, grouped: bool) -> None:
        """Widen the columns of metrics for mean ± std, or give the room back."""
        self.ensurePolished()
        for index, column in enumerate(COLUMNS):
            width = self.columnWidth(index)
            if not column.grouped or self.isColumnHidden(index):
                continue
            wide = self.fontMetrics().horizontalAdvance(column.grouped) + _PADDING
            if grouped and width < wide:
                self.setColumnWidth(index, wide)
            elif not grouped and width == wide:
                self.setColumnWidth(index, column.width)

    # ---- selection

    def selected_runs(self) -> list[RunRow]:
        """The runs of the selected rows, from top to bottom."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [run for row in rows for run in runs_of(self._runs_model.entry(row))]

    def select_runs(self, runs: Sequence[int]) -> None:
        """Select the rows of these runs."""
        self._select(set(runs), None)

    def _select(self, wanted: set[int], current: int | None) -> None:
        model, selection = self._runs_model, QItemSelection()
        flags = QItemSelectionModel.SelectionFlag
        at = None if current is None else model.row_of(current)
        if at is not None:
            cell = model.index(at, COLUMN_INDEX["name"])
            self.selectionModel().setCurrentIndex(cell, flags.NoUpdate)
        for row in range(model.rowCount()):
            if any(run.id in wanted for run in runs_of(model.entry(row))):
                selection.select(model.index(row, 0), model.index(row, len(COLUMNS) - 1))
        self.selectionModel().select(selection, flags.ClearAndSelect)

    def _on_about_to_reset(self) -> None:
        self._kept = {run.id for run in self.selected_runs()}
        index = self.currentIndex()
        entry = self._runs_model.entry(index.row()) if index.isValid() else None
        self._current = runs_of(entry)[0].id if entry is not None else None

    def _on_reset(self) -> None:
        self._select(self._kept, self._current)
        self.picked.emit()

    # ---- clicks

    def _on_clicked(self, index: QModelIndex) -> None:
        column = COLUMNS[index.column()].id
        runs = list(runs_of(self._runs_model.entry(index.row())))
        if column == "eye":
            self.eye_clicked.emit(runs)
        elif column == "pin":
            self.pin_clicked.emit(runs)

    def _on_activated(self, index: QModelIndex) -> None:
        if COLUMNS[index.column()].id not in ("eye", "pin"):
            self.opened.emit(runs_of(self._runs_model.entry(index.row()))[0].id)
