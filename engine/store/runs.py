"""Runs: listing, reading, annotating, deleting them."""

import shutil
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from engine.spec.errors import DataError, StoreError
from engine.spec.options import parse
from engine.spec.rows import EventRow, RunRow, Summary
from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from engine.store import schema
from engine.store.connect import Store

_COLUMNS = [
    *(column for column in schema.run.c if column.name not in ("spec", "data_digest")),
    schema.run.c.spec["method"]["options"].label("options"),
]


def list_runs(store: Store, ids: Iterable[int] | None = None) -> list[RunRow]:
    """All runs (or those named), newest first, with their summaries."""
    runs = sa.select(*_COLUMNS).order_by(schema.run.c.id.desc())
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
            sa.select(schema.run.c.spec).where(schema.run.c.id == run)
        ).scalar_one_or_none()
    if spec is None:
        raise StoreError(f"there is no run {run} in {store.workspace.root}")
    return parse(RunSpec, spec, "spec")


def check_data(store: Store, run: int, digest: str) -> None:
    """Hold a dataset that was read against the one that a run was trained on.

    The first to ask decides: its digest is kept with the run.

    Raises:
        DataError: the data changed since then.
    """
    column = schema.run.c.data_digest
    with store.write() as connection:
        known = connection.execute(sa.select(column).where(schema.run.c.id == run)).scalar()
        if not known:
            connection.execute(
                schema.run.update().where(schema.run.c.id == run).values(data_digest=digest)
            )
    if known and known != digest:
        raise DataError(
            f"the dataset of run {run} has changed since it was trained (other classes, images "
            "or splits): put the old data back, or train a new run"
        )


def annotate(store: Store, run: int, **values: Any) -> None:
    """Change what the user says of a run: `name`, `tags`, `note`, `pinned`, `colour`, `position`.

    Raises:
        StoreError: there is no such run.
        ValueError: a column that is not the user's.
    """
    foreign = values.keys() - {"name", "tags", "note", "pinned", "colour", "position"}
    if foreign:
        raise ValueError(f"not the user's to write: {', '.join(sorted(foreign))}")
    with store.write() as connection:
        done = connection.execute(
            schema.run.update().where(schema.run.c.id == run).values(**values)
        )
    if not done.rowcount:
        raise StoreError(f"there is no run {run} in {store.workspace.root}")


def delete_runs(store: Store, runs: Sequence[int]) -> int:
    """Delete runs with all their rows and files; returns the bytes that were freed on disk.

    Raises:
        StoreError: one of them is running, or does not exist; nothing was deleted.
    """
    runs = list(dict.fromkeys(runs))
    rows = {row.id: row for row in list_runs(store, runs)}
    for run in runs:
        if run not in rows:
            raise StoreError(f"there is no run {run} in {store.workspace.root}")
    with store.write() as connection:
        for run in runs:
            deleted = connection.execute(
                schema.run.delete().where(
                    schema.run.c.id == run, schema.run.c.state != RunState.RUNNING
                )
            )
            if not deleted.rowcount:
                raise StoreError(f"run {run} is running: stop it first; nothing was deleted")
    freed = 0
    for run in runs:
        for folder in (store.workspace.run_folder(run), store.workspace.export_folder(run)):
            freed += folder_bytes(folder)
            shutil.rmtree(folder, ignore_errors=True)
    return freed


def folder_bytes(folder: Path) -> int:
    """Bytes of the files below a folder; 0 where there is none."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


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
