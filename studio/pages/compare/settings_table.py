"""The settings in which the variants differ."""

from typing import Any

from PySide6.QtWidgets import QWidget

from studio.pages.compare.fitted_table import FittedTable
from studio.pages.compare.study import Study


class SettingsTable(FittedTable):
    """A row per setting, a column per variant."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("compare_settings", "", parent)
        self.setAccessibleName(self.tr("Settings that differ"))

    def show_study(self, study: Study) -> None:
        """Show in what the variants of a study differ."""
        self.show_rows(
            [self.tr("setting"), *(variant.shown for variant in study.variants)],
            [[setting.key, *map(self._shown, setting.values)] for setting in study.settings],
        )

    def _shown(self, value: Any) -> str:
        if value is None:
            return "–"
        if isinstance(value, list):
            return ", ".join(map(str, value))
        return f"{value:.12g}" if isinstance(value, float) else str(value)
