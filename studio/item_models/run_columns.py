"""The columns of the runs table: what each shows of a run, and of a group of runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from PySide6.QtCore import QCoreApplication

from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from studio.item_models import wording


@dataclass(frozen=True)
class Group:
    """The runs of one variant: equal but for the seed."""

    runs: tuple[RunRow, ...]

    @property
    def first(self) -> RunRow:
        """Any of them, for what they share."""
        return self.runs[0]

    @cached_property
    def _means(self) -> dict[tuple[str, str], tuple[float | None, float | None, int]]:
        return {}

    def mean(self, key: str, which: str) -> tuple[float | None, float | None, int]:
        """Mean, standard deviation and number of the runs' values."""
        if (key, which) not in self._means:
            from engine.analysis.intervals import mean_std  # numpy: not before the first paint

            values = [v for run in self.runs if (v := run.value(key, which)) is not None]
            found = mean_std(values)
            self._means[key, which] = found.mean, found.std, found.n
        return self._means[key, which]


Entry = RunRow | Group


def runs_of(entry: Entry) -> tuple[RunRow, ...]:
    """The runs that a row of the table stands for."""
    return entry.runs if isinstance(entry, Group) else (entry,)


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
    """A field that all runs of a variant share."""
    return lambda entry: getattr(runs_of(entry)[0], name)


def _summed(name: str) -> Callable[[Entry], float]:
    return lambda entry: sum(getattr(run, name) for run in runs_of(entry))


def _tr(text: str) -> str:
    return QCoreApplication.translate("columns", text)


def _plain(id: str, title: str, width: int, name: str, **more: Any) -> Column:  # noqa: A002
    value = _shared(name)
    return Column(id, title, width, lambda e: str(value(e)), value, **more)


def _metric(id: str, title: str, key: str, which: str, help: str, **more: Any) -> Column:  # noqa: A002
    """A metric in percent."""

    def value(entry: Entry) -> float | None:
        return entry.mean(key, which)[0] if isinstance(entry, Group) else entry.value(key, which)

    def text(entry: Entry) -> str:
        if not isinstance(entry, Group):
            return wording.percent_metric(entry.value(key, which))
        mean, std, n = entry.mean(key, which)
        if std is None:
            return wording.percent_metric(mean)
        return f"{wording.percent_metric(mean)} ± {wording.percent_metric(std)} ({n})"

    return Column(id, title, 84, text, value, numeric=True, grouped="90.00 ± 10.00 (10)",
                  help=help, **more)


def _state_text(entry: Entry) -> str:
    if not isinstance(entry, Group):
        return wording.state_line(entry)
    states = [run.state for run in entry.runs]
    counted = [(state, states.count(state)) for state in RunState if state in states]
    return ", ".join(f"{n} {wording.look(state).word.lower()}" for state, n in counted)


_STATE_ORDER = {state: i for i, state in enumerate(
    (RunState.RUNNING, RunState.QUEUED, RunState.PAUSED, RunState.INTERRUPTED, RunState.FAILED,
     RunState.CANCELLED, RunState.COMPLETED)
)}


def _state_key(entry: Entry) -> tuple[int, float]:
    return min((_STATE_ORDER[run.state], run.position) for run in runs_of(entry))


def _name_text(entry: Entry) -> str:
    if isinstance(entry, Group):
        first = entry.first
        return f"{wording.arm(first.variant)} {first.backbone} {first.dataset}"
    return entry.name


def _seed_text(entry: Entry) -> str:
    seeds = sorted(run.seed for run in runs_of(entry))
    return ", ".join(map(str, seeds)) if len(seeds) <= 4 else f"{seeds[0]}…{seeds[-1]}"


def _joined_tags(entry: Entry) -> str:
    return ", ".join(dict.fromkeys(tag for run in runs_of(entry) for tag in run.tags))


def _common_note(entry: Entry) -> str:
    return "; ".join(dict.fromkeys(run.note for run in runs_of(entry) if run.note))


_variant = _shared("variant")
_created, _params, _seconds = _shared("created_at"), _shared("params_deployed"), _summed("seconds")

# Imported with the first page that shows runs, when the translations are loaded already.
COLUMNS: Sequence[Column] = (
    Column("eye", "", 30, lambda _: "", lambda _: 0,
           help=_tr("Shown in Compare")),
    Column("pin", "", 30, lambda _: "", lambda e: not any(r.pinned for r in runs_of(e)),
           help=_tr("Kept at the top")),
    Column("id", "#", 44, lambda e: "" if isinstance(e, Group) else str(e.id),
           lambda e: runs_of(e)[0].id,
           numeric=True, help=_tr("Number of the run, as in run:12")),
    Column("name", _tr("Run"), 204, _name_text,
           lambda e: _name_text(e).casefold(), edits="name"),
    Column("state", _tr("State"), 166, _state_text, _state_key),
    Column("method", _tr("Method"), 110, lambda e: wording.arm(_variant(e)), _variant),
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
    Column("note", _tr("Note"), 160, _common_note, _common_note,
           edits="note"),
)
COLUMN_INDEX = {column.id: index for index, column in enumerate(COLUMNS)}
