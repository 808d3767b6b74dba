"""Metric points: what it costs to log one, to keep it, and to read it back.

A point is logged by the real path: `Recorder.step` on the training thread, then writer thread,
ledger and SQLite. Peers are logged to in turn with it, in the same process.

    python benchmarks/points.py
"""

import importlib
import importlib.util
import math
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import NamedTuple

import stored
import table
import torch
from table import Line

from engine.store.connect import Store, open_store
from engine.store.points import read_series

SERIES = [f"series{i}" for i in range(stored.NUM_SERIES)]
EPOCH = 390
"""Steps of an epoch (CIFAR-10, batch 128), after which the training loop has the recorder settle;
without it this loop, which trains nothing, would run far ahead of the writer."""
READ = (
    (100, 10_000, 60.0),
    (1_000, 1_000, 120.0),
)
"""Runs of so many points each, and how many ms one series of all of them may take to read."""


class Cost(NamedTuple):
    """CPU µs of a point: on the thread that logs it, and in all until it is stored."""

    thread: float
    everything: float


def cost(num_steps: int, log: Callable[[int], None], close: Callable[[], None]) -> Cost:
    """Log so many steps and close; only what the empty loop takes is taken off."""
    clocks = [(time.thread_time(), time.process_time())]
    for _ in range(1, num_steps + 1):
        pass
    clocks.append((time.thread_time(), time.process_time()))
    for step in range(1, num_steps + 1):
        log(step)
    thread = time.thread_time()
    close()
    clocks.append((thread, time.process_time()))
    start, empty, end = clocks
    each = 1e6 / (num_steps * stored.NUM_SERIES)
    return Cost(*(each * (z - 2 * e + s) for s, e, z in zip(start, empty, end, strict=True)))


def ours(num_steps: int) -> Cost:
    """A recorder and the store it fills, up to the merged blocks of the completed run."""
    loss, targets = stored.one_step()
    with stored.temporary_store() as store:
        claimed = stored.begin(store)
        recording = stored.recorder(store, claimed).__enter__()

        def log(step: int) -> None:
            recording.step(step, loss, targets, 0.1)
            if step % EPOCH == 0:
                recording.settle()

        def close() -> None:
            recording.__exit__(None, None, None)
            stored.finish(store, claimed)

        return cost(num_steps, log, close)


def a_list(num_steps: int) -> Cost:
    """Appending to a list in memory: what no logging can do without."""
    rows: list[tuple[str, int, float]] = []

    def log(step: int) -> None:
        for key in SERIES:
            rows.append((key, step, 0.1))  # noqa: PERF401 - a call a point, as for the others

    return cost(num_steps, log, rows.clear)


def tensorboard(num_steps: int) -> Cost:
    """TensorBoard's SummaryWriter, `add_scalar` a point."""
    from torch.utils.tensorboard import SummaryWriter

    with tempfile.TemporaryDirectory() as folder:
        writer = SummaryWriter(folder)

        def log(step: int) -> None:
            for key in SERIES:
                writer.add_scalar(key, 0.1, step)

        return cost(num_steps, log, writer.close)


def mlflow(num_steps: int) -> Cost:
    """MLflow with a SQLite file, `log_metrics` a step."""
    client = importlib.import_module("mlflow")
    with tempfile.TemporaryDirectory() as folder:
        client.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        client.start_run()
        values = dict.fromkeys(SERIES, 0.1)
        return cost(num_steps, lambda step: client.log_metrics(values, step=step), client.end_run)


PEERS = {
    "appending to a list": (a_list, "builtins", 1.0),
    "TensorBoard": (tensorboard, "tensorboard", 0.1),
    "MLflow": (mlflow, "mlflow", 0.004),
}
"""How a peer is logged to, the package it needs, and the part of our steps that it is given."""


def logging_lines(num_steps: int, rounds: int) -> list[Line]:
    """What logging a point costs, of ours and of each peer in turn."""
    costs: dict[str, list[Cost]] = {}
    for _ in range(rounds):
        costs.setdefault("", []).append(ours(num_steps))
        for name, (peer, package, part) in PEERS.items():
            if importlib.util.find_spec(package):
                steps = max(1, math.ceil(part * num_steps))
                costs.setdefault(name, []).append(peer(steps))
    of = f"{stored.NUM_SERIES} series, {num_steps:,} steps"

    def line(what: str, name: str, column: int, bound: float | None) -> Line:
        seen = [each[column] for each in costs.get(name, [])]
        if not seen:
            return Line(what, None, "µs", bound, 0, f"{PEERS[name][1]} is not installed")
        spread = (min(seen), max(seen))
        return Line(what, statistics.median(seen), "µs", bound, len(seen), "", spread)

    lines = [
        line(f"logging a point, CPU of the training thread ({of})", "", 0, 1.0),
        line("logging a point, CPU in all until it is stored and merged", "", 1, 5.0),
    ]
    for name in PEERS:
        lines.append(line(f"— {name}, CPU of the calling thread", name, 0, None))
        lines.append(line(f"— {name}, CPU in all", name, 1, None))
    return lines


def size_line(num_steps: int) -> Line:
    """What a stored point takes on the disk."""
    with stored.temporary_store() as store:
        stored.write_run(store, num_steps)
        path = store.workspace.database
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        each = path.stat().st_size / (num_steps * stored.NUM_SERIES)
    what = "size of a stored point: the whole database file of a completed run / its points"
    return Line(what, each, "bytes", 20.0, 1, "room left by merged blocks included")


def read_lines(num_runs: int, num_points: int, bound_ms: float, rounds: int) -> Iterable[Line]:
    """What it takes to read one series of many completed runs, each time by a fresh connection."""
    walls, cpus = [], []
    with stored.temporary_store() as store:
        runs = [stored.write_run(store, num_points) for _ in range(num_runs)]
        for number in range(rounds + 1):
            wall, cpu = time_reading(store, runs, num_points)
            if number:  # the first one brings the file into the page cache
                walls.append(1e3 * wall)
                cpus.append(1e3 * cpu)
    what = f"reading a series of {num_runs:,} runs × {num_points:,} points as arrays"
    for clock, seen, bound in (("CPU", cpus, bound_ms), ("wall", walls, bound_ms)):
        spread = (min(seen), max(seen))
        yield Line(f"{what}, {clock}", statistics.median(seen), "ms", bound, rounds, "", spread)


def time_reading(store: Store, runs: list[int], num_points: int) -> tuple[float, float]:
    """Seconds of wall and of CPU."""
    fresh = open_store(store.workspace)
    try:
        wall, cpu = time.perf_counter(), time.process_time()
        found = read_series(fresh, runs, "train/loss")
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    finally:
        fresh.close()
    assert {len(points.values) for points in found.values()} == {num_points}
    assert len(found) == len(runs)
    return wall, cpu


def main() -> None:
    """Measure and print."""
    parser = table.arguments(__doc__)
    parser.add_argument("--steps", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--part", type=float, default=1.0, help="of the runs to read")
    wanted = parser.parse_args()
    torch.set_num_threads(1)
    lines = [*logging_lines(wanted.steps, wanted.rounds), size_line(wanted.steps)]
    for num_runs, num_points, bound_ms in READ:
        few = max(1, round(wanted.part * num_runs))
        lines += read_lines(few, num_points, bound_ms, 4 * wanted.rounds)
    table.report(lines, wanted)


if __name__ == "__main__":
    main()
