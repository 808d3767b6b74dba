"""What was measured and is not stored yet; flushed to the store in one transaction."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from engine.spec.errors import StoreError
from engine.spec.rows import Summary
from engine.store import artifacts, points, schema
from engine.store.connect import Store
from engine.store.points import Points

MERGE_EVERY = 64
"""Flushes, whose blocks become one of each series: a window is brought them twice, once more."""


@dataclass
class _Pending:
    steps: list[int] = field(default_factory=list[int])
    times: list[float] = field(default_factory=list[float])
    values: list[float] = field(default_factory=list[float])

    def extend(self, other: "_Pending") -> None:
        self.steps.extend(other.steps)
        self.times.extend(other.times)
        self.values.extend(other.values)

    def points(self) -> Points:
        return Points(
            np.array(self.steps, np.int64), np.array(self.times), np.array(self.values)
        )


class Ledger:
    """Points and summaries of one run on their way to the store. Safe to use from two threads."""

    def __init__(
        self, store: Store, run: int, direction: Callable[[str], str],
        summaries: dict[str, Summary],
    ) -> None:
        """Begin with the summaries that earlier attempts left.

        Args:
            store: where to.
            run: whose.
            direction: says of a key whether "up" or "down" is better.
            summaries: by key, as stored.
        """
        self._store, self._run, self._direction = store, run, direction
        self._summaries = dict(summaries)
        self._pending: dict[str, _Pending] = {}
        self._in_flight: dict[str, _Pending] = {}
        self._files: list[dict[str, Any]] = []
        self._columns: dict[str, float | int | str] = {}
        self._lock = threading.Lock()
        self._flushes, self._merged_to = 0, 0

    def add(
        self, key: str, steps: Sequence[int], times: Sequence[float], values: Sequence[float]
    ) -> None:
        """Add points of a training series; its summary says the last value only."""
        with self._lock:
            self._add(key, _Pending(list(steps), list(times), list(values)))
            self._summaries[key] = Summary(values[-1], steps[-1], None, None)

    def add_validation(self, key: str, step: int, value: float) -> None:
        """Add a validation number; its summary keeps the best so far."""
        with self._lock:
            self._add(key, _Pending([step], [time.time()], [value]))
            self._summaries[key] = self._improved(key, step, value)

    def add_outcome(self, key: str, last: tuple[int, float], best: tuple[int, float]) -> None:
        """Add a test number: (step, value) of the last weights and of the best by validation."""
        with self._lock:
            for step, value in sorted({best, last}):
                self._add(key, _Pending([step], [time.time()], [value]))
            self._summaries[key] = Summary(last[1], last[0], best[1], best[0])

    def keep_file(self, kind: str, path: Path, **facts: Any) -> None:
        """Enter a file of the run with the next flush; `facts` as `artifacts.put` takes them."""
        with self._lock:
            self._files.append({"kind": kind, "path": path, **facts})

    def snapshot(self) -> dict[str, Any]:
        """What is not surely stored, and every summary, as plain values for a checkpoint."""
        with self._lock:
            waiting: dict[str, _Pending] = {}
            for rows in (self._in_flight, self._pending):
                for key, pending in rows.items():
                    waiting.setdefault(key, _Pending()).extend(pending)
            return {
                "points": {key: asdict(rows) for key, rows in waiting.items()},
                "summaries": {key: asdict(summary) for key, summary in self._summaries.items()},
            }

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Go on from a snapshot: points that were stored after all are stored again, in place."""
        with self._lock:
            self._pending = {key: _Pending(**rows) for key, rows in snapshot["points"].items()}
            self._summaries = {key: Summary(**s) for key, s in snapshot["summaries"].items()}

    def set(self, **columns: float | str) -> None:
        """Set columns of the run's row with the next flush."""
        with self._lock:
            self._columns.update(columns)

    def flush(self) -> None:
        """Store everything that waits; on a failure it goes on waiting.

        Raises:
            StoreError: the store could not be written.
        """
        with self._lock:
            pending, self._pending = self._pending, {}
            columns, self._columns = self._columns, {}
            files, self._files = self._files, []
            summaries = dict(self._summaries)
            self._in_flight = pending
        try:
            with self._store.write() as connection:
                blocks = {key: rows.points() for key, rows in pending.items()}
                points.append(connection, self._run, blocks, summaries)
                merged_to = self._merge(connection)
                if columns:
                    connection.execute(
                        schema.run.update().where(schema.run.c.id == self._run).values(**columns)
                    )
                for file in files:
                    artifacts.put(connection, self._store, self._run, **file)
            self._flushes, self._merged_to = self._flushes + 1, merged_to
            with self._lock:
                self._in_flight = {}
        except StoreError:
            with self._lock:
                for key, rows in self._pending.items():
                    pending.setdefault(key, _Pending()).extend(rows)
                self._pending, self._in_flight = pending, {}
                self._files = files + self._files
                self._columns = {**columns, **self._columns}
            raise

    def _merge(self, connection: sa.Connection) -> int:
        """Keep the small blocks of many flushes few; returns the newest that is merged."""
        if self._flushes % MERGE_EVERY:
            return self._merged_to
        if self._flushes:  # those of an earlier attempt stay as they are
            points.merge(connection, self._run, self._merged_to)
        return points.newest(connection, self._run)

    def _add(self, key: str, rows: _Pending) -> None:
        self._pending.setdefault(key, _Pending()).extend(rows)

    def _improved(self, key: str, step: int, value: float) -> Summary:
        before = self._summaries.get(key)
        if before is None or before.best is None or before.best_step is None:
            return Summary(value, step, value, step)
        better = value > before.best if self._direction(key) == "up" else value < before.best
        best = (value, step) if better else (before.best, before.best_step)
        return Summary(value, step, *best)
