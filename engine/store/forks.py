"""Forks: runs that go on from a checkpoint of another, with something changed.

What the parent has of its training up to there is copied into the fork, so that neither depends on
what becomes of the other. A fork that is being made lies in the trash: a kill leaves nothing that
the next clean-up does not free.
"""

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import sqlalchemy as sa

from engine.spec.errors import StoreError
from engine.spec.forking import check_fork, fork_digest
from engine.spec.naming import fork_name
from engine.spec.rows import RunRow, Summary
from engine.spec.run_spec import RunSpec
from engine.store import artifacts, points, run_queue, schema
from engine.store import runs as run_store
from engine.store.connect import Store
from engine.store.points import Points

_TOP1 = "val/top1"


@dataclass(frozen=True)
class ForkPoint:
    """An epoch after which runs can be forked.

    Attributes:
        epoch: counted from 1.
        top1: validation top-1 there, %, the mean over the runs; None where it was not measured.
    """

    epoch: int
    top1: float | None


def fork_points(store: Store, runs: Sequence[int]) -> list[ForkPoint]:
    """The epochs whose checkpoints all of some runs (one at least) have, oldest first.

    Raises:
        StoreError: one of the runs is not there.
    """
    rows = [run_store.get_run(store, run) for run in runs]
    there = [_checkpoints(store, row) for row in rows]
    curves = points.read_series(store, runs, _TOP1)
    found: list[ForkPoint] = []
    for epoch in sorted(epoch for epoch in there[0] if all(epoch in each for each in there)):
        told = [_value_at(curves.get(row.id), epoch * row.steps_per_epoch) for row in rows]
        known = [value for value in told if value is not None]
        found.append(ForkPoint(epoch, fmean(known) if len(known) == len(rows) else None))
    return found


def fork(
    store: Store, specs: Mapping[int, RunSpec], epoch: int, name: str = ""
) -> list[int]:
    """Queue runs that go on from an epoch of others; returns their ids.

    Args:
        store: the store.
        specs: what each fork is, resolved, by the run that it is a fork of.
        epoch: after which epoch of those; they must still have the checkpoints.
        name: of the forks; empty gives them names.

    Raises:
        SpecError: one could not go on from there; nothing was queued.
        StoreError: a parent, its checkpoint or a teacher is not there, and nothing was queued; or
            a checkpoint cannot be copied: its fork and those after it were not queued.
    """
    parents = {run: run_store.get_run(store, run) for run in specs}
    for run, spec in specs.items():
        check_fork(run_store.get_spec(store, run), epoch, spec)
    run_queue.check_teachers(store, list(specs.values()))
    places = {run: _checkpoint(store, parents[run], epoch) for run in specs}
    return [_fork(store, parents[run], epoch, specs[run], places[run], name) for run in specs]


def _fork(
    store: Store, parent: RunRow, epoch: int, spec: RunSpec, place: Path, name: str
) -> int:
    number = _enter(store, parent, epoch, spec, name)
    try:
        copy = _copy(place, store.workspace.run_folder(number))
    except OSError as error:
        run_store.purge(store, [number])
        raise StoreError(
            f"the checkpoint {place} cannot be copied ({error.strerror}): run {parent.id} was not "
            "forked"
        ) from None
    _queue(store, parent, epoch, number, copy)
    return number


def _checkpoints(store: Store, row: RunRow) -> dict[int, Path]:
    """A run's checkpoints at the ends of epochs, by epoch."""
    found: dict[int, Path] = {}
    for file in artifacts.list_artifacts(store, row.id, "checkpoint"):
        epoch, rest = divmod(file.step, row.steps_per_epoch or 1)
        place = artifacts.locate(store, file)
        if row.steps_per_epoch and epoch and not rest and place.is_dir():
            found[epoch] = place
    return found


def _checkpoint(store: Store, row: RunRow, epoch: int) -> Path:
    there = _checkpoints(store, row)
    if epoch in there:
        return there[epoch]
    if not there:
        raise StoreError(
            f"run {row.id} has no checkpoint of the end of an epoch to be forked from: a run has "
            "its newest two, a completed one its last, and those of every training.keep_every "
            "epochs"
        )
    raise StoreError(
        f"run {row.id} has no checkpoint of epoch {epoch}: it can be forked at epoch "
        f"{', '.join(map(str, sorted(there)))} (training.keep_every keeps more)"
    )


def _enter(store: Store, parent: RunRow, epoch: int, spec: RunSpec, name: str) -> int:
    """The fork's row, in the trash until all that belongs to it is there."""
    with store.write() as connection:
        digest = sa.select(schema.run.c.data_digest).where(schema.run.c.id == parent.id)
        (number,) = run_queue.add(
            connection, [spec],
            name=name or fork_name(run_queue.run_name(spec), epoch),
            digest=fork_digest(spec, parent.digest, epoch),
            forked_from=parent.id, forked_at=epoch,
            step=epoch * parent.steps_per_epoch, steps_per_epoch=parent.steps_per_epoch,
            num_steps=spec.training.epochs * parent.steps_per_epoch,
            data_digest=connection.execute(digest).scalar_one(), deleted_at=time.time(),
        )
        return number


def _copy(place: Path, folder: Path) -> Path:
    """Copy a checkpoint into a run's folder; whoever finds it finds all of it."""
    if folder.exists():
        run_store.set_aside(folder)
    copy = folder / place.parent.name / place.name
    temporary = copy.with_name(f"{copy.name}.new")
    temporary.mkdir(parents=True)
    for file in place.iterdir():
        shutil.copyfile(file, temporary / file.name)
    return temporary.rename(copy)


def _queue(store: Store, parent: RunRow, epoch: int, number: int, copy: Path) -> None:
    step = epoch * parent.steps_per_epoch
    curves = _curves(store, parent.id, step)
    summaries = {
        key: Summary(float(p.values[-1]), int(p.steps[-1]), None, None)
        for key, p in curves.items()
    }
    table = schema.run
    with store.write() as connection:
        done = connection.execute(
            table.update().where(table.c.id == number, table.c.deleted_at.is_not(None))
            .values(deleted_at=None)
        )
        if not done.rowcount:
            raise StoreError("the fork was freed before it was complete: fork the run again")
        points.append(connection, number, curves, summaries)
        artifacts.put(
            connection, store, number, "checkpoint", copy, step=step,
            num_bytes=run_store.folder_bytes(copy),
        )
        run_store.log(
            connection, number, f"forked from run {parent.id} ({parent.name}) at epoch {epoch}"
        )


def _curves(store: Store, run: int, step: int) -> dict[str, Points]:
    """All that a run measured up to a step, but for the test."""
    keys = [key for key in points.series_keys(store, run) if not key.startswith("test/")]
    read = {key: points.read_series(store, [run], key).get(run, Points.empty()) for key in keys}
    kept = {key: series.before(step + 1) for key, series in read.items()}
    return {key: series for key, series in kept.items() if len(series.steps)}


def _value_at(series: Points | None, step: int) -> float | None:
    if series is None:
        return None
    found = series.before(step + 1)
    return float(found.values[-1]) if len(found.steps) and found.steps[-1] == step else None
