"""The verdict: every variant beside its baseline, with the interval and what it costs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from shiboken6 import isValid

from engine.analysis.comparison import Comparison, Group, Pending
from engine.analysis.intervals import PairedDifference
from engine.analysis.mcnemar import PairTest
from engine.analysis.wording import mean_text, number, seconds_text
from engine.spec.run_state import RunState
from studio.item_models.wording import arm, state_counts
from studio.pages.compare.actions import VariantActions
from studio.pages.compare.interval_bar import IntervalBar
from studio.pages.compare.seeds import MissingRun
from studio.pages.compare.study import Study
from studio.pages.compare.verdict_parts import (
    BELOW,
    badge,
    has_sentences,
    in_parts,
    named,
    reach_of,
)
from studio.plots.palette import run_colour
from studio.report.verdict_text import (
    cost_texts,
    equal_time_text,
    pair_text,
    pending_text,
    range_text,
    verdict_text,
    verdict_word,
)
from studio.widgets.buttons import PushButton
from studio.widgets.labels import BreakingLabel, label, line
from studio.widgets.layout import cells, column, row

_MOST_NAMES = 40  # characters of the runs that a button names
_COLUMNS = 5


class Verdicts(QWidget):
    """Of each variant the numbers, at equal epochs and at equal time, and the sentences."""

    def __init__(self, actions: VariantActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self._outer = column(self)
        self._page = QWidget()
        self._grid = cells(self._page, (8, 4), stretched=2)
        self._outer.addWidget(self._page)
        self._parts: dict[QWidget, frozenset[str]] = {}
        self._made: dict[QWidget, frozenset[str]] = {}
        self._hidden: frozenset[str] = frozenset()

    def show_study(
        self, study: Study, missing: Mapping[str, Sequence[MissingRun]],
        unchosen: Mapping[str, Sequence[int]],
    ) -> Iterator[None]:
        """Show the referee's answer: some rows at each turn, and all of them at the end.

        Args:
            study: has it.
            missing: runs that each variant's comparison lacks, by digest.
            unchosen: runs that are there for it but were not chosen, by digest.
        """
        page = QWidget(self)  # moved here later, all of it would be styled anew
        page.hide()
        self._grid = cells(page, (8, 4), stretched=2)
        self._made = {}
        try:
            done = 0
            for _ in self._add_groups(study, missing, unchosen):
                for part in [*self._made][done:]:
                    for widget in (part, *part.findChildren(QWidget)):
                        widget.ensurePolished()
                done = len(self._made)
                yield
            page.setGeometry(self._page.geometry())
            self._grid.activate()
            yield
            self._parts = self._made
            self.set_hidden(self._hidden)
            self._outer.replaceWidget(self._page, page)
            page.show()
            page, self._page = self._page, page
        finally:  # also where another study, or the window's end, has come before the end
            if isValid(page):
                page.hide()
                page.deleteLater()

    def set_hidden(self, digests: Iterable[str]) -> None:
        """Hide the rows of some variants, and what stands above them where all are hidden."""
        self._hidden = frozenset(digests)
        for part, told in self._parts.items():
            if part.isHidden() is not (told <= self._hidden):
                part.setVisible(not told <= self._hidden)

    def _put(self, widget: QWidget, about: Iterable[str], *cell: int) -> None:
        """Put what is about these variants into the grid; it is seen while one of them is."""
        self._made[widget] = frozenset(about)
        self._grid.addWidget(widget, *cell)

    def _add_groups(
        self, study: Study, missing: Mapping[str, Sequence[MissingRun]],
        unchosen: Mapping[str, Sequence[int]],
    ) -> Iterator[None]:
        """Fill the grid, a group at each step."""
        comparison = study.comparison
        if comparison.groups:
            self._add_header(comparison)
        else:
            text = self.tr("Nothing can be said yet: no chosen run is completed with {0}.")
            said = label(text.format(comparison.metric), "muted", wrap=True)
            self._grid.addWidget(said, 0, 0, 1, _COLUMNS)
        colours = {each.digest: run_colour(each.colour) for each in study.variants}
        contexts: dict[str, list[Group | Pending]] = {}
        for each in (*comparison.groups, *comparison.pending):
            contexts.setdefault(each.context, []).append(each)
        for there in contexts.values():
            groups = [each for each in there if isinstance(each, Group)]
            reach = reach_of(groups)
            has_scale = len(contexts) > 1 and any(group.difference for group in groups)
            scale = self._scale(reach, comparison.unit) if has_scale else ""
            self._add_context(there[0], [each.digest for each in there], scale)
            for each in there:
                offer, colour = self._offer(each, missing, unchosen), colours[each.digest]
                if isinstance(each, Group):
                    self._add_group(study, each, (reach, colour), offer)
                else:
                    self._add_pending(study, each, colour, offer)
                yield
        if study.pair_problems:
            self._add_pair_problems(study.pair_problems)

    def _add_group(
        self, study: Study, group: Group, drawn: tuple[float, str], offer: PushButton | None
    ) -> None:
        """Add the rows of a variant; `drawn` is reach and colour."""
        reach, colour = drawn
        self._add_numbers(study.comparison, group, colour, reach)
        if has_sentences(group):
            tests = [test for test in study.pairs if test.digest == group.digest]
            self._add_sentences(study.comparison, group, tests, offer)

    def _add_pending(
        self, study: Study, pending: Pending, colour: str, offer: PushButton | None
    ) -> None:
        """Add the rows of a variant of which no run counts: how far its runs have come."""
        at, about = self._grid.rowCount(), (pending.digest,)
        states = [each.state for each in study.rows if each.digest == pending.digest]
        done = states.count(RunState.COMPLETED)
        there = self.tr("{0} of {1} done").format(done, len(states))
        rest = state_counts(state for state in states if state is not RunState.COMPLETED)
        said = label(", ".join([there, *rest]), wrap=True)
        said.setObjectName(f"pending_{pending.digest}")
        self._put(named(arm(pending.label), colour), about, at, 0)
        self._put(said, about, at, 1, 1, _COLUMNS - 1)
        self._put(badge(pending.verdict, 0), about, at + 1, 0)
        self._add_texts(
            pending.digest, [_said("sentence", pending, pending_text(study.comparison, pending))],
            offer,
        )

    def _add_header(self, comparison: Comparison) -> None:
        texts = {
            1: self.tr("{0}, mean ± std").format(comparison.metric),
            2: self.tr("difference, 95 % interval"), 4: self.tr("time"),
        }
        for at, text in texts.items():
            self._grid.addWidget(label(text, "caption"), 0, at, 1, 2 if at == 2 else 1)

    def _scale(self, reach: float, unit: str) -> str:
        """How far the bars of a context go, which those of another do not share."""
        return self.tr("bars reach ±{0}").format(number(reach, unit))

    def _add_context(self, group: Group | Pending, about: Sequence[str], scale: str) -> None:
        at = self._grid.rowCount()
        self._put(line(), about, at, 0, 1, _COLUMNS)
        text = " · ".join(filter(None, (group.backbone, group.dataset, group.setting)))
        cell = QWidget()
        inner = row(cell)
        inner.addWidget(label(text, "caption", wrap=True), 1)
        if scale:
            inner.addWidget(label(scale, "caption"), 0, Qt.AlignmentFlag.AlignTop)
        self._put(cell, about, at + 1, 0, 1, _COLUMNS)

    def _add_numbers(
        self, comparison: Comparison, group: Group, colour: str, reach: float
    ) -> None:
        at, unit, about = self._grid.rowCount(), comparison.unit, (group.digest,)
        mean = BreakingLabel(
            in_parts(mean_text(group.mean, group.std, unit), f"(n = {group.n})")
        )
        mean.setToolTip(self._values(group, unit))
        self._put(named(arm(group.label), colour), about, at, 0)
        self._put(mean, about, at, 1)
        self._add_difference(at, about, group.difference, (reach, colour, unit))
        self._put(self._cost(group), about, at, 4)
        self._put(badge(group.verdict, 0 if has_sentences(group) else BELOW), about, at + 1, 0)
        found = group.equal_time
        if found is not None:
            cannot = self.tr("cannot be compared")
            verdict = verdict_word(found.verdict) if found.difference else cannot
            text = self.tr("{0} at equal time:\n{1}").format(found.metric, verdict)
            equal = BreakingLabel(text, "caption")
            equal.setObjectName(f"equal_time_{group.digest}")
            equal.setToolTip(equal_time_text(comparison, group))
            self._put(equal, about, at + 1, 1)
            self._add_difference(at + 1, about, found.difference, (reach, colour, unit))
            if found.seconds is not None:
                self._put(label(seconds_text(found.seconds), "caption"), about, at + 1, 4)

    def _cost(self, group: Group) -> QWidget:
        """Training time over the baseline's, above what its seeds range over."""
        cell, cost = QWidget(), group.cost
        inner = column(cell, spacing=0)
        ratio, seeds = cost_texts(cost)
        said = label(ratio)
        said.setObjectName(f"cost_{group.digest}")
        inner.addWidget(said)
        if seeds:
            inner.addWidget(label(seeds, "caption"))
        cell.setToolTip("\n".join(cost.problems) if cost is not None else "")
        return cell

    def _add_difference(
        self, at: int, about: Iterable[str], apart: PairedDifference | None,
        drawn: tuple[float, str, str],
    ) -> None:
        """Add a bar and its numbers; `drawn` is reach, colour and unit."""
        reach, colour, unit = drawn
        self._put(IntervalBar(apart, reach, colour), about, at, 2)
        self._put(BreakingLabel(self._difference(apart, unit)), about, at, 3)

    def _difference(self, apart: PairedDifference | None, unit: str) -> str:
        if apart is None or apart.mean is None:
            return ""
        text = number(apart.mean, unit, signed=True)
        if apart.is_constant:
            return in_parts(text, self.tr("(in each seed)"))
        interval = apart.interval
        return in_parts(text, f"({range_text(interval, unit)})") if interval else text

    def _add_sentences(
        self, comparison: Comparison, group: Group, tests: Sequence[PairTest],
        offer: PushButton | None,
    ) -> None:
        equal, pairs = equal_time_text(comparison, group), self._tests(tests)
        texts = [
            _said("sentence", group, verdict_text(comparison, group)),
            _said("equal_sentence", group, equal[:1].upper() + equal[1:], "caption"),
            _said("pairs", group, pairs, "caption"),
        ]
        texts[-1].setToolTip("\n".join(map(pair_text, tests)))
        self._add_texts(group.digest, [text for text in texts if text.text()], offer)

    def _add_texts(
        self, digest: str, texts: Sequence[QLabel], offer: PushButton | None
    ) -> None:
        """Add what is said of a variant, beside the button that completes it."""
        cell, lines = QWidget(), column(spacing=4)
        for text in texts:
            lines.addWidget(text)
        inner = row(cell)
        inner.setContentsMargins(20, 0, 0, BELOW)
        inner.addLayout(lines, 1)
        if offer is not None:
            inner.addWidget(offer, 0, Qt.AlignmentFlag.AlignTop)
        self._put(cell, (digest,), self._grid.rowCount(), 0, 1, _COLUMNS)

    def _add_pair_problems(self, problems: Sequence[str]) -> None:
        text = self.tr("McNemar's test is missing where it could not be taken: {0}")
        said = label(text.format("\n".join(problems)), "error", wrap=True)
        said.setObjectName("compare_pair_problems")
        said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid.addWidget(said, self._grid.rowCount(), 0, 1, _COLUMNS)

    def _tests(self, tests: Sequence[PairTest]) -> str:
        if not tests:
            return ""
        said = [
            self.tr("seed {0}: p = {1:.2g} ({2:,} : {3:,})").format(
                test.seed, test.p_value, test.only_ours, test.only_rivals
            )
            for test in tests
        ]
        return self.tr(
            "McNemar's exact test of each pair of networks, on {0:,} test images (right alone, "
            "variant : baseline): {1}"
        ).format(tests[0].num_images, "; ".join(said))

    def _offer(
        self, group: Group | Pending, missing: Mapping[str, Sequence[MissingRun]],
        unchosen: Mapping[str, Sequence[int]],
    ) -> PushButton | None:
        """The button that completes a comparison; None where it is complete."""
        runs = list(unchosen.get(group.digest, ()))
        if not runs:
            lacking = missing.get(group.digest, ())
            return self._queue_button(group, lacking) if lacking else None
        add = PushButton(self.tr("Add existing runs: {0}").format(len(runs)), "add")
        self._actions.lead(add, "add", group.digest)
        return add

    def _queue_button(self, group: Group | Pending, missing: Sequence[MissingRun]) -> PushButton:
        """Names the runs: some may be the baseline's."""
        names = ", ".join(f"{run.label} s{run.seed}" for run in missing)
        shown = names if len(names) <= _MOST_NAMES else f"{names[:_MOST_NAMES].rstrip(', ')}…"
        one, more = self.tr("Queue 1 run ({0})"), self.tr("Queue {1} runs ({0})")
        if missing[0].waits:  # then all of them do
            one, more = self.tr("Resume 1 run ({0})"), self.tr("Resume {1} runs ({0})")
        text = (one if len(missing) == 1 else more).format(shown, len(missing))
        button = PushButton(text.replace("&", "&&"), "add")
        button.setToolTip(names)
        self._actions.lead(button, "queue", group.digest)
        button.clicked.connect(lambda: button.setEnabled(False))  # the answer draws another
        return button

    def _values(self, group: Group, unit: str) -> str:
        pairs = zip(group.seeds, group.values, strict=True)
        return "\n".join(
            self.tr("seed {0}: {1}").format(seed, number(value, unit)) for seed, value in pairs
        )


def _said(name: str, of: Group | Pending, text: str, role: str = "muted") -> QLabel:
    """A text of a variant that can be copied."""
    said = label(text, role, wrap=True)
    said.setObjectName(f"{name}_{of.digest}")
    said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return said
