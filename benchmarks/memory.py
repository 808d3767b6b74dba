"""Resident memory of each of the three processes: a worker that trains, the engine, the studio.

The worker is a real one, training ResNet-18 on all of CIFAR-10; it is held against a bare loop in
a process of its own that does the same with the images in an array.

    python benchmarks/memory.py
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import processes
import psutil
import table
from table import Line

from engine.spec.run_spec import BackboneSpec, DatasetSpec, RunSpec, TrainingSpec
from engine.spec.run_state import RunState
from engine.store import run_queue, runs, staff
from engine.store.connect import Store
from engine.store.launch import ensure_engine

BATCH, IMAGES, EPOCHS, NUM_TEST = 128, 384, 2, 500
STUDIO_RUNS = 1_000
IDLE_S = 3.0
"""How long a process is left alone before it is looked at."""


def mib_of(pid: int) -> float:
    """Resident memory of a process."""
    return psutil.Process(pid).memory_info().rss / 2**20


def child(part: str, *arguments: str) -> float:
    """The figure that a part of this script prints last, run as a process."""
    done = subprocess.run(
        [sys.executable, __file__, "--part", part, *arguments],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"}, stdout=subprocess.PIPE, text=True,
        check=True,
    )
    return float(json.loads(done.stdout.splitlines()[-1]))


def spec(data: Path, threads: int) -> RunSpec:
    """A short training on the whole of CIFAR-10: an epoch is a few steps."""
    return RunSpec(
        dataset=DatasetSpec(
            name="cifar10", root=str(data), validation=0.01, train_images=IMAGES
        ),
        backbone=BackboneSpec(name="resnet18"),
        training=TrainingSpec(epochs=EPOCHS, batch_size=BATCH, threads=threads, device="cpu"),
    )


def trained(store: Store, run: int) -> bool:
    """Whether a run has come to its end."""
    row = runs.get_run(store, run)
    if row.error:
        sys.exit(f"the run failed: {row.error}")
    return row.state is RunState.COMPLETED


def worker_and_engine(data: Path, threads: int) -> tuple[float, float, float]:
    """Peak MiB of the worker of a run; MiB of the engine before and after it."""
    with processes.temporary_folder() as folder, processes.workspace_store(folder) as store:
        ensure_engine(store, processes.LIMIT_S)
        engine = staff.living_engine(store)
        assert engine is not None
        processes.wait_until(lambda: processes.warm_worker(store), "a worker is there")
        time.sleep(IDLE_S)
        before = mib_of(engine.pid)
        [run] = run_queue.enqueue(store, [spec(data, threads)])
        processes.wait_until(lambda: trained(store, run), "the run is completed")
        time.sleep(IDLE_S)
        peak = runs.get_run(store, run).value("system/peak_memory")
        assert peak is not None
        return peak, before, mib_of(engine.pid)


def bare(wanted: argparse.Namespace) -> float:
    """Peak MiB of this process after training and evaluating without any of our machinery."""
    import bare_loop

    return bare_loop.peak_mib(wanted.folder, wanted.threads, BATCH, IMAGES, EPOCHS)


def fill(wanted: argparse.Namespace) -> float:
    """Write the runs that the studio is to show; returns how many."""
    import stored

    with processes.workspace_store(wanted.folder) as store:
        for number in range(STUDIO_RUNS):
            stored.write_run(store, 10, RunSpec(name=f"experiment {number // 10}", seed=number))
    return STUDIO_RUNS


def studio(wanted: argparse.Namespace) -> float:
    """MiB of this process as the studio, once the page Runs shows all runs."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QTableView

    from engine.spec.workspace import Workspace
    from studio.app import Studio
    from studio.state.settings import Settings

    app = QApplication([])
    window = Studio(app, Workspace(wanted.folder), Settings(wanted.folder / "studio.ini"))
    window.window.show()

    def look() -> None:
        shown = window.window.findChild(QTableView, "runs.table")
        if isinstance(shown, QTableView) and shown.model().rowCount() >= STUDIO_RUNS:
            poll.stop()
            QTimer.singleShot(round(1e3 * IDLE_S), app.quit)

    poll = QTimer()
    poll.timeout.connect(look)
    poll.start(50)
    app.exec()
    resident = mib_of(os.getpid())
    window.close()
    return resident


def studio_line() -> Line:
    """What the window takes."""
    with processes.temporary_folder() as folder:
        child("fill", "--folder", str(folder))
        with processes.workspace_store(folder):  # the studio starts an engine, which goes with it
            resident = child("studio", "--folder", str(folder))
    return Line(f"studio, page Runs with {STUDIO_RUNS:,} runs", resident, "MiB", 250.0, 1)


def worker_and_engine_lines(data: Path, wanted: argparse.Namespace) -> list[Line]:
    """Worker and bare loop in turn, and the engine beside them."""
    workers, bares, before, after = [], [], [], []
    for _ in range(wanted.rounds):
        peak, start, end = worker_and_engine(data, wanted.threads)
        workers.append(peak)
        before.append(start)
        after.append(end)
        bares.append(child("bare", "--folder", str(data), "--threads", str(wanted.threads)))
    note = f"{statistics.median(workers):.0f} and {statistics.median(bares):.0f} MiB"
    what = f"peak of a worker training ResNet-18 on CIFAR-10, batch {BATCH} / of a bare loop"
    return [
        table.ratio(what, workers, bares, 1.2, note),
        Line("engine, before a run", statistics.median(before), "MiB", 80.0, len(before)),
        Line("engine, after a run", statistics.median(after), "MiB", 80.0, len(after)),
    ]


def main() -> None:
    """Measure and print."""
    parser = table.arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--data", type=Path, help="folder of CIFAR-10 (default: random images)")
    parts = {"bare": bare, "fill": fill, "studio": studio}
    parser.add_argument("--part", choices=parts, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.part:
        print(json.dumps(parts[wanted.part](wanted)))
        return
    with processes.temporary_folder() as folder:
        if wanted.data is None:
            processes.write_cifar10(folder, NUM_TEST)
        lines = worker_and_engine_lines(wanted.data or folder, wanted)
    table.report([*lines, studio_line()], wanted)


if __name__ == "__main__":
    main()
