"""Compare: what can be said about the chosen variants, and what cannot yet."""

from collections.abc import Sequence
from threading import Lock

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.analysis.compare import Comparison
from engine.spec.rows import RunRow
from studio.bridge.jobs import as_line
from studio.pages.compare.cost_section import CostSection
from studio.pages.compare.exports import ExportMenu
from studio.pages.compare.images_section import ImagesSection
from studio.pages.compare.plots import BandPlot
from studio.pages.compare.seeds import MissingRun, missing_runs, queue_missing, unchosen_runs
from studio.pages.compare.settings_table import SettingsTable
from studio.pages.compare.size_plot import SizePlot
from studio.pages.compare.study import Question, Study, Variant, make_study, metric_keys
from studio.pages.compare.variants import VariantList
from studio.pages.compare.verdicts import Verdicts
from studio.state.context import Context
from studio.widgets.buttons import PushButton
from studio.widgets.empty_state import EmptyState
from studio.widgets.labels import label
from studio.widgets.page_header import PageHeader
from studio.widgets.section import Section

_REFRESH_AFTER_MS = 300
_METRIC, _WHICH = "compare/metric", "compare/which"
_SIDE = 260


class ComparePage(QWidget):
    """Verdict, curves, settings that differ, accuracy against size, and single images."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._study: Study | None = None
        self._round = 0
        self._queueing = Lock()
        self._is_stale = False
        self._timer = QTimer(self, singleShot=True, interval=_REFRESH_AFTER_MS)
        self._timer.timeout.connect(self._refresh)
        self._build()
        context.selection.chosen_changed.connect(self._on_chosen)
        context.selection.baseline_changed.connect(self._on_baseline)
        context.feed.runs_changed.connect(self._on_runs)
        self._refresh()

    @property
    def study(self) -> Study | None:
        """What is shown."""
        return self._study

    # ---- building

    def _build(self) -> None:
        self._empty = EmptyState("compare", "")
        self._empty.clicked.connect(self._on_empty_clicked)
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self._make_header())
        middle = QHBoxLayout()
        middle.setSpacing(12)
        middle.addWidget(self._make_side())
        middle.addWidget(self._make_main(), 1)
        layout.addLayout(middle, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)

    def _make_header(self) -> PageHeader:
        self._header = PageHeader(
            self.tr("Compare"),
            self.tr("Differences are taken seed by seed against the starred variant."),
        )
        self._metric = QComboBox()
        self._metric.setObjectName("compare_metric")
        self._metric.setAccessibleName(self.tr("Metric"))
        self._metric.activated.connect(self._on_question)
        self._which = QComboBox()
        self._which.setObjectName("compare_which")
        self._which.setAccessibleName(self.tr("Weights"))
        self._which.addItem(self.tr("last weights"), "last")
        self._which.addItem(self.tr("best by validation"), "best")
        at = self._which.findData(self._context.settings.get(_WHICH, "last"))
        self._which.setCurrentIndex(max(at, 0))
        self._which.activated.connect(self._on_question)
        self._curves, self._sizes = BandPlot(), SizePlot()
        self._costs = CostSection(self._context.settings)
        self._images = ImagesSection(self._context)
        share = PushButton(self.tr("Export"), "download")
        share.setObjectName("compare_export")
        figures: dict[str, QWidget] = {
            self.tr("curves"): self._curves, self.tr("accuracy against size"): self._sizes
        }
        share.setMenu(ExportMenu(
            self._context, self._comparison, figures, self._costs, self._images, share
        ))
        for widget in (self._metric, self._which, share):
            self._header.add_action(widget)
        return self._header

    def _make_side(self) -> Section:
        self._variants = VariantList()
        self._variants.baseline_chosen.connect(self._on_star)
        side = Section(self.tr("Variants"))
        side.setFixedWidth(_SIDE)
        side.body.addWidget(self._variants, 1)
        self._left_out = label("", "caption", wrap=True)
        self._left_out.setObjectName("compare_left_out")
        side.body.addWidget(self._left_out)
        return side

    def _make_main(self) -> QScrollArea:
        self._verdicts, self._settings = Verdicts(), SettingsTable()
        self._verdicts.queue_requested.connect(self._on_queue)
        self._verdicts.add_requested.connect(self._on_more_runs)
        for plot in (self._curves, self._costs.plot, self._images.plot):
            self._variants.hidden_changed.connect(plot.set_hidden)
        reading = label("", "caption", wrap=True)
        self._curves.pointed_at.connect(reading.setText)
        page = QWidget()
        page.setProperty("role", "page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(12)
        for section in (
            _section(self.tr("Verdict"), self._verdicts),
            _section(self.tr("Curves, mean ± standard deviation over seeds"),
                     self._curves, reading),
            self._costs,
            _section(self.tr("Settings that differ"), self._settings),
            _section(self.tr("Accuracy against size"), self._sizes),
            self._images,
        ):
            column.addWidget(section)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        scroll.setWidget(page)
        return scroll

    def _comparison(self) -> Comparison | None:
        return self._study.comparison if self._study else None

    # ---- reading

    def _refresh(self) -> None:
        """Ask the store anew; an answer that was overtaken is dropped."""
        chosen = self._context.selection.chosen
        if not chosen:
            self._show_nothing()
            return
        self._is_stale = False
        if self._study is None:
            self._empty.say(self.tr("Comparing…"))
        self._round += 1
        mine, client = self._round, self._context.client
        question = Question(
            tuple(chosen),
            self._context.settings.get(_METRIC, "test/top1"),
            self._which.currentData(),
            self._context.selection.baseline,
        )
        self._context.jobs.run(
            lambda: make_study(client, question),
            lambda study: self._on_study(study) if mine == self._round else None,
            self._on_not_compared,
            owner=self,
        )

    def _on_study(self, study: Study) -> None:
        if not study.rows:
            self._show_nothing()
            return
        self._study = study
        comparison = study.comparison
        colours = {variant.digest: variant.colour for variant in study.variants}
        baselines = [g.digest for g in comparison.groups if g.verdict == "baseline"]
        self._stack.setCurrentIndex(1)
        self._fill_metrics(study)
        self._variants.show_variants(study.variants, baselines)
        short = [g for g in comparison.groups if g.seeds_missing]
        # The study may know of runs, just queued, that the feed has not told of yet.
        rows = list({row.id: row for row in (*self._context.feed.runs, *study.rows)}.values())
        self._verdicts.show_comparison(
            comparison, colours,
            {g.digest: missing_runs(comparison, g, rows) for g in short},
            {g.digest: unchosen_runs(comparison, g, rows, study.question.runs) for g in short},
        )
        self._curves.show_study(study)
        self._costs.show_study(study)
        self._settings.show_differences(study.settings, study.variants)
        self._sizes.show_comparison(comparison, colours)
        self._images.show_study(study)
        self._say_left_out(study)

    def _on_not_compared(self, error: Exception) -> None:
        self._context.messages.say(as_line(error), "bad")
        self._empty.say(self.tr("These runs could not be compared."))

    def _fill_metrics(self, study: Study) -> None:
        keys = metric_keys(study.rows)
        if study.question.metric not in keys:
            keys.insert(0, study.question.metric)
        self._metric.clear()
        self._metric.addItems(keys)
        self._metric.setCurrentText(study.question.metric)

    def _say_left_out(self, study: Study) -> None:
        reasons = [
            self.tr("Run {0} does not count: {1}.").format(out.run, out.reason)
            for out in study.comparison.left_out
        ]
        shown = reasons if len(reasons) < 4 else [
            *reasons[:3], self.tr("… and {0} more.").format(len(reasons) - 3)
        ]
        self._left_out.setText("\n".join(shown))
        self._left_out.setToolTip("\n".join(reasons))
        self._left_out.setVisible(bool(reasons))

    def _show_nothing(self) -> None:
        self._study = None
        self._round += 1
        self._stack.setCurrentIndex(0)
        if self._context.feed.runs:
            self._empty.say(
                self.tr("Choose runs on the Runs page, or begin with the latest experiment."),
                self.tr("Compare the latest experiment"),
            )
        else:
            self._empty.say(
                self.tr("Nothing has been trained yet. Two methods with three seeds each make "
                        "a first comparison."),
                self.tr("New experiment"),
            )

    def _on_empty_clicked(self) -> None:
        rows = self._context.feed.runs
        if rows:
            latest = rows[0].experiment
            self._context.selection.choose(r.id for r in rows if r.experiment == latest)
        else:
            self._context.selection.show_page("compose")

    def _on_chosen(self, _: list[int]) -> None:
        self._refresh()

    def _on_runs(self, rows: Sequence[RunRow]) -> None:
        chosen = set(self._context.selection.chosen)
        if not self.isVisible():
            self._is_stale = True
            return
        now = {row for row in _comparable(rows) if row[0] in chosen}
        then = set(_comparable(self._study.rows)) if self._study else set()
        if now != then or not chosen:
            self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while another page was shown."""
        super().showEvent(event)
        if self._is_stale:
            self._refresh()

    def _on_baseline(self, _: str | None) -> None:
        self._refresh()

    def _on_question(self, _: int) -> None:
        self._context.settings.put(_METRIC, self._metric.currentText())
        self._context.settings.put(_WHICH, self._which.currentData())
        self._refresh()

    def _on_star(self, variant: Variant) -> None:
        """A method names the baseline of every context; a digest tells two variants of it apart."""
        study = self._study
        same = [v for v in study.variants if v.method == variant.method] if study else []
        contexts = {v.detail for v in same}
        name = variant.method if len(same) == len(contexts) else variant.digest
        self._context.selection.set_baseline(name)

    # ---- acting

    def _on_queue(self, missing: list[MissingRun]) -> None:
        client = self._context.client

        def work() -> list[int]:
            with self._queueing:  # two variants may ask for the same run of their baseline
                return queue_missing(client, missing)

        self._context.jobs.run(work, self._on_more_runs, self._on_not_queued, owner=self)

    def _on_not_queued(self, error: Exception) -> None:
        self._context.messages.say(as_line(error), "bad")
        self._refresh()

    def _on_more_runs(self, runs: Sequence[int]) -> None:
        self._context.selection.choose([*self._context.selection.chosen, *runs])
        if not runs:  # somebody else has queued them
            self._refresh()


def _section(title: str, *widgets: QWidget) -> Section:
    section = Section(title)
    for widget in widgets:
        section.body.addWidget(widget)
    return section


def _comparable(rows: Sequence[RunRow]) -> list[tuple[int, str, int]]:
    """What of a row changes a comparison: not every step, only epochs and states."""
    return [(row.id, str(row.state), row.epoch) for row in rows]
