import os
import subprocess
import sys

import pytest

from engine.spec.options import parse
from engine.spec.run_spec import RunSpec
from engine.store import run_queue, staff
from engine.store.connect import open_store


@pytest.fixture
def store(workspace):
    opened = open_store(workspace)
    yield opened
    opened.close()


@pytest.fixture
def enqueue(store):
    """A function: queue runs that differ by their seeds; returns their numbers."""

    def queue(count=1, **table):
        specs = [parse(RunSpec, {**table, "seed": seed}, "spec") for seed in range(count)]
        return run_queue.enqueue(store, specs)

    return queue


@pytest.fixture
def worker(store):
    hired = staff.hire(store, "train")
    staff.report_in(store, hired, "ready")
    return hired


@pytest.fixture
def spawn():
    """A function: start Python code with arguments in a process of its own."""
    started = []

    def start(code, *arguments):
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
