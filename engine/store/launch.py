"""Starting the engine as a process of its own, which outlives whoever started it."""

import os
import subprocess
import sys
import time
from pathlib import Path

from engine.spec.errors import StoreError
from engine.store.connect import Store
from engine.store.staff import living_engine

START_LIMIT_S = 20.0
TORCH_ENVIRONMENT = {
    "OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "10000", "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
}
"""What torch's libraries read when they are loaded: OpenMP threads that wait go to sleep, GNU's
after a moment (at once, and waking them takes longer than most layers), and cuBLAS can repeat its
bits."""

_started: list[subprocess.Popen[bytes]] = []
"""Kept to be reaped when they end: a child that nobody asks after stays a zombie."""
_engines: dict[Path, subprocess.Popen[bytes]] = {}


def start_engine(store: Store, idle_exit_s: float) -> subprocess.Popen[bytes] | None:
    """Begin to start an engine; None where one is at work. Asked again, it begins no other.

    Args:
        store: the workspace's store.
        idle_exit_s: the engine ends by itself after so long without work.
    """
    if living_engine(store) is not None:
        return None
    root = store.workspace.root
    if root not in _engines or _engines[root].poll() is not None:
        arguments = ["serve", "--workspace", str(root), "--idle-exit", str(idle_exit_s)]
        _engines[root] = start_detached(arguments, _log(store))
    return _engines[root]


def _log(store: Store) -> Path:
    return store.workspace.logs / "engine.log"


def ensure_engine(store: Store, idle_exit_s: float) -> None:
    """Start an engine unless one is at work; returns once it holds the lease.

    Args:
        store: the workspace's store.
        idle_exit_s: the engine ends by itself after so long without work.

    Raises:
        StoreError: it did not start; the line names the log, or says that the workspace is gone.
    """
    store.check_place()
    limit, process = time.monotonic() + START_LIMIT_S, start_engine(store, idle_exit_s)
    while process is not None and time.monotonic() < limit:
        time.sleep(0.05)
        ended = process.poll()
        if ended is not None and ended > 0:
            break
        if ended is not None or living_engine(store) is not None:
            process = start_engine(store, idle_exit_s)  # another one, if this one was killed
    if process is not None:
        raise StoreError(f"the engine did not start; see {_log(store)}")


def start_detached(arguments: list[str], log: os.PathLike[str]) -> subprocess.Popen[bytes]:
    """Start `sila` with arguments, in no terminal's or window's process group."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
    with open(log, "ab") as out:  # noqa: PTH123 - a PathLike, not only a Path
        process = subprocess.Popen(
            [sys.executable, "-m", "engine", *arguments],
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            start_new_session=True, creationflags=flags, env={**TORCH_ENVIRONMENT, **os.environ},
        )
    _started[:] = [*(earlier for earlier in _started if earlier.poll() is None), process]
    return process
