"""What a row of the runs table stands for, and by which properties runs are told apart."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import fsum, isfinite, sqrt

from PySide6.QtCore import QCoreApplication

from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from studio.item_models import wording

VARIANT = "variant"
PROPERTIES: Mapping[str, Callable[[RunRow], tuple[str, ...]]] = {
    VARIANT: lambda row: (row.digest,),
    "method": lambda row: (row.method,),
    "backbone": lambda row: (row.backbone,),
    "dataset": lambda row: (row.dataset,),
    "state": lambda row: (row.actual_state,),
    "tag": lambda row: row.tags or ("",),
    "experiment": lambda row: (row.experiment,),
    "seed": lambda row: (str(row.seed),),
}
"""The values of a run, by property: what runs can be narrowed down to and grouped by."""


def value_text(name: str, value: str) -> str:
    """How a value of a property is said."""
    if name == "state":
        return wording.look(RunState(value)).word
    if name == "tag" and not value:
        return QCoreApplication.translate("run_entries", "No tag")
    if name == "seed":
        return QCoreApplication.translate("run_entries", "Seed {0}").format(value)
    return wording.arm(value) if name == "method" else value


@dataclass(frozen=True)
class Group:
    """Runs that share a value of a property: those of one variant are equal but for the seed.

    Attributes:
        runs: all of them.
        by: the property.
        value: of it.
        name: what tells their variant from others of its method, or nothing.
    """

    runs: tuple[RunRow, ...]
    by: str = VARIANT
    value: str = ""
    name: str = ""

    @property
    def first(self) -> RunRow:
        """Any of them, for what they share."""
        return self.runs[0]

    @cached_property
    def is_variant(self) -> bool:
        """Whether its runs differ in nothing but the seed."""
        return self.by == VARIANT or len({run.digest for run in self.runs}) == 1

    @cached_property
    def pinned(self) -> bool:
        """Whether any of its runs is kept at the top."""
        return any(run.pinned for run in self.runs)

    @cached_property
    def _means(self) -> dict[tuple[str, str], tuple[float | None, float | None, int]]:
        return {}

    def values(self, key: str, which: str) -> list[float]:
        """The values of a metric that its runs have."""
        return [v for run in self.runs if (v := run.value(key, which)) is not None]

    def mean(self, key: str, which: str) -> tuple[float | None, float | None, int]:
        """Mean, standard deviation and number of its seeds' values; NaN where one is not finite.

        Of runs that repeat a seed the newest counts, as in a comparison. Once some are completed
        these alone count: others have come less far.
        """
        if (key, which) not in self._means:
            done = [run for run in self.runs if run.state is RunState.COMPLETED] or self.runs
            by_seed = {run.seed: run for run in sorted(done, key=lambda run: run.id)}
            values = Group(tuple(by_seed.values())).values(key, which)
            self._means[key, which] = (*_mean_std(values), len(values))
        return self._means[key, which]


def _mean_std(values: list[float]) -> tuple[float | None, float | None]:
    # Not the one of engine.analysis: what that imports would keep the table waiting for 0.2 s.
    if not values:
        return None, None
    mean = fsum(values) / len(values)
    if len(values) < 2 or not isfinite(mean):
        return mean, None
    return mean, sqrt(fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


Entry = RunRow | Group


def runs_of(entry: Entry) -> tuple[RunRow, ...]:
    """The runs that a row of the table stands for."""
    return entry.runs if isinstance(entry, Group) else (entry,)
