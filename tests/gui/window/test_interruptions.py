"""What is said of runs whose workers had ended, once an engine has entered it."""

import pytest
from PySide6.QtWidgets import QToolButton

from engine.spec.run_state import RunState
from engine.store import run_queue, staff
from studio.interruptions import Interruptions
from tests.gui.following import child

pytestmark = pytest.mark.gui

ONE = ("1 run was interrupted: its worker had ended. What it had reached at its last checkpoint "
       "is kept.")


@pytest.fixture
def window(window, context):
    Interruptions(context, window)
    return window


@pytest.fixture
def running(qtbot, client, context, filling):
    """Two runs that train, with the workers that train them."""
    runs = filling.queue(seeds=(0, 1))
    workers = [staff.enter(client.store, "train") for _ in runs]
    for worker in workers:
        run_queue.claim(client.store, worker)
    seen(qtbot, context, RunState.RUNNING, RunState.RUNNING)
    return runs, workers


def seen(qtbot, context, *states):
    qtbot.waitUntil(lambda: [run.state for run in reversed(context.feed.runs)] == list(states))


def test_that_runs_whose_workers_were_buried_are_offered_to_be_resumed(
    qtbot, window, context, client, running, monkeypatch
):
    _, workers = running
    monkeypatch.setattr(client, "start_engine", lambda: None)
    staff.bury(client.store, workers[0], "its worker process ended unexpectedly")
    qtbot.waitUntil(lambda: window.messages.text == ONE)
    staff.bury(client.store, workers[1], "its worker process ended unexpectedly")
    qtbot.waitUntil(lambda: window.messages.text.startswith("2 runs were interrupted: their work"))
    assert window.messages._action.text() == "Resume"
    window.messages._action.click()
    seen(qtbot, context, RunState.QUEUED, RunState.QUEUED)
    assert window.messages.text == ""


def test_that_one_that_is_resumed_elsewhere_is_offered_no_more(
    qtbot, window, context, client, running
):
    runs, workers = running
    for worker in workers:
        staff.bury(client.store, worker, "it was killed")
    qtbot.waitUntil(lambda: window.messages.text.startswith("2 runs"))
    run_queue.resume(client.store, runs[0])
    qtbot.waitUntil(lambda: window.messages.text == ONE)
    run_queue.resume(client.store, runs[1])
    qtbot.waitUntil(lambda: window.messages.text == "")


def test_that_it_is_said_once(qtbot, window, context, client, filling, running):
    staff.bury(client.store, running[1][0], "it was killed")
    qtbot.waitUntil(lambda: window.messages.text == ONE)
    window.messages._close.click()
    filling.queue(seeds=(2,))
    seen(qtbot, context, RunState.INTERRUPTED, RunState.RUNNING, RunState.QUEUED)
    assert window.messages.text == ""


def test_that_a_run_that_the_user_interrupted_is_not_told_of(
    qtbot, window, context, client, filling
):
    (run,) = filling.queue()
    claim = filling.train(run, 1)
    button = child(window, QToolButton, "status.run")
    qtbot.waitUntil(button.isVisible)
    run_queue.finish(client.store, claim, RunState.INTERRUPTED)
    seen(qtbot, context, RunState.INTERRUPTED)
    assert window.messages.text == ""
