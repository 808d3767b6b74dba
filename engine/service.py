"""The engine process: holds the workspace's lease, sees to it that there are workers, buries dead.

It never trains and never imports torch. Closing the window does not end it; killing it ends no
training: the next engine adopts the workers that live and marks the rest interrupted.
"""

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from engine.current_catalog import catalog_is_complete, catalog_is_current, publish_kept
from engine.spec.errors import StoreError
from engine.spec.run_state import RunState
from engine.spec.workspace import Workspace
from engine.store import run_queue, staff, tasks
from engine.store.connect import Store, open_store
from engine.store.launch import start_detached
from engine.system_load import complain, device_load

ROUND_S = 0.25
HEARTBEAT_S = 1.0
MAX_FAILED_STARTS = 3
RETRY_S = 2.0
START_LIMIT_S = 120.0
"""A worker that has not reported in after so long is taken for dead."""
COUNT_AFTER_S = 20.0
"""What backbones cost takes a minute of a core to count: not beside the first run's start."""
KINDS = ("nursery", "train", "task")
FORKS = sys.platform == "linux"
"""Whether a nursery forks the workers; see `engine.nursery`."""


class Engine:
    """The engine of one workspace."""

    def __init__(self, store: Store, token: str, idle_exit_s: float) -> None:
        """Serve `store` under the lease `token`."""
        self._store, self._token, self._idle_exit_s = store, token, idle_exit_s
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._failed_starts = dict.fromkeys(KINDS, 0)
        self._told_to_stop = False
        self._begun_at = self._busy_at = time.monotonic()
        self._catalog_due: float | None = self._begun_at
        self._beat = 0.0

    def serve(self) -> None:
        """Work until asked to stop, until idle for too long, or until the lease is lost."""
        going = True
        while going and not self._told_to_stop:
            try:
                going = self._round()
                time.sleep(ROUND_S)
            except StoreError as error:  # locked for long, say: training goes on, so do we
                complain(str(error))
                time.sleep(RETRY_S)
        self._dismiss()
        staff.release_lease(self._store, self._token)

    def _round(self) -> bool:
        """Look after everything once; False when there is no more to do here."""
        self._hire()  # first of all, for that takes longest
        if time.monotonic() - self._beat >= HEARTBEAT_S:
            self._beat = time.monotonic()
            if not self._still_ours():
                return False
            self._bury_the_dead()
        if self._catalog_due is not None and time.monotonic() >= self._catalog_due:
            self._catalog_due = self._publish_catalog()
        idle = self._idle_for_long()
        return not (
            idle and staff.release_lease(self._store, self._token, only_if_idle=True)
        )

    def _still_ours(self) -> bool:
        """Heartbeat; False when asked to stop, or when the workspace was deleted under us."""
        there = self._store.workspace.database.exists()
        return there and staff.keep_lease(self._store, self._token, device_load())

    def stop(self, *_: Any) -> None:
        """End after this round; trainings go on."""
        self._told_to_stop = True

    def _publish_catalog(self) -> float | None:
        """Publish the cards that are kept; have made, in a process with torch, what they lack.

        Returns:
            When to look again, for what can wait; None where there is no more to do.
        """
        if not catalog_is_current(self._store):
            publish_kept(self._store)
        if catalog_is_complete(self._store):
            return None
        later = self._begun_at + COUNT_AFTER_S
        if catalog_is_current(self._store) and time.monotonic() < later:
            return later
        workspace = self._store.workspace
        arguments = ["catalog", "--publish", "--workspace", str(workspace.root)]
        self._processes[0] = start_detached(arguments, workspace.logs / "catalog.log")
        return None

    def _hire(self) -> None:
        """Keep a nursery; else one idle training worker, and a task worker for tasks.

        Where nothing is to be kept warm, a worker is started when there is something to do.
        """
        warm = staff.keeps_warm(self._store)
        if FORKS and warm:
            if not staff.staff(self._store, "nursery"):
                self._start("nursery")
            return
        self._let_go("nursery")
        trainers = staff.staff(self._store, "train")
        if (warm or run_queue.can_claim(self._store)) and not any(
            row["state"] in ("starting", "ready") for row in trainers
        ):
            self._start("train")
        if tasks.queued_tasks(self._store) and not staff.staff(self._store, "task"):
            self._start("task")

    def _let_go(self, kind: str) -> None:
        """End the processes of a kind that were started here."""
        for row in staff.staff(self._store, kind):
            process = self._processes.get(row["id"])
            if process is not None and row["state"] != "busy":
                process.terminate()
                staff.bury(self._store, row["id"], "the engine let it go")

    def _start(self, kind: str) -> None:
        worker = staff.hire(self._store, kind)
        log = self._log_of(worker)
        arguments = work_arguments(self._store.workspace, worker, kind)
        self._processes[worker] = start_detached(arguments, log)

    def _bury_the_dead(self) -> None:
        for kind in KINDS:
            for row in staff.staff(self._store, kind):
                if not self._lives(row):
                    staff.bury(self._store, row["id"], "its worker process ended unexpectedly")
                    if row["state"] == "starting" and row["id"] in self._processes:
                        self._count_failed_start(row)
                elif row["state"] != "starting":
                    self._failed_starts[kind] = 0
        for worker in [w for w, p in self._processes.items() if p.poll() is not None]:
            del self._processes[worker]
            log = self._log_of(worker)
            if log.exists() and not log.stat().st_size:  # it had nothing to say
                log.unlink()

    def _lives(self, row: dict[str, Any]) -> bool:
        process = self._processes.get(row["id"])
        if process is not None and process.poll() is not None:
            return False
        if row["pid"] is None:  # not ours to wait for if another engine hired it
            return process is not None and time.time() - row["created_at"] < START_LIMIT_S
        return staff.is_alive(
            row["pid"], row["process_started_at"], row["host"], row["heartbeat_at"]
        )

    def _count_failed_start(self, row: dict[str, Any]) -> None:
        """Workers that cannot even start would be tried for ever: fail what waits for them."""
        self._failed_starts[row["kind"]] += 1
        if self._failed_starts[row["kind"]] < MAX_FAILED_STARTS:
            return
        why = f"no worker could be started; see {self._log_of(row['id'])}"
        for kind in ("train", "task") if row["kind"] == "nursery" else (row["kind"],):
            fail_next(self._store, row["id"], kind, why)

    def _log_of(self, worker: int) -> Path:
        return self._store.workspace.logs / f"worker-{worker}.log"

    def _idle_for_long(self) -> bool:
        if staff.has_work(self._store):
            self._busy_at = time.monotonic()
        return time.monotonic() - self._busy_at > self._idle_exit_s

    def _dismiss(self) -> None:
        """End the workers that do nothing, and the counting; those that train go on."""
        if 0 in self._processes:
            self._processes[0].terminate()
        for kind in KINDS:
            self._let_go(kind)


def fail_next(store: Store, worker: int, kind: str, why: str) -> None:
    """Fail the next run ("train") or task, on behalf of a worker that cannot do it."""
    if kind == "train":
        claimed = run_queue.claim(store, worker)
        if claimed is not None:
            run_queue.finish(store, claimed, RunState.FAILED, why)
    else:
        task = tasks.claim_task(store, worker)
        if task is not None:
            tasks.fail(store, task.id, why)


def work_arguments(workspace: Workspace, worker: int, kind: str) -> list[str]:
    """What `sila` is told to be a worker."""
    where = ["--workspace", str(workspace.root)]
    return ["work", *where, "--worker", str(worker), "--kind", kind]


def serve(workspace: Workspace, idle_exit_s: float) -> bool:
    """Be the workspace's engine; returns False at once when another engine is at work.

    Raises:
        StoreError: the workspace cannot be used.
    """
    store = open_store(workspace)
    try:
        token = staff.take_lease(store)
        if token is None:
            return False
        engine = Engine(store, token, idle_exit_s)
        signal.signal(signal.SIGTERM, engine.stop)
        signal.signal(signal.SIGINT, engine.stop)
        engine.serve()
        return True
    finally:
        store.close()
