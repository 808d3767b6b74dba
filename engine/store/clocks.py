"""When runs trained, on what, and which others trained beside them."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa

from engine.spec.clock import Clock
from engine.store import schema
from engine.store.connect import Store

THREADS = "threads"
"""Under this name an attempt keeps, with its versions, the number of CPU threads."""


def read_clocks(store: Store, runs: Sequence[int]) -> dict[int, Clock]:
    """The clocks of runs that have begun."""
    attempt, worker, run = schema.attempt.c, schema.worker.c, schema.run.c
    query = (
        sa.select(
            attempt.run_id, attempt.created_at, attempt.finished_at, attempt.versions,
            worker.host, run.device,
        )
        .join(schema.worker, worker.id == attempt.worker_id)
        .join(schema.run, run.id == attempt.run_id)
        .order_by(attempt.id)
    )
    with store.read() as connection:
        rows: list[Any] = list(connection.execute(query))
    id_A = np.array([row.run_id for row in rows])
    start_A = np.array([row.created_at for row in rows])
    end_A = np.array([math.inf if row.finished_at is None else row.finished_at for row in rows])
    place_A = np.array([f"{row.host} {row.device}" for row in rows])
    clocks: dict[int, Clock] = {}
    for each in runs:
        mine = np.flatnonzero(id_A == each)
        if not mine.size:
            continue
        row, at = rows[mine[-1]], mine[-1]
        versions: dict[str, Any] = row.versions or {}
        meanwhile_A = (start_A < end_A[at]) & (end_A > start_A[at]) & (place_A == place_A[at])
        clocks[each] = Clock(
            num_attempts=len(mine), started_at=float(start_A[at]), finished_at=float(end_A[at]),
            host=row.host, device=row.device, threads=versions.get(THREADS),
            beside=tuple(sorted(set(id_A[meanwhile_A & (id_A != each)].tolist()))),
        )
    return clocks
