"""The part of the comparison that shows how the variants came to where they are."""

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from studio.pages.compare.band_plot import BandPlot
from studio.pages.compare.bit_by_bit import BitByBit
from studio.pages.compare.study import Study
from studio.pages.compare.tables import curves_table
from studio.plots.zoom_box import zoom_hint
from studio.report.text import Tell
from studio.state.settings import Settings
from studio.widgets.calm import CalmComboBox
from studio.widgets.labels import label
from studio.widgets.section import Section

_LINES = "compare/lines"


class CurvesSection(Section):
    """The figure, and whether it shows means or runs."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.set_title(self.tr("Curves"))
        self._settings = settings
        self._study: Study | None = None
        self._drawing = BitByBit(self)
        self.plot = BandPlot()
        reading = label("", "caption", wrap=True)
        self.plot.pointed_at.connect(reading.setText)
        self._lines = CalmComboBox()
        self._lines.setObjectName("compare_lines")
        self._lines.setAccessibleName(self.tr("Lines"))
        self._lines.addItem(self.tr("mean ± std over seeds"), "mean")
        self._lines.setItemData(0, self.tr(
            "Of the completed runs alone, as the verdict, once a variant has some"
        ), Qt.ItemDataRole.ToolTipRole)
        self._lines.addItem(self.tr("every run"), "runs")
        self._lines.setCurrentIndex(max(self._lines.findData(settings.get(_LINES, "mean")), 0))
        self._lines.activated.connect(self._on_lines)
        self.add_hint(zoom_hint())
        self.add_control(self._lines)
        for widget in (self.plot, reading):
            self.body.addWidget(widget)

    def show_study(self, study: Study) -> Iterator[None]:
        """Show the curves of a study, some at each turn."""
        self._study = study
        self._drawing.stop()
        yield from self._draw(study)

    def grow(self, study: Study) -> None:
        """Show a study of which curves have grown, and nothing else has changed."""
        self._study = study
        self._drawing.run(self._draw(study))

    @property
    def spent_s(self) -> float:
        """Seconds of the processor that the curves took when they grew last."""
        return self._drawing.spent_s + self.plot.layer.spent_s

    def table(self) -> Tell | None:
        """The table of what is drawn; None where nothing is."""
        study = self._study
        if study is None or not study.curves:
            return None
        return partial(curves_table, study, every_run=self._is_of_runs())

    def _is_of_runs(self) -> bool:
        return self._lines.currentData() == "runs"

    def _draw(self, study: Study) -> Iterator[None]:
        return self.plot.show_study(study, every_run=self._is_of_runs())

    def _on_lines(self) -> None:
        self._settings.put(_LINES, self._lines.currentData())
        if self._study is not None:
            self._drawing.run(self._draw(self._study))
