"""What is asked of the chosen runs: which metric, and of which weights."""

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.pages.compare.study import Question, Study, metric_keys
from studio.state.settings import Settings
from studio.widgets.calm import CalmComboBox
from studio.widgets.layout import row

_METRIC, _WHICH = "compare/metric", "compare/which"


class QuestionBar(QWidget):
    """Two choices that are remembered.

    Signals:
        changed: something else is asked.
    """

    changed = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._metric = CalmComboBox()
        self._metric.setObjectName("compare_metric")
        self._metric.setAccessibleName(self.tr("Metric"))
        self._which = CalmComboBox()
        self._which.setObjectName("compare_which")
        self._which.setAccessibleName(self.tr("Weights"))
        self._which.addItem(self.tr("last weights"), "last")
        self._which.addItem(self.tr("best by validation"), "best")
        at = self._which.findData(settings.get(_WHICH, "last"))
        self._which.setCurrentIndex(max(at, 0))
        inner = row(self)
        for box in (self._metric, self._which):
            box.activated.connect(self._on_choice)
            inner.addWidget(box)

    def ask(self, runs: Iterable[int], baseline: str | None) -> Question:
        """What is asked of these runs, whether or not any of them has the metric."""
        metric = self._settings.get(_METRIC, "test/top1")
        return Question(tuple(runs), metric, self._which.currentData(), baseline)

    def show_study(self, study: Study) -> None:
        """Offer the metrics that its runs have."""
        keys = metric_keys(study.rows)
        if study.question.metric not in keys:
            keys.insert(0, study.question.metric)
        self._metric.clear()
        self._metric.addItems(keys)
        self._metric.setCurrentText(study.question.metric)

    def _on_choice(self) -> None:
        self._settings.put(_METRIC, self._metric.currentText())
        self._settings.put(_WHICH, self._which.currentData())
        self.changed.emit()
