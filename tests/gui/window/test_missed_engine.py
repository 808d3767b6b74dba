"""What is said while there is no engine, of runs and tasks."""

import subprocess
import sys

import psutil
import pytest
from PySide6.QtWidgets import QLabel, QToolButton

from engine.spec.run_state import RunState
from engine.store import run_queue, schema, staff, tasks
from studio.missed_engine import MissedEngine
from tests.gui.following import child
from tests.gui.listing import why_not

pytestmark = pytest.mark.gui


@pytest.fixture
def window(window, context):
    MissedEngine(context, window)
    return window


@pytest.fixture
def engine(qtbot, context, client):
    """An engine that the window has seen; `end` lets it be gone."""

    class Seen:
        def __init__(self):
            self._token = staff.take_lease(client.store)
            qtbot.waitUntil(lambda: context.feed.engine is not None)

        def end(self):
            staff.release_lease(client.store, self._token)
            qtbot.waitUntil(lambda: context.feed.engine is None)

    return Seen


@pytest.fixture
def worker(client):
    """A worker in a process of its own, which can be ended."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    number = staff.hire(client.store, "train")
    with client.store.write() as connection:
        connection.execute(schema.worker.update().where(schema.worker.c.id == number).values(
            pid=process.pid, process_started_at=psutil.Process(process.pid).create_time(),
        ))
    process.number = number
    yield process
    process.kill()
    process.wait()


def end(process):
    process.kill()
    process.wait()


def says(qtbot, window, text):
    qtbot.waitUntil(lambda: window.messages.text == text)


def seen(qtbot, context, *states):
    qtbot.waitUntil(lambda: [run.state for run in reversed(context.feed.runs)] == list(states))


def test_that_an_engine_that_ends_unasked_while_runs_wait_is_told_of_and_can_be_started(
    qtbot, window, context, client, engine, filling, monkeypatch
):
    filling.queue(seeds=(0, 1))
    seen(qtbot, context, RunState.QUEUED, RunState.QUEUED)
    engine().end()
    says(qtbot, window, "The engine has ended; 2 runs wait.")
    started = []
    monkeypatch.setattr(client, "start_engine", lambda: started.append(True))
    window.messages._action.click()
    qtbot.waitUntil(lambda: started == [True])


@pytest.mark.parametrize(("seeds", "text"), [
    ((0, 1, 2), "The engine has ended; 2 runs wait, 1 training goes on."),
    ((0,), "The engine has ended; 1 training goes on."),
])
def test_that_a_run_that_its_worker_goes_on_training_does_not_wait_for_an_engine(
    qtbot, window, context, client, engine, filling, seeds, text
):
    filling.train(filling.queue(seeds=seeds)[0], 1)
    qtbot.waitUntil(lambda: RunState.RUNNING in [run.state for run in context.feed.runs])
    engine().end()
    says(qtbot, window, text)


def test_that_a_task_that_waits_is_told_of_until_it_waits_no_more(
    qtbot, window, context, client, engine
):
    seen_engine = engine()
    task = tasks.submit(client.store, "export", {"run": 1})
    seen_engine.end()
    says(qtbot, window, "The engine has ended; 1 task waits.")
    tasks.submit(client.store, "verify", {})
    says(qtbot, window, "The engine has ended; 2 tasks wait.")
    tasks.cancel(client.store, task)
    tasks.claim_task(client.store, staff.enter(client.store, "task"))
    says(qtbot, window, "")  # the worker that does it needs no engine
    assert tasks.queued_tasks(client.store) == 0


def test_that_a_task_whose_worker_died_with_the_engine_is_told_of(
    qtbot, window, client, engine, worker
):
    tasks.submit(client.store, "export", {"run": 1})
    tasks.claim_task(client.store, worker.number)
    seen_engine = engine()
    end(worker)
    seen_engine.end()
    says(qtbot, window, "The engine has ended; 1 task broke off.")


def test_that_a_training_whose_worker_died_with_the_engine_does_not_go_on(
    qtbot, window, context, client, engine, filling, worker
):
    lost, going = filling.queue(seeds=(0, 1))
    run_queue.claim(client.store, worker.number)
    filling.train(going, 1)
    seen(qtbot, context, RunState.RUNNING, RunState.RUNNING)
    seen_engine = engine()
    end(worker)
    seen_engine.end()
    says(qtbot, window, "The engine has ended; 1 training broke off, 1 training goes on. "
                        "Start it again to recover the training.")
    qtbot.waitUntil(lambda: {run.id: run.abandoned for run in context.feed.runs} == {
        lost: True, going: False
    })
    at_work = child(window, QToolButton, "status.run")
    assert at_work.text().startswith(f"run {going} ")
    assert "more" not in at_work.text()
    assert "1 running" in window.page._header._subtitle.text()
    context.selection.select([lost])
    for command in ("resume", "pause", "stop", "delete"):
        assert why_not(context, f"run.{command}") == "Start the engine first"
    context.selection.open_run(lost)
    said = child(window, QLabel, "run.error")
    qtbot.waitUntil(lambda: said.text().startswith("Its worker has ended: start the engine"))
    assert child(window, QLabel, "run.state").text() == "Interrupted"
    again = engine()
    says(qtbot, window, "")
    qtbot.waitUntil(lambda: not any(run.abandoned for run in context.feed.runs))
    again.end()


def test_that_a_worker_that_dies_later_than_the_engine_is_told_of_though_the_first_was_closed(
    qtbot, window, context, client, engine, filling, worker
):
    filling.queue()
    run_queue.claim(client.store, worker.number)
    seen(qtbot, context, RunState.RUNNING)
    engine().end()
    says(qtbot, window, "The engine has ended; 1 training goes on.")
    window.messages._close.click()
    end(worker)
    says(qtbot, window, "The engine has ended; 1 training broke off. "
                        "Start it again to recover the training.")
    qtbot.waitUntil(lambda: context.feed.runs[0].abandoned)  # though nobody wrote anything
    window.messages._close.click()
    filling.queue(seeds=(1,))
    seen(qtbot, context, RunState.RUNNING, RunState.QUEUED)
    assert window.messages.text == ""  # it was closed twice


def test_that_an_engine_that_ends_with_nothing_to_do_is_not_missed(
    qtbot, window, context, client, engine, filling
):
    filling.queue()
    filling.complete(1)
    seen(qtbot, context, RunState.COMPLETED)
    engine().end()
    assert window.messages.text == ""
    filling.queue(seeds=(1,))  # an engine is started for it
    seen(qtbot, context, RunState.COMPLETED, RunState.QUEUED)
    assert window.messages.text == ""


def test_that_an_engine_that_the_user_stopped_is_not_missed(
    qtbot, window, context, client, engine, filling
):
    filling.queue()
    seen(qtbot, context, RunState.QUEUED)
    seen_engine = engine()
    client.stop_engine()
    seen_engine.end()
    assert window.messages.text == ""


def test_that_before_the_first_engine_nothing_is_missed(
    qtbot, window, context, client, filling, worker
):
    filling.queue()
    run_queue.claim(client.store, worker.number)
    end(worker)
    qtbot.waitUntil(lambda: [run.abandoned for run in context.feed.runs] == [True])
    assert window.messages.text == ""
