"""Which lines the runs table has: narrowed down, sorted, grouped, folded. No Qt model here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple, TypeVar

from engine.spec.rows import RunRow
from studio.item_models.run_columns import COLUMN_INDEX, COLUMNS
from studio.item_models.run_entries import PROPERTIES, VARIANT, Entry, Group

E = TypeVar("E", bound=Entry)
Key = tuple[str, int]
"""What tells a line from all others: value of its group, and the run's number, 0 for a head."""


@dataclass(frozen=True)
class Filter:
    """Which runs are shown.

    Attributes:
        text: words that all have to be somewhere in a run.
        facets: by property, the values of which a run has to have one; none lets all through.
    """

    text: str = ""
    facets: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])

    @property
    def is_on(self) -> bool:
        """Whether it keeps anything out."""
        return bool(self._words or any(self.facets.values()))

    @cached_property
    def _words(self) -> list[str]:
        return self.text.casefold().split()

    def admits(self, row: RunRow) -> bool:
        """Whether a run is shown."""
        for name, wanted in self.facets.items():
            if wanted and wanted.isdisjoint(PROPERTIES[name](row)):
                return False
        if not self._words:
            return True
        hay = " ".join((
            f"#{row.id}", row.name, row.experiment, row.method, row.backbone, row.dataset,
            row.note, *row.tags, row.actual_state,
        )).casefold()
        return all(word in hay for word in self._words)


@dataclass(frozen=True)
class Layout:
    """How the lines are to stand.

    Attributes:
        wanted: the runs that are shown.
        by: the property that they are grouped by, or nothing.
        turned: values of it whose groups are not as groups are at first: of variants folded,
            since their line says it all, else open.
        column: the column that they are sorted by.
        descending: whether the largest comes first.
        names: by digest, what variants are called that share method, backbone and dataset.
    """

    wanted: Filter = Filter()
    by: str = ""
    turned: frozenset[str] = frozenset()
    column: int = COLUMN_INDEX["created"]
    descending: bool = True
    names: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def is_queue(self) -> bool:
        """Whether runs that wait stand in the order in which they will be trained."""
        return not self.by and not self.descending and self.column == COLUMN_INDEX["state"]

    def is_open(self, value: str) -> bool:
        """Whether the runs of a group are shown below it."""
        return (value in self.turned) is (self.by == VARIANT)


class Line(NamedTuple):
    """A row of the table: a run, or the head of a group.

    Attributes:
        entry: what it shows.
        key: tells it from all other lines.
        is_open: of a head, whether its runs follow.
        is_nested: of a run, whether it stands below a head.
    """

    entry: Entry
    key: Key
    is_open: bool
    is_nested: bool


def lines_of(rows: Sequence[RunRow], layout: Layout) -> tuple[list[Entry], list[Key]]:
    """Return what the lines show, and their keys; pinned ones come first, without a value last.

    Args:
        rows: the runs; those that the column does not tell apart stay in this order.
        layout: how the lines are to stand.
    """
    wanted = layout.wanted
    shown = _sorted(list(filter(wanted.admits, rows)) if wanted.is_on else rows, layout)
    if not layout.by:
        return [*shown], [("", row.id) for row in shown]
    members: dict[str, list[RunRow]] = {}
    for row in shown:
        for value in PROPERTIES[layout.by](row):
            members.setdefault(value, []).append(row)
    groups = [
        Group(tuple(sorted(runs, key=attrgetter("seed", "id"))), layout.by, value,
              layout.names.get(value, ""))
        for value, runs in members.items()
    ]
    entries, keys = list[Entry](), list[Key]()
    for group in _sorted(groups, layout):
        entries.append(group)
        keys.append((group.value, 0))
        if layout.is_open(group.value):
            entries += members[group.value]
            keys += [(group.value, run.id) for run in members[group.value]]
    return entries, keys


def _sorted(entries: Sequence[E], layout: Layout) -> list[E]:
    key = COLUMNS[layout.column].key
    rated: list[tuple[Any, E]] = [(key(entry), entry) for entry in entries]
    known = [pair for pair in rated if pair[0] is not None]
    known.sort(key=itemgetter(0), reverse=layout.descending)
    ordered = [entry for _, entry in known]
    if len(known) < len(rated):
        ordered += [entry for value, entry in rated if value is None]
    pinned = [entry for entry in ordered if entry.pinned]
    return pinned + [entry for entry in ordered if not entry.pinned] if pinned else ordered
