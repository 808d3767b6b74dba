"""Metric points, packed: one row holds the steps, times and values of one flush of one series.

A block says everything from its first step on: where blocks overlap (a resumed run repeats steps
that were logged before the kill), the newer one wins from its first step. Readers tail by row id.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from engine.spec.errors import StoreError
from engine.spec.rows import Summary
from engine.store import schema
from engine.store.connect import Store, insert

Steps = NDArray[np.int64]
Floats = NDArray[np.float64]

_HEADER = struct.Struct("<BBIqqd")
_VERSION = 1
_UNIFORM, _SINGLE = 1, 2  # flags: steps are first + i·stride; values are exact in float32


class Points(NamedTuple):
    """Points of one series in step order: steps, seconds since the epoch, values."""

    steps: Steps
    times: Floats
    values: Floats

    @classmethod
    def empty(cls) -> "Points":
        """No points."""
        return cls(np.empty(0, np.int64), np.empty(0), np.empty(0))

    def then(self, later: "Points") -> "Points":
        """These points up to where `later` begins, then `later`."""
        if not len(later.steps):
            return self
        before = self.before(int(later.steps[0]))
        return Points(
            np.concatenate([before.steps, later.steps]),
            np.concatenate([before.times, later.times]),
            np.concatenate([before.values, later.values]),
        )

    def before(self, step: int) -> "Points":
        """The points at steps below `step`."""
        keep = int(np.searchsorted(self.steps, step))
        return Points(self.steps[:keep], self.times[:keep], self.values[:keep])


def pack(points: Points) -> bytes:
    """Pack points of at least one step; `unpack` gives back equal arrays.

    Steps that are evenly spaced take no room, values that float32 holds exactly take 4 bytes
    each, times are kept to a microsecond or so within a flush (float32 offsets).
    """
    steps, times, values = points
    first, stride = int(steps[0]), int(steps[1] - steps[0]) if len(steps) > 1 else 1
    uniform = bool(np.array_equal(steps, first + stride * np.arange(len(steps), dtype=np.int64)))
    with np.errstate(over="ignore"):
        short = values.astype(np.float32)
    single = bool(np.array_equal(short.astype(np.float64), values, equal_nan=True))
    flags = _UNIFORM * uniform | _SINGLE * single
    header = _HEADER.pack(_VERSION, flags, len(steps), first, stride, float(times[0]))
    body = [] if uniform else [steps.astype("<i8").tobytes()]
    body.append((times - times[0]).astype("<f4").tobytes())
    body.append(short.astype("<f4").tobytes() if single else values.astype("<f8").tobytes())
    return header + b"".join(body)


def unpack(data: bytes) -> Points:
    """Return the points of a block.

    Raises:
        ValueError: the block is damaged or of an unknown version.
    """
    try:
        version, flags, count, first, stride, start = _HEADER.unpack_from(data)
    except struct.error as error:
        raise ValueError(f"a block of metric points is damaged: {error}") from None
    if version != _VERSION:
        raise ValueError(f"a block of metric points has the unknown version {version}")
    each = (0 if flags & _UNIFORM else 8) + 4 + (4 if flags & _SINGLE else 8)
    if not count or len(data) != _HEADER.size + each * count:
        raise ValueError(f"a block of metric points is damaged: {len(data)} bytes, {count} points")
    at = _HEADER.size
    if flags & _UNIFORM:
        steps = first + stride * np.arange(count, dtype=np.int64)
    else:
        steps = np.frombuffer(data, "<i8", count, at).astype(np.int64)
        at += 8 * count
    times = np.frombuffer(data, "<f4", count, at).astype(np.float64) + start
    at += 4 * count
    kind = "<f4" if flags & _SINGLE else "<f8"
    values = np.frombuffer(data, kind, count, at).astype(np.float64)
    return Points(steps, times, values)


def append(
    connection: sa.Connection,
    run: int,
    blocks: Mapping[str, Points],
    summaries: Mapping[str, Summary] | None = None,
) -> None:
    """Store one flush of a run: a block per series, and what the summary table is to say."""
    known = _series_ids(connection, run)
    wanted = {*blocks, *(summaries or {})} - known.keys()
    for key in sorted(wanted):
        known[key] = insert(connection, schema.series, run_id=run, key=key)
    rows = [_row(known[key], points) for key, points in blocks.items() if len(points.steps)]
    if rows:
        connection.execute(schema.block.insert(), rows)
    if summaries:
        _put_summaries(connection, {known[key]: each for key, each in summaries.items()})


def _unpacked(data: bytes) -> Points:
    try:
        return unpack(data)
    except ValueError as error:
        raise StoreError(f"{error}: the other series of the run can still be read") from None


def read_series(store: Store, runs: Iterable[int], key: str) -> dict[int, Points]:
    """One series of many runs; runs without it are left out."""
    wanted = list(runs)
    query = (
        sa.select(schema.series.c.run_id, schema.block.c.data)
        .join(schema.block, schema.block.c.series_id == schema.series.c.id)
        .where(schema.series.c.key == key, schema.series.c.run_id.in_(wanted))
        .order_by(schema.block.c.id)
    )
    gathered: dict[int, list[Points]] = {}
    with store.read() as connection:
        for run, data in connection.execute(query):
            gathered.setdefault(run, []).append(_unpacked(data))
    return {run: joined(pieces) for run, pieces in gathered.items()}


def series_keys(store: Store, run: int) -> list[str]:
    """The names of a run's series, in the order they first appeared."""
    query = (
        sa.select(schema.series.c.key)
        .where(schema.series.c.run_id == run).order_by(schema.series.c.id)
    )
    with store.read() as connection:
        return list(connection.execute(query).scalars())


@dataclass(frozen=True)
class NewBlock:
    """A block that a tail brought: append it with `Points.then`."""

    run: int
    key: str
    points: Points


def tail(
    store: Store, after: int, runs: Sequence[int], key: str | None = None
) -> tuple[int, list[NewBlock]]:
    """Blocks of some runs with a row id above `after`, oldest first, and the new cursor.

    Args:
        store: where they are.
        after: 0 for all of them.
        runs: whose.
        key: of one series alone.
    """
    query = (
        sa.select(
            schema.block.c.id, schema.series.c.run_id, schema.series.c.key, schema.block.c.data
        )
        .join(schema.series, schema.block.c.series_id == schema.series.c.id)
        .where(schema.block.c.id > after, schema.series.c.run_id.in_(list(runs)))
        .order_by(schema.block.c.id)
    )
    if key is not None:
        query = query.where(schema.series.c.key == key)
    with store.read() as connection:
        rows = connection.execute(query).all()
    new = [NewBlock(run, key, _unpacked(data)) for _, run, key, data in rows]
    return (rows[-1][0] if rows else after), new


def cursor(store: Store) -> int:
    """From where `tail` brings what is written from now on."""
    with store.read() as connection:
        return connection.execute(sa.select(sa.func.max(schema.block.c.id))).scalar() or 0


def newest(connection: sa.Connection, run: int) -> int:
    """The row id of the newest block of a run; 0 where it has none."""
    query = sa.select(sa.func.max(schema.block.c.id)).where(
        schema.block.c.series_id.in_(_series_ids(connection, run).values())
    )
    return connection.execute(query).scalar() or 0


def merge(connection: sa.Connection, run: int, after: int = 0) -> None:
    """Make one block of those of each series of a run, or of those with a row id above `after`.

    Whoever tails the run is brought the new block, and has what is in it already.
    """
    for series in _series_ids(connection, run).values():
        query = (
            sa.select(schema.block.c.id, schema.block.c.data)
            .where(schema.block.c.series_id == series, schema.block.c.id > after)
            .order_by(schema.block.c.id)
        )
        rows = connection.execute(query).all()
        try:
            pieces = [unpack(data) for _, data in rows]
        except ValueError:
            continue  # a damaged block stays where it is; reading says so
        if len(rows) < 2:
            continue
        connection.execute(
            schema.block.delete().where(schema.block.c.id.in_([row[0] for row in rows]))
        )
        points = joined(pieces)
        connection.execute(schema.block.insert(), [_row(series, points)])


def joined(pieces: Sequence[Points]) -> Points:
    """Blocks in the order they were written as one; a newer block wins from its first step on."""
    if len(pieces) == 1:
        return pieces[0]
    kept: list[Points] = []
    limit: int | None = None
    for piece in reversed(pieces):
        cut = piece if limit is None else piece.before(limit)
        if len(cut.steps):
            kept.append(cut)
        first = int(piece.steps[0])
        limit = first if limit is None else min(limit, first)
    if not kept:
        return Points.empty()
    kept.reverse()
    return Points(
        np.concatenate([piece.steps for piece in kept]),
        np.concatenate([piece.times for piece in kept]),
        np.concatenate([piece.values for piece in kept]),
    )


def _series_ids(connection: sa.Connection, run: int) -> dict[str, int]:
    query = sa.select(schema.series.c.key, schema.series.c.id).where(schema.series.c.run_id == run)
    return {str(key): int(number) for key, number in connection.execute(query)}


def _row(series: int, points: Points) -> dict[str, Any]:
    return {
        "series_id": series,
        "first_step": int(points.steps[0]),
        "last_step": int(points.steps[-1]),
        "num_points": len(points.steps),
        "data": pack(points),
    }


def _put_summaries(connection: sa.Connection, summaries: Mapping[int, Summary]) -> None:
    """Two statements for all series: one for each would be most of what a flush costs."""
    table = schema.summary
    connection.execute(table.delete().where(table.c.series_id.in_(list(summaries))))
    connection.execute(
        table.insert(),
        [{"series_id": series, **asdict(summary)} for series, summary in summaries.items()],
    )
