import signal
import subprocess
import sys

import pytest
import torch

from engine import nursery, worker
from engine.service import FORKS
from engine.spec.errors import StoreError
from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from engine.store import run_queue, runs, staff
from engine.store.connect import open_store

REHEARSAL = """
import gc
import threading

import torch

from engine import nursery, worker

def fail():
    raise AssertionError("CUDA was asked for")

torch._C._cuda_getDeviceCount = fail
gc.disable()
worker.get_ready()
assert gc.isenabled()
nursery._rehearse()
assert not torch.cuda.is_initialized()
print(threading.active_count())
"""


@pytest.mark.long
@pytest.mark.skipif(not FORKS, reason="workers are forked on Linux only")
def test_that_what_is_to_be_forked_has_no_threads_and_has_not_touched_a_gpu():
    done = subprocess.run(
        [sys.executable, "-c", REHEARSAL], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.returncode) == ("1", 0), done.stderr


@pytest.fixture
def store(workspace):
    opened = open_store(workspace)
    yield opened
    opened.close()


@pytest.mark.skipif(not FORKS, reason="workers are forked on Linux only")
def test_that_a_run_whose_worker_cannot_be_born_fails_in_one_line(store, monkeypatch):
    [run] = run_queue.enqueue(store, [RunSpec()])
    monkeypatch.setattr(nursery, "_grow_up", lambda *_, **__: 1)
    monkeypatch.setattr(nursery.time, "sleep", lambda _: None)
    monkeypatch.setattr(worker, "get_ready", lambda: None)
    monkeypatch.setattr(nursery, "open_store", lambda _: store)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    births = iter(["train"] * 3)
    monkeypatch.setattr(nursery, "_next_kind", lambda _: next(births, None))
    number = staff.hire(store, "nursery")
    before = torch.get_num_threads()
    nursery.nurse(store.workspace, number)
    torch.set_num_threads(before)
    row = runs.get_run(store, run)
    assert row.state is RunState.FAILED
    assert row.error == (
        f"no worker could be forked; see worker-{number}.log in {store.workspace.logs}"
    )
    assert staff.staff(store, "nursery") == []


def test_that_waiting_outlives_a_store_that_cannot_be_read(store, monkeypatch, capsys):
    tries = iter([StoreError("the disk is full"), None])

    def wait_for(*_, **__):
        if (outcome := next(tries)) is not None:
            raise outcome

    monkeypatch.setattr(worker, "wait_for", wait_for)
    monkeypatch.setattr(nursery.time, "sleep", lambda _: None)
    assert nursery._next_kind(store) is None
    assert capsys.readouterr().err == "the disk is full\n"


def test_that_tasks_compute_on_all_cores_though_a_nursery_has_one_thread(store, monkeypatch):
    monkeypatch.setattr(worker, "wait_for", lambda *_: None)
    monkeypatch.setattr(worker, "usable_cores", lambda: 3)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    worker._do_tasks(store, 1)
    used = torch.get_num_threads()
    torch.set_num_threads(before)
    assert used == 3
