import signal

import pytest
import torch

from engine.build import catalogue_entries
from engine.spec.options import parse
from engine.spec.run_spec import RunSpec
from engine.store import cards, run_queue, staff
from engine.store.connect import open_store

TINY = {
    "dataset": {"name": "digits", "train_images": 200, "validation": 0.1},
    "backbone": {"name": "resnet8"},
    "training": {"epochs": 2, "batch_size": 50, "lr": 0.05, "threads": 1, "device": "cpu"},
}


@pytest.fixture(autouse=True)
def _one_thread():
    before, handler = torch.get_num_threads(), signal.getsignal(signal.SIGTERM)
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def tiny():
    """A function: a spec whose training takes half a second, with tables changed."""

    def make(method="plain", options=None, *, seed=0, **tables):
        merged = {name: {**values, **tables.get(name, {})} for name, values in TINY.items()}
        method_table = {"name": method, "options": options or {}}
        table = {**tables, **merged, "method": method_table, "seed": seed}
        return parse(RunSpec, table, "spec")

    return make


@pytest.fixture
def store(workspace):
    opened = open_store(workspace)
    cards.publish(opened, [entry.card for entry in catalogue_entries()], "these tests")
    run_queue.set_parallel_runs(opened, 99)
    yield opened
    opened.close()


@pytest.fixture
def claim(store):
    """A function: queue a spec (or go on with a run) and claim it."""

    def go(spec_or_run):
        if isinstance(spec_or_run, RunSpec):
            run_queue.enqueue(store, [cards.read_catalog(store).resolve(spec_or_run)])
        else:
            run_queue.resume(store, spec_or_run)
        claimed = run_queue.claim(store, staff.hire(store, "train"))
        assert claimed is not None
        return claimed

    return go
