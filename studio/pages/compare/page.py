"""Compare: what can be said about the chosen variants, and what cannot yet."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QWidget

from engine.spec.rows import RunRow
from studio.bridge.jobs import as_line
from studio.pages.compare.actions import VariantActions
from studio.pages.compare.bit_by_bit import BitByBit
from studio.pages.compare.cost_section import CostSection
from studio.pages.compare.curves_section import CurvesSection
from studio.pages.compare.exports import ExportMenu
from studio.pages.compare.images_section import ImagesSection
from studio.pages.compare.question_bar import QuestionBar
from studio.pages.compare.seeds import missing_runs, unchosen_runs
from studio.pages.compare.settings_table import SettingsSection
from studio.pages.compare.study import Study
from studio.pages.compare.study_reader import StudyReader, comparable, reached, related
from studio.pages.compare.tradeoff_section import TradeoffSection
from studio.pages.compare.variants import VariantsSection
from studio.pages.compare.verdicts import Verdicts
from studio.state.context import Context
from studio.widgets.buttons import PushButton
from studio.widgets.empty_state import EmptyState
from studio.widgets.layout import column, row
from studio.widgets.pace import Pace
from studio.widgets.page_header import PageHeader
from studio.widgets.section import Section

_REFRESH_AFTER_MS, _REFRESH_SHARE = 300, 0.1
_GROW_AFTER_MS, _GROW_SHARE = 100, 0.012
"""A comparison is made anew, and its curves grow, so long after there is something new, and may
take up this part of the time."""
_SIDE, _NARROW_SIDE, _NARROW = 260, 200, 1100
"""Widths in pixels: of the list of variants, and of it on a page that is narrower than that."""


class ComparePage(QWidget):
    """Verdict, curves, settings that differ, accuracy against price, and single images."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._study: Study | None = None
        self._shown: dict[str, object] = {}
        self._reached: dict[int, int | None] = {}
        self._related: set[tuple[int, str]] = set()
        self._seen: frozenset[int] = frozenset()
        self._is_stale = False
        self._reader = StudyReader(context, self)
        self._reader.answered.connect(self._on_study)
        self._reader.failed.connect(self._on_not_compared)
        self._reader.grew.connect(self._on_grown)
        self._refreshing = Pace(_REFRESH_SHARE, _REFRESH_AFTER_MS, self)
        self._refreshing.due.connect(self._refresh)
        self._growing = Pace(_GROW_SHARE, _GROW_AFTER_MS, self)
        self._growing.due.connect(self._grow)
        self._actions = VariantActions(context, self)
        self._actions.outdated.connect(self._ask_again)
        self._actions.hidden_changed.connect(self._on_hidden)
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
        """From the outside inwards: each level that a widget moves up is styled anew."""
        self._filling = BitByBit(self)
        self._stack = QStackedWidget()
        column(self).addWidget(self._stack)
        self._empty = EmptyState("compare", "")
        self._empty.clicked.connect(self._on_empty_clicked)
        self._question = QuestionBar(self._context.settings)
        self._question.changed.connect(self._refresh)
        self._variants = VariantsSection(self._actions)
        body = QWidget()
        for page in (self._empty, body):
            self._stack.addWidget(page)
        layout, middle = column(body, spacing=12, margin=16), row(spacing=12)
        header = PageHeader(
            self.tr("Compare"),
            self.tr("Differences are taken seed by seed against the starred variant."),
        )
        share = PushButton(self.tr("Save…"), "download")
        share.setObjectName("compare_export")
        for widget in (self._question, share):
            header.add_action(widget)
        layout.addWidget(header)
        layout.addLayout(middle, 1)
        middle.addWidget(self._variants)
        self._scroll = QScrollArea()
        middle.addWidget(self._scroll, 1)
        self._building = self._build_sections(self._scroll, share)
        self._filling.run(self._build_on())

    def _build_sections(self, scroll: QScrollArea, share: PushButton) -> Iterator[None]:
        """Fill the page, a section at each turn of the event loop: plots take their time."""
        scroll.setObjectName("compare_scroll")
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        page = QWidget()
        page.setProperty("role", "page")
        scroll.setWidget(page)
        sections = column(page, spacing=12)
        sections.setContentsMargins(0, 0, 4, 0)
        verdict, settings = Section(self.tr("Verdict"), page), self._context.settings
        self._verdicts = Verdicts(self._actions)
        sections.addWidget(verdict)
        verdict.body.addWidget(self._verdicts)
        yield
        self._curves = CurvesSection(settings, page)
        sections.addWidget(self._curves)
        yield
        self._costs = CostSection(settings, page)
        sections.addWidget(self._costs)
        yield
        self._settings = SettingsSection(page)
        sections.addWidget(self._settings)
        yield
        self._tradeoff = TradeoffSection(settings, page)
        sections.addWidget(self._tradeoff)
        yield
        self._images = ImagesSection(self._context, page)
        sections.addWidget(self._images)
        sections.addStretch(1)
        yield
        for section in self._after_verdict:
            section.hide()  # until there is a study: to show all at once would take too long
        share.setMenu(ExportMenu(
            self._context, lambda: self._study, self._curves, self._settings, self._tradeoff,
            self._costs, self._images, share,
        ))

    @property
    def _after_verdict(self) -> Sequence[QWidget]:
        return self._curves, self._settings, self._tradeoff, self._images

    def _build_on(self) -> Iterator[None]:
        """Go on where building is; not with `yield from`, which a dropped study would end."""
        for _ in self._building:
            yield

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the verdict its room."""
        super().resizeEvent(event)
        self._variants.setFixedWidth(_SIDE if self.width() >= _NARROW else _NARROW_SIDE)

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
        self._refreshing.stop()
        self._reader.ask(self._question.ask(chosen, self._context.selection.baseline))

    def _on_study(self, study: Study) -> None:
        if study.rows:
            self._filling.run(self._fill(study))
        else:
            self._show_nothing()

    def _fill(self, study: Study) -> Iterator[None]:
        """Show what is new of a study, the verdict first, some at each turn of the event loop."""
        yield from self._build_on()
        comparison = study.comparison
        short = [g for g in comparison.groups if g.seeds_missing or g.verdict == "no baseline"]
        lacking = [*short, *comparison.pending]
        self._related = related(self._context.feed.runs, study.rows)
        # The study may know of runs, just queued, that the feed has not told of yet.
        rows = list({row.id: row for row in (*self._context.feed.runs, *study.rows)}.values())
        missing = {g.digest: missing_runs(comparison, g, rows) for g in lacking}
        chosen = study.question.runs
        unchosen = {g.digest: unchosen_runs(comparison, g, rows, chosen) for g in lacking}
        self._actions.show_study(study, missing, unchosen)
        judged = comparison, study.variants
        self._begin_at_the_top(chosen)
        yield from self._show("verdict", (*judged, study.pairs, missing, unchosen), partial(
            self._verdicts.show_study, study, missing, unchosen
        ))
        self._question.show_study(study)
        yield
        self._stack.setCurrentIndex(1)
        yield
        yield from self._show("variants", judged, partial(self._variants.show_study, study))
        for section in self._after_verdict:
            section.show()
            yield
        yield from self._curves.show_study(study)
        for name, said, section in (
            ("costs", (study.costs, study.is_dynamic, study.variants), self._costs),
            ("settings", (study.settings, study.variants), self._settings),
            ("tradeoff", (*judged, study.prices), self._tradeoff),
            ("images", (*judged, chosen), self._images),
        ):
            yield from self._show(name, said, partial(section.show_study, study))
        self._study = study
        self._reached = reached(study.rows, study.band_key)
        self._context.commands.refresh()
        yield
        self._refreshing.spend(self._reader.spent_s + self._filling.spent_s)

    def _begin_at_the_top(self, runs: Iterable[int]) -> None:
        """Let other runs be seen from their verdict on; the same ones stay where they are."""
        before, self._seen = self._seen, frozenset(runs)
        if self._seen != before:
            self._scroll.verticalScrollBar().setValue(0)

    def _show(
        self, name: str, said: object, show: Callable[[], Iterator[None] | None]
    ) -> Iterator[None]:
        """Let a section show a study, unless what it says is what it said before."""
        if self._shown.get(name) == said:
            return
        self._shown.pop(name, None)  # showing may be dropped where it is
        yield from show() or ()
        self._shown[name] = said
        yield

    def _grow(self) -> None:
        """Ask for what the runs shown have logged; where the page is being filled, that tells."""
        if self._study is not None and not self._filling.is_busy and self.isVisible():
            self._reader.ask_on(self._study)

    def _on_grown(self, study: Study) -> None:
        begun = time.thread_time()
        if study is not self._study:
            self._study = study
            self._curves.grow(study)
        spent = self._reader.spent_s + time.thread_time() - begun
        self._growing.spend(spent + self._curves.spent_s)

    def _on_not_compared(self, error: Exception) -> None:
        self._context.messages.say(as_line(error), "bad")
        self._empty.say(self.tr("These runs could not be compared."))

    def _show_nothing(self) -> None:
        self._study, self._seen = None, frozenset()
        self._reader.drop()
        self._actions.show_study(None, {}, {})
        self._filling.run(self._build_on())
        self._context.commands.refresh()
        self._stack.setCurrentIndex(0)
        if self._context.feed.runs:
            self._empty.say(
                self.tr("Choose runs on the Runs page, or begin with the latest experiment."),
                self.tr("Compare the latest experiment"), "compare.latest",
            )
        else:
            self._empty.say(
                self.tr("Nothing has been trained yet. Two methods with three seeds each make "
                        "a first comparison."),
                self.tr("New experiment"), "go.compose",
            )

    def _on_empty_clicked(self) -> None:
        self._context.commands.action(self._empty.command).trigger()

    def _on_chosen(self, _: list[int]) -> None:
        self._refresh()

    def _on_runs(self, rows: Sequence[RunRow]) -> None:
        if not self.isVisible():
            self._is_stale = True
            return
        chosen, study = set(self._context.selection.chosen), self._study
        mine = [row for row in rows if row.id in chosen]
        known = study.rows if study else ()
        if not chosen or comparable(mine) != comparable(known) or (
            related(rows, known) != self._related
        ):
            self._refreshing.ask()
        elif study is not None:
            now = reached(mine, study.band_key)
            if now != self._reached:
                self._reached = now
                self._growing.ask()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while another page was shown."""
        super().showEvent(event)
        if self._is_stale:
            self._refresh()

    def _on_baseline(self, _: str | None) -> None:
        self._refresh()

    def _on_hidden(self, digests: frozenset[str]) -> None:
        for panel in (
            self._verdicts, self._curves.plot, self._costs, self._settings, self._tradeoff,
            self._images,
        ):
            panel.set_hidden(digests)


    def _ask_again(self) -> None:
        """Draw the verdict anew, whatever it says: its button was used."""
        self._shown.pop("verdict", None)
        self._refresh()
