"""Which seeds a comparison lacks. No Qt here."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.analysis.baselines import DEFAULT_BASELINE
from engine.analysis.comparison import Comparison, Group, Pending
from engine.analysis.wording import MIN_SEEDS
from engine.spec.rows import RunRow
from engine.spec.run_spec import MethodSpec, RunSpec, TrainingSpec
from engine.spec.run_state import RunState

if TYPE_CHECKING:
    from studio.bridge.client import Client

# Runs in these states wait until somebody lets them go on.
_WAITING = (RunState.PAUSED, RunState.INTERRUPTED)
# Runs in these have given, or can yet give, the value of their seed.
_COUNTED = (RunState.QUEUED, RunState.RUNNING, RunState.COMPLETED, *_WAITING)
_OF_SHARPNESS = ("sharpness", "sam_rho", "asam_rho")


@dataclass(frozen=True)
class MissingRun:
    """A run that would make a comparison complete.

    Attributes:
        like: a run of the variant that lacks it; or that run itself, which waits.
        seed: the seed to run it with.
        digest: identity of the variant; empty where that is the default baseline of the recipe of
            `like`, of which there is no run yet.
        label: what the variant is called.
        waits: whether it is there, waits or was stopped, and is to go on.
    """

    like: int
    seed: int
    digest: str
    label: str
    waits: bool = False


def missing_runs(
    comparison: Comparison, group: Group | Pending, rows: Iterable[RunRow], need: int = MIN_SEEDS
) -> list[MissingRun]:
    """Return the runs to queue so that `group` and its baseline have `need` seeds in common.

    Those of the two that wait, or were stopped and can give a seed that is needed, are to go on
    first. Seeds that one of the two has already are preferred, and runs that are queued or under
    way count as if they were done. The baseline itself needs so many seeds of its own. Where all
    seeds agree it takes one more. A fork of another seed begins with a parent of that seed: it is
    not queued from here.
    """
    there = list(rows)
    own, rival = _of(group.digest, there), _rival_rows(comparison, group, there)
    resumed = [
        _missing(comparison, row, row.seed, waits=True)
        for some in (own, rival) for row in _waiting(some)
    ]
    if any(row.forked_from is not None for row in (*own, *rival)):
        return resumed
    mine, sides = _counted(own), [own]
    if group.verdict != "baseline":
        sides.append(rival)
    if isinstance(group, Group) and group.difference and group.difference.is_constant:
        need = max(need, group.difference.n + group.seeds_missing)
    wanted = [
        _lacking(comparison, group, side, seed)
        for seed in _new_seeds(mine, _counted(sides[-1]), need, _stopped((*own, *rival)))
        for side in sides if seed not in _counted(side)
    ]
    resumed += [run for run in wanted if run.waits]
    return resumed or wanted


def queue_missing(client: "Client", missing: Sequence[MissingRun]) -> list[int]:
    """Queue those of `missing` that are not in the store by now; returns their ids.

    Raises:
        StudioError: the variant's run is gone, or cannot be queued.
    """
    there = client.runs()
    known = {(row.digest, row.seed) for row in there if row.state in _COUNTED}
    waiting = {row.id for row in there if row.state.can_resume}
    resumed = [run.like for run in missing if run.waits and run.like in waiting]
    for run in resumed:
        client.resume(run)
    specs = [(run, _spec(client, run)) for run in missing if not run.waits]
    wanted = [
        spec for run, spec in specs if (run.digest or spec.digest(), run.seed) not in known
    ]
    return [*resumed, *(client.enqueue(wanted) if wanted else ())]


def _spec(client: "Client", run: MissingRun) -> RunSpec:
    spec = client.spec(run.like).model_copy(update={"seed": run.seed})
    if run.digest:
        return spec
    recipe = {key: TrainingSpec.model_fields[key].default for key in _OF_SHARPNESS}
    return spec.model_copy(update={
        "method": MethodSpec(name=DEFAULT_BASELINE), "regularizers": {},
        "training": spec.training.model_copy(update=recipe),
    })


def unchosen_runs(
    comparison: Comparison, group: Group | Pending, rows: Iterable[RunRow], chosen: Iterable[int]
) -> list[int]:
    """Return the runs of `group` and its baseline that are there but are not compared."""
    there, compared = list(rows), set(chosen)
    wanted = {group.digest, *(row.digest for row in _rival_rows(comparison, group, there))}
    return [
        row.id for row in there
        if row.digest in wanted and row.state in _COUNTED and row.id not in compared
    ]


def _rival_rows(
    comparison: Comparison, group: Group | Pending, rows: Sequence[RunRow]
) -> list[RunRow]:
    """The runs of what `group` stands against, or would, were it chosen and completed."""
    if group.verdict == "baseline" or group.parent is not None:
        return []
    if group.rival_digest:
        return _of(group.rival_digest, rows)
    for name in dict.fromkeys((comparison.baseline, group.rival, DEFAULT_BASELINE)):
        like = [
            row for row in rows if row.context == group.context and row.forked_from is None
            and name in (row.method, row.digest) and row.digest != group.digest
        ]
        if like:
            fullest = max(like, key=lambda row: len(_counted(_of(row.digest, like))))
            return _of(fullest.digest, like)
    return []


def _of(digest: str, rows: Iterable[RunRow]) -> list[RunRow]:
    return [row for row in rows if row.digest == digest]


def _counted(rows: Iterable[RunRow]) -> set[int]:
    """The seeds that are done, or will be."""
    return {row.seed for row in rows if row.state in _COUNTED}


def _waiting(rows: Sequence[RunRow]) -> list[RunRow]:
    """Those that wait, of seeds that no other is to give."""
    given = {row.seed for row in rows if row.state in _COUNTED and row.state not in _WAITING}
    return [row for row in rows if row.state in _WAITING and row.seed not in given]


def _stopped(rows: Iterable[RunRow]) -> dict[int, RunRow]:
    """Of each seed the run that came farthest before it was stopped."""
    stopped = [row for row in rows if row.state is RunState.CANCELLED]
    return {row.seed: row for row in sorted(stopped, key=lambda row: row.progress)}


def _lacking(
    comparison: Comparison, group: Group | Pending, side: Sequence[RunRow], seed: int
) -> MissingRun:
    """A run of this seed: a stopped one that can go on, or a new one."""
    if not side:
        return MissingRun(group.runs[0], seed, "", DEFAULT_BASELINE)
    stopped = _stopped(side).get(seed)
    if stopped is not None:
        return _missing(comparison, stopped, seed, waits=True)
    like = next((row for row in side if row.id == group.runs[0]), side[0])
    return _missing(comparison, like, seed)


def _missing(
    comparison: Comparison, like: RunRow, seed: int, *, waits: bool = False
) -> MissingRun:
    label = comparison.labels.get(like.digest, like.variant)
    return MissingRun(like.id, seed, like.digest, label, waits)


def _new_seeds(
    mine: set[int], theirs: set[int], need: int, stopped: Collection[int]
) -> list[int]:
    """Seeds to add: of one side, then of stopped runs, then the lowest that neither has."""
    lacking = need - len(mine & theirs)
    there = mine | theirs
    more = (*sorted(stopped), *range(need + len(there)))
    fresh = dict.fromkeys(seed for seed in more if seed not in there)
    return [*sorted(mine ^ theirs), *fresh][: max(lacking, 0)]
