"""The settings in which the variants differ."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from engine.analysis.config_diff import Difference
from studio.pages.compare.study import Variant

_ROW, _MOST_ROWS = 28, 12


class SettingsTable(QTableWidget):
    """A row per setting, a column per variant; as high as it needs to be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("compare_settings")
        self.setAccessibleName(self.tr("Settings that differ"))
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QTableWidget.SelectionMode.ContiguousSelection)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalScrollBar().rangeChanged.connect(self._fit)

    def show_differences(
        self, settings: Sequence[Difference], variants: Sequence[Variant]
    ) -> None:
        """Show differences whose values are in the order of `variants`."""
        self.setColumnCount(1 + len(variants))
        self.setRowCount(len(settings))
        self.setHorizontalHeaderLabels([self.tr("setting"), *(v.shown for v in variants)])
        for at, setting in enumerate(settings):
            for column, text in enumerate((setting.key, *map(self._shown, setting.values))):
                self.setItem(at, column, QTableWidgetItem(text))
        self._fit()

    def _fit(self) -> None:
        shown = min(max(self.rowCount(), 1), _MOST_ROWS)
        bar = self.horizontalScrollBar()
        self.setFixedHeight(
            self.horizontalHeader().sizeHint().height() + shown * _ROW + 2 * self.frameWidth()
            + (bar.sizeHint().height() if bar.maximum() else 0)
        )

    def _shown(self, value: Any) -> str:
        if value is None:
            return "–"
        if isinstance(value, list):
            return ", ".join(map(str, value))
        return f"{value:.12g}" if isinstance(value, float) else str(value)
