"""The verdict: every variant beside its baseline, with the interval and what it costs."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from engine.analysis.compare import Comparison, Group
from engine.analysis.wording import number, signed_range
from studio.item_models.wording import arm
from studio.pages.compare.interval_bar import IntervalBar
from studio.pages.compare.seeds import MissingRun
from studio.plots.palette import run_colour
from studio.widgets.buttons import PushButton
from studio.widgets.labels import Badge, label, line
from studio.widgets.layout import cells

_TONES = {
    "better": "good", "worse": "bad", "not enough seeds": "warn", "baseline": "info",
}


_MOST_WIDE, _SPARE = 168, 16  # pixels of a name before it takes two lines
_MOST_NAMES = 40  # characters of the runs that a button names


class Verdicts(QWidget):
    """Two lines per variant: the numbers, and the sentence.

    Signals:
        queue_requested: the list[MissingRun] that would complete a comparison.
        add_requested: the ids of runs that are there and belong to a comparison.
    """

    queue_requested = Signal(list)
    add_requested = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = cells(self, (12, 4), stretched=2)

    def show_comparison(
        self, comparison: Comparison, colours: Mapping[str, int],
        missing: Mapping[str, Sequence[MissingRun]], unchosen: Mapping[str, Sequence[int]],
    ) -> None:
        """Show a comparison.

        Args:
            comparison: the referee's answer.
            colours: colour index of each variant, by digest.
            missing: runs that each variant's comparison lacks, by digest.
            unchosen: runs that are there for it but were not chosen, by digest.
        """
        self._clear()
        if not comparison.groups:
            text = self.tr("Nothing can be said yet: no chosen run is completed with {0}.")
            self._grid.addWidget(label(text.format(comparison.metric), "muted"), 0, 0, 1, 6)
            return
        self._add_header(comparison)
        context = ""
        for group in comparison.groups:
            if group.context != context:
                context = group.context
                self._add_context(group)
            colour = run_colour(colours.get(group.digest, 0))
            self._add_numbers(comparison, group, colour)
            if group.verdict != "baseline" or group.seeds_missing:
                self._add_sentence(
                    group, missing.get(group.digest, ()), unchosen.get(group.digest, ())
                )

    def _clear(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _add_header(self, comparison: Comparison) -> None:
        texts = (
            "", self.tr("{0}, mean ± std").format(comparison.metric),
            self.tr("difference, 95 % interval"), "", self.tr("time"), "",
        )
        for column, text in enumerate(texts):
            self._grid.addWidget(label(text, "caption"), 0, column)

    def _add_context(self, group: Group) -> None:
        at = self._grid.rowCount()
        self._grid.addWidget(line(), at, 0, 1, 6)
        text = f"{group.backbone} · {group.dataset}"
        self._grid.addWidget(label(text, "caption"), at + 1, 0, 1, 6)

    def _add_numbers(self, comparison: Comparison, group: Group, colour: str) -> None:
        at, unit, apart = self._grid.rowCount(), comparison.unit, group.difference
        spread = f" ± {number(group.std, unit)}" if group.std is not None else ""
        mean = label(f"{number(group.mean, unit)}{spread}  (n = {group.n})")
        mean.setToolTip(self._values(group, unit))
        cost = f"{group.cost_ratio:.2f} ×" if group.cost_ratio is not None else ""
        self._grid.addWidget(_named(arm(group.label), colour), at, 0)
        self._grid.addWidget(mean, at, 1)
        self._grid.addWidget(IntervalBar(apart, _reach(comparison), colour), at, 2)
        self._grid.addWidget(label(_difference(group, unit)), at, 3)
        self._grid.addWidget(label(cost), at, 4)
        self._grid.addWidget(Badge(group.verdict, _TONES.get(group.verdict, "neutral")), at, 5)

    def _add_sentence(
        self, group: Group, missing: Sequence[MissingRun], unchosen: Sequence[int]
    ) -> None:
        said = label(group.sentence, "muted", wrap=True)
        said.setObjectName(f"sentence_{group.digest}")
        said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        cell = QWidget()
        row = QHBoxLayout(cell)
        row.setContentsMargins(20, 0, 0, 8)
        row.addWidget(said, 1)
        if unchosen:
            add = PushButton(self.tr("Add existing runs: {0}").format(len(unchosen)), "add")
            add.setObjectName(f"add_{group.digest}")
            add.clicked.connect(lambda: self.add_requested.emit(list(unchosen)))
            row.addWidget(add, 0, Qt.AlignmentFlag.AlignTop)
        elif missing:
            row.addWidget(self._queue_button(group, missing), 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(cell, self._grid.rowCount(), 0, 1, 6)

    def _queue_button(self, group: Group, missing: Sequence[MissingRun]) -> PushButton:
        """Names the runs: some may be the baseline's."""
        names = ", ".join(f"{run.label} s{run.seed}" for run in missing)
        shown = names if len(names) <= _MOST_NAMES else f"{names[:_MOST_NAMES].rstrip(', ')}…"
        one, more = self.tr("Queue 1 run ({0})"), self.tr("Queue {1} runs ({0})")
        text = (one if len(missing) == 1 else more).format(shown, len(missing))
        button = PushButton(text.replace("&", "&&"), "add")
        button.setObjectName(f"queue_{group.digest}")
        button.setToolTip(names)

        def ask() -> None:
            button.setEnabled(False)  # the answer draws another
            self.queue_requested.emit(list(missing))

        button.clicked.connect(ask)
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


def _named(text: str, colour: str) -> QWidget:
    cell = QWidget()
    row = QHBoxLayout(cell)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    name = label(text, "heading", wrap=True)
    name.setFixedWidth(min(name.fontMetrics().horizontalAdvance(text) + _SPARE, _MOST_WIDE))
    row.addWidget(swatch(colour))
    row.addWidget(name)
    row.addStretch()
    return cell


def _difference(group: Group, unit: str) -> str:
    apart = group.difference
    if apart is None or apart.mean is None:
        return ""
    text = number(apart.mean, unit, signed=True)
    return f"{text}  ({signed_range(apart.interval, unit)})" if apart.interval else text


def _reach(comparison: Comparison) -> float:
    """The farthest that any interval goes from zero; one too wide to compare does not count."""
    ends = [
        max(abs(d.interval.low), abs(d.interval.high)) if d.interval and d.n > 2 else abs(d.mean)
        for d in (group.difference for group in comparison.groups)
        if d is not None and d.mean is not None
    ]
    return 1.1 * max(ends, default=1.0)
