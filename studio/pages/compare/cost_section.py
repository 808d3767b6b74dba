"""The part of the comparison that speaks of networks with several exits or widths."""

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QWidget

from studio.pages.compare.cost_plot import CostPlot
from studio.pages.compare.study import COST_KINDS, Study
from studio.plots.zoom_box import zoom_hint
from studio.report.cost_text import cost_table
from studio.report.text import Tell
from studio.state.settings import Settings
from studio.widgets.calm import CalmComboBox
from studio.widgets.labels import label
from studio.widgets.section import Section

_KIND, _LOG = "compare/cost_kind", "compare/cost_log"


class CostSection(Section):
    """The figure with what is chosen of it; hidden while no network has a cost to choose."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.set_title(self.tr("Accuracy against cost, mean and 95 % interval over seeds"))
        self.setObjectName("compare_cost_section")
        self._settings = settings
        self._study: Study | None = None
        self._plot: CostPlot | None = None
        self._hidden: frozenset[str] = frozenset()
        self._reading = label("", "caption", wrap=True)
        self._none = label("", "muted", wrap=True)
        self._none.setObjectName("compare_no_costs")
        self._kind = CalmComboBox()
        self._kind.setObjectName("compare_cost_kind")
        self._kind.setAccessibleName(self.tr("How images leave the network"))
        self._kind.take_room()
        self._kind.activated.connect(self._on_choice)
        self._log = QCheckBox(self.tr("log cost"))
        self._log.setObjectName("compare_cost_log")
        self._log.setChecked(bool(settings.get(_LOG, False)))
        self._log.clicked.connect(self._on_choice)
        for control in (self._log, self._kind):
            self.add_control(control)
        self._hint = label(zoom_hint(), "caption", wrap=True)  # beside the heading is no room
        self._hint.setObjectName("hint")
        for widget in (self._reading, self._hint, self._none):
            self.body.addWidget(widget)
        self.hide()

    @property
    def plot(self) -> CostPlot:
        """The figure, made when it is needed first: few networks have a cost to choose."""
        if self._plot is None:
            self._plot = CostPlot()
            self._plot.set_hidden(self._hidden)
            self._plot.pointed_at.connect(self._reading.setText)
            self.body.insertWidget(self.body.indexOf(self._reading), self._plot)
        return self._plot

    def set_hidden(self, digests: Iterable[str]) -> None:
        """Hide the curves of some variants."""
        self._hidden = frozenset(digests)
        if self._plot is not None:
            self._plot.set_hidden(self._hidden)

    def show_study(self, study: Study) -> None:
        """Show the curves that a study has, or why it has none."""
        self._study = study
        self.setVisible(study.is_dynamic or bool(study.costs))
        if study.costs or self._plot is not None:
            self.plot.setVisible(bool(study.costs))
        for widget in (self._reading, self._hint, self._kind, self._log):
            widget.setVisible(bool(study.costs))
        self._none.setVisible(not study.costs)
        self._none.setText(self.tr(
            "None of the chosen runs has a curve yet: it is measured when a run with several "
            "exits or widths is completed."
        ))
        self._fill_kinds(study)
        self._draw()

    def table(self) -> Tell | None:
        """The table of what is drawn; None where nothing is."""
        kind = self._kind.currentData()
        curves = self._study.costs.get(kind) if self._study else None
        return partial(cost_table, curves, kind) if curves else None

    def _fill_kinds(self, study: Study) -> None:
        texts = {
            "anytime": (self.tr("anytime"), self.tr("Every exit or width on all test images")),
            "budgeted": (self.tr("budgeted"), self.tr(
                "Images leave at the first exit that is sure enough; thresholds are chosen on "
                "held-out images"
            )),
        }
        wanted = self._settings.get(_KIND, COST_KINDS[0])
        self._kind.clear()
        for kind in study.costs:
            text, help_ = texts[kind]
            self._kind.addItem(text, kind)
            self._kind.setItemData(self._kind.count() - 1, help_, Qt.ItemDataRole.ToolTipRole)
        self._kind.setCurrentIndex(max(self._kind.findData(wanted), 0))

    def _draw(self) -> None:
        if self._study is not None and self._study.costs:
            self.plot.show_costs(self._study, self._kind.currentData(), log=self._log.isChecked())

    def _on_choice(self) -> None:
        self._settings.put(_KIND, self._kind.currentData())
        self._settings.put(_LOG, self._log.isChecked())
        self._draw()
