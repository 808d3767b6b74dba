"""How facts of a run are said: states, durations, counts, metric values."""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from textwrap import shorten

from PySide6.QtCore import QCoreApplication, QLocale

from engine.spec.rows import RunRow
from engine.spec.run_state import RunState

NOTHING = "–"
_UNCOUNTED = 1e12
"""From here on numbers are said by powers of ten."""
_translate = QCoreApplication.translate


@dataclass(frozen=True)
class StateLook:
    """Icon, tone and word of a state: never colour alone.

    Attributes:
        icon: its name.
        tone: its colour.
        say: returns the word, in the language that is shown by then.
        say_of: returns how so many runs are said to be in it: "{0} queued".
    """

    icon: str
    tone: str
    say: Callable[[], str]
    say_of: Callable[[], str]

    @property
    def word(self) -> str:
        """The word, in the user's language."""
        return self.say()


_LOOKS = {
    RunState.QUEUED: StateLook(
        "queued", "neutral", lambda: _translate("wording", "Queued"),
        lambda: _translate("wording", "{0} queued"),
    ),
    RunState.RUNNING: StateLook(
        "running", "info", lambda: _translate("wording", "Running"),
        lambda: _translate("wording", "{0} running"),
    ),
    RunState.PAUSED: StateLook(
        "paused", "warn", lambda: _translate("wording", "Paused"),
        lambda: _translate("wording", "{0} paused"),
    ),
    RunState.COMPLETED: StateLook(
        "completed", "good", lambda: _translate("wording", "Completed"),
        lambda: _translate("wording", "{0} completed"),
    ),
    RunState.FAILED: StateLook(
        "failed", "bad", lambda: _translate("wording", "Failed"),
        lambda: _translate("wording", "{0} failed"),
    ),
    RunState.CANCELLED: StateLook(
        "cancelled", "neutral", lambda: _translate("wording", "Stopped"),
        lambda: _translate("wording", "{0} stopped"),
    ),
    RunState.INTERRUPTED: StateLook(
        "interrupted", "warn", lambda: _translate("wording", "Interrupted"),
        lambda: _translate("wording", "{0} interrupted"),
    ),
}


def look(state: RunState) -> StateLook:
    """How a state is shown."""
    return _LOOKS[state]


def state_counts(states: Iterable[RunState]) -> list[str]:
    """Return how many runs are in each state that any is in: "3 queued", "1 failed"."""
    counts = Counter(states)
    return [look(state).say_of().format(counts[state]) for state in RunState if counts[state]]


def duration(seconds: float | None) -> str:
    """Return a span in its two largest units: "43 s", "6 min 10 s", "3 h 5 min", "2 d 4 h"."""
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    total = round(seconds)
    for unit, below, size, smaller in (("d", "h", 86400, 3600), ("h", "min", 3600, 60),
                                       ("min", "s", 60, 1)):
        if total >= size:
            whole, rest = divmod(total, size)
            rest //= smaller
            return f"{whole} {unit} {rest} {below}" if rest and whole < 10 else f"{whole} {unit}"
    return f"{total} s"


def clock(seconds: float) -> str:
    """Return a span as a clock shows it: "0:43", "6:10", "3:05:00"; days as `duration` does."""
    if not math.isfinite(seconds) or seconds >= 86400:
        return duration(seconds)
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def ordinal(number: int) -> str:
    """Return a place as "1st", "2nd", "3rd", "4th" or "11th"."""
    last = 0 if number // 10 % 10 == 1 else number % 10
    text = {
        1: _translate("wording", "{0}st"), 2: _translate("wording", "{0}nd"),
        3: _translate("wording", "{0}rd"),
    }.get(last) or _translate("wording", "{0}th")
    return text.format(number)


def count(number: float | None) -> str:
    """Return a large number in three digits: "78 k", "1.24 M"."""
    if number is None:
        return NOTHING
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= 0.9995 * size:  # what rounds up to a unit is said in it
            return f"{number / size:.3g} {unit}"
    return f"{number:.0f}"


def arm(name: str) -> str:
    """Return what is compared so that lines can break in it: "dml + mixup + sam"."""
    return name.replace("+", " + ")


def brief(text: str, most: int = 160) -> str:
    """Return a text that leaves room for others: cut at a word where it is too long."""
    return text if len(text) <= most else shorten(text, most, placeholder=" …")


def file_size(num_bytes: int) -> str:
    """Return a size as "4.2 MiB"."""
    return QLocale.c().formattedDataSize(num_bytes, 1)


def moment(at: float | None) -> str:
    """Return a moment: the time of today, else the date with the time."""
    if at is None:
        return NOTHING
    then, now = time.localtime(at), time.localtime()
    same_day = then[:3] == now[:3]
    return time.strftime("%H:%M" if same_day else "%Y-%m-%d %H:%M", then)


def metric(value: float | None) -> str:
    """Return a metric's value with the digits that mean something."""
    if value is None:
        return NOTHING
    if not math.isfinite(value):
        return str(value)
    size = abs(value)
    if 1000 <= size < _UNCOUNTED:
        return f"{'-' if value < 0 else ''}{count(size)}"
    if size >= _UNCOUNTED or 0 < size < 0.001:
        return f"{value:.3g}"
    return f"{value:.2f}" if size >= 10 else f"{value:.4f}"


def percent_metric(value: float | None) -> str:
    """Return a metric in percent: two decimals whatever its size, so that values line up."""
    return NOTHING if value is None else f"{value:.2f}"


def scores(row: RunRow) -> list[str]:
    """Return the accuracies of the best weights and of the last: "best weights: val 91.20 %"."""
    words = {"best": _translate("wording", "best weights: {0}"),
             "last": _translate("wording", "last weights: {0}")}
    parts = {"val/top1": _translate("wording", "val {0} %"),
             "test/top1": _translate("wording", "test {0} %")}
    said: list[str] = []
    for which, of in words.items():
        found = [(text, row.value(key, which)) for key, text in parts.items()]
        values = [text.format(percent_metric(value)) for text, value in found if value is not None]
        if values:
            said.append(of.format(", ".join(values)))
    return said


def tested(row: RunRow) -> str:
    """Return the test accuracy, of the best weights where there are: "best weights: test 90 %"."""
    for which, text in (("best", _translate("wording", "best weights: test {0} %")),
                        ("last", _translate("wording", "last weights: test {0} %"))):
        value = row.value("test/top1", which)
        if value is not None:
            return text.format(percent_metric(value))
    return NOTHING


def percent(part: float) -> str:
    """Return a part of one as "43 %"; short of the whole it never says 100."""
    return f"{min(math.floor(100 * part + 1e-9), 100)} %"


def remaining_s(row: RunRow) -> float | None:
    """Seconds that a running run still needs at its own pace, None while that is unknown."""
    if row.actual_state is not RunState.RUNNING or not (row.step and row.seconds):
        return None
    return row.seconds / row.step * (row.num_steps - row.step)


def queue_places(rows: Iterable[RunRow]) -> dict[int, int]:
    """Return the place in the queue, from 1, of every run that waits in it, in its order."""
    queue = [row for row in rows if row.state is RunState.QUEUED]
    queue.sort(key=lambda row: (row.position, row.id))
    return {row.id: place for place, row in enumerate(queue, start=1)}


def state_line(row: RunRow, place: int | None = None) -> str:
    """Return the state in a few words: "43 %, 6:10 left", "Queued, 2nd", "Paused 43 %".

    Args:
        row: the run.
        place: its place in the queue, if it waits there.
    """
    state = row.actual_state
    word = look(state).word
    if state is RunState.RUNNING:
        left = remaining_s(row)
        if left is None:
            return f"{word} {percent(row.progress)}"
        return _translate("wording", "{0}, {1} left").format(percent(row.progress), clock(left))
    if state is RunState.QUEUED and place is not None:
        return f"{word}, {ordinal(place)}"
    if state.can_resume and row.step:
        return f"{word} {percent(row.progress)}"
    return word


def trouble(row: RunRow) -> str:
    """Return what went wrong with a run, and what to do about it; empty where nothing did."""
    if row.abandoned:
        return _translate("wording", "Its worker has ended: start the engine, then resume the run.")
    return row.error
