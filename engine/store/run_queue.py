"""The queue: adding runs, asking for a pause or stop, claiming, and who does the work."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.spec.errors import StoreError
from engine.spec.options import parse
from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from engine.spec.teaching import check_run, teaching_run
from engine.store import schema
from engine.store.cards import put_setting
from engine.store.connect import Store, insert
from engine.store.points import merge
from engine.store.runs import log

NUM_COLOURS = 10
PAUSE, STOP, INTERRUPT = "pause", "stop", "interrupt"
PARALLEL_RUNS = "engine/parallel_runs"
STATE_AFTER = {
    PAUSE: RunState.PAUSED, STOP: RunState.CANCELLED, INTERRUPT: RunState.INTERRUPTED
}
"""The state in which each request leaves a run; all of them can be resumed."""


def enqueue(store: Store, specs: Sequence[RunSpec]) -> list[int]:
    """Put resolved specs at the end of the queue, in one transaction; returns their run ids.

    Raises:
        StoreError: a run that is to teach is not there, or has failed; nothing was queued.
        SpecError: it cannot teach this run; nothing was queued.
    """
    with store.write() as connection:
        for spec in specs:
            _check_teacher(connection, spec)
        return add(connection, specs)


def add(connection: sa.Connection, specs: Sequence[RunSpec], **values: Any) -> list[int]:
    """Enter runs at the end of the queue, within the caller's transaction; returns their ids.

    Each gets one of the colours that the fewest runs have.

    Args:
        connection: to the store.
        specs: what they are.
        values: of columns that are to say something else than of any new run.
    """
    position = connection.execute(sa.select(sa.func.max(schema.run.c.position))).scalar() or 0.0
    worn = Counter(connection.execute(sa.select(schema.run.c.colour)).scalars())
    ids: list[int] = []
    for offset, spec in enumerate(specs, start=1):
        colour = min(range(NUM_COLOURS), key=lambda each: worn[each])
        worn[colour] += 1
        row = {
            "name": run_name(spec), **_described(spec), "created_at": time.time(),
            "colour": colour, "position": position + offset,
            "state": RunState.QUEUED,
        }
        ids.append(insert(connection, schema.run, **{**row, **values}))
    return ids


def _described(spec: RunSpec) -> dict[str, Any]:
    """The columns that say what a run is."""
    return {
        "experiment": spec.name, "seed": spec.seed, "digest": spec.digest(),
        "context": spec.context_digest(), "method": spec.arm(), "backbone": spec.backbone.name,
        "dataset": spec.dataset.name, "spec": spec.model_dump(mode="json"),
        "epochs": spec.training.epochs,
    }


def replace_spec(store: Store, run: int, spec: RunSpec) -> None:
    """Let a run that waits for its first step be another one, at its place in the queue.

    A name that the user gave it stays.

    Raises:
        StoreError: there is no such run, it is not queued any more, or it has begun before; or
            a run that is to teach is not there. The run is as it was.
        SpecError: that one cannot teach this run; the run is as it was.
    """
    own = schema.run.c
    with store.write() as connection:
        state = _state(connection, store, run)
        before = connection.execute(
            sa.select(own.name, own.spec, own.started_at, own.forked_at).where(own.id == run)
        ).one()
        if before.forked_at is not None:
            raise StoreError(f"run {run} is a fork and was left as it is: fork its parent instead")
        if state is not RunState.QUEUED or before.started_at is not None:
            what = "has begun" if state is RunState.QUEUED else f"is {state} already"
            raise StoreError(f"run {run} {what} and was left as it is: queue a new run instead")
        _check_teacher(connection, spec)
        values = _described(spec)
        if before.name == run_name(parse(RunSpec, before.spec, "spec")):
            values["name"] = run_name(spec)
        connection.execute(schema.run.update().where(own.id == run).values(values))
        log(connection, run, "changed while it was queued")


def arrange(store: Store, order: Sequence[int]) -> None:
    """Let these runs follow each other so in the queue, in the places that they have together.

    Those that have left the queue are passed over, and all others keep their places.
    """
    own = schema.run.c
    queued = sa.select(own.id, own.position).where(
        own.state == RunState.QUEUED, schema.not_deleted, own.id.in_(order)
    ).order_by(own.position, own.id)
    with store.write() as connection:
        now = {row.id: row.position for row in connection.execute(queued)}
        wanted = [run for run in dict.fromkeys(order) if run in now]
        places = zip(wanted, now.values(), strict=True)
        moved = [{"moved": run, "to": place} for run, place in places if now[run] != place]
        if moved:
            connection.execute(
                schema.run.update().where(own.id == sa.bindparam("moved"))
                .values(position=sa.bindparam("to")), moved,
            )


def check_teachers(store: Store, specs: Sequence[RunSpec]) -> None:
    """Raise what `enqueue` would of the runs that are to teach."""
    with store.read() as connection:
        for spec in specs:
            _check_teacher(connection, spec)


def _check_teacher(connection: sa.Connection, spec: RunSpec) -> None:
    """What can be known now of a run that is to teach: it fits, and may still be trained."""
    number = teaching_run(spec)
    if number is None:
        return
    query = sa.select(schema.run.c.state, schema.run.c.spec)
    query = query.where(schema.run.c.id == number, schema.not_deleted)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise StoreError(f"teacher 'run:{number}': there is no run of that number")
    if row.state in (RunState.FAILED, RunState.CANCELLED):
        raise StoreError(
            f"teacher 'run:{number}': the run is {row.state}; only a completed run can teach"
        )
    check_run(number, parse(RunSpec, row.spec, "spec"), spec)


def run_name(spec: RunSpec) -> str:
    """The name that a run gets: method and options, backbone, dataset and seed."""
    return f"{spec.variant()} {spec.backbone.name} {spec.dataset.name} s{spec.seed}"


def ask(store: Store, run: int, kind: str) -> RunState:
    """Ask a run to pause, stop or be interrupted; returns the state in which it was found.

    A queued run is taken from the queue at once. A running one is told through a request row,
    and writes a checkpoint before it ends.

    Raises:
        StoreError: there is no such run, or it has ended already.
    """
    with store.write() as connection:
        state = _state(connection, store, run)
        if state is RunState.QUEUED:
            _set_state(connection, run, STATE_AFTER[kind])
            log(connection, run, f"taken from the queue ({STATE_AFTER[kind]})")
        elif state is RunState.RUNNING:
            connection.execute(
                schema.request.insert().values(run_id=run, kind=kind, created_at=time.time())
            )
        else:
            raise StoreError(f"run {run} is {state} already")
        return state


def resume(store: Store, run: int) -> None:
    """Queue a run again; it goes on from its last checkpoint.

    Raises:
        StoreError: there is no such run, or it is queued, running or completed.
    """
    with store.write() as connection:
        state = _state(connection, store, run)
        if not state.can_resume:
            raise StoreError(f"run {run} is {state}: there is nothing to resume")
        _set_state(connection, run, RunState.QUEUED)
        log(connection, run, f"queued again (was {state})")


def pending_request(store: Store, run: int) -> str | None:
    """What the run was last asked to do and has not done."""
    query = (
        sa.select(schema.request.c.kind)
        .where(schema.request.c.run_id == run, schema.request.c.handled_at.is_(None))
        .order_by(schema.request.c.id.desc()).limit(1)
    )
    with store.read() as connection:
        return connection.execute(query).scalar()


@dataclass(frozen=True)
class Claim:
    """A run that a worker has to train."""

    attempt: int
    run: int
    number: int


def parallel_runs(store: Store) -> int:
    """How many runs of the workspace train side by side: 1, unless the user wants more."""
    with store.read() as connection:
        return _parallel(connection)


def set_parallel_runs(store: Store, count: int) -> None:
    """Let `count` runs of the workspace train side by side, from now on."""
    put_setting(store, PARALLEL_RUNS, count)


def _parallel(connection: sa.Connection) -> int:
    query = sa.select(schema.setting.c.value).where(schema.setting.c.key == PARALLEL_RUNS)
    return int(connection.execute(query).scalar() or 1)


def can_claim(store: Store) -> bool:
    """Whether a run is queued and may train now."""
    with store.read() as connection:
        return _next_run(connection) is not None


def _next_run(connection: sa.Connection) -> int | None:
    busy = sa.select(sa.func.count()).where(schema.run.c.state == RunState.RUNNING)
    if connection.execute(busy).scalar_one() >= _parallel(connection):
        return None
    return connection.execute(
        sa.select(schema.run.c.id)
        .where(schema.run.c.state == RunState.QUEUED, schema.not_deleted)
        .order_by(schema.run.c.position, schema.run.c.id).limit(1)
    ).scalar()


def claim(store: Store, worker: int) -> Claim | None:
    """Give the first queued run to a worker.

    None when the queue is empty, or when as many runs as may train side by side do so already.
    """
    with store.write() as connection:
        run = _next_run(connection)
        if run is None:
            return None
        number = 1 + connection.execute(
            sa.select(sa.func.count()).select_from(schema.attempt)
            .where(schema.attempt.c.run_id == run)
        ).scalar_one()
        now = time.time()
        attempt = insert(
            connection, schema.attempt, run_id=run, worker_id=worker, number=number,
            state=RunState.RUNNING, created_at=now,
        )
        connection.execute(
            schema.run.update().where(schema.run.c.id == run).values(
                state=RunState.RUNNING, error="", finished_at=None,
                started_at=sa.func.coalesce(schema.run.c.started_at, now),
            )
        )
        connection.execute(
            schema.worker.update().where(schema.worker.c.id == worker).values(state="busy")
        )
        _forget_requests(connection, run)
        return Claim(attempt, run, number)


def finish(
    store: Store, claimed: Claim, state: RunState, error: str = "", *, final_step: int | None = None
) -> None:
    """End an attempt and its run; the points of a completed run are merged."""
    with store.write() as connection:
        end_attempt(connection, claimed.attempt, claimed.run, state, error)
        if final_step is not None:
            connection.execute(
                schema.run.update().where(schema.run.c.id == claimed.run).values(step=final_step)
            )
        if state is RunState.COMPLETED:
            merge(connection, claimed.run)


def end_attempt(
    connection: sa.Connection, attempt: int, run: int, state: RunState, error: str
) -> None:
    """Mark an attempt and its run ended, within the caller's transaction."""
    now = time.time()
    connection.execute(
        schema.attempt.update().where(schema.attempt.c.id == attempt)
        .values(state=state, error=error, finished_at=now)
    )
    _set_state(connection, run, state, error)
    _forget_requests(connection, run)
    level = "error" if error else "info"
    log(connection, run, f"{state}: {error}" if error else str(state), level)


def _state(connection: sa.Connection, store: Store, run: int) -> RunState:
    state = connection.execute(
        sa.select(schema.run.c.state).where(schema.run.c.id == run, schema.not_deleted)
    ).scalar()
    if state is None:
        raise StoreError(f"there is no run {run} in {store.workspace.root}")
    return RunState(state)


def _set_state(connection: sa.Connection, run: int, state: RunState, error: str = "") -> None:
    ended = None if state.is_active else time.time()
    connection.execute(
        schema.run.update().where(schema.run.c.id == run)
        .values(state=state, error=error, finished_at=ended)
    )


def _forget_requests(connection: sa.Connection, run: int) -> None:
    connection.execute(
        schema.request.update()
        .where(schema.request.c.run_id == run, schema.request.c.handled_at.is_(None))
        .values(handled_at=time.time())
    )
