"""The columns of the runs table: what each shows of a run, and of a group of runs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from PySide6.QtCore import QCoreApplication

from engine.spec.run_state import RunState
from studio.item_models import wording
from studio.item_models.run_entries import VARIANT, Entry, Group, runs_of, value_text

_MOST_WORDS = 20
"""So many tags or notes of a group are told: there may be thousands."""
_translate = QCoreApplication.translate


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        id: what it is remembered by.
        width: pixels at first.
        text: what a row shows.
        key: what rows are sorted by; None sorts last.
        numeric: aligned at the right.
        hidden: not shown until asked for.
        grouped: the longest text that a group shows, where that needs more than `width`.
        edits: column of the store that the user writes through it.
    """

    id: str
    width: int
    text: Callable[[Entry], str]
    key: Callable[[Entry], Any]
    numeric: bool = False
    hidden: bool = False
    grouped: str = ""
    edits: str = ""


class Heading(NamedTuple):
    """What stands above a column, and what its tooltip says more."""

    title: str = ""
    help: str = ""

    @property
    def name(self) -> str:
        """What the column is called where no picture shows it."""
        return self.title or self.help


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


def _said(value: str | None) -> str:
    return _translate("columns", "several") if value is None else value


def _plain(name: str, width: int, **more: Any) -> Column:
    value = _shared(name)
    return Column(name, width, lambda e: _said(value(e)), value, **more)


def _metric(id: str, key: str, which: str, **more: Any) -> Column:  # noqa: A002
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

    return Column(id, 84, text, value, numeric=True, grouped="90.00 ± 10.00 (10)", **more)


def _span(values: list[float]) -> str:
    if len(values) < 2:
        return wording.percent_metric(values[0] if values else None)
    least, most = wording.percent_metric(min(values)), wording.percent_metric(max(values))
    return f"{least} … {most} ({len(values)})"


def _state_text(entry: Entry) -> str:
    if not isinstance(entry, Group):
        return wording.state_line(entry)
    return ", ".join(wording.state_counts(run.actual_state for run in entry.runs))


_STATE_ORDER = {state: i for i, state in enumerate(
    (RunState.RUNNING, RunState.QUEUED, RunState.PAUSED, RunState.INTERRUPTED, RunState.FAILED,
     RunState.CANCELLED, RunState.COMPLETED)
)}


def _state_key(entry: Entry) -> tuple[int, float]:
    if isinstance(entry, Group):
        return min(map(_state_key, entry.runs))
    return _STATE_ORDER[entry.actual_state], entry.position


def _name_text(entry: Entry) -> str:
    if isinstance(entry, Group):
        first = entry.first
        if entry.by != VARIANT:
            return value_text(entry.by, entry.value)
        return f"{wording.arm(entry.name or first.variant)} {first.backbone} {first.dataset}"
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


_epochs = _shared("epochs")
_variant, _params, _seconds = _shared("variant"), _shared("params_deployed"), _summed("seconds")

COLUMNS: Sequence[Column] = (
    Column("eye", 30, lambda _: "", lambda _: 0),
    Column("pin", 30, lambda _: "", lambda e: not e.pinned),
    Column("id", 44, lambda e: "" if isinstance(e, Group) else str(e.id),
           lambda e: runs_of(e)[0].id, numeric=True),
    Column("name", 204, _name_text, lambda e: _name_text(e).casefold(), edits="name",
           grouped="▾ ● ● ● sila resnet110 fashion_mnist"),
    Column("state", 166, _state_text, _state_key),
    Column("method", 110, lambda e: wording.arm(_said(_variant(e))), _variant),
    _plain("backbone", 170),
    _plain("dataset", 84),
    Column("seed", 60, _seed_text, lambda e: runs_of(e)[0].seed, numeric=True),
    Column("epochs", 60, lambda e: _said(str(n) if (n := _epochs(e)) else None), _epochs,
           numeric=True, hidden=True),
    _metric("val_best", "val/top1", "best"),
    _metric("val_last", "val/top1", "last"),
    _metric("test_last", "test/top1", "last"),
    _metric("test_best", "test/top1", "best", hidden=True),
    Column("params", 80, lambda e: wording.count(_params(e)), _params, numeric=True),
    Column("seconds", 96,
           lambda e: wording.duration(_seconds(e)) if _seconds(e) else wording.NOTHING, _seconds,
           numeric=True),
    Column("created", 124, lambda e: wording.moment(_created(e)), _created),
    _plain("experiment", 110, hidden=True),
    Column("tags", 100, _joined_tags, _joined_tags, edits="tags"),
    Column("note", 160, _joined_notes, _joined_notes, edits="note"),
)
COLUMN_INDEX = {column.id: index for index, column in enumerate(COLUMNS)}


def headings() -> list[Heading]:
    """What stands above the columns, in the language that is shown now."""
    said = {
        "eye": Heading(help=_translate("columns", "Shown in Compare")),
        "pin": Heading(help=_translate("columns", "Kept at the top")),
        "id": Heading("#", _translate("columns", "Number of the run, as in run:12")),
        "name": Heading(_translate("columns", "Run")),
        "state": Heading(_translate("columns", "State")),
        "method": Heading(_translate("columns", "Method")),
        "backbone": Heading(_translate("columns", "Backbone")),
        "dataset": Heading(_translate("columns", "Dataset")),
        "seed": Heading(_translate("columns", "Seed")),
        "epochs": Heading(
            _translate("columns", "Epochs"),
            _translate("columns", "Epochs that are trained, if the run goes to its end"),
        ),
        "val_best": Heading(
            _translate("columns", "Val best"),
            _translate("columns", "Best top-1 accuracy on validation, in %"),
        ),
        "val_last": Heading(
            _translate("columns", "Val last"),
            _translate("columns", "Last top-1 accuracy on validation, in %"),
        ),
        "test_last": Heading(
            _translate("columns", "Test last"),
            _translate("columns", "Test top-1 of the last weights, in %"),
        ),
        "test_best": Heading(
            _translate("columns", "Test best"),
            _translate("columns", "Test top-1 of the weights that were best on validation, in %"),
        ),
        "params": Heading(
            _translate("columns", "Shipped"),
            _translate("columns", "Parameters of the network that is shipped"),
        ),
        "seconds": Heading(
            _translate("columns", "Time"), _translate("columns", "Time spent on training")
        ),
        "created": Heading(_translate("columns", "Created")),
        "experiment": Heading(_translate("columns", "Experiment")),
        "tags": Heading(_translate("columns", "Tags")),
        "note": Heading(_translate("columns", "Note")),
    }
    return [said[column.id] for column in COLUMNS]
