"""The headings of the runs: columns shown, ordered, sized and sorted by; all of it remembered."""

from collections.abc import Iterable

from PySide6.QtCore import QByteArray, QItemSelectionModel, QRect, Qt, QTimer
from PySide6.QtGui import QActionGroup, QFontMetrics, QPainter
from PySide6.QtWidgets import QHeaderView, QMenu, QTableView

from studio.item_models.run_columns import COLUMN_INDEX, COLUMNS
from studio.item_models.runs_model import RunsModel
from studio.state.settings import Settings
from studio.theme.theme import caption_font
from studio.theme.tokens import current

_HEADER, _KNOWN = "runs/header", "runs/columns"
_ID = COLUMN_INDEX["id"]
_REMEMBER_AFTER_MS = 400
_PADDING = 20
"""Pixels of a cell beside its text."""
_BEFORE_NAME, _MOST_NAME = 80, 360
"""Pixels of fold and dots before a variant's name, and of all of it at most."""
_MARK = 2
"""Pixels of the line below the heading that keys act on."""


class RunsHeader(QHeaderView):
    """Whatever a mouse does to the headings, `sort_by`, `move` and the menus do for keys."""

    def __init__(self, model: RunsModel, settings: Settings, parent: QTableView) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._runs_model, self._settings, self._table = model, settings, parent
        self._current = -1
        self._given: dict[int, int] = {}
        self.setModel(model)
        self._set_up()
        # The header tells of every pixel of a drag: write once it rests.
        self._rest = QTimer(self, singleShot=True, interval=_REMEMBER_AFTER_MS)
        self._rest.timeout.connect(self.remember)
        for signal in (self.sectionResized, self.sectionMoved, self.sortIndicatorChanged):
            signal.connect(lambda *_: self._rest.start())
        self.customContextMenuRequested.connect(
            lambda at: self.columns_menu().popup(self.mapToGlobal(at))
        )

    def _set_up(self) -> None:
        self.setFont(caption_font(self.font()))
        self.setSectionsMovable(True)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        # A header asks for each column whether all of its rows are selected: 0.2 s of thousands.
        self.setSelectionModel(QItemSelectionModel(self._runs_model, self))
        self.setMinimumSectionSize(28)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        for index, column in enumerate(COLUMNS):
            self.resizeSection(index, column.width)
            self.setSectionHidden(index, column.hidden)
        self.setSortIndicator(COLUMN_INDEX["created"], Qt.SortOrder.DescendingOrder)
        self._restore()
        for column in ("eye", "pin"):
            self.setSectionResizeMode(COLUMN_INDEX[column], QHeaderView.ResizeMode.Fixed)

    # ---- what is remembered

    def remember(self) -> None:
        """Keep how the columns stand."""
        self._settings.put(_KNOWN, [column.id for column in COLUMNS])
        self._settings.put_bytes(_HEADER, bytes(self.saveState().data()))

    def _restore(self) -> None:
        if self._settings.get(_KNOWN) == [column.id for column in COLUMNS]:
            self.restoreState(QByteArray(self._settings.get_bytes(_HEADER)))

    # ---- sorting

    def sorted_by(self) -> str:
        """The heading that the rows stand by."""
        return self._runs_model.headings[self.sortIndicatorSection()].name

    def reverse(self) -> None:
        """Let the rows stand the other way round."""
        down = Qt.SortOrder.DescendingOrder
        up = Qt.SortOrder.AscendingOrder
        order = up if self.sortIndicatorOrder() == down else down
        self.setSortIndicator(self.sortIndicatorSection(), order)

    def sort_menu(self) -> QMenu:
        """A menu of the columns in sight that have a title, to sort the rows by one."""
        menu = self._menu()
        choices = QActionGroup(menu)
        for index in self.titled():
            action = menu.addAction(self._runs_model.headings[index].title)
            action.setObjectName(f"sort.{COLUMNS[index].id}")
            action.setCheckable(True)
            action.setChecked(index == self.sortIndicatorSection())
            action.triggered.connect(lambda _, index=index: self._sort_by(index))
            choices.addAction(action)
        return menu

    def _sort_by(self, index: int) -> None:
        if index != self.sortIndicatorSection():
            self.setSortIndicator(index, Qt.SortOrder.AscendingOrder)

    # ---- columns

    def columns_menu(self) -> QMenu:
        """A menu in which columns are shown and hidden."""
        menu = self._menu()
        for index, column in enumerate(COLUMNS):
            action = menu.addAction(self._runs_model.headings[index].name)
            action.setObjectName(f"column.{column.id}")
            action.setCheckable(True)
            action.setChecked(not self.isSectionHidden(index))
            action.setEnabled(column.id != "name")
            action.toggled.connect(lambda on, index=index: self._show_column(index, on))
        return menu

    def set_current(self, index: int) -> None:
        """Underline the column of the current cell; -1 none."""
        self._current = index
        self.viewport().update()

    def move_current(self, by: int) -> None:
        """Let the current column change places with the one in sight before (-1) or after (1)."""
        shown = self._in_sight()
        if self._current in shown:
            at = shown.index(self._current) + by
            if 0 <= at < len(shown):
                self.moveSection(self.visualIndex(self._current), self.visualIndex(shown[at]))

    def make_room(self, grouped: bool, names: Iterable[str] = ()) -> None:
        """Widen the columns of metrics for mean ± std, or give the room back.

        Args:
            grouped: whether rows are of several runs.
            names: of variants, for which the column of names is widened too, but not too much.
        """
        self.ensurePolished()
        metrics = self._table.fontMetrics()
        bold = self._table.font()
        bold.setBold(True)
        name = QFontMetrics(bold).horizontalAdvance(max(names, key=len, default=""))
        for index, column in enumerate(COLUMNS):
            width = self.sectionSize(index)
            if not column.grouped or self.isSectionHidden(index):
                continue
            wide = metrics.horizontalAdvance(column.grouped) + _PADDING
            if column.id == "name":
                wide = max(wide, min(name + _BEFORE_NAME, _MOST_NAME))
            given = self._given.get(index, wide)
            if grouped and (width < wide or width == given):
                self.resizeSection(index, wide)
                self._given[index] = wide
            elif not grouped and width in (wide, given):
                self.resizeSection(index, column.width)

    def fit_number(self, number: int) -> None:
        """Widen the column of the runs' numbers until this one can be read."""
        self.ensurePolished()
        wide = self._table.fontMetrics().horizontalAdvance(str(number)) + _PADDING
        if self.sectionSize(_ID) < wide and not self.isSectionHidden(_ID):
            self.resizeSection(_ID, wide)

    def _show_column(self, index: int, on: bool) -> None:
        self.setSectionHidden(index, not on)
        if on and not self.sectionSize(index):
            self.resizeSection(index, COLUMNS[index].width)
        self.remember()

    def titled(self) -> list[int]:
        """The columns in sight that have a title, from left to right."""
        return [index for index in self._in_sight() if self._runs_model.headings[index].title]

    def _in_sight(self) -> list[int]:
        """The columns that are shown, from left to right."""
        order = (self.logicalIndex(place) for place in range(self.count()))
        return [index for index in order if not self.isSectionHidden(index)]

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        """Draw a heading, and a line below that of the current cell."""
        painter.save()
        super().paintSection(painter, rect, logicalIndex)
        painter.restore()
        if logicalIndex == self._current:
            line = QRect(rect.left() + 4, rect.bottom() - _MARK + 1, rect.width() - 8, _MARK)
            painter.fillRect(line, current().color("accent"))
