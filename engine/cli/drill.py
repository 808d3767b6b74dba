"""The drill of `sila doctor --drill`: trainings that are killed at random moments, and resumed.

Everything is the real thing: engine, workers, store and checkpoints, in a workspace of its own
that is removed afterwards.
"""

import contextlib
import os
import random
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from engine.current_catalog import code_stamp
from engine.spec.errors import StoreError
from engine.spec.rows import RunRow
from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from engine.spec.spec_file import parse_spec
from engine.spec.workspace import Workspace
from engine.store import cards, run_queue, runs, staff
from engine.store.connect import Store, open_store
from engine.store.launch import ensure_engine

SPEC = """
name = "drill"
[dataset]
name = "digits"
train_images = 600
[backbone]
name = "resnet8"
[method]
name = "sila_dml"
[regularizers.mixup]
[training]
batch_size = 32
lr = 0.05
threads = 2
checkpoint_minutes = 0.005
"""
"""Peers on threads of their own, training-only parts, momentum, random draws, checkpoints within
epochs."""

EPOCHS, EPOCHS_A_KILL = 8, 4
"""Some seconds of training: about one for each kill on a slow machine."""

EARLY = 0.2
"""Part of the kills that come while a worker still makes ready, or soon after."""
LATEST = 0.7
"""No kill is planned for later, as a part of the training: the run would often end before it."""
SOON_S = 0.15
"""The store is told of steps twice a second, and a step takes milliseconds."""
IDLE_EXIT_S = 10.0
POLL_S = 0.1
STILL_LIMIT_S = 180.0
END_TRIES, END_LIMIT_S = 20, 5.0


def drill_spec(kills: int, device: str = "auto") -> RunSpec:
    """What is trained where so many kills are to fall into one run.

    Raises:
        SpecError: a device of that kind is not known.
    """
    epochs = EPOCHS + EPOCHS_A_KILL * kills
    [spec] = parse_spec(SPEC, [f"training.device={device}", f"training.epochs={epochs}"])
    return spec


class Victim(StrEnum):
    """What is killed; all of it is what a power loss does."""

    WORKER = "worker"
    ENGINE = "engine"
    EVERYTHING = "everything"


VICTIMS = (*[Victim.WORKER] * 6, Victim.ENGINE, *[Victim.EVERYTHING] * 3)

Moment = Callable[[RunRow], None]
"""Waits for the moment of a kill; told of the run as it was when seen in training."""


@dataclass(frozen=True)
class Kill:
    """A kill that fell in the middle of a training; the store knew of steps up to `step`."""

    victim: Victim
    step: int


class Drill:
    """Trains and kills in one workspace. No two trainings run at the same time."""

    def __init__(
        self, store: Store, chance: random.Random, tell: Callable[[str], None],
        pressed: Callable[[], bool] = lambda: False, victims: Sequence[Victim] = VICTIMS,
    ) -> None:
        """Drill in the workspace of `store`, whose processes must be nobody else's.

        Args:
            store: of the workspace.
            chance: decides when and what is killed.
            tell: takes lines about what is going on.
            pressed: says whether to give up; waiting then raises KeyboardInterrupt.
            victims: chosen from at random.
        """
        self._store, self._chance, self._tell = store, chance, tell
        self._pressed, self._victims = pressed, victims

    def train(self, spec: RunSpec, moments: Sequence[Moment] = ()) -> tuple[RunRow, list[Kill]]:
        """Train a run to its end, and kill something at each of the moments.

        Returns:
            the completed run, and the kills: fewer than moments where the run ended before.

        Raises:
            StoreError: the run failed, or nothing goes on any more.
            KeyboardInterrupt: told to give up.
        """
        [run] = run_queue.enqueue(self._store, [spec])
        kills: list[Kill] = []
        for moment in moments:
            moment(self._until(run, lambda row: row.state is not RunState.QUEUED))
            kill = self._kill(run)
            if kill is None:
                break
            kills.append(kill)
        return self._until(run, lambda row: not row.state.is_active), kills

    def some_time(self, undisturbed: RunRow, count: int) -> list[Moment]:
        """Random moments for a run of the same spec as one that was left alone.

        Most of them come soon after a step, as a number of which the store was told; some while a
        worker still makes ready.
        """
        assert undisturbed.started_at is not None
        assert undisturbed.finished_at is not None
        beside = undisturbed.finished_at - undisturbed.started_at - undisturbed.seconds

        def moment(part: float) -> Moment:
            early = beside * self._chance.random()
            if self._chance.random() < EARLY:
                return lambda _: self.pause(early)
            step = round(part * undisturbed.num_steps)
            soon = self._chance.uniform(0, SOON_S)

            def wait(row: RunRow) -> None:
                self._until(row.id, lambda row: row.step >= step or not row.state.is_active)
                self.pause(soon)

            return wait

        return [moment(p) for p in sorted(self._chance.uniform(0, LATEST) for _ in range(count))]

    def pause(self, seconds: float) -> None:
        """Wait; raises KeyboardInterrupt when told to give up."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self._pressed():
                raise KeyboardInterrupt
            time.sleep(min(left, POLL_S))

    def _kill(self, run: int) -> Kill | None:
        """Kill something and see to it that the run goes on; None if the run had ended."""
        victim = self._chance.choice(self._victims)
        if runs.get_run(self._store, run).state is not RunState.RUNNING:
            return None
        self._strike(victim)
        row = runs.get_run(self._store, run)
        if row.state not in (RunState.RUNNING, RunState.INTERRUPTED):
            return None
        self._tell(f"killed {victim} at step {row.step}")
        if victim is not Victim.ENGINE:
            ended = self._until(run, lambda row: row.state is not RunState.RUNNING)
            if ended.state is not RunState.INTERRUPTED:
                return None
            run_queue.resume(self._store, run)
        return Kill(victim, row.step)

    def _strike(self, victim: Victim) -> None:
        if victim is Victim.EVERYTHING:
            end_processes(self._store.workspace)
            return
        engine = staff.living_engine(self._store)
        if victim is Victim.ENGINE:
            pids = [] if engine is None else [engine.pid]
        else:
            busy = [row for row in staff.staff(self._store, "train") if row["state"] == "busy"]
            pids = [row["pid"] for row in busy]
        for pid in pids:
            with contextlib.suppress(psutil.Error):
                _kill_all([psutil.Process(pid)])

    def _until(self, run: int, done: Callable[[RunRow], bool]) -> RunRow:
        """Wait until something is true of a run; an engine is at work all the while."""
        seen: tuple[RunState, int] | None = None
        since = time.monotonic()
        while True:
            self._see_to_an_engine()
            row = runs.get_run(self._store, run)
            if row.state is RunState.FAILED:
                raise StoreError(f"the run of the drill failed: {row.error} {self._last_words()}")
            if done(row):
                return row
            if seen != (row.state, row.step):
                seen, since = (row.state, row.step), time.monotonic()
            if time.monotonic() - since > STILL_LIMIT_S:
                raise StoreError(
                    f"the run of the drill is {row.state} at step {row.step} and nothing has "
                    f"happened for {STILL_LIMIT_S:.0f} s; try `sila demo` and look at its logs"
                )
            self.pause(POLL_S)

    def _see_to_an_engine(self) -> None:
        try:
            ensure_engine(self._store, IDLE_EXIT_S)
        except StoreError:
            raise StoreError(f"the drill's engine did not start {self._last_words()}") from None

    def _last_words(self) -> str:
        """The last line of the logs, which are about to be removed."""
        logs = sorted(self._store.workspace.logs.glob("*.log"), key=lambda log: log.stat().st_mtime)
        said = [log.read_text(encoding="utf-8", errors="replace").strip() for log in logs]
        lines = [text.splitlines()[-1] for text in said if text]
        return f"({lines[-1]})" if lines else ""


@contextmanager
def drill_store(folder: Path) -> Generator[Store]:
    """The store of a new workspace below `folder`; its processes and files go with the context."""
    with tempfile.TemporaryDirectory(
        prefix="drill-", dir=folder, ignore_cleanup_errors=True
    ) as root:
        workspace = Workspace(Path(root))
        store = open_store(workspace)
        try:
            # Nobody will choose from a catalogue here: the engine need not make one.
            cards.put_setting(store, cards.STAMP, code_stamp())
            yield store
        finally:
            end_processes(workspace)
            store.close()


def end_processes(workspace: Workspace) -> None:
    """Kill every process of a workspace, and those that it starts in this very moment."""
    for _ in range(END_TRIES):
        found = list(_processes(workspace))
        if not found:
            return
        _kill_all(found)


def _processes(workspace: Workspace) -> Iterator[psutil.Process]:
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if str(workspace.root) in words and process.pid != os.getpid():
            yield process


def _kill_all(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()
    limit = time.monotonic() + END_LIMIT_S
    while time.monotonic() < limit and not all(_is_gone(process) for process in processes):
        time.sleep(0.005)


def _is_gone(process: psutil.Process) -> bool:
    """Whether it does nothing any more; what is left of it until its parent looks is no matter."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return True
