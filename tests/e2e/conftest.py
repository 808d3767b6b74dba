import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from engine.spec.bundled import bundled
from engine.store import runs, staff
from engine.store.connect import open_store

FIRST_START_S = 60.0


class Sila:
    """The `sila` command on one workspace, as a person would type it."""

    def __init__(self, workspace):
        self.workspace = workspace

    def start(self, *arguments):
        return subprocess.Popen(
            [sys.executable, "-m", "engine", *map(str, arguments),
             "--workspace", str(self.workspace.root)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )

    def __call__(self, *arguments, code=0):
        process = self.start(*arguments)
        out, err = process.communicate(timeout=170)
        assert process.returncode == code, f"exit {process.returncode}\n{out}\n{err}"
        return out, err

    def json(self, *arguments, code=0):
        return json.loads(self(*arguments, "--json", code=code)[0])


@pytest.fixture
def sila(workspace):
    yield Sila(workspace)
    _end_processes(workspace.root)


@pytest.fixture
def store(workspace):
    store = open_store(workspace)
    yield store
    store.close()


def _end_processes(root: Path):
    """Every engine and worker of the workspace, so that no test leaves any."""
    found = [
        process for process in psutil.process_iter(["cmdline"])
        if str(root) in (process.info["cmdline"] or [])
    ]
    for process in found:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(found, timeout=10)


@pytest.fixture
def spec(tmp_path):
    def write(**changes):
        values = {"epochs": 2, "seeds": [0], "methods": ["plain"], "images": 300, **changes}
        methods = ", ".join(f'{{ name = "{name}" }}' for name in values["methods"])
        path = tmp_path / "spec.toml"
        path.write_text(
            f'name = "test"\nseeds = {values["seeds"]}\n'
            f'[dataset]\nname = "digits"\ntrain_images = {values["images"]}\n'
            f'[training]\nepochs = {values["epochs"]}\nbatch_size = 50\nlr = 0.05\nthreads = 1\n'
            f"[grid]\nmethod = [{methods}]\n"
        )
        return path

    return write


def wait_until(condition, seconds=FIRST_START_S):
    """Wait for something to become true; returns what it was."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")


@pytest.fixture
def wait():
    return wait_until


@pytest.fixture
def busy_worker(store):
    """The process that trains."""

    def find():
        busy = [row for row in staff.staff(store, "train") if row["state"] == "busy"]
        return psutil.Process(busy[0]["pid"]) if busy else None

    return find


@pytest.fixture
def row(store):
    return lambda run: runs.get_run(store, run)


@pytest.fixture
def digit():
    """A handwritten digit of the bundled ones as uint8 pixels (8, 8)."""
    with np.load(bundled("assets") / "datasets" / "digits.npz") as digits:
        pixels_NHW, labels_N = digits["pixels_NHW"], digits["labels_N"]
    return lambda number: (pixels_NHW[labels_N == number][0] * (255 / 16)).astype(np.uint8)
