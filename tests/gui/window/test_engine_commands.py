import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QToolButton

from engine.spec.run_state import RunState
from engine.store import staff
from studio.status_bar import device_line
from tests.gui.following import child
from tests.gui.listing import do

pytestmark = pytest.mark.gui

LEFT = Qt.MouseButton.LeftButton


def test_that_the_status_bar_tells_of_the_engine_the_run_and_the_queue(
    qtbot, window, context, client, filling
):
    ids = filling.queue(seeds=(0, 1, 2))
    filling.train(ids[0], 2)
    token = staff.take_lease(client.store)
    device = {"name": "cpu", "load": 61.0, "memory_used_mib": 2048, "memory_total_mib": 8192}
    staff.keep_lease(client.store, token, [device])
    run = child(window, QToolButton, "status.run")
    qtbot.waitUntil(lambda: "epoch 2/4" in run.text() and "4 s left" in run.text())
    assert child(window, QToolButton, "status.queue").text() == "queue 2"
    engine = child(window, QToolButton, "status.engine")
    qtbot.waitUntil(lambda: engine.text() == "engine: running")
    devices = child(window, QLabel, "status.devices")
    qtbot.waitUntil(lambda: devices.text() == "cpu 61 % · 2.0/8 GB")
    staff.release_lease(client.store, token)
    qtbot.waitUntil(lambda: engine.text() == "engine: stopped")
    assert devices.text() == ""


def lose_the_engine(qtbot, window, client):
    """An engine appears, and is gone."""
    token = staff.take_lease(client.store)
    engine = child(window, QToolButton, "status.engine")
    qtbot.waitUntil(lambda: engine.text() == "engine: running")
    yield
    staff.release_lease(client.store, token)
    qtbot.waitUntil(lambda: engine.text() == "engine: stopped")
    yield


def test_that_an_engine_that_ends_unasked_while_runs_wait_is_told_of_and_can_be_started(
    qtbot, window, context, client, filling, monkeypatch
):
    filling.queue(seeds=(0, 1))
    qtbot.waitUntil(lambda: len(context.feed.runs) == 2)
    list(lose_the_engine(qtbot, window, client))
    assert window.messages.text == "The engine has ended; 2 runs wait."
    started = []
    monkeypatch.setattr(client, "start_engine", lambda: started.append(True))
    window.messages._action.click()
    qtbot.waitUntil(lambda: started == [True])


@pytest.mark.parametrize(("seeds", "text"), [
    ((0, 1, 2), "The engine has ended; 2 runs wait."),
    ((0,), "The engine has ended; trainings go on."),
])
def test_that_a_run_that_its_worker_goes_on_training_does_not_wait_for_an_engine(
    qtbot, window, context, client, filling, seeds, text
):
    filling.train(filling.queue(seeds=seeds)[0], 1)
    qtbot.waitUntil(lambda: RunState.RUNNING in [run.state for run in context.feed.runs])
    list(lose_the_engine(qtbot, window, client))
    assert window.messages.text == text


def test_that_an_engine_that_ends_with_nothing_to_do_is_not_missed(
    qtbot, window, context, client, filling
):
    filling.queue()
    filling.complete(1)
    qtbot.waitUntil(lambda: [r.state for r in context.feed.runs] == [RunState.COMPLETED])
    list(lose_the_engine(qtbot, window, client))
    assert window.messages.text == ""


def test_that_an_engine_that_the_user_stopped_is_not_missed(
    qtbot, window, context, client, filling
):
    filling.queue()
    qtbot.waitUntil(lambda: bool(context.feed.runs))
    for _ in lose_the_engine(qtbot, window, client):
        client.stop_engine()
    assert window.messages.text == ""


def test_that_a_click_on_the_run_at_work_shows_it(qtbot, window, context, filling):
    run, = filling.queue()
    filling.train(run, 1)
    button = child(window, QToolButton, "status.run")
    qtbot.waitUntil(button.isVisible)
    qtbot.mouseClick(button, LEFT)
    assert window.current_page == "run"
    assert context.selection.current == run
    window.show_page("runs")
    do(context, "go.at_work")
    assert window.current_page == "run"


@pytest.mark.parametrize(
    ("device", "line"),
    [
        ({"name": "cpu"}, "cpu"),
        ({"name": "cpu", "load": 5.4}, "cpu 5 %"),
        ({"name": "cuda:0 H100", "load": 61, "memory_used_mib": 14541,
          "memory_total_mib": 144384}, "cuda:0 H100 61 % · 14.2/141 GB"),
    ],
)
def test_that_a_device_is_told_of_as_far_as_it_is_known(device, line):
    assert device_line(device) == line


def test_that_only_what_makes_sense_is_offered_about_the_engine(qtbot, window, client):
    start, stop, log = child(window, QToolButton, "status.engine").menu().actions()
    assert (start.isEnabled(), stop.isEnabled(), log.isEnabled()) == (True, False, True)
    token = staff.take_lease(client.store)
    qtbot.waitUntil(lambda: (start.isEnabled(), stop.isEnabled()) == (False, True))
    staff.release_lease(client.store, token)


def test_that_an_engine_that_has_written_no_log_is_no_fault(qtbot, window, context):
    do(context, "engine.log")
    qtbot.waitUntil(lambda: window.messages.text.startswith("The engine has written no log yet"))
    assert window.messages._tone == "info"
