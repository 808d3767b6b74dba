"""How long it takes from queueing a run to its first step, warm and cold, and what it goes on.

Warm: an engine is at work and one of its workers waits, as in a window that is open. Cold: `sila
run` in an empty workspace, held against importing what a training imports. The parts are read from
what engine and worker write into the store.

    python benchmarks/start.py
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import processes
import sqlalchemy as sa
import table
from table import Line

from engine.current_catalog import catalog_is_complete
from engine.spec.run_spec import RunSpec, TrainingSpec
from engine.spec.workspace import Workspace
from engine.store import points, run_queue, schema
from engine.store.connect import Store
from engine.store.launch import ensure_engine

SPEC = RunSpec(training=TrainingSpec(epochs=1))
SETTLE_S = 2.0
"""For so long nobody asks anything of a worker that is ready."""
TOML = "[training]\nepochs = 1\n"
IMPORTS = """
import gc
gc.disable()
import engine.worker, torch
torch.optim.SGD([torch.zeros(1)], lr=1.0)
"""
Moments = dict[str, float]
"""What was reached when, in order."""


def first_step(store: Store, run: int) -> bool:
    """Whether the store tells of a run's first step."""
    return bool(points.read_series(store, [run], "train/loss"))


def moments(store: Store, run: int, begun: float, *, cold: bool) -> Moments:
    """When a run got how far."""
    with store.read() as connection:
        attempt = connection.execute(
            sa.select(schema.attempt).where(schema.attempt.c.run_id == run)
        ).mappings().one()
        worker = connection.execute(
            sa.select(schema.worker).order_by(schema.worker.c.id).limit(1)
        ).mappings().one()  # on Linux a nursery, which the worker is forked from
        described = connection.execute(
            sa.select(schema.event.c.at)
            .where(schema.event.c.run_id == run, schema.event.c.text.startswith("attempt"))
        ).scalar_one()
        engine = connection.execute(sa.select(schema.engine.c.started_at)).scalar_one()
    before = {
        "engine up": engine,
        "worker's process started": worker["created_at"],
        "worker's modules imported": worker["heartbeat_at"],
    }
    return {
        "": begun,
        **(dict(sorted(before.items(), key=lambda moment: moment[1])) if cold else {}),
        "claimed": attempt["created_at"],
        "data read, network built": described,
        "first step taken": float(points.read_series(store, [run], "train/loss")[run].times[0]),
    }


def warm_starts(rounds: int) -> tuple[list[Moments], list[float]]:
    """Moments of runs that a worker waited for, and seconds until the store told of a step."""
    seen, visible = [], []
    with processes.temporary_folder() as folder, processes.workspace_store(folder) as store:
        ensure_engine(store, processes.LIMIT_S)
        processes.wait_until(lambda: catalog_is_complete(store), "the catalogue is complete")
        for _ in range(rounds):
            processes.wait_until(lambda: processes.warm_worker(store), "a worker is ready")
            time.sleep(SETTLE_S)
            begun = time.time()
            [run] = run_queue.enqueue(store, [SPEC])
            processes.wait_until(lambda run=run: first_step(store, run), "a step is stored", 0.01)
            visible.append(time.time() - begun)
            seen.append(moments(store, run, begun, cold=False))
    return seen, visible


def cold_start() -> Moments:
    """Moments of `sila run` in an empty workspace."""
    with processes.temporary_folder() as folder:
        spec = folder / "spec.toml"
        spec.write_text(TOML)
        workspace = folder / "workspace"
        begun = time.time()
        sila = subprocess.Popen(
            [sys.executable, "-m", "engine", "run", str(spec), "--workspace", str(workspace)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        sila.wait()
        with processes.workspace_store(workspace) as store:
            return moments(store, 1, begun, cold=True)


def import_s() -> float:
    """Seconds from starting an interpreter to having imported what a training imports.

    The first optimiser makes torch import its compiler, a third of the whole. Garbage is not
    looked for meanwhile, as in a worker.
    """
    begun = time.time()
    subprocess.run([sys.executable, "-c", IMPORTS], check=True)
    return time.time() - begun


def first_job() -> dict[str, float]:
    """Seconds that each part of the first job of this process takes, of imports for the most."""
    import engine.worker  # noqa: F401 - what a worker has imported by then
    from engine.build import load_data, make_job, make_system
    from engine.training.optim import make_optimizer
    from engine.training.streams import Streams

    with processes.temporary_folder() as folder:
        workspace = Workspace(folder)
        clock = [time.perf_counter()]
        load_data(SPEC.dataset, workspace)
        clock.append(time.perf_counter())
        system = make_system(SPEC.method, SPEC.backbone, 10, 1, Streams(0))
        clock.append(time.perf_counter())
        make_optimizer(system, SPEC.training)
        clock.append(time.perf_counter())
        make_job(SPEC, workspace)  # once more, with everything imported
        clock.append(time.perf_counter())
    names = ("digits read", "network built", "optimiser made", "all of it a second time")
    return {name: end - start for name, (start, end) in zip(names, pairwise(clock), strict=True)}


def first_job_lines(rounds: int) -> list[Line]:
    """What a worker's first job is spent on, seen in processes where nothing else goes on."""
    command = [sys.executable, __file__, "--first-job"]
    seen = [json.loads(subprocess.check_output(command)) for _ in range(rounds)]
    return [
        line(f"— first job of a process, alone: {name}", [each[name] for each in seen], None)
        for name in seen[0]
    ]


def lasted(each: Moments) -> float:
    """Seconds from the first moment to the last."""
    return list(each.values())[-1] - each[""]


def parts(what: str, seen: Sequence[Moments]) -> list[Line]:
    """A line for each part of the way."""
    names = list(seen[0])
    return [
        Line(f"— {what}: {end}",
             statistics.median(each[end] - each[start] for each in seen), "s", None, len(seen))
        for start, end in pairwise(names)
    ]


def line(what: str, seconds: Sequence[float], bound: float | None, note: str = "") -> Line:
    """A line of seconds."""
    spread = (min(seconds), max(seconds))
    return Line(what, statistics.median(seconds), "s", bound, len(seconds), note, spread)


def main() -> None:
    """Measure and print."""
    parser = table.arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--first-job", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.first_job:
        print(json.dumps(first_job()))
        return
    os.chdir(Path(__file__).parents[1])
    imports, colds = [], []
    import_s()  # brings the files into the page cache
    for _ in range(wanted.rounds):
        imports.append(import_s())
        colds.append(cold_start())
    warms, visible = warm_starts(wanted.rounds)
    over = [lasted(cold) - imported for cold, imported in zip(colds, imports, strict=True)]
    table.report([
        line("warm: run queued → first step", [lasted(each) for each in warms], 1.0),
        *parts("warm", warms),
        *first_job_lines(wanted.rounds),
        line("warm: run queued → a step to be seen in the store", visible, None),
        line("cold: `sila run` in an empty workspace → first step, less what it imports",
             over, 1.0, f"{statistics.median(lasted(each) for each in colds):.3g} s in all"),
        line("— importing what a training imports", imports, None),
        *parts("cold", colds),
    ], wanted)


if __name__ == "__main__":
    main()
