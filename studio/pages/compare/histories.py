"""What the runs of a comparison have logged, each point of it read once. No Qt here."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.analysis.curves import Band, Floats, band
from engine.spec.rows import RunRow
from engine.spec.run_state import RunState

if TYPE_CHECKING:
    from studio.bridge.client import Client, Points

Curve = tuple[Floats, Floats]
"""Epochs, and what there was at their ends."""
_Stamp = tuple[str, int, float | None]


class Series:
    """One series of many runs. Of what is known, only what has been written since is read."""

    def __init__(self, client: "Client", key: str) -> None:
        """Know nothing yet.

        Args:
            client: the workspace.
            key: of the series.
        """
        self._client, self._key = client, key
        self._points: dict[int, Points] = {}
        self._read_until: dict[int, int] = {}
        self._ended: dict[int, _Stamp] = {}

    def read(self, rows: Sequence[RunRow]) -> "Mapping[int, Points]":
        """Return the points of runs that have any; others than these are forgotten.

        Points of a run that are the same as before are the same object. A run that has ended is
        not looked at again unless its row says that it went on since.
        """
        wanted = {row.id for row in rows}
        for known in (self._points, self._read_until, self._ended):
            for run in known.keys() - wanted:
                del known[run]
        due = [row for row in rows if self._ended.get(row.id) != _stamp(row)]
        new = [row.id for row in due if row.id not in self._read_until]
        cursors = {self._read_until[row.id] for row in due if row.id in self._read_until}
        if new:
            # Read before the points: what is written meanwhile comes twice, which changes nothing.
            cursor = self._client.cursor()
            self._points |= self._client.series(new, self._key)
            self._read_until |= dict.fromkeys(new, cursor)
        for cursor in cursors:
            runs = [row.id for row in due if self._read_until[row.id] == cursor]
            self._read_on(cursor, [run for run in runs if run not in new])
        self._ended |= {row.id: _stamp(row) for row in due if not row.state.is_active}
        return dict(self._points)

    def _read_on(self, cursor: int, runs: Sequence[int]) -> None:
        after, blocks = self._client.tail(cursor, runs, self._key)
        new: dict[int, Points] = {}
        for block in blocks:  # put together first: a history is long to copy
            if len(block.points.steps):
                new[block.run] = _then(new.get(block.run), block.points)
        for run, points in new.items():
            self._points[run] = _then(self._points.get(run), points)
        self._read_until |= dict.fromkeys(runs, after)


class Curves:
    """Curves over epochs and their bands; those that did not grow are the same objects."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._curves: dict[int, tuple[Points, Curve]] = {}
        self._bands: dict[str, tuple[list[Curve], Band]] = {}

    def of_runs(self, rows: Sequence[RunRow], series: "Mapping[int, Points]") -> dict[int, Curve]:
        """Return the curves of runs whose points are known, and how many an epoch has."""
        made: dict[int, tuple[Points, Curve]] = {}
        for row in rows:
            points = series.get(row.id)
            if points is None or not row.steps_per_epoch:
                continue
            known = self._curves.get(row.id)
            if known is None or known[0] is not points:
                known = points, (points.steps / row.steps_per_epoch, points.values)
            made[row.id] = known
        self._curves = made
        return {run: curve for run, (_, curve) in made.items()}

    def of_variants(
        self, rows: Sequence[RunRow], curves: Mapping[int, Curve], counted: Collection[int]
    ) -> dict[str, Band]:
        """Return mean and band of each variant, by digest.

        They are of the runs that the verdict counts; others have come less far, and would cut
        these short. A variant without any has those of the newest run of each seed: of what is
        completed, else of what goes on, else of what there is.

        Args:
            rows: the runs.
            curves: of those that have one.
            counted: ids of the runs that the verdict counts.
        """
        by_variant: dict[str, list[RunRow]] = {}
        for row in rows:
            if row.id in curves:
                by_variant.setdefault(row.digest, []).append(row)
        made: dict[str, tuple[list[Curve], Band]] = {}
        for digest, there in by_variant.items():
            found = [curves[run] for run in sorted(_in_mean(there, counted))]
            known = self._bands.get(digest)
            if known is None or list(map(id, known[0])) != list(map(id, found)):
                known = found, _grown(known, found) if known else band(found)
            made[digest] = known
        self._bands = made
        return {digest: found for digest, (_, found) in made.items()}


def _in_mean(rows: Sequence[RunRow], counted: Collection[int]) -> Collection[int]:
    """Which runs of a variant its mean curve is of, one of each seed."""
    best = (
        [row for row in rows if row.id in counted]
        or [row for row in rows if row.state is RunState.COMPLETED]
        or [row for row in rows if row.state.is_active]
        or rows
    )
    return {row.seed: row.id for row in sorted(best, key=lambda row: row.id)}.values()


def _then(before: "Points | None", later: "Points") -> "Points":
    return later if before is None else before.then(later)


def _grown(known: tuple[Sequence[Curve], Band], curves: Sequence[Curve]) -> Band:
    """Return a band; where curves go on from those known, only what came is worked out."""
    before, ahead = known
    count = len(ahead.steps)
    if len(before) != len(curves) or not all(
        np.array_equal(ahead.steps, now[0][:count])
        and np.array_equal(then[1][:count], now[1][:count], equal_nan=True)
        for then, now in zip(before, curves, strict=True)
    ):
        return band(curves)
    rest = band([(x[count:], y[count:]) for x, y in curves])
    return Band(
        np.concatenate([ahead.steps, rest.steps]), np.concatenate([ahead.mean, rest.mean]),
        np.concatenate([ahead.low, rest.low]), np.concatenate([ahead.high, rest.high]), ahead.n,
    )


def _stamp(row: RunRow) -> _Stamp:
    return str(row.state), row.step, row.finished_at
