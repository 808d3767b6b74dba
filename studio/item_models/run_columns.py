"""The columns of the runs table: what each shows of a run, and of a group of runs."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication

from engine.spec.run_state import RunState
from studio.item_models import wording
from studio.item_models.run_entries import VARIANT, Entry, Group, runs_of, value_text

_MOST_WORDS = 20
"""So many tags or notes of a group are told: there may be thousands."""


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        id: what it is remembered by.
        title: heading.
        width: pixels at first.
        text: what a row shows.
        key: what rows are sorted by; None sorts last.
        numeric: aligned at the right.
        hidden: not shown until asked for.
        grouped: the longest text that a group shows, where that needs more than `width`.
        edits: column of the store that the user writes through it.
        help: what the heading's tooltip says more.
    """

    id: str
    title: str
    width: int
    text: Callable[[Entry], str]
    key: Callable[[Entry], Any]
    numeric: bool = False
    hidden: bool = False
    grouped: str = ""
    edits: str = ""
    help: str = ""


def _shared(name: str) -> Callable[[Entry], Any]:
    """A field that all runs of a row share; None where they differ, or have none."""

    def value(entry: Entry) -> Any:
        if not isinstance(entry, Group):
            return getattr(entry, name)
        found = {getattr(run, name) for run in entry.runs} - {None}
        return found.pop() if len(found) == 1 else None

    return value


def _summed(name: str) -> Callable[[Entry], float]:
    return lambda entry: sum(getattr(run, name) for run in runs_of(entry))


def _tr(text: str) -> str:
    return QCoreApplication.translate("columns", text)


def _said(value: str | None) -> str:
    return _tr("several") if value is None else value


def _plain(id: str, title: str, width: int, name: str, **more: Any) -> Column:  # noqa: A002
    value = _shared(name)
    return Column(id, title, width, lambda e: _said(value(e)), value, **more)


def _metric(id: str, title: str, key: str, which: str, help: str, **more: Any) -> Column:  # noqa: A002
    """A metric in percent: of a variant mean ± std, of other groups from where to where it goes.

    A mean over different networks or datasets would be of nothing.
    """

    def value(entry: Entry) -> float | None:
        if not isinstance(entry, Group):
            return entry.value(key, which)
        if entry.is_variant:
            return entry.mean(key, which)[0]
        return max(entry.values(key, which), default=None)

    def text(entry: Entry) -> str:
        if not isinstance(entry, Group):
            return wording.percent_metric(entry.value(key, which))
        if not entry.is_variant:
            return _span(entry.values(key, which))
        mean, std, n = entry.mean(key, which)
        if std is None:
            return wording.percent_metric(mean)
        return f"{wording.percent_metric(mean)} ± {wording.percent_metric(std)} ({n})"

    return Column(id, title, 84, text, value, numeric=True, grouped="90.00 ± 10.00 (10)",
                  help=help, **more)


def _span(values: list[float]) -> str:
    if len(values) < 2:
        return wording.percent_metric(values[0] if values else None)
    least, most = wording.percent_metric(min(values)), wording.percent_metric(max(values))
    return f"{least} … {most} ({len(values)})"


def _state_text(entry: Entry) -> str:
    if not isinstance(entry, Group):
        return wording.state_line(entry)
    counts = Counter(run.state for run in entry.runs)
    return ", ".join(
        f"{counts[state]} {wording.look(state).word.lower()}" for state in RunState if counts[state]
    )


_STATE_ORDER = {state: i for i, state in enumerate(
    (RunState.RUNNING, RunState.QUEUED, RunState.PAUSED, RunState.INTERRUPTED, RunState.FAILED,
     RunState.CANCELLED, RunState.COMPLETED)
)}


def _state_key(entry: Entry) -> tuple[int, float]:
    if isinstance(entry, Group):
        return min(map(_state_key, entry.runs))
    return _STATE_ORDER[entry.state], entry.position


def _name_text(entry: Entry) -> str:
    if isinstance(entry, Group):
        first = entry.first
        if entry.by != VARIANT:
            return value_text(entry.by, entry.value)
        return f"{wording.arm(first.variant)} {first.backbone} {first.dataset}"
    return entry.name


def _seed_text(entry: Entry) -> str:
    seeds = sorted({run.seed for run in runs_of(entry)})
    return ", ".join(map(str, seeds)) if len(seeds) <= 4 else f"{seeds[0]}…{seeds[-1]}"


def _joined_tags(entry: Entry) -> str:
    return _joined(", ", (tag for run in runs_of(entry) for tag in run.tags))


def _joined_notes(entry: Entry) -> str:
    return _joined("; ", (run.note for run in runs_of(entry) if run.note))


def _joined(separator: str, words: Iterable[str]) -> str:
    told = list(dict.fromkeys(words))
    more = ["…"] if len(told) > _MOST_WORDS else []
    return separator.join(told[:_MOST_WORDS] + more)


def _created(entry: Entry) -> float:
    if isinstance(entry, Group):
        return max(run.created_at for run in entry.runs)
    return entry.created_at


_variant, _params, _seconds = _shared("variant"), _shared("params_deployed"), _summed("seconds")

# Imported with the first page that shows runs, when the translations are loaded already.
COLUMNS: Sequence[Column] = (
    Column("eye", "", 30, lambda _: "", lambda _: 0,
           help=_tr("Shown in Compare")),
    Column("pin", "", 30, lambda _: "", lambda e: not e.pinned,
           help=_tr("Kept at the top")),
    Column("id", "#", 44, lambda e: "" if isinstance(e, Group) else str(e.id),
           lambda e: runs_of(e)[0].id,
           numeric=True, help=_tr("Number of the run, as in run:12")),
    Column("name", _tr("Run"), 204, _name_text,
           lambda e: _name_text(e).casefold(), edits="name"),
    Column("state", _tr("State"), 166, _state_text, _state_key),
    Column("method", _tr("Method"), 110, lambda e: wording.arm(_said(_variant(e))), _variant),
    _plain("backbone", _tr("Backbone"), 170, "backbone"),
    _plain("dataset", _tr("Dataset"), 76, "dataset"),
    Column("seed", _tr("Seed"), 60, _seed_text,
           lambda e: runs_of(e)[0].seed, numeric=True),
    _metric("val_best", _tr("Val best"), "val/top1", "best",
            _tr("Best top-1 accuracy on validation, in %")),
    _metric("val_last", _tr("Val last"), "val/top1", "last",
            _tr("Last top-1 accuracy on validation, in %")),
    _metric("test_last", _tr("Test last"), "test/top1", "last",
            _tr("Test top-1 of the last weights, in %")),
    _metric("test_best", _tr("Test best"), "test/top1", "best",
            _tr("Test top-1 of the weights that were best on validation, in %"), hidden=True),
    Column("params", _tr("Shipped"), 80,
           lambda e: wording.count(_params(e)), _params, numeric=True,
           help=_tr("Parameters of the network that is shipped")),
    Column("seconds", _tr("Time"), 96,
           lambda e: wording.duration(_seconds(e)) if _seconds(e) else wording.NOTHING, _seconds,
           numeric=True, help=_tr("Time spent on training")),
    Column("created", _tr("Created"), 124,
           lambda e: wording.moment(_created(e)), _created),
    _plain("experiment", _tr("Experiment"), 110, "experiment",
           hidden=True),
    Column("tags", _tr("Tags"), 100, _joined_tags, _joined_tags,
           edits="tags"),
    Column("note", _tr("Note"), 160, _joined_notes, _joined_notes,
           edits="note"),
)
COLUMN_INDEX = {column.id: index for index, column in enumerate(COLUMNS)}
