"""Which seeds a comparison lacks. No Qt here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.analysis.compare import Comparison, Group, baseline_of
from engine.analysis.wording import MIN_SEEDS
from engine.spec.rows import RunRow
from engine.spec.run_state import RunState

if TYPE_CHECKING:
    from studio.bridge.client import Client

# Runs in these states have given, or will yet give, the value of their seed.
_COUNTED = (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED, RunState.COMPLETED)


@dataclass(frozen=True)
class MissingRun:
    """A run that would make a comparison complete.

    Attributes:
        like: a run of the variant that lacks it.
        seed: the seed to run it with.
        digest: identity of the variant.
        label: what the variant is called.
    """

    like: int
    seed: int
    digest: str
    label: str


def missing_runs(
    comparison: Comparison, group: Group, rows: Iterable[RunRow], need: int = MIN_SEEDS
) -> list[MissingRun]:
    """Return the runs to queue so that `group` and its baseline have `need` seeds in common.

    Seeds that one of the two has already are preferred, and runs that are queued or under way
    count as if they were done. The baseline itself needs so many seeds of its own. A fork of
    another seed begins with a parent of that seed: it is not queued from here.
    """
    known: dict[str, set[int]] = {}
    there = list(rows)
    for digest, seed in _counted_seeds(there):
        known.setdefault(digest, set()).add(seed)
    rival = baseline_of(comparison, group)
    forks = {row.digest for row in there if row.forked_from is not None}
    if group.digest in forks or (rival is not None and rival.digest in forks):
        return []
    mine = known.get(group.digest, set())
    theirs = mine if rival is None else known.get(rival.digest, set())
    wanted: list[MissingRun] = []
    for seed in _new_seeds(mine, theirs, need):
        if seed not in mine:
            wanted.append(_missing(group, seed))
        if rival is not None and seed not in theirs:
            wanted.append(_missing(rival, seed))
    return wanted


def queue_missing(client: "Client", missing: Sequence[MissingRun]) -> list[int]:
    """Queue those of `missing` that are not in the store by now; returns their ids.

    Raises:
        StudioError: the variant's run is gone, or cannot be queued.
    """
    there = _counted_seeds(client.runs())
    return client.enqueue([
        client.spec(run.like).model_copy(update={"seed": run.seed})
        for run in missing if (run.digest, run.seed) not in there
    ])


def unchosen_runs(
    comparison: Comparison, group: Group, rows: Iterable[RunRow], chosen: Iterable[int]
) -> list[int]:
    """Return the runs of `group` and its baseline that are there but are not compared."""
    rival = baseline_of(comparison, group)
    wanted = {group.digest, rival.digest if rival else group.digest}
    left_out = (r for r in rows if r.digest in wanted and r.state in _COUNTED)
    compared = set(chosen)
    return [row.id for row in left_out if row.id not in compared]


def _counted_seeds(rows: Iterable[RunRow]) -> set[tuple[str, int]]:
    return {(row.digest, row.seed) for row in rows if row.state in _COUNTED}


def _missing(group: Group, seed: int) -> MissingRun:
    return MissingRun(group.runs[0], seed, group.digest, group.label)


def _new_seeds(mine: set[int], theirs: set[int], need: int) -> list[int]:
    """Seeds to add, those that one side has first, then the lowest that neither has."""
    lacking = need - len(mine & theirs)
    either = sorted(mine ^ theirs)
    fresh = (seed for seed in range(need + len(mine | theirs)) if seed not in mine | theirs)
    return [*either, *fresh][: max(lacking, 0)]
