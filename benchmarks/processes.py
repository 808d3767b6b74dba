"""What scripts here need of real processes: random CIFAR files, a workspace, its engine."""

import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from engine.spec.errors import StudioError
from engine.spec.workspace import Workspace
from engine.store import staff
from engine.store.connect import Store, open_store

NUM_TRAIN = 50_000
LIMIT_S = 900.0


def write_cifar10(folder: Path, num_test: int) -> None:
    """Random images in the binary layout of CIFAR-10: all of training, so many of test."""
    draws = np.random.default_rng(0)
    sizes = {f"data_batch_{i}": NUM_TRAIN // 5 for i in range(1, 6)} | {"test_batch": num_test}
    for name, size in sizes.items():
        records = draws.integers(0, 256, (size, 1 + 3 * 32 * 32), np.uint8)
        records[:, 0] %= 10
        records.tofile(folder / f"{name}.bin")


@contextmanager
def temporary_folder() -> Generator[Path]:
    """A folder, deleted at the end, also where a process is still about to close a file."""
    with tempfile.TemporaryDirectory(prefix="sila-bench-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def workspace_store(root: Path) -> Generator[Store]:
    """The store of a workspace; at the end its engine is asked to go, and waited for."""
    store = open_store(Workspace(root))
    try:
        yield store
    finally:
        if staff.living_engine(store) is not None:
            staff.ask_engine_to_stop(store)
            wait_until(lambda: staff.living_engine(store) is None, "the engine ends")
        store.close()


def wait_until(true: Callable[[], bool], what: str, every_s: float = 0.02) -> float:
    """Wait for something; returns the seconds that took.

    Raises:
        StudioError: it did not come.
    """
    begun = time.perf_counter()
    while not true():
        if time.perf_counter() - begun > LIMIT_S:
            raise StudioError(f"waited {LIMIT_S:.0f} s in vain until {what}")
        time.sleep(every_s)
    return time.perf_counter() - begun


def warm_worker(store: Store) -> bool:
    """Whether all that a run needs is imported, by a process that waits, and nothing trains."""
    rows = [row for kind in ("nursery", "train") for row in staff.staff(store, kind)]
    states = {row["state"] for row in rows}
    return "ready" in states and "busy" not in states
