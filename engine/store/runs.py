"""Runs: listing, reading, annotating, deleting them."""

import shutil
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from engine.spec.errors import DataError, SpecError, StoreError
from engine.spec.options import parse
from engine.spec.rows import EventRow, RunRow, Summary
from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from engine.store import schema
from engine.store.clocks import keep_beside
from engine.store.connect import Store

_COLUMNS = [
    *(c for c in schema.run.c if c.name not in ("spec", "data_digest", "deleted_at")),
    schema.run.c.spec["method"]["options"].label("options"),
]
_FREEING = 0.0
"""`deleted_at` of a run whose files are being removed: too late to restore, and always due."""


def list_runs(store: Store, ids: Iterable[int] | None = None) -> list[RunRow]:
    """All runs (or those named), newest first, with their summaries."""
    runs = sa.select(*_COLUMNS).where(schema.not_deleted).order_by(schema.run.c.id.desc())
    sums = sa.select(schema.series.c.run_id, schema.series.c.key, schema.summary).join(
        schema.series, schema.summary.c.series_id == schema.series.c.id
    )
    if ids is not None:
        wanted = list(ids)
        runs = runs.where(schema.run.c.id.in_(wanted))
        sums = sums.where(schema.series.c.run_id.in_(wanted))
    with store.read() as connection:
        rows = connection.execute(runs).mappings().all()
        summaries: dict[int, dict[str, Summary]] = {}
        for run, key, _, last, last_step, best, best_step in connection.execute(sums):
            summaries.setdefault(run, {})[key] = Summary(last, last_step, best, best_step)
    return [_as_row(row, summaries.get(row["id"], {})) for row in rows]


def get_run(store: Store, run: int) -> RunRow:
    """One run.

    Raises:
        StoreError: there is none of that number.
    """
    rows = list_runs(store, [run])
    if not rows:
        raise StoreError(f"there is no run {run} in {store.workspace.root}")
    return rows[0]


def get_spec(store: Store, run: int) -> RunSpec:
    """What a run is.

    Raises:
        StoreError: there is none of that number.
    """
    with store.read() as connection:
        spec = connection.execute(
            sa.select(schema.run.c.spec).where(schema.run.c.id == run, schema.not_deleted)
        ).scalar_one_or_none()
    if spec is None:
        raise StoreError(f"there is no run {run} in {store.workspace.root}")
    return parse(RunSpec, spec, "spec")


def get_specs(store: Store, ids: Iterable[int]) -> dict[int, RunSpec]:
    """What some runs are, but those that are gone and those that this version cannot read."""
    query = sa.select(schema.run.c.id, schema.run.c.spec)
    with store.read() as connection:
        rows = connection.execute(
            query.where(schema.run.c.id.in_(list(ids)), schema.not_deleted)
        ).all()
    specs: dict[int, RunSpec] = {}
    for row in rows:
        with suppress(SpecError):
            specs[row.id] = parse(RunSpec, row.spec, "spec")
    return specs


def check_data(store: Store, run: int, digest: str) -> None:
    """Hold a dataset that was read against the one that a run was trained on.

    The first to ask decides: its digest is kept with the run.

    Raises:
        DataError: the data changed since then.
    """
    with store.write() as connection:
        known = _data_digest(connection, run)
        if not known:
            connection.execute(
                schema.run.update().where(schema.run.c.id == run).values(data_digest=digest)
            )
    if known and known != digest:
        raise DataError(
            f"the dataset of run {run} has changed since it was trained (other classes, images "
            "or splits): put the old data back, or train a new run"
        )


def data_digest(store: Store, run: int) -> str:
    """Identity of the data that a run was trained on; empty where nobody has read them yet."""
    with store.read() as connection:
        return _data_digest(connection, run)


def _data_digest(connection: sa.Connection, run: int) -> str:
    query = sa.select(schema.run.c.data_digest).where(schema.run.c.id == run)
    return connection.execute(query).scalar() or ""


def annotate(store: Store, run: int, **values: Any) -> None:
    """Change what the user says of a run: `name`, `tags`, `note`, `pinned`, `colour`, `position`.

    Raises:
        StoreError: there is no such run, or its name would be blank.
        ValueError: a column that is not the user's.
    """
    foreign = values.keys() - {"name", "tags", "note", "pinned", "colour", "position"}
    if foreign:
        raise ValueError(f"not the user's to write: {', '.join(sorted(foreign))}")
    if "name" in values and not values["name"].strip():
        raise StoreError(f"run {run} keeps its name: a run cannot be without one")
    with store.write() as connection:
        done = connection.execute(
            schema.run.update().where(schema.run.c.id == run, schema.not_deleted).values(**values)
        )
    if not done.rowcount:
        raise StoreError(f"there is no run {run} in {store.workspace.root}")


def delete_runs(store: Store, runs: Sequence[int]) -> int:
    """Delete runs with all their rows and files; returns the bytes that were freed on disk.

    Raises:
        StoreError: one of them is running, or does not exist; nothing was deleted.
    """
    trash(store, runs)
    return purge(store, runs)


def trash(store: Store, runs: Sequence[int]) -> int:
    """Delete runs so that `restore` can bring them back whole, until `purge` frees them.

    Returns:
        the bytes on disk that this will free.

    Raises:
        StoreError: one of them is running, or does not exist; nothing was deleted.
    """
    run, wanted = schema.run.c, list(dict.fromkeys(runs))
    query = sa.select(run.id, run.state).where(run.id.in_(wanted), schema.not_deleted)
    with store.write() as connection:
        states = {row.id: row.state for row in connection.execute(query)}
        for each in wanted:
            if each not in states:
                raise StoreError(f"there is no run {each} in {store.workspace.root}")
            if states[each] == RunState.RUNNING:
                raise StoreError(f"run {each} is running: stop it first; nothing was deleted")
        connection.execute(
            schema.run.update().where(run.id.in_(wanted)).values(deleted_at=time.time())
        )
    return sum(folder_bytes(folder) for each in wanted for folder in _folders(store, each))


def restore(store: Store, runs: Sequence[int]) -> None:
    """Bring runs back from the trash, as they were, a queued one to its place in the queue.

    Raises:
        StoreError: one of them is not there any more; nothing was brought back.
    """
    run = schema.run.c
    with store.write() as connection:
        for each in dict.fromkeys(runs):
            done = connection.execute(
                schema.run.update().where(run.id == each, run.deleted_at > _FREEING)
                .values(deleted_at=None)
            )
            if not done.rowcount:
                raise StoreError(f"run {each} was freed for good and cannot be brought back")


def purge(store: Store, runs: Sequence[int] | None = None, min_age_s: float = 0.0) -> int:
    """Free runs that are in the trash, their rows and files; returns the bytes freed on disk.

    Whoever is killed meanwhile leaves them in the trash: the next to purge frees the rest.

    Args:
        store: the store.
        runs: spare all others; None spares none.
        min_age_s: spare what was deleted less than so many seconds ago.
    """
    run = schema.run.c
    due = run.deleted_at.is_not(None)
    if runs is not None:
        due &= run.id.in_(runs)
    if min_age_s:
        due &= run.deleted_at <= time.time() - min_age_s
    with store.write() as connection:
        doomed = connection.execute(sa.select(run.id).where(due)).scalars().all()
        mine = run.id.in_(doomed)
        connection.execute(schema.run.update().where(mine).values(deleted_at=_FREEING))
    if not doomed:
        return 0
    freed = 0
    for folder in (folder for each in doomed for folder in _folders(store, each)):
        freed += folder_bytes(folder)
        shutil.rmtree(folder, ignore_errors=True)
    with store.write() as connection:  # after the files: until then the rows tell of them
        keep_beside(connection, doomed)
        connection.execute(schema.run.delete().where(mine))
    return freed


def _folders(store: Store, run: int) -> tuple[Path, Path]:
    """All that a run has on the disk within its workspace."""
    return store.workspace.run_folder(run), store.workspace.export_folder(run)


def set_aside(folder: Path) -> Path:
    """Give a folder that is another run's, of a database that is gone, another name; returns it."""
    number = 1
    while (aside := folder.with_name(f"{folder.name}-of-another-{number}")).exists():
        number += 1
    return folder.rename(aside)


def folder_bytes(folder: Path) -> int:
    """Bytes of the files below a folder; 0 where there is none."""
    num_bytes = 0
    with suppress(FileNotFoundError):  # another process may be freeing it
        for file in folder.rglob("*"):
            if file.is_file():
                num_bytes += file.stat().st_size
    return num_bytes


def log(connection: sa.Connection, run: int, text: str, level: str = "info") -> None:
    """Add a line to a run's log."""
    connection.execute(
        schema.event.insert().values(run_id=run, at=time.time(), level=level, text=text)
    )


def read_log(store: Store, run: int, after: int = 0) -> list[EventRow]:
    """The lines of a run's log with an id above `after`."""
    query = (
        sa.select(schema.event.c.id, schema.event.c.at, schema.event.c.level, schema.event.c.text)
        .where(schema.event.c.run_id == run, schema.event.c.id > after)
        .order_by(schema.event.c.id)
    )
    with store.read() as connection:
        return [EventRow(*row) for row in connection.execute(query)]


def _as_row(row: Any, summaries: dict[str, Summary]) -> RunRow:
    values = dict(row)
    values["state"] = RunState(values["state"])
    values["tags"], values["options"] = tuple(values["tags"]), values["options"] or {}
    return RunRow(**values, summaries=summaries)
