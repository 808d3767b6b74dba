"""The settings in which the variants differ."""

from collections.abc import Iterable
from functools import partial
from itertools import compress

from PySide6.QtWidgets import QWidget

from studio.pages.compare.fitted_table import FittedTable
from studio.pages.compare.study import Study
from studio.pages.compare.tables import setting_text, settings_table
from studio.report.text import Tell
from studio.widgets.labels import label
from studio.widgets.section import Section


class SettingsSection(Section):
    """A table with a row per setting and a column per variant, or that nothing differs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        title = self.tr("Settings that differ")
        self.set_title(title)
        self._study: Study | None = None
        self._hidden: frozenset[str] = frozenset()
        self._table = FittedTable("compare_settings", title)
        self._none = label(self.tr("No setting differs among what is shown."), "muted", wrap=True)
        self._none.setObjectName("compare_no_settings")
        for widget in (self._table, self._none):
            self.body.addWidget(widget)

    def show_study(self, study: Study) -> None:
        """Show in what the variants of a study differ."""
        self._study = study
        self._table.show_rows(
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
            self._table.setColumnHidden(at, not is_shown)
        same = {
            at for at, setting in enumerate(self._study.settings)
            if len({setting_text(value) for value in compress(setting.values, shown)}) < 2
        } if not all(shown) else set[int]()
        self._table.hide_rows(same)
        differs = len(same) < len(self._study.settings)
        self._table.setVisible(differs)
        self._none.setVisible(not differs)

    def table(self) -> Tell | None:
        """The table of what is shown; None where nothing differs."""
        study = self._study
        return partial(settings_table, study) if study and study.settings else None
