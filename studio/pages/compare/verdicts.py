"""The verdict: every variant beside its baseline, with the interval and what it costs."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from shiboken6 import isValid

from engine.analysis.compare import Comparison, Group
from engine.analysis.intervals import PairedDifference
from engine.analysis.mcnemar import PairTest
from engine.analysis.wording import mean_text, number, seconds_text
from studio.item_models.wording import arm
from studio.pages.compare.actions import VariantActions
from studio.pages.compare.interval_bar import IntervalBar
from studio.pages.compare.seeds import MissingRun
from studio.pages.compare.study import Study
from studio.plots.palette import run_colour
from studio.report.verdict_text import (
    cost_texts,
    equal_time_text,
    pair_text,
    range_text,
    verdict_text,
    verdict_word,
)
from studio.widgets.buttons import PushButton
from studio.widgets.labels import Badge, BreakingLabel, NamesLabel, label, line
from studio.widgets.layout import cells, column, row

_TONES = {
    "better": "good", "worse": "bad", "not enough seeds": "warn", "baseline": "info",
}
_MOST_WIDE, _SPARE = 132, 16  # pixels of a name before it takes two lines
_BELOW = 8  # pixels between a variant and the next, or the next context's line
_MOST_NAMES = 40  # characters of the runs that a button names
_COLUMNS = 5
_STAYING = "\N{NO-BREAK SPACE}"


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
            self._grid.addWidget(label(text.format(comparison.metric), "muted", wrap=True), 0, 0)
        colours = {variant.digest: variant.colour for variant in study.variants}
        contexts: dict[str, list[Group]] = {}
        for group in comparison.groups:
            contexts.setdefault(group.context, []).append(group)
        reach, context = {each: _reach(groups) for each, groups in contexts.items()}, ""
        for group in comparison.groups:
            if group.context != context:
                context = group.context
                scale = self._scale(reach[context], comparison.unit) if len(contexts) > 1 else ""
                self._add_context(group, [g.digest for g in contexts[context]], scale)
            colour = run_colour(colours.get(group.digest, 0))
            self._add_numbers(comparison, group, colour, reach[context])
            if _has_sentences(group):
                self._add_sentences(
                    comparison, group,
                    [test for test in study.pairs if test.digest == group.digest],
                    self._offer(group, missing, unchosen),
                )
            yield
        if study.pair_problems:
            self._add_pair_problems(study.pair_problems)

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

    def _add_context(self, group: Group, about: Sequence[str], scale: str) -> None:
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
            _in_parts(mean_text(group.mean, group.std, unit), f"(n = {group.n})")
        )
        mean.setToolTip(self._values(group, unit))
        self._put(_named(arm(group.label), colour), about, at, 0)
        self._put(mean, about, at, 1)
        self._add_difference(at, about, group.difference, (reach, colour, unit))
        self._put(self._cost(group), about, at, 4)
        self._put(_badge(group), about, at + 1, 0)
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
            return _in_parts(text, self.tr("(in each seed)"))
        interval = apart.interval
        return _in_parts(text, f"({range_text(interval, unit)})") if interval else text

    def _add_sentences(
        self, comparison: Comparison, group: Group, tests: Sequence[PairTest],
        offer: PushButton | None,
    ) -> None:
        texts, equal = column(spacing=4), equal_time_text(comparison, group)
        sentences = {
            "sentence": (verdict_text(comparison, group), "muted"),
            "equal_sentence": (equal[:1].upper() + equal[1:], "caption"),
            "pairs": (self._tests(tests), "caption"),
        }
        for name, (text, role) in sentences.items():
            if text:
                said = label(text, role, wrap=True)
                said.setObjectName(f"{name}_{group.digest}")
                said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                if name == "pairs":
                    said.setToolTip("\n".join(map(pair_text, tests)))
                texts.addWidget(said)
        cell = QWidget()
        inner = row(cell)
        inner.setContentsMargins(20, 0, 0, _BELOW)
        inner.addLayout(texts, 1)
        if offer is not None:
            inner.addWidget(offer, 0, Qt.AlignmentFlag.AlignTop)
        self._put(cell, (group.digest,), self._grid.rowCount(), 0, 1, _COLUMNS)

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
        self, group: Group, missing: Mapping[str, Sequence[MissingRun]],
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

    def _queue_button(self, group: Group, missing: Sequence[MissingRun]) -> PushButton:
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


def swatch(colour: str) -> QLabel:
    """Return a dot in a variant's colour."""
    dot = QLabel()
    dot.setFixedSize(10, 10)
    dot.setStyleSheet(f"background: {colour}; border-radius: 5px;")
    return dot


def _has_sentences(group: Group) -> bool:
    """Whether more is said of a variant than its numbers."""
    return group.verdict != "baseline" or bool(group.seeds_missing)


def _named(text: str, colour: str) -> QWidget:
    cell = QWidget()
    inner = row(cell)
    name = NamesLabel(text.replace(" = ", f"{_STAYING}={_STAYING}"), "heading")
    name.setFixedWidth(min(name.fontMetrics().horizontalAdvance(text) + _SPARE, _MOST_WIDE))
    inner.addWidget(swatch(colour))
    inner.addWidget(name)
    inner.addStretch()
    return cell


def _badge(group: Group) -> QWidget:
    cell = QWidget()
    inner = row(cell)
    inner.setContentsMargins(20, 0, 0, 0 if _has_sentences(group) else _BELOW)
    inner.addWidget(Badge(verdict_word(group.verdict), _TONES.get(group.verdict, "neutral")))
    inner.addStretch()
    return cell


def _in_parts(number: str, more: str) -> str:
    """A number and what is said of it, which a narrow page puts on two lines and never on more."""
    return "  ".join(part.replace(" ", _STAYING) for part in (number, more))


def _reach(groups: Iterable[Group]) -> float:
    """The farthest that an interval of a context goes from zero at equal epochs.

    That of two seeds is too wide to compare: these two count in its place. Equal time does not
    count, where a run that is read in the middle of its schedule may lie far below.
    """
    ends: list[float] = []
    for apart in (group.difference for group in groups):
        if apart is None or apart.mean is None:
            continue
        if apart.interval is not None and apart.n > 2:
            ends += abs(apart.interval.low), abs(apart.interval.high)
        else:
            ends.append(abs(apart.mean) + (apart.std or 0.0) / math.sqrt(2))
    return 1.1 * max(ends, default=1.0)
