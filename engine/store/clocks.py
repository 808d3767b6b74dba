"""When runs trained, on what, and which others trained beside them."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa

from engine.spec.clock import Clock
from engine.store import schema
from engine.store.connect import Store

THREADS, BESIDE = "threads", "beside"
"""Under these names an attempt keeps, with its versions, the number of CPU threads, and the runs
that trained beside it and are deleted by now."""


def read_clocks(store: Store, runs: Sequence[int]) -> dict[int, Clock]:
    """The clocks of runs that have begun."""
    with store.read() as connection:
        attempts = _Attempts(connection)
    clocks: dict[int, Clock] = {}
    for each in runs:
        mine = np.flatnonzero(attempts.id_A == each)
        if not mine.size:
            continue
        at = mine[-1]
        row = attempts.rows[at]
        versions: dict[str, Any] = row.versions or {}
        clocks[each] = Clock(
            num_attempts=len(mine), started_at=float(attempts.start_A[at]),
            finished_at=float(attempts.end_A[at]), host=row.host, device=row.device,
            threads=versions.get(THREADS),
            beside=tuple(sorted({*attempts.beside(at), *versions.get(BESIDE, ())})),
        )
    return clocks


def keep_beside(connection: sa.Connection, doomed: Sequence[int]) -> None:
    """Let the attempts of other runs remember which of these they trained beside.

    Args:
        connection: a transaction that is about to delete `doomed`.
        doomed: runs.
    """
    attempts, gone = _Attempts(connection), set(doomed)
    for at, row in enumerate(attempts.rows):
        if row.run_id in gone or not (met := attempts.beside(at) & gone):
            continue
        versions: dict[str, Any] = row.versions or {}
        met |= set(versions.get(BESIDE, ()))
        connection.execute(
            schema.attempt.update().where(schema.attempt.c.id == row.id)
            .values(versions={**versions, BESIDE: sorted(met)})
        )


class _Attempts:
    """All attempts (A of them), the oldest first."""

    def __init__(self, connection: sa.Connection) -> None:
        attempt, worker, run = schema.attempt.c, schema.worker.c, schema.run.c
        self.rows: list[Any] = list(connection.execute(
            sa.select(
                attempt.id, attempt.run_id, attempt.created_at, attempt.finished_at,
                attempt.versions, worker.host, run.device,
            )
            .join(schema.worker, worker.id == attempt.worker_id)
            .join(schema.run, run.id == attempt.run_id)
            .order_by(attempt.id)
        ))
        self.id_A = np.array([row.run_id for row in self.rows])
        self.start_A = np.array([row.created_at for row in self.rows])
        self.end_A = np.array([
            math.inf if row.finished_at is None else row.finished_at for row in self.rows
        ])
        self._place_A = np.array([f"{row.host} {row.device}" for row in self.rows])

    def beside(self, at: int) -> set[int]:
        """The other runs that trained at the time and the place of an attempt."""
        meanwhile_A = (self.start_A < self.end_A[at]) & (self.end_A > self.start_A[at])
        there_A = self._place_A == self._place_A[at]
        return set(self.id_A[meanwhile_A & there_A & (self.id_A != self.id_A[at])].tolist())
