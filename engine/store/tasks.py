"""Tasks: work beside training that needs torch, asked for by the window or the command line."""

import time
from typing import Any

import sqlalchemy as sa

from engine.spec.errors import StoreError
from engine.spec.rows import TaskRow
from engine.store import schema
from engine.store.connect import Store, insert


class TaskCancelled(Exception):
    """The task that reports was cancelled: end it, and leave nothing behind."""


KEEP_S = 7 * 24 * 3600.0
"""Ended tasks are forgotten after so long."""


def submit(store: Store, kind: str, arguments: dict[str, Any]) -> int:
    """Queue a task; returns its id."""
    with store.write() as connection:
        connection.execute(schema.task.delete().where(
            schema.task.c.finished_at < time.time() - KEEP_S
        ))
        return insert(
            connection, schema.task,
            kind=kind, arguments=arguments, state="queued", created_at=time.time(),
        )


def get_task(store: Store, task: int) -> TaskRow:
    """One task.

    Raises:
        StoreError: there is none of that number.
    """
    columns = [column for column in schema.task.c if column.name != "worker_id"]
    with store.read() as connection:
        row = connection.execute(
            sa.select(*columns).where(schema.task.c.id == task)
        ).mappings().first()
    if row is None:
        raise StoreError(f"there is no task {task} in {store.workspace.root}")
    return TaskRow(**row)


def claim_task(store: Store, worker: int) -> TaskRow | None:
    """Give the first queued task to a worker; None when there is none."""
    with store.write() as connection:
        task = connection.execute(
            sa.select(schema.task.c.id).where(schema.task.c.state == "queued")
            .order_by(schema.task.c.id).limit(1)
        ).scalar()
        if task is None:
            return None
        connection.execute(
            schema.task.update().where(schema.task.c.id == task)
            .values(state="running", worker_id=worker)
        )
    return get_task(store, task)


def queued_tasks(store: Store) -> int:
    """How many tasks wait."""
    query = sa.select(sa.func.count()).where(schema.task.c.state == "queued")
    with store.read() as connection:
        return int(connection.execute(query).scalar_one())


def report(store: Store, task: int, done: int, total: int, doing: str) -> None:
    """Say how far a task is.

    Raises:
        TaskCancelled: nobody wants it any more.
    """
    if not _update(store, task, done=done, total=total, doing=doing):
        raise TaskCancelled


def succeed(store: Store, task: int, result: dict[str, Any]) -> None:
    """End a task with its result, unless it was cancelled."""
    _update(store, task, state="done", result=result, finished_at=time.time())


def fail(store: Store, task: int, error: str) -> None:
    """End a task with an error, unless it was cancelled."""
    _update(store, task, state="failed", error=error, finished_at=time.time())


def cancel(store: Store, task: int) -> bool:
    """End a task that nobody wants any more; False if it has ended already.

    One that runs is told so when it next reports.
    """
    return _update(store, task, state="cancelled", finished_at=time.time())


def _update(store: Store, task: int, **values: Any) -> bool:
    """Change a task; False if it has ended."""
    going_on = schema.task.c.state.in_(["queued", "running"])
    with store.write() as connection:
        changed = connection.execute(
            schema.task.update().where(schema.task.c.id == task, going_on).values(**values)
        )
    return changed.rowcount > 0
