"""What the window can ask of the workspace: the studio's only door to the store.

No Qt here. The calls block for as long as the database takes, so pages make them through
`studio.bridge.jobs`, not on the GUI thread. The one exception is `check_teachers`: what is being
composed is checked at every change, and it opens the database only where a run is to teach.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.spec.catalog import Catalog
from engine.spec.clock import Clock
from engine.spec.rows import ArtifactRow, EngineRow, EventRow, RunRow, TaskRow, Unattended
from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from engine.spec.teaching import teaching_run
from engine.spec.workspace import Workspace
from engine.store import (
    artifacts,
    cards,
    clocks,
    forks,
    points,
    run_queue,
    runs,
    staff,
    tasks,
    watching,
)
from engine.store.connect import Store, open_store
from engine.store.forks import ForkPoint as ForkPoint
from engine.store.launch import ensure_engine
from engine.store.points import NewBlock, Points
from engine.store.predictions import PeerPredictions as PeerPredictions
from engine.store.predictions import Predictions as Predictions
from engine.store.predictions import Split as Split
from engine.store.predictions import (
    load_peers,
    load_predictions,
    stored_peers,
    stored_predictions,
)
from engine.store.run_queue import run_name as run_name

IDLE_EXIT_S = 900.0
"""An engine started by the window ends after so long without work; the next Start starts it."""


class Client:
    """One open workspace."""

    def __init__(self, workspace: Workspace) -> None:
        """Open (or make) the workspace.

        Raises:
            StoreError: its database cannot be used.
        """
        self.workspace = workspace
        self.store: Store = open_store(workspace)
        self._asked_to_stop: int | None = None
        self._idle_exit_s = IDLE_EXIT_S

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    # ---- reading

    def catalog(self) -> Catalog:
        """The cards; empty until an engine has run in this workspace."""
        return cards.read_catalog(self.store)

    def catalog_stamp(self) -> tuple[str | None, int]:
        """Changes whenever the cards do: what they speak of, and how many are complete."""
        return self.setting(cards.STAMP), self.setting(cards.NUM_COUNTED, 0)

    def runs(self, ids: Iterable[int] | None = None) -> list[RunRow]:
        """All runs, or those named, newest first."""
        return runs.list_runs(self.store, ids)

    def spec(self, run: int) -> RunSpec:
        """The specification of a run, without the parts' own options that say the default."""
        return runs.get_spec(self.store, run)

    def pace_digests(self, ids: Iterable[int]) -> dict[int, str]:
        """Equal of runs that take equally long an epoch on one device; those that can be read."""
        specs = runs.get_specs(self.store, ids)
        return {run: spec.pace_digest() for run, spec in specs.items()}

    def tail(
        self, after: int, ids: Sequence[int], key: str | None = None
    ) -> tuple[int, list[NewBlock]]:
        """Metric blocks of some runs after a cursor (0: all of them), and the new cursor."""
        return points.tail(self.store, after, ids, key)

    def cursor(self) -> int:
        """From where `tail` brings what is written from now on."""
        return points.cursor(self.store)

    def series(self, ids: Iterable[int], key: str) -> dict[int, Points]:
        """One series of many runs."""
        return points.read_series(self.store, ids, key)

    def log(self, run: int, after: int = 0) -> list[EventRow]:
        """A run's log lines after a cursor."""
        return runs.read_log(self.store, run, after)

    def artifacts(self, run: int, kind: str | None = None) -> list[ArtifactRow]:
        """The files of a run."""
        return artifacts.list_artifacts(self.store, run, kind)

    def fork_points(self, ids: Sequence[int]) -> list[ForkPoint]:
        """The epochs at which all of these runs can be forked."""
        return forks.fork_points(self.store, ids)

    def facts(self, ids: Sequence[int], kind: str) -> list[tuple[int, dict[str, Any]]]:
        """What is said of the files of one kind, of several runs: (run, facts), oldest first."""
        return artifacts.facts_of(self.store, ids, kind)

    def predictions(self, run: int) -> dict[Split, dict[int, Path]]:
        """The files that say what a run's network said of each image, by part and step."""
        folder = self.workspace.run_folder(run)
        parts: tuple[Split, ...] = ("val", "test")
        return {part: stored_predictions(folder, part) for part in parts}

    def read_predictions(self, path: Path) -> Predictions:
        """Read one of them.

        Raises:
            DataError: it is missing or damaged.
        """
        return load_predictions(path)

    def peers(self, run: int) -> dict[int, Path]:
        """The files that say what each of a run's peers said of the test images, by step."""
        return stored_peers(self.workspace.run_folder(run))

    def read_peers(self, path: Path) -> PeerPredictions:
        """Read one of them.

        Raises:
            DataError: it is missing or damaged.
        """
        return load_peers(path)

    def clocks(self, ids: Sequence[int]) -> dict[int, Clock]:
        """When runs trained, on what, and which others trained beside them."""
        return clocks.read_clocks(self.store, ids)

    def engine(self) -> EngineRow | None:
        """The engine at work, if any."""
        return staff.living_engine(self.store)

    def unattended(self) -> Unattended:
        """What does not go on while there is no engine, besides the runs that are queued."""
        return staff.unattended(self.store)

    def task(self, task: int) -> TaskRow:
        """How far a task is."""
        return tasks.get_task(self.store, task)

    def setting(self, key: str, default: Any = None) -> Any:
        """A setting of the workspace."""
        return cards.get_setting(self.store, key, default)

    # ---- acting

    def start_engine(self) -> None:
        """See to it that an engine is at work."""
        ensure_engine(self.store, self._idle_exit_s)

    def look_on(self) -> None:
        """Say that this window follows runs that train: they store what they measure more often."""
        watching.look_on(self.store)

    def let_engines_idle(self, minutes: int) -> None:
        """End engines that are started from now on after so many minutes without work; 0: never."""
        self._idle_exit_s = 60.0 * minutes or float("inf")

    def stop_engine(self) -> None:
        """Ask the engine to end; running trainings go on."""
        engine = self.engine()
        self._asked_to_stop = engine.pid if engine else None
        staff.ask_engine_to_stop(self.store)

    def has_stopped(self, engine: EngineRow) -> bool:
        """Whether it was here that this engine was asked to end."""
        return engine.pid == self._asked_to_stop

    def enqueue(self, specs: Sequence[RunSpec]) -> list[int]:
        """Check the specs against the catalogue, queue them and start the engine.

        Raises:
            SpecError: one of them cannot be used; nothing was queued.
        """
        catalog = self.catalog()
        ids = run_queue.enqueue(self.store, [catalog.resolve(spec) for spec in specs])
        self.start_engine()
        return ids

    def replace_spec(self, run: int, spec: RunSpec) -> None:
        """Check a spec against the catalogue and let a run that waits be that one.

        Raises:
            SpecError: it cannot be used; the run is as it was.
            StoreError: the run is not queued any more, or has begun before.
        """
        run_queue.replace_spec(self.store, run, self.catalog().resolve(spec))

    def arrange(self, order: Sequence[int]) -> None:
        """Let these queued runs follow each other so, in the places that they have together."""
        run_queue.arrange(self.store, order)

    def fork(
        self, wanted: Mapping[int, RunSpec], epoch: int, name: str = ""
    ) -> list[int]:
        """Queue runs, by their parents, that go on from an epoch of those; start the engine.

        Raises:
            SpecError: one of them cannot be; nothing was queued.
            StoreError: a checkpoint is gone, or cannot be copied.
        """
        catalog = self.catalog()
        specs = {run: catalog.resolve(spec) for run, spec in wanted.items()}
        ids = forks.fork(self.store, specs, epoch, name)
        self.start_engine()
        return ids

    def check_teachers(self, specs: Sequence[RunSpec]) -> None:
        """Raise what `enqueue` would of the runs that are to teach; without any, ask nothing.

        Raises:
            SpecError: one cannot teach its run.
            StoreError: one is not there, or has failed.
        """
        taught = [spec for spec in specs if teaching_run(spec) is not None]
        if taught:
            run_queue.check_teachers(self.store, taught)

    def pause(self, run: int) -> RunState:
        """Ask a run to pause; returns the state it was found in."""
        return run_queue.ask(self.store, run, run_queue.PAUSE)

    def stop(self, run: int) -> RunState:
        """Ask a run to stop; returns the state it was found in."""
        return run_queue.ask(self.store, run, run_queue.STOP)

    def resume(self, run: int) -> None:
        """Queue a run again; it goes on from its last checkpoint."""
        run_queue.resume(self.store, run)
        self.start_engine()

    def annotate(self, run: int, **values: Any) -> None:
        """Change name, tags, note, pinned, colour or position of a run."""
        runs.annotate(self.store, run, **values)

    def delete(self, ids: Sequence[int]) -> int:
        """Delete runs and their files; returns the bytes freed."""
        return runs.delete_runs(self.store, ids)

    def trash(self, ids: Sequence[int]) -> int:
        """Delete runs so that they can be restored; returns the bytes that purging will free."""
        return runs.trash(self.store, ids)

    def restore(self, ids: Sequence[int]) -> None:
        """Bring runs back from the trash, as they were."""
        runs.restore(self.store, ids)

    def purge(self, ids: Sequence[int] | None = None, min_age_s: float = 0.0) -> int:
        """Free runs in the trash: these, or all of that age; returns the bytes freed."""
        return runs.purge(self.store, ids, min_age_s)

    def parallel_runs(self) -> int:
        """How many runs train side by side."""
        return run_queue.parallel_runs(self.store)

    def set_parallel_runs(self, count: int) -> None:
        """Let so many runs train side by side, from now on."""
        run_queue.set_parallel_runs(self.store, count)

    def keeps_warm(self) -> bool:
        """Whether the engine keeps PyTorch imported, so that runs begin at once."""
        return staff.keeps_warm(self.store)

    def keep_warm(self, warm: bool) -> None:
        """Let the engine keep PyTorch imported, or not, from now on."""
        staff.keep_warm(self.store, warm)

    def spare_checkpoints(self, ids: Sequence[int]) -> dict[int, int]:
        """Bytes of the checkpoints that completed runs can do without, by run."""
        return artifacts.spare_checkpoints(self.store, ids)

    def remove_checkpoints(self, ids: Sequence[int]) -> int:
        """Remove those checkpoints; returns the bytes freed."""
        return artifacts.remove_checkpoints(self.store, ids)

    def submit(self, kind: str, **arguments: Any) -> int:
        """Queue a task ("export", "predict", "inspect") and start the engine; returns its id."""
        task = tasks.submit(self.store, kind, arguments)
        self.start_engine()
        return task

    def cancel(self, task: int) -> bool:
        """End a task that nobody wants any more; False if it has ended already."""
        return tasks.cancel(self.store, task)

    def put_setting(self, key: str, value: Any) -> None:
        """Keep a setting with the workspace."""
        cards.put_setting(self.store, key, value)
