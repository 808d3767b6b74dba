"""The resume drill in the window: the process is the real one."""

import psutil
import pytest
from PySide6.QtWidgets import QLabel, QWidget

from studio.bridge.drill import Drill, DrillError, DrillResult, parse_result
from studio.pages.settings.drill import DrillSection
from tests.gui.listing import do, why_not

pytestmark = pytest.mark.gui
BEGUN_MS, ENDED_MS, WHOLE_MS = 60_000, 60_000, 170_000


@pytest.fixture
def drill(qapp, workspace):
    drill = Drill(workspace)
    yield drill
    drill.end()
    drill.deleteLater()


@pytest.fixture
def place(qtbot, context):
    """Where the section stands."""
    place = QWidget()
    qtbot.addWidget(place)
    place.resize(700, 300)
    section = DrillSection(context, place)
    section.setParent(place)
    section.resize(700, 300)
    place.show()
    yield place
    section._drill.end()


def left_over(workspace):
    inside = f"{workspace.root}/drill-"
    return [*workspace.root.glob("drill-*")] + [
        process for process in psutil.process_iter(["cmdline"])
        if any(inside in word for word in process.info["cmdline"] or [])
    ]


def word(place):
    badge = place.findChild(QLabel, "drill_verdict")
    return badge.text() if badge.isVisible() else ""


def test_that_a_drill_that_cannot_be_done_says_why(qtbot, drill):
    with qtbot.waitSignal(drill.failed, timeout=BEGUN_MS) as told:
        drill.start(device="nonsense")
    assert told.args[0].startswith("[spec.training] device = 'nonsense': a device is auto")
    assert not drill.running


def test_that_what_a_drill_printed_is_read():
    said = b'{"identical": false, "verdict": "drift: 1 kill", "drift": ["a differs"], "kills": []}'
    assert parse_result(said) == DrillResult(False, "drift: 1 kill", ("a differs",))
    with pytest.raises(DrillError, match="nothing that could be read: b'Traceback'"):
        parse_result(b"Traceback")


def test_that_what_differs_is_shown(place):
    place.findChild(DrillSection)._drill.ended.emit(
        DrillResult(False, "drift: 1 kill", ("epoch 3 differs",))
    )
    assert word(place) == "not the same"
    assert place.findChild(QLabel, "drill_said").text() == "drift: 1 kill\nepoch 3 differs"


@pytest.mark.long
def test_that_a_drill_is_begun_and_cancelled_by_commands_and_leaves_nothing(
    qtbot, place, context, workspace
):
    assert why_not(context, "settings.cancel_drill") == "Nothing is under way here"
    do(context, "settings.drill")
    assert why_not(context, "settings.drill") == "It is under way"
    task = place.findChild(DrillSection)._task
    qtbot.waitUntil(lambda: task.text().startswith("one run is left alone"), timeout=BEGUN_MS)
    qtbot.waitUntil(lambda: bool(left_over(workspace)))
    do(context, "settings.cancel_drill")
    assert task.text() == "Ending what was started…"
    qtbot.waitUntil(lambda: word(place) == "cancelled", timeout=ENDED_MS)
    assert left_over(workspace) == []
    assert why_not(context, "settings.drill") is None


def test_that_a_drill_that_ends_unseen_is_told_of(qtbot, place, context):
    place.hide()
    with qtbot.waitSignal(context.messages.said) as told:
        place.findChild(DrillSection)._drill.ended.emit(DrillResult(True, "bit-identical", ()))
    assert told.args[0].text == "Resume drill: bit for bit the same"


@pytest.mark.long
def test_that_the_end_of_the_program_lets_the_drill_clean_up(qtbot, qapp, drill, workspace):
    with qtbot.waitSignal(drill.progressed, timeout=BEGUN_MS):
        drill.start()
    qtbot.waitUntil(lambda: bool(left_over(workspace)))
    qapp.aboutToQuit.emit()  # returns once it has cleaned up
    assert not drill.running
    assert left_over(workspace) == []


@pytest.mark.slow
def test_that_a_drill_proves_in_the_window_that_kills_cost_nothing(
    qtbot, place, context, workspace
):
    do(context, "settings.drill")
    qtbot.waitUntil(lambda: bool(word(place)), timeout=WHOLE_MS)
    said = place.findChild(QLabel, "drill_said").text()
    assert word(place) == "bit for bit the same", said
    assert said.startswith("bit-identical: ")
    assert left_over(workspace) == []
