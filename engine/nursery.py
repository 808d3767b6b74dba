"""The nursery: a process that has imported what workers need, and forks one for every run or task.

A fork costs milliseconds where a process of its own would import for seconds, beside a training
that needs the core. It must not have used threads of torch's or a GPU itself, and it holds no
connection to the store while it forks. Linux only: elsewhere the engine starts every worker.
"""

import gc
import os
import signal
import sys
import time
import traceback
from functools import cache

import torch

from engine import worker
from engine.service import MAX_FAILED_STARTS, RETRY_S, fail_next, work_arguments
from engine.spec.errors import StoreError
from engine.spec.workspace import Workspace
from engine.store import run_queue, staff, tasks
from engine.store.connect import Store, open_store
from engine.system_load import complain

BIRTH_LIMIT_S = 30.0
IDLE_S = 0.2
"""A run may be gone when its worker is born; then nothing is there to wait for."""


def nurse(workspace: Workspace, number: int) -> None:
    """Fork workers until there is no living engine; `number` is this process's in the store."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    store = open_store(workspace)
    torch.set_num_threads(1)  # what a plug-in computes when it is loaded must start no threads
    worker.get_ready()
    staff.report_in(store, number, "ready")
    stillborn = 0
    try:
        while (kind := _next_kind(store)) is not None:
            began = _bear(store, kind, anew=torch.get_num_threads() > 1)
            stillborn = 0 if began else stillborn + 1
            if stillborn:
                time.sleep(stillborn)
            if stillborn == MAX_FAILED_STARTS:
                stillborn = 0
                why = f"no worker could be forked; see worker-{number}.log in {workspace.logs}"
                fail_next(store, number, kind, why)
                staff.report_in(store, number, "ready")
    finally:
        staff.sign_off(store, number)
        store.close()


def _next_kind(store: Store) -> str | None:
    """Wait until there is something to do; None when there is no engine any more."""
    while True:
        try:
            return worker.wait_for(store, lambda: _wanted(store), idle=_rehearse)
        except StoreError as error:  # a full disk, say: there will be room again
            complain(str(error))
            time.sleep(RETRY_S)


def _wanted(store: Store) -> str | None:
    """The kind of worker that there is something to do for."""
    _reap()
    if run_queue.can_claim(store):
        return "train"
    if tasks.queued_tasks(store) and not staff.staff(store, "task"):
        return "task"
    return None


@cache
def _rehearse() -> None:
    """Import, while nobody waits, what only tasks need."""
    import engine.chores

    del engine.chores
    gc.collect()
    gc.freeze()


def _bear(store: Store, kind: str, *, anew: bool) -> bool:
    """Fork a worker, and wait until it has begun; returns False if it fell before that.

    Args:
        store: of the workspace.
        kind: of worker.
        anew: threads may have been started, and would be lost: the child imports everything itself.
    """
    store.close()
    child = os.fork()
    if child == 0:
        os._exit(_grow_up(store, kind, anew=anew))
    limit = time.monotonic() + BIRTH_LIMIT_S
    while time.monotonic() < limit and not _has_begun(store, kind, child):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status == 0
        time.sleep(worker.POLL_S / 10)
    return True


def _has_begun(store: Store, kind: str, child: int) -> bool:
    ready = () if kind == "task" else ("ready",)
    return any(r["pid"] == child and r["state"] not in ready for r in staff.staff(store, kind))


def _reap() -> None:
    """Ask after children that have ended: otherwise they stay zombies."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _grow_up(store: Store, kind: str, *, anew: bool) -> int:
    """Be a worker, in the forked process; returns its exit code."""
    try:
        os.setsid()
        number = staff.enter(store, kind)
        log = store.workspace.logs / f"worker-{number}.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("ab") as out:
            os.dup2(out.fileno(), sys.stdout.fileno())
            os.dup2(out.fileno(), sys.stderr.fileno())
        if anew or torch.cuda._is_in_bad_fork():  # noqa: SLF001 - it has used threads or the GPU
            store.close()
            arguments = work_arguments(store.workspace, number, kind)
            os.execv(sys.executable, [sys.executable, "-m", "engine", *arguments])
        worker.serve(store, number, kind, IDLE_S)
        if not log.stat().st_size:  # it had nothing to say
            log.unlink()
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0
