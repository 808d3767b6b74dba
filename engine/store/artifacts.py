"""Files that belong to runs: checkpoints, weights, bundles."""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from engine.spec.rows import ArtifactRow
from engine.spec.run_state import RunState
from engine.store import runs as run_store
from engine.store import schema
from engine.store.connect import Store


def record(store: Store, run: int, kind: str, path: Path, **facts: Any) -> None:
    """Enter a file in a transaction of its own; see `put`."""
    with store.write() as connection:
        put(connection, store, run, kind, path, **facts)


def put(
    connection: sa.Connection, store: Store, run: int, kind: str, path: Path, *, step: int = 0,
    sha256: str = "", num_bytes: int, facts: dict[str, Any] | None = None,
    only: Sequence[Path] | None = None,
) -> None:
    """Enter a file (or folder) of a run, or renew what is said of it.

    Args:
        connection: to the store, in a transaction.
        store: the store.
        run: whose it is.
        kind: what it is: checkpoint, weights, bundle …
        path: where it lies.
        step: the training step it is of.
        sha256: of its content, where there is one.
        num_bytes: its size.
        facts: what else there is to say.
        only: where given, the files of this kind that are left: of others the rows go.
    """
    values: dict[str, Any] = {
        "kind": kind, "step": step, "sha256": sha256, "bytes": num_bytes, "facts": facts or {},
        "created_at": time.time(),
    }
    name = _short(store, path)
    table = schema.artifact
    done = connection.execute(
        table.update().where(table.c.run_id == run, table.c.path == name).values(**values)
    )
    if not done.rowcount:
        connection.execute(table.insert().values(run_id=run, path=name, **values))
    if only is not None:
        keep_only(connection, store, run, kind, only)


def keep_only(
    connection: sa.Connection, store: Store, run: int, kind: str, left: Sequence[Path]
) -> None:
    """Take the rows of a run's files of a kind away, but of those that are left."""
    table = schema.artifact
    connection.execute(
        table.delete().where(
            table.c.run_id == run, table.c.kind == kind,
            table.c.path.not_in([_short(store, each) for each in left]),
        )
    )


def list_artifacts(store: Store, run: int, kind: str | None = None) -> list[ArtifactRow]:
    """The files of a run, newest first."""
    query = sa.select(schema.artifact).where(schema.artifact.c.run_id == run)
    if kind is not None:
        query = query.where(schema.artifact.c.kind == kind)
    query = query.order_by(schema.artifact.c.created_at.desc())
    with store.read() as connection:
        return [ArtifactRow(**row) for row in connection.execute(query).mappings()]


def facts_of(
    store: Store, runs: Sequence[int], kind: str
) -> list[tuple[int, dict[str, Any]]]:
    """What is said of the files of one kind, of several runs: (run, facts), oldest first."""
    table = schema.artifact
    query = (
        sa.select(table.c.run_id, table.c.facts)
        .where(table.c.run_id.in_(runs), table.c.kind == kind)
        .order_by(table.c.created_at)
    )
    with store.read() as connection:
        return [(run, facts) for run, facts in connection.execute(query)]


def sha256_of(store: Store, run: int, path: Path) -> str:
    """The hash that a run's file was entered with; empty where it has none."""
    rows = [row for row in list_artifacts(store, run) if locate(store, row) == path]
    return rows[0].sha256 if rows else ""


def spare_checkpoints(store: Store, runs: Sequence[int]) -> dict[int, int]:
    """Bytes of the checkpoints that are not needed any more, by run.

    A completed run is never resumed, and whatever else is done with it begins with its weights:
    so one whose weights are all there can do without checkpoints.
    """
    spare = {run: _bytes_there(store, files) for run, files in _spare(store, runs).items()}
    return {run: size for run, size in spare.items() if size}


def remove_checkpoints(store: Store, runs: Sequence[int]) -> int:
    """Remove the checkpoints that `spare_checkpoints` tells of; returns the bytes freed.

    Weights, curves, predictions and bundles stay. What cannot be removed stays listed.
    """
    freed = 0
    for run, files in _spare(store, runs).items():
        before = _bytes_there(store, files)
        for file in files:
            shutil.rmtree(locate(store, file), ignore_errors=True)
        freed += before - _bytes_there(store, files)
        gone = [file for file in files if not locate(store, file).exists()]
        with store.write() as connection:  # after the files: what a kill leaves is found again
            connection.execute(
                schema.artifact.delete().where(schema.artifact.c.id.in_([f.id for f in gone]))
            )
            run_store.log(connection, run, "its checkpoints were removed; the weights are kept")
    return freed


def _bytes_there(store: Store, files: Sequence[ArtifactRow]) -> int:
    return sum(file.bytes for file in files if locate(store, file).exists())


def _spare(store: Store, runs: Sequence[int]) -> dict[int, list[ArtifactRow]]:
    file, run = schema.artifact.c, schema.run.c
    query = (
        sa.select(schema.artifact).join(schema.run, run.id == file.run_id)
        .where(run.id.in_(runs), run.state == RunState.COMPLETED,
               file.kind.in_(["checkpoint", "weights"]))
        .order_by(file.run_id, file.step)
    )
    files: dict[int, list[ArtifactRow]] = {}
    with store.read() as connection:
        for row in connection.execute(query).mappings():
            files.setdefault(row["run_id"], []).append(ArtifactRow(**row))
    spare: dict[int, list[ArtifactRow]] = {}
    for each, there in files.items():
        weights = [locate(store, f) for f in there if f.kind == "weights"]
        inside = store.workspace.run_folder(each)
        old = [f for f in there if f.kind == "checkpoint" and inside in locate(store, f).parents]
        if old and weights and all(path.is_file() for path in weights):
            spare[each] = old
    return spare


def locate(store: Store, artifact: ArtifactRow) -> Path:
    """Where an artifact lies."""
    return store.workspace.root / artifact.path


def _short(store: Store, path: Path) -> str:
    root = store.workspace.root
    inside = path.is_relative_to(root)
    return (path.relative_to(root) if inside else path).as_posix()
