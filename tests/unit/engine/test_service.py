import subprocess
import sys

import pytest

from engine import service
from engine.service import FORKS, Engine
from engine.spec.run_spec import RunSpec
from engine.store import run_queue, staff, tasks
from engine.store.connect import open_store

WAITING = "nursery" if FORKS else "train"


@pytest.fixture
def store(workspace):
    opened = open_store(workspace)
    yield opened
    opened.close()


@pytest.fixture
def engine(store, monkeypatch):
    """An engine whose workers only wait to be ended: importing takes them seconds."""
    started = []

    def start(arguments, log):
        started.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]))
        return started[-1]

    monkeypatch.setattr(service, "start_detached", start)
    yield Engine(store, staff.take_lease(store), 100.0)
    for process in started:
        process.kill()
        process.wait()


def kinds(store):
    return [kind for kind in service.KINDS for _ in staff.staff(store, kind)]


def test_that_an_engine_keeps_a_worker_warm_unless_it_is_told_not_to(store, engine):
    engine._hire()
    assert kinds(store) == [WAITING]
    staff.keep_warm(store, False)
    assert not staff.keeps_warm(store)
    if FORKS:
        engine._hire()
        assert kinds(store) == []


def test_that_a_cold_engine_starts_a_worker_for_what_there_is_to_do(store, engine):
    staff.keep_warm(store, False)
    engine._hire()
    assert kinds(store) == []
    run_queue.enqueue(store, [RunSpec(), RunSpec(seed=1)])
    tasks.submit(store, "verify", {"bundle": "x"})
    for _ in range(2):  # the one that starts is enough for now
        engine._hire()
        assert kinds(store) == ["train", "task"]
    staff.keep_warm(store, True)
    engine._hire()
    assert kinds(store) == (["nursery", "train", "task"] if FORKS else ["train", "task"])


def test_that_an_engine_that_ends_takes_along_what_waits(store, engine):
    engine._hire()
    [process] = engine._processes.values()
    engine._dismiss()
    assert process.wait(timeout=5)
    assert kinds(store) == []


def test_that_what_backbones_cost_is_counted_once_the_first_run_has_begun(store, monkeypatch):
    started = []
    monkeypatch.setattr(service, "start_detached", lambda *told: started.append(told[0]))
    monkeypatch.setattr(service, "publish_kept", lambda _: False)
    engine = Engine(store, "token", 1.0)
    known, complete = [False], [False]
    monkeypatch.setattr(service, "catalog_is_current", lambda _: known[0])
    monkeypatch.setattr(service, "catalog_is_complete", lambda _: complete[0])
    assert engine._publish_catalog() is None  # there are no cards at all
    assert [told[:2] for told in started] == [["catalog", "--publish"]]
    known[0] = True
    assert engine._publish_catalog() == engine._begun_at + service.COUNT_AFTER_S
    assert len(started) == 1
    engine._begun_at -= service.COUNT_AFTER_S
    assert engine._publish_catalog() is None
    assert len(started) == 2
    complete[0] = True
    assert engine._publish_catalog() is None
    assert len(started) == 2
