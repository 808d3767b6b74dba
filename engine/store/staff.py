"""Who is at work: the engine's lease and the workers, each with the process behind it.

A process is told from another that got its number later by the time it started.
"""

import os
import socket
import time
import uuid
from typing import Any

import psutil
import sqlalchemy as sa

from engine.spec.rows import EngineRow, Unattended
from engine.spec.run_state import RunState
from engine.store import schema, tasks
from engine.store.cards import get_setting, put_setting
from engine.store.checkpoints import enter_what_is_there
from engine.store.connect import Store, insert
from engine.store.run_queue import end_attempt

KEEPS_WARM = "engine/keeps_warm"
STALE_S = 10.0
"""Without a heartbeat for so long, a process on another host counts as gone."""


def process_identity() -> dict[str, Any]:
    """Columns that identify this process: pid, when it started, host."""
    return {
        "pid": os.getpid(),
        "process_started_at": psutil.Process().create_time(),
        "host": socket.gethostname(),
    }


def is_alive(pid: int | None, started_at: float | None, host: str, heartbeat: float | None) -> bool:
    """Whether the process a row speaks of is still there."""
    if host != socket.gethostname():
        return heartbeat is not None and time.time() - heartbeat < STALE_S
    if pid is None or started_at is None:
        return False
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - started_at) < 1.0
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


# ---- the engine's lease -----------------------------------------------------------------------


def take_lease(store: Store) -> str | None:
    """Become the workspace's engine; returns the lease's token, None if another engine lives."""
    with store.write() as connection:
        row = connection.execute(sa.select(schema.engine)).mappings().first()
        if row is not None and is_alive(
            row["pid"], row["process_started_at"], row["host"], row["heartbeat_at"]
        ):
            return None
        token = uuid.uuid4().hex
        now = time.time()
        connection.execute(schema.engine.delete())
        connection.execute(
            schema.engine.insert().values(
                id=1, token=token, started_at=now, heartbeat_at=now, **process_identity()
            )
        )
        return token


def keep_lease(store: Store, token: str, devices: list[dict[str, Any]]) -> bool:
    """Heartbeat; False when the lease is no longer ours or the engine was asked to stop."""
    with store.write() as connection:
        done = connection.execute(
            schema.engine.update()
            .where(schema.engine.c.token == token, schema.engine.c.stop_requested.is_(False))
            .values(heartbeat_at=time.time(), devices=devices)
        )
        return done.rowcount == 1


def release_lease(store: Store, token: str, *, only_if_idle: bool = False) -> bool:
    """Give the lease up; with `only_if_idle`, not while there is anything to do."""
    with store.write() as connection:
        if only_if_idle and _has_work(connection):
            return False
        connection.execute(schema.engine.delete().where(schema.engine.c.token == token))
        return True


def ask_engine_to_stop(store: Store) -> None:
    """Ask the engine to end; running trainings go on, and the next engine adopts them."""
    with store.write() as connection:
        connection.execute(schema.engine.update().values(stop_requested=True))


def living_engine(store: Store) -> EngineRow | None:
    """The engine that holds the lease and is alive."""
    with store.read() as connection:
        row = connection.execute(sa.select(schema.engine)).mappings().first()
    if row is None or not is_alive(
        row["pid"], row["process_started_at"], row["host"], row["heartbeat_at"]
    ):
        return None
    return EngineRow(
        row["pid"], row["process_started_at"], row["host"], row["started_at"],
        row["heartbeat_at"], tuple(row["devices"]),
    )


def _has_work(connection: sa.Connection) -> bool:
    active = [state for state in RunState if state.is_active]
    waiting = schema.run.c.state.in_(active), schema.not_deleted
    runs = sa.select(schema.run.c.id).where(*waiting).limit(1)
    tasks = sa.select(schema.task.c.id).where(schema.task.c.state.in_(["queued", "running"]))
    return any(connection.execute(query).first() for query in (runs, tasks.limit(1)))


def has_work(store: Store) -> bool:
    """Whether any run or task is queued or running."""
    with store.read() as connection:
        return _has_work(connection)


def keeps_warm(store: Store) -> bool:
    """Whether the engine keeps PyTorch imported, so that runs and tasks begin at once."""
    return get_setting(store, KEEPS_WARM, True) is not False


def keep_warm(store: Store, warm: bool) -> None:
    """Let the engine keep PyTorch imported, or start it for every run, from now on."""
    put_setting(store, KEEPS_WARM, warm)


# ---- workers ----------------------------------------------------------------------------------


def hire(store: Store, kind: str) -> int:
    """Enter a worker that is about to be started; returns its id."""
    with store.write() as connection:
        return insert(
            connection, schema.worker,
            kind=kind, state="starting", host=socket.gethostname(), created_at=time.time(),
        )


def report_in(store: Store, worker: int, state: str) -> None:
    """Say, from within the worker, that it is there and in which state."""
    with store.write() as connection:
        connection.execute(
            schema.worker.update().where(schema.worker.c.id == worker)
            .values(state=state, heartbeat_at=time.time(), **process_identity())
        )


def enter(store: Store, kind: str) -> int:
    """Enter this process as a worker that is ready; returns its id."""
    with store.write() as connection:
        now = time.time()
        return insert(
            connection, schema.worker,
            kind=kind, state="ready", created_at=now, heartbeat_at=now, **process_identity(),
        )


def sign_off(store: Store, worker: int) -> None:
    """Say that a worker has ended."""
    with store.write() as connection:
        connection.execute(
            schema.worker.update().where(schema.worker.c.id == worker).values(state="gone")
        )


def staff(store: Store, kind: str) -> list[dict[str, Any]]:
    """The workers of a kind that have not signed off."""
    query = (
        sa.select(schema.worker)
        .where(schema.worker.c.kind == kind, schema.worker.c.state != "gone")
        .order_by(schema.worker.c.id)
    )
    with store.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def unattended(store: Store) -> Unattended:
    """What does not go on by itself: whose worker is gone, as an engine would find it."""
    worker, attempt, task = schema.worker, schema.attempt, schema.task
    process = worker.c.pid, worker.c.process_started_at, worker.c.host, worker.c.heartbeat_at
    trained = sa.select(attempt.c.run_id, *process).join(worker).where(
        attempt.c.state == RunState.RUNNING
    )
    begun = sa.select(*process).join(task, task.c.worker_id == worker.c.id).where(
        task.c.state == "running"
    )
    with store.read() as connection:
        trainings = connection.execute(trained).all()
        chores = connection.execute(begun).all()
    return Unattended(
        frozenset(run for run, *whose in trainings if not is_alive(*whose)),
        tasks.queued_tasks(store),
        sum(not is_alive(*whose) for whose in chores),
    )


def bury(store: Store, worker: int, why: str) -> None:
    """Enter the death of a worker: its attempt is interrupted, its task failed.

    Before that, what it left on the disk is entered: an attempt that is interrupted is looked after
    by nobody else.
    """
    with store.read() as connection:
        trained = _attempts_of(connection, worker)
    for _, run in trained:
        enter_what_is_there(store, run)
    with store.write() as connection:
        connection.execute(
            schema.worker.update().where(schema.worker.c.id == worker).values(state="gone")
        )
        for attempt, run in _attempts_of(connection, worker):
            end_attempt(connection, attempt, run, RunState.INTERRUPTED, why)
        connection.execute(
            schema.task.update()
            .where(schema.task.c.worker_id == worker, schema.task.c.state == "running")
            .values(state="failed", error=why, finished_at=time.time())
        )


def _attempts_of(connection: sa.Connection, worker: int) -> list[tuple[int, int]]:
    """The attempts that a worker is at, with the runs that they are of."""
    attempt = schema.attempt.c
    query = sa.select(attempt.id, attempt.run_id).where(
        attempt.worker_id == worker, attempt.state == RunState.RUNNING
    )
    return [(row.id, row.run_id) for row in connection.execute(query)]
