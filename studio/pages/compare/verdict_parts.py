"""What the rows of the verdict are made of."""

import math
from collections.abc import Iterable

from PySide6.QtWidgets import QLabel, QWidget

from engine.analysis.comparison import Group
from engine.analysis.wording import Verdict
from studio.report.verdict_text import verdict_word
from studio.widgets.labels import Badge, NamesLabel
from studio.widgets.layout import row

STAYING = "\N{NO-BREAK SPACE}"
BELOW = 8
"""Pixels between a variant and the next, or the next context's line."""
_TONES = {
    "better": "good", "worse": "bad", "not enough seeds": "warn", "baseline": "info",
}
_MOST_WIDE, _SPARE = 132, 16  # pixels of a name before it takes two lines


def swatch(colour: str) -> QLabel:
    """Return a dot in a variant's colour."""
    dot = QLabel()
    dot.setFixedSize(10, 10)
    dot.setStyleSheet(f"background: {colour}; border-radius: 5px;")
    return dot


def has_sentences(group: Group) -> bool:
    """Whether more is said of a variant than its numbers."""
    return group.verdict != "baseline" or bool(group.seeds_missing)


def named(text: str, colour: str) -> QWidget:
    """Return a variant's name beside a dot in its colour."""
    cell = QWidget()
    inner = row(cell)
    name = NamesLabel("", "heading")
    width_of = name.fontMetrics().horizontalAdvance
    words = text.replace(" = ", f"{STAYING}={STAYING}").split(" ")
    name.setText(" ".join(
        word if width_of(word) + _SPARE <= _MOST_WIDE else word.replace(STAYING, " ")
        for word in words
    ))
    name.setFixedWidth(min(width_of(text) + _SPARE, _MOST_WIDE))
    inner.addWidget(swatch(colour))
    inner.addWidget(name)
    inner.addStretch()
    return cell


def badge(verdict: Verdict, below: int) -> QWidget:
    """Return a verdict in its colour, with room below it."""
    cell = QWidget()
    inner = row(cell)
    inner.setContentsMargins(20, 0, 0, below)
    inner.addWidget(Badge(verdict_word(verdict), _TONES.get(verdict, "neutral")))
    inner.addStretch()
    return cell


def in_parts(number: str, more: str) -> str:
    """A number and what is said of it, which a narrow page puts on two lines and never on more."""
    return "  ".join(part.replace(" ", STAYING) for part in (number, more))


def reach_of(groups: Iterable[Group]) -> float:
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
