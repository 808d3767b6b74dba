"""Files that belong to runs: checkpoints, weights, bundles."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from engine.spec.rows import ArtifactRow
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
        connection.execute(
            table.delete().where(
                table.c.run_id == run, table.c.kind == kind,
                table.c.path.not_in([_short(store, each) for each in only]),
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


def locate(store: Store, artifact: ArtifactRow) -> Path:
    """Where an artifact lies."""
    return store.workspace.root / artifact.path


def _short(store: Store, path: Path) -> str:
    root = store.workspace.root
    inside = path.is_relative_to(root)
    return (path.relative_to(root) if inside else path).as_posix()
