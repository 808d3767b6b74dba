"""A worker: one attempt of a run, from claim to result; or tasks, one after another.

It lives on when the engine or the window die: all it needs is the store.
"""

import gc
import signal
import sys
import time
import traceback
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import torch

from engine.backbones.backbone import count_parameters
from engine.build import make_job
from engine.registry import entries, load_plugins
from engine.spec.catalog import Catalog
from engine.spec.cores import usable_cores
from engine.spec.errors import StoreError, StudioError
from engine.spec.rows import TaskRow
from engine.spec.run_state import RunState
from engine.spec.workspace import Workspace
from engine.store import run_queue, runs, schema, staff, tasks
from engine.store.clocks import THREADS
from engine.store.connect import Store, open_store
from engine.store.run_queue import STATE_AFTER, Claim
from engine.system_load import complain
from engine.teachers import Teachers
from engine.training.device import choose_algorithms, device_name
from engine.training.job import Job
from engine.training.ledger import Ledger
from engine.training.loop import Stopped
from engine.training.recorder import NonFiniteLoss
from engine.training.session import Session

POLL_S = 0.05
ORPHAN_CHECK_S = 2.0
TASK_IDLE_S = 120.0
FINISH_TRIES, RETRY_S = 60, 2.0
PROBLEMS_LOGGED = 20

T = TypeVar("T")


def work(workspace: Workspace, worker: int, kind: str) -> None:
    """Do the work of a worker entered in the store as `worker`, of kind "train" or "task"."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever runs in the terminal
    store = open_store(workspace)
    get_ready()
    staff.report_in(store, worker, "ready")
    serve(store, worker, kind)


def get_ready() -> None:
    """Import what a training begins with, and look for garbage only from now on."""
    load_plugins()
    torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)  # imports torch's compiler
    gc.freeze()  # what is there stays: it need not be looked at, nor copied for forked children
    gc.enable()


def serve(store: Store, worker: int, kind: str, idle_s: float = float("inf")) -> None:
    """Do the work of a worker that has reported in.

    Args:
        store: of the workspace.
        worker: its number.
        kind: "train" or "task".
        idle_s: how long one that trains waits for a run.
    """
    try:
        if kind == "train":
            _train_one(store, worker, idle_s)
        else:
            _do_tasks(store, worker)
    finally:
        staff.sign_off(store, worker)
        store.close()


def _train_one(store: Store, worker: int, idle_s: float) -> None:
    claimed = wait_for(store, lambda: run_queue.claim(store, worker), idle_s)
    if claimed is not None:
        state, error = attempt(store, claimed)
        _finish(store, claimed, state, error)


def _finish(store: Store, claimed: Claim, state: RunState, error: str) -> None:
    """Enter how the attempt ended, however long the store is locked by others."""
    for _ in range(FINISH_TRIES):
        try:
            return run_queue.finish(store, claimed, state, error)
        except StoreError as problem:
            complain(str(problem))
            time.sleep(RETRY_S)
    return None


def _do_tasks(store: Store, worker: int) -> None:
    torch.set_num_threads(usable_cores())  # one, where it was forked from a nursery

    def claim() -> TaskRow | None:
        return tasks.claim_task(store, worker)

    while (task := wait_for(store, claim, TASK_IDLE_S)) is not None:
        _do(store, task)


def _do(store: Store, task: TaskRow) -> None:
    def progress(done: int, total: int, doing: str) -> None:
        tasks.report(store, task.id, done, total, doing)

    from engine.chores import CHORES  # they import a second more than a training

    try:
        tasks.succeed(store, task.id, CHORES[task.kind](store, task.arguments, progress))
    except tasks.TaskCancelled:
        return
    except StudioError as error:
        tasks.fail(store, task.id, str(error))
    except Exception as error:  # a fault of ours: the log has it whole
        traceback.print_exc()
        tasks.fail(store, task.id, f"{type(error).__name__}: {error} (details in the worker's log)")


def wait_for(
    store: Store, claim: Callable[[], T | None], idle_s: float = float("inf"),
    idle: Callable[[], None] | None = None,
) -> T | None:
    """Claim something as soon as there is any; None when idle for too long or left alone.

    Args:
        store: of the workspace.
        claim: asked whenever somebody wrote to the store.
        idle_s: how long is too long.
        idle: called once, when there was nothing to claim.
    """
    idle_since = orphan_check = time.monotonic()
    with store.watch() as changed:
        while time.monotonic() - idle_since < idle_s:
            if changed() and (claimed := claim()) is not None:
                return claimed
            if idle is not None:
                idle, rest = None, idle
                rest()
            if time.monotonic() - orphan_check > ORPHAN_CHECK_S:
                orphan_check = time.monotonic()
                if staff.living_engine(store) is None:
                    return None
            time.sleep(POLL_S)
    return None


def attempt(store: Store, claimed: Claim) -> tuple[RunState, str]:
    """Train a claimed run; returns how it ended and, where it failed, one line that says why."""
    try:
        _train(store, claimed)
    except Stopped as stopped:
        return STATE_AFTER[str(stopped)], ""
    except (StudioError, NonFiniteLoss) as error:
        return RunState.FAILED, str(error)
    except torch.OutOfMemoryError:
        return RunState.FAILED, (
            "the GPU has not enough free memory for this run; a smaller batch size needs less"
        )
    except Exception as error:  # a fault of ours or of a plug-in: the run's log has it whole
        with store.write() as connection:
            runs.log(connection, claimed.run, traceback.format_exc(), "error")
        return RunState.FAILED, f"{type(error).__name__}: {error} (details in the run's log)"
    return RunState.COMPLETED, ""


def _train(store: Store, claimed: Claim) -> None:
    spec = runs.get_spec(store, claimed.run)
    teachers = Teachers(store, claimed.run)
    job = make_job(spec, store.workspace, make_teacher=teachers)
    job.take_threads(run_queue.parallel_runs(store))
    choose_algorithms(spec.training, job.device)
    runs.check_data(store, claimed.run, job.data.digest())
    row = runs.get_run(store, claimed.run)
    catalog = Catalog(entry.card for entry in entries("metric"))
    ledger = Ledger(store, claimed.run, catalog.direction, row.summaries)
    session = Session(store, claimed.run, job, ledger)
    teachers.keep()
    _describe(store, claimed, job, session.progress.step)
    signal.signal(signal.SIGTERM, lambda *_: session.interrupt())
    session.run()


def _describe(store: Store, claimed: Claim, job: Job, first_step: int) -> None:
    versions = {name: version(name) for name in ("sila-studio", "torch", "torchvision", "numpy")}
    values = {
        "device": device_name(job.device), "step": first_step, "num_steps": job.num_steps,
        "steps_per_epoch": len(job.batches), "params_training": count_parameters(job.system),
        "params_deployed": count_parameters(job.system.deployable()),
    }
    with store.write() as connection:
        connection.execute(
            schema.run.update().where(schema.run.c.id == claimed.run).values(**values)
        )
        connection.execute(
            schema.attempt.update().where(schema.attempt.c.id == claimed.attempt)
            .values(first_step=first_step, versions={
                "python": sys.version.split()[0], THREADS: torch.get_num_threads(), **versions,
            })
        )
        runs.log(
            connection, claimed.run,
            f"attempt {claimed.number} on {values['device']}, {torch.get_num_threads()} CPU "
            f"thread(s): {len(job.batches.images)} training, {len(job.validation)} validation, "
            f"{len(job.test)} test images",
        )
        for line in job.notes:
            runs.log(connection, claimed.run, line)
        problems = job.data.problems
        for problem in problems[:PROBLEMS_LOGGED]:
            runs.log(connection, claimed.run, f"{problem.path}: {problem.reason}", "warning")
        if len(problems) > PROBLEMS_LOGGED:
            more = len(problems) - PROBLEMS_LOGGED
            runs.log(connection, claimed.run, f"… and {more} more (page Data lists all)", "warning")


def main(workspace: str, worker: int, kind: str) -> None:
    """Entry point of the process."""
    work(Workspace(Path(workspace)), worker, kind)
