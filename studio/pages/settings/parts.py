"""What the tabs of Settings are made of."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
)

from studio.state.settings import Settings
from studio.theme.theme import caption_font
from studio.theme.tokens import sizes
from studio.widgets.buttons import IconButton
from studio.widgets.calm import CalmComboBox
from studio.widgets.labels import ElidedLabel, label
from studio.widgets.layout import row

_NAME_WIDTH = 180
FIELD_WIDTH = 300
_FRAME = 8
_LONG = 60
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def form() -> QFormLayout:
    """Return a layout of names and fields."""
    made = QFormLayout()
    made.setHorizontalSpacing(16)
    made.setVerticalSpacing(8)
    made.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)
    return made


def name(text: str) -> QLabel:
    """Return the name of a field, as wide as every other, so that fields line up."""
    made = label(text, "muted")
    made.setMinimumWidth(_NAME_WIDTH)
    return made


def path_row(path: str, object_name: str, *buttons: IconButton) -> QHBoxLayout:
    """Return a path with buttons for what can be done with it.

    Args:
        path: the path.
        object_name: of its label.
        buttons: that follow.
    """
    shown = ElidedLabel(path)
    shown.setObjectName(object_name)
    made = row(spacing=4)
    for widget in (shown, *buttons):
        made.addWidget(widget)
    made.addStretch()
    return made


class SettingChoice(CalmComboBox):
    """A setting with a few values; it follows a change made elsewhere."""

    def __init__(
        self, settings: Settings, key: str, attribute: str, values: Mapping[object, str],
        accessible_name: str,
    ) -> None:
        """Show a setting.

        Args:
            settings: the user's.
            key: of the setting.
            attribute: of `settings`, that says its value.
            values: what can be chosen, and the words for it.
            accessible_name: what it is.
        """
        super().__init__()
        self._settings, self._key, self._attribute = settings, key, attribute
        self.setObjectName(f"settings_{key.rpartition('/')[2]}")
        self.setAccessibleName(accessible_name)
        self.setMinimumWidth(FIELD_WIDTH)
        for value, text in values.items():
            self.addItem(text, value)
        self._on_changed(key)
        self.activated.connect(self._on_activated)
        settings.changed.connect(self._on_changed)

    def _on_activated(self, _: int) -> None:
        self._settings.put(self._key, self.currentData())

    def _on_changed(self, key: str) -> None:
        if key != self._key:
            return
        value = getattr(self._settings, self._attribute)
        if self.findData(value) < 0:  # written by hand
            self.addItem(str(value), value)
        self.setCurrentIndex(self.findData(value))


class Table(QTableWidget):
    """Rows of text."""

    def __init__(
        self, object_name: str, accessible_name: str, titles: Sequence[str],
        widths: Sequence[int] = (), right: int = 99,
    ) -> None:
        """Make an empty table.

        Args:
            object_name: what tests find it by.
            accessible_name: what it lists.
            titles: of the columns.
            widths: of all columns but the last, which has the rest; by default the first has it.
            right: from this column on, texts stand at the right.
        """
        super().__init__(0, len(titles))
        self._right = right
        self.setObjectName(object_name)
        self.setAccessibleName(accessible_name)
        self.setProperty("role", "card")
        for column, title in enumerate(titles):
            item = QTableWidgetItem(title)
            item.setTextAlignment(_RIGHT if column >= right else _LEFT)
            self.setHorizontalHeaderItem(column, item)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        header = self.horizontalHeader()
        header.setFont(caption_font(header.font()))
        for column, width in enumerate(widths):
            self.setColumnWidth(column, width)
        if not widths:
            header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(bool(widths))
        header.setHighlightSections(False)
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(sizes().row)
        rows.setDefaultSectionSize(sizes().row)

    def fill(self, rows: Sequence[Sequence[str]], data: Sequence[object] = ()) -> None:
        """Show rows.

        Args:
            rows: texts, by columns.
            data: what `selected` tells of each row.
        """
        self.setRowCount(len(rows))
        for at, texts in enumerate(rows):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(text if len(text) > _LONG else "")
                if data:
                    item.setData(Qt.ItemDataRole.UserRole, data[at])
                if column >= self._right:
                    item.setTextAlignment(_RIGHT)
                self.setItem(at, column, item)

    def fit(self, most: int) -> None:
        """Be as high as the rows are, up to so many of them."""
        rows = min(self.rowCount(), most) * self.verticalHeader().defaultSectionSize()
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + rows + _FRAME)

    def selected(self) -> list[object]:
        """What was said of the selected rows."""
        rows = self.selectionModel().selectedRows()
        return [index.data(Qt.ItemDataRole.UserRole) for index in rows]
