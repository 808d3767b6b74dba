"""Runs with long curves in a workspace, written as workers write them; and workers that go on.

As a module that is run it plays the workers of runs that train, until it is ended:

    python -m benchmarks.gui.long_runs WORKSPACE EPOCH RUN ...
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.spec.rows import Summary
from engine.spec.run_spec import MethodSpec, RunSpec, TrainingSpec
from engine.spec.run_state import RunState
from engine.spec.workspace import Workspace
from engine.store import run_queue, schema, staff
from engine.store.connect import Store, open_store
from engine.store.points import Points, append

SECONDS, MOST_EPOCHS = 500.0, 100_000
TERMS = ("train/loss", "train/loss/main", "train/loss/sila", "train/top1", "lr")
STEPS_PER_EPOCH = 5
"""Of runs that train; of those that are done, every step is an epoch."""
FLUSH_S = 0.5
"""A worker that nobody follows stores so often."""


def top1(steps: np.ndarray, seed: int) -> np.ndarray:
    """A validation accuracy with the noise of a real one."""
    rng = np.random.default_rng(seed)
    return 90 - 60 * np.exp(-steps / max(steps[-1] / 5, 1)) + rng.normal(0, 0.6, len(steps))


def fill(store: Store, variants: int, seeds: int, points: int, *, done: bool = True) -> list[int]:
    """Store runs of a baseline and its rivals, validated so often; returns their numbers.

    Args:
        store: where to.
        variants: how many, the baseline among them.
        seeds: runs of each.
        points: validations of each run.
        done: whether the runs are completed or train.
    """
    run_queue.set_parallel_runs(store, 1000)
    worker = staff.hire(store, "train")
    per_epoch = 1 if done else STEPS_PER_EPOCH
    specs = [
        RunSpec(
            seed=seed, training=TrainingSpec(epochs=MOST_EPOCHS),
            method=MethodSpec(
                name="sila" if variant else "plain",
                options={"alpha": variant / 100} if variant else {},
            ),
        )
        for variant in range(variants) for seed in range(seeds)
    ]
    ids = run_queue.enqueue(store, specs)
    for run in ids:
        claim = run_queue.claim(store, worker)
        assert claim is not None
        with store.write() as connection:
            connection.execute(schema.run.update().where(schema.run.c.id == run).values(
                step=points * per_epoch, num_steps=MOST_EPOCHS * per_epoch,
                steps_per_epoch=per_epoch, seconds=SECONDS + run, device="cpu",
                params_deployed=272_474,
            ))
            steps = per_epoch * np.arange(1, points + 1, dtype=np.int64)
            times = time.time() + np.linspace(SECONDS / points, SECONDS, points)
            values = top1(steps, run)
            append(connection, run, {
                "train/loss": Points(steps, times, 100 / values),
                "val/top1": Points(steps, times, values),
            }, dict.fromkeys(
                ("val/top1", "test/top1") if done else ("val/top1",), _last(steps, values)
            ))
        if done:
            run_queue.finish(store, claim, RunState.COMPLETED, final_step=points)
    return ids


def go_on(store: Store, run: int, epoch: int) -> None:
    """Store the next epoch of a run that trains: every step, and the validation after them."""
    steps = STEPS_PER_EPOCH * epoch + np.arange(1, STEPS_PER_EPOCH + 1, dtype=np.int64)
    times = time.time() + np.linspace(0, FLUSH_S, STEPS_PER_EPOCH)
    rng = np.random.default_rng(epoch)
    blocks = {key: Points(steps, times, rng.random(STEPS_PER_EPOCH)) for key in TERMS}
    blocks["val/top1"] = Points(steps[-1:], times[-1:], 90 + rng.normal(0, 0.6, 1))
    with store.write() as connection:
        summaries = {"val/top1": _last(*blocks["val/top1"][::2])}
        append(connection, run, blocks, summaries)
        connection.execute(
            schema.run.update().where(schema.run.c.id == run).values(step=int(steps[-1]))
        )


def _last(steps: np.ndarray, values: np.ndarray) -> Summary:
    return Summary(float(values[-1]), int(steps[-1]), float(values[-1]), int(steps[-1]))


def work(store: Store, runs: Sequence[int], epoch: int) -> None:
    """Let runs train on for ever, each storing as often as a worker does."""
    while True:
        for run in runs:
            begun = time.monotonic()
            go_on(store, run, epoch)
            time.sleep(max(FLUSH_S / len(runs) - (time.monotonic() - begun), 0))
        epoch += 1


if __name__ == "__main__":
    folder, first_epoch, *ids = sys.argv[1:]
    work(open_store(Workspace(Path(folder))), [int(run) for run in ids], int(first_epoch))
