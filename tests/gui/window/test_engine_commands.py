import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QToolButton

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
