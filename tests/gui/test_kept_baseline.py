from dataclasses import replace

import pytest
from PySide6.QtCore import QObject

from studio.kept_baseline import KEY, KeptBaseline
from studio.state.selection import Selection

pytestmark = pytest.mark.gui


@pytest.fixture
def open_window(context):
    """A function: what another window on the workspace has selected at its start."""
    owner = QObject()

    def start():
        selection = Selection(owner)
        KeptBaseline(replace(context, selection=selection), owner)
        return selection

    return start


def test_that_a_baseline_is_there_again_when_the_workspace_is_opened_again(
    qtbot, open_window, client
):
    first = open_window()
    first.set_baseline("a")
    first.set_baseline("b")
    qtbot.waitUntil(lambda: client.setting(KEY) == "b")
    second = open_window()
    qtbot.waitUntil(lambda: second.baseline == "b")


def test_that_a_baseline_that_was_taken_back_stays_away(qtbot, open_window, client):
    selection = open_window()
    selection.set_baseline("a")
    qtbot.waitUntil(lambda: client.setting(KEY) == "a")
    selection.set_baseline(None)
    qtbot.waitUntil(lambda: client.setting(KEY, "a") is None)


def test_that_what_the_user_was_quicker_with_is_not_undone(qtbot, open_window, client):
    client.put_setting(KEY, "old")
    selection = open_window()
    selection.set_baseline("new")
    qtbot.waitUntil(lambda: client.setting(KEY) == "new")
    assert selection.baseline == "new"


@pytest.mark.parametrize("kept", [7, ["a"], {}])
def test_that_a_damaged_memory_does_no_harm(qtbot, open_window, client, jobs, kept):
    client.put_setting(KEY, kept)
    selection = open_window()
    jobs.wait()
    qtbot.wait(10)
    assert selection.baseline is None
