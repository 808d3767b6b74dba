import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QToolButton

from studio.state.commands import Command
from tests.gui.following import child
from tests.gui.listing import do, why_not

pytestmark = pytest.mark.gui

LEFT = Qt.MouseButton.LeftButton


def test_that_a_command_that_cannot_run_says_why(window, context):
    action = context.commands.add(
        Command("x", "Do &it", "Ctrl+Alt+I", lambda: None, lambda: "There is nothing to do")
    )
    assert not action.isEnabled()
    assert action.toolTip() == "Do it (Ctrl+Alt+I): There is nothing to do"


def test_that_a_failed_job_is_shown_and_can_be_closed(qtbot, window, context):
    context.jobs.failed.emit("the disk is full")
    assert window.messages.text == "the disk is full"
    qtbot.mouseClick(child(window, QToolButton, "message_bar.close"), LEFT)
    assert window.messages.text == ""


def test_that_a_message_offers_what_to_do(window, context):
    done = []
    context.messages.offer("Deleted.", "Undo", lambda: done.append("undone"))
    assert window.messages.text == "Deleted."
    window.messages._action.click()
    assert done == ["undone"]
    assert window.messages.text == ""


def test_that_a_message_is_answered_read_copied_and_closed_by_commands(window, context):
    assert why_not(context, "message.close") == "There is no message"
    done = []
    context.messages.offer("Deleted.", "Undo", lambda: done.append("undone"))
    assert why_not(context, "message.details") == "The message has none"
    do(context, "message.act")
    assert (done, window.messages.text) == (["undone"], "")
    window.messages.show_message("It went wrong.", details="line 7")
    do(context, "message.details")
    assert window.messages._details.isVisible()
    do(context, "message.copy")
    assert QApplication.clipboard().text() == "It went wrong.\n\nline 7"
    do(context, "message.close")
    assert window.messages.text == ""


def test_that_a_message_moves_nothing_of_the_page(qtbot, window):
    before = window.page.mapTo(window, QPoint())
    window.messages.show_message("Saved", "good")
    QApplication.processEvents()
    assert window.messages.isVisible()
    assert window.page.mapTo(window, QPoint()) == before
