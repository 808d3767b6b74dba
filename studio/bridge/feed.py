"""The window's view of the store, kept fresh: one thread looks, signals tell what is new."""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from engine.spec.errors import StoreError
from engine.spec.rows import EngineRow, RunRow, Unattended
from engine.spec.run_state import RunState
from studio.bridge.jobs import Jobs, as_line

if TYPE_CHECKING:
    from engine.spec.catalog import Catalog
    from engine.store.points import NewBlock as NewBlock
    from engine.store.points import Points as Points
    from studio.bridge.client import Client

INTERVAL_S = 0.1
ENGINE_INTERVAL_S, LOOK_ON_S = 1.0, 3.0
"""What dies writes nothing: engine and workers are looked at even when nothing changed."""
RETRY_S = 2.0
READING_SHARE, MOST_SHARE, UNTIL_S = 0.015, 0.2, 0.4
"""Runs, engine and cards are looked at so seldom that it takes up this part of the time; where
listing thousands of runs takes a while, more of it, so that what is told is no older than that."""
_FROM_THE_BEGINNING = -1


class Feed(QObject):
    """Tails the store. Signals arrive on the thread that the feed lives in."""

    runs_changed = Signal(list)
    """list[RunRow]: all runs, newest first; those that did not change are the same objects."""

    points_arrived = Signal(list)
    """list[NewBlock] of followed runs. A run that somebody follows anew comes from its
    beginning: apply blocks with `Points.then`, and pass over runs that are not yours."""

    caught_up = Signal(list)
    """The ids of runs that somebody follows anew: all that is stored of them was told."""

    engine_changed = Signal(object)
    """The engine at work as EngineRow, or None."""

    unattended_changed = Signal(object)
    """The Unattended: what does not go on without an engine. Nothing while there is one."""

    catalog_changed = Signal(object)
    """The Catalog, whenever an engine published another."""

    _runs_read = Signal(list)
    _engine_read = Signal(object)
    _unattended_read = Signal(object)
    _catalog_read = Signal(object)

    def __init__(self, client: "Client", jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._jobs = jobs
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._poke = threading.Event()
        self._lock = threading.Lock()
        self._wanted: dict[int, frozenset[int]] = {}
        self._cursors: dict[int, int] = {}
        self._runs: list[RunRow] = []
        self._engine: EngineRow | None = None
        self._unattended = Unattended()
        self._catalog: Catalog | None = None
        self._seen_runs: list[RunRow] = []
        self._seen_engine: EngineRow | None = None
        self._seen_unattended = Unattended()
        self._seen_stamp: tuple[str | None, int] = None, 0
        self._is_stale = True
        self._due = 0.0
        self._engine_due = self._look_on_due = 0.0
        queued = Qt.ConnectionType.QueuedConnection
        self._runs_read.connect(self._on_runs_read, queued)
        self._engine_read.connect(self._on_engine_read, queued)
        self._unattended_read.connect(self._on_unattended_read, queued)
        self._catalog_read.connect(self._on_catalog_read, queued)

    @property
    def runs(self) -> list[RunRow]:
        """All runs as last told, newest first."""
        return self._runs

    @property
    def engine(self) -> EngineRow | None:
        """The engine as last told."""
        return self._engine

    @property
    def unattended(self) -> Unattended:
        """What does not go on without an engine, as last told."""
        return self._unattended

    @property
    def catalog(self) -> "Catalog | None":
        """The catalogue as last told; None until an engine published one."""
        return self._catalog

    def start(self) -> None:
        """Begin to look."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._watch, name="feed", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop looking; returns when the thread has ended."""
        self._stop.set()
        self._poke.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def follow(self, owner: QObject, runs: Sequence[int]) -> None:
        """Say whose points `owner` wants from now on, instead of what it wanted before.

        Ends by itself when the owner is destroyed.
        """
        key, wanted = id(owner), frozenset(runs)
        with self._lock:
            before = self._wanted.get(key)
            self._wanted[key] = wanted
            for run in wanted - (before or frozenset()):
                self._cursors[run] = _FROM_THE_BEGINNING
            self._forget_unwanted()
        if before is None:
            owner.destroyed.connect(partial(self._unfollow, key))
        self._poke.set()

    def _unfollow(self, key: int, _: QObject | None = None) -> None:
        with self._lock:
            self._wanted.pop(key, None)
            self._forget_unwanted()

    def _forget_unwanted(self) -> None:
        wanted = frozenset[int]().union(*self._wanted.values())
        self._cursors = {run: at for run, at in self._cursors.items() if run in wanted}

    @Slot(list)
    def _on_runs_read(self, runs: list[RunRow]) -> None:
        self._runs = runs
        self.runs_changed.emit(runs)

    @Slot(object)
    def _on_engine_read(self, engine: EngineRow | None) -> None:
        self._engine = engine
        self.engine_changed.emit(engine)

    @Slot(object)
    def _on_unattended_read(self, unattended: Unattended) -> None:
        self._unattended = unattended
        self.unattended_changed.emit(unattended)

    @Slot(object)
    def _on_catalog_read(self, catalog: "Catalog") -> None:
        self._catalog = catalog
        self.catalog_changed.emit(catalog)

    # ---- in the thread

    def _watch(self) -> None:
        told = ""
        while not self._stop.is_set():
            try:
                with self._client.store.watch() as changed:
                    while not self._stop.is_set():
                        self._look(changed())
                        told = ""
                        self._poke.wait(INTERVAL_S)
                        self._poke.clear()
            except Exception as error:  # the window must not go blind without a word
                line = as_line(error)
                if line != told:
                    self._jobs.failed.emit(line)
                told = line
                self._stop.wait(RETRY_S)

    def _look(self, changed: bool) -> None:
        self._client.store.check_place()
        begin = time.monotonic()
        self._is_stale |= changed
        if self._is_stale and begin >= self._due:
            self._read_engine()
            self._is_stale = False
            self._read_runs()
            self._read_catalog()
            spent = time.monotonic() - begin
            rest = max(UNTIL_S, spent * (1 / MOST_SHARE - 1))
            self._due = begin + spent + min(spent * (1 / READING_SHARE - 1), rest)
        elif begin >= self._engine_due:
            self._read_engine()
        self._read_points(changed)
        self._look_on()

    def _read_runs(self) -> None:
        known = {row.id: row for row in self._seen_runs}
        gone = self._seen_unattended.runs
        read = (replace(row, abandoned=True) if row.id in gone else row
                for row in self._client.runs())
        rows = [known[row.id] if known.get(row.id) == row else row for row in read]
        if rows != self._seen_runs:
            self._seen_runs = rows
            self._runs_read.emit(rows)

    def _read_engine(self) -> None:
        self._engine_due = time.monotonic() + ENGINE_INTERVAL_S
        engine = self._client.engine()
        unattended = Unattended() if engine is not None else self._client.unattended()
        if unattended != self._seen_unattended:
            # A worker that dies writes nothing, and a run's row tells whether it has one.
            self._is_stale |= unattended.runs != self._seen_unattended.runs
            self._seen_unattended = unattended
            self._unattended_read.emit(unattended)
        if engine != self._seen_engine:
            self._seen_engine = engine
            self._engine_read.emit(engine)

    def _read_catalog(self) -> None:
        stamp = self._client.catalog_stamp()
        if stamp != self._seen_stamp:
            catalog = self._client.catalog()
            self._seen_stamp = stamp
            self._catalog_read.emit(catalog)

    def _look_on(self) -> None:
        """Let what is followed and trains now be stored more often."""
        if time.monotonic() < self._look_on_due:
            return
        with self._lock:
            followed = set(self._cursors)
        if any(row.id in followed and row.state is RunState.RUNNING for row in self._seen_runs):
            with suppress(StoreError):  # of a workspace that can only be read
                self._client.look_on()
            self._look_on_due = time.monotonic() + LOOK_ON_S

    def _read_points(self, changed: bool) -> None:
        with self._lock:
            cursors = dict(self._cursors)
        groups: dict[int, list[int]] = {}
        for run, at in cursors.items():
            if changed or at == _FROM_THE_BEGINNING:
                groups.setdefault(at, []).append(run)
        # Whatever was read in an earlier look, every reading of this one sees too: so the
        # cursors of all runs may move up to the highest of them, and soon are one.
        reached = max([0, *cursors.values()])
        new: list[NewBlock] = []
        begun: set[int] = set()
        for at, runs in groups.items():
            after, blocks = self._client.tail(at, runs)
            moved = self._move(runs, at, max(after, reached))
            new += [block for block in blocks if block.run in moved]
            if at == _FROM_THE_BEGINNING:
                begun = moved
        if new:
            self.points_arrived.emit(new)
        if begun:
            self.caught_up.emit(sorted(begun))

    def _move(self, runs: Sequence[int], at: int, to: int) -> set[int]:
        """Move those up that are still wanted from there; others were let go or followed anew."""
        with self._lock:
            moved = {run for run in runs if self._cursors.get(run) == at}
            self._cursors |= dict.fromkeys(moved, to)
        return moved
