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
from engine.registry import load_plugins
from engine.service import work_arguments
from engine.spec.workspace import Workspace
from engine.store import run_queue, staff, tasks
from engine.store.connect import Store, open_store

BIRTH_LIMIT_S = 30.0
IDLE_S = 1.0
"""A run may be gone when its worker is born; then nothing is there to wait for."""


def nurse(workspace: Workspace, number: int) -> None:
    """Fork workers until there is no living engine; `number` is this process's in the store."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    store = open_store(workspace)
    load_plugins()
    staff.report_in(store, number, "ready")
    try:
        while (kind := worker.wait_for(store, lambda: _wanted(store), idle=_rehearse)) is not None:
            _bear(store, kind)
    finally:
        staff.sign_off(store, number)
        store.close()


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
    """Import, while nobody waits, what is otherwise imported when it is first used."""
    import engine.chores

    del engine.chores
    torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    gc.collect()
    gc.freeze()  # what is there now stays shared with every child


def _bear(store: Store, kind: str) -> None:
    """Fork a worker, and wait until it has begun or is gone."""
    store.close()
    child = os.fork()
    if child == 0:
        os._exit(_grow_up(store, kind))
    limit = time.monotonic() + BIRTH_LIMIT_S
    while time.monotonic() < limit and not _has_begun(store, kind, child):
        if os.waitpid(child, os.WNOHANG)[0]:
            return
        time.sleep(worker.POLL_S / 10)


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


def _grow_up(store: Store, kind: str) -> int:
    """Be a worker, in the forked process; returns its exit code."""
    try:
        os.setsid()
        number = staff.enter(store, kind)
        log = store.workspace.logs / f"worker-{number}.log"
        with log.open("ab") as out:
            os.dup2(out.fileno(), sys.stdout.fileno())
            os.dup2(out.fileno(), sys.stderr.fileno())
        if torch.cuda._is_in_bad_fork():  # noqa: SLF001 - a plug-in has used the GPU: start anew
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
