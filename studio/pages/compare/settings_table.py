"""The settings in which the variants differ."""

from collections.abc import Iterable
from functools import partial
from itertools import compress

from PySide6.QtWidgets import QWidget

from studio.pages.compare.fitted_table import FittedTable
from studio.pages.compare.study import Study
from studio.pages.compare.tables import setting_text, settings_table
from studio.report.text import Tell


class SettingsTable(FittedTable):
    """A row per setting, a column per variant."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("compare_settings", "", parent)
        self._study: Study | None = None
        self._hidden: frozenset[str] = frozenset()
        self.setAccessibleName(self.tr("Settings that differ"))

    def show_study(self, study: Study) -> None:
        """Show in what the variants of a study differ."""
        self._study = study
        self.show_rows(
            [self.tr("setting"), *(variant.shown for variant in study.variants)],
            [[setting.key, *map(setting_text, setting.values)] for setting in study.settings],
        )
        self.set_hidden(self._hidden)

    def set_hidden(self, digests: Iterable[str]) -> None:
        """Hide the columns of some variants, and settings in which the others do not differ."""
        self._hidden = frozenset(digests)
        if self._study is None:
            return
        shown = [variant.digest not in self._hidden for variant in self._study.variants]
        for at, is_shown in enumerate(shown, 1):
            self.setColumnHidden(at, not is_shown)
        self.hide_rows({
            at for at, setting in enumerate(self._study.settings)
            if len({setting_text(value) for value in compress(setting.values, shown)}) < 2
        } if not all(shown) else ())

    def table(self) -> Tell | None:
        """The table of what is shown; None where nothing differs."""
        study = self._study
        return partial(settings_table, study) if study and study.settings else None
