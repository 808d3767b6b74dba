"""Runs in a store of their own, written the way a worker writes them: what scripts here read."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import table  # noqa: F401 - before torch, see there
import torch

from engine.losses.targets import Targets
from engine.methods.method import Loss
from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from engine.spec.workspace import Workspace
from engine.store import run_queue, staff
from engine.store.connect import Store, open_store
from engine.store.run_queue import Claim
from engine.training.ledger import Ledger
from engine.training.recorder import Recorder

NUM_SERIES = 8
"""What a step leaves: the loss, each of its terms, top-1 and the learning rate."""
NUM_TERMS = NUM_SERIES - 3
BATCH, NUM_CLASSES = 128, 10


@contextmanager
def temporary_store() -> Generator[Store]:
    """An empty store, deleted at the end."""
    with tempfile.TemporaryDirectory(prefix="sila-bench-") as folder:
        store = open_store(Workspace(Path(folder)))
        try:
            yield store
        finally:
            store.close()


def begin(store: Store, spec: RunSpec | None = None) -> Claim:
    """Queue a run and claim it, as engine and worker do."""
    run_queue.enqueue(store, [spec or RunSpec()])
    claimed = run_queue.claim(store, staff.hire(store, "train"))
    assert claimed is not None, "another run of this store is not finished"
    return claimed


def recorder(store: Store, claimed: Claim) -> Recorder:
    """What a training hands its steps to."""
    return Recorder(store, claimed.run, Ledger(store, claimed.run, lambda _: "down", {}), BATCH)


def one_step(batch: int = BATCH) -> tuple[Loss, Targets]:
    """The loss and the labels of a step."""
    terms = {f"term{i}": torch.rand(()) for i in range(NUM_TERMS)}
    labels_B = torch.randint(NUM_CLASSES, (batch,))
    return Loss(terms, torch.randn(batch, NUM_CLASSES)), Targets(labels_B)


def finish(store: Store, claimed: Claim) -> None:
    """End a run as completed, which makes one block of each of its series."""
    run_queue.finish(store, claimed, RunState.COMPLETED)


def write_run(store: Store, num_steps: int, spec: RunSpec | None = None) -> int:
    """A completed run of so many recorded steps; returns its number."""
    claimed = begin(store, spec)
    loss, targets = one_step(batch=2)
    with recorder(store, claimed) as recording:
        for step in range(1, num_steps + 1):
            recording.step(step, loss, targets, 0.1)
    finish(store, claimed)
    return claimed.run
