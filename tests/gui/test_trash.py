import time
from functools import partial

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QToolButton

from engine.spec.errors import StoreError
from engine.spec.run_state import RunState
from engine.store import schema
from studio import trash
from studio.app import Studio
from studio.bridge.client import Client
from studio.widgets.message_bar import MessageBar

pytestmark = pytest.mark.gui


@pytest.fixture
def open_studio(qtbot, workspace, settings, monkeypatch):
    """A function: the studio as `sila-studio` puts it together, but for the engine."""
    monkeypatch.setattr(Client, "start_engine", lambda client: None)
    studios = []

    def start():
        studio = Studio(QApplication.instance(), workspace, settings)
        studios.append(studio)
        studio.window.show()
        qtbot.waitUntil(lambda: studio.context is not None)
        return studio

    yield start
    for studio in studios:
        if studio.window.isVisible():
            shut(studio)
        studio.window.deleteLater()


def shut(studio):
    studio.window.close()
    studio.close()


@pytest.fixture
def three(client, filling):
    """A completed run, two queued ones; the first two have 2 KiB of files each."""
    ids = filling.queue(seeds=(0, 1, 2))
    filling.complete(ids[0])
    for run in ids[:2]:
        client.workspace.run_folder(run).mkdir(parents=True)
        (client.workspace.run_folder(run) / "file.bin").write_bytes(bytes(2048))
    client.annotate(ids[0], tags=["a"], pinned=True)
    return ids


def listed(studio):
    return sorted(run.id for run in studio.context.feed.runs)


def delete(qtbot, studio, *runs):
    qtbot.waitUntil(lambda: set(runs) <= set(listed(studio)))
    studio.window.page._table.select_runs(runs)
    with qtbot.waitSignal(studio.context.messages.said):
        studio.context.commands.action("run.delete").trigger()
    qtbot.waitUntil(lambda: not set(runs) & set(listed(studio)))


def stored(client):
    """The numbers of all runs that have rows or files."""
    with client.store.read() as connection:
        rows = set(connection.execute(sa.select(schema.run.c.id)).scalars())
    return rows | {int(folder.name) for folder in client.workspace.run_folder(1).parent.iterdir()}


def age(client, run):
    """Let a run have been deleted two minutes ago."""
    with client.store.write() as connection:
        connection.execute(
            schema.run.update().where(schema.run.c.id == run).values(deleted_at=time.time() - 120)
        )


def close_message(studio):
    studio.window.messages.findChild(QToolButton, "message_bar.close").click()


def test_that_deleted_runs_vanish_at_once_and_are_all_back_after_undo(
    qtbot, open_studio, client, three
):
    studio, before = open_studio(), client.runs()
    studio.context.messages.offer("Something else.", "Do", lambda: None)
    delete(qtbot, studio, *three[:2])
    assert studio.window.messages.text == "Deleted 2 runs (4.0 KiB)."
    assert listed(studio) == three[2:]
    studio.window.messages._action.click()
    qtbot.waitUntil(lambda: listed(studio) == three)
    assert client.runs() == before
    assert studio.window.messages.text == ""
    shut(studio)
    assert client.runs() == before
    assert stored(client) == set(three)


def test_that_undo_is_a_command_as_long_as_there_is_something_to_undo(
    qtbot, open_studio, client, three
):
    studio = open_studio()
    undo = studio.context.commands.action("run.undo_delete")
    assert (undo.isEnabled(), undo.shortcut().toString()) == (False, "Ctrl+Z")
    assert undo.toolTip().endswith(": Nothing was deleted a moment ago")
    delete(qtbot, studio, *three[:2])
    assert undo.isEnabled()
    undo.trigger()
    assert studio.window.messages.text == ""
    assert not undo.isEnabled()
    qtbot.waitUntil(lambda: listed(studio) == three)
    delete(qtbot, studio, three[0])
    close_message(studio)
    assert not undo.isEnabled()
    qtbot.waitUntil(lambda: stored(client) == set(three[1:]))


def test_that_runs_are_deleted_once_however_often_it_is_asked_for(
    qtbot, open_studio, client, three
):
    studio = open_studio()
    qtbot.waitUntil(lambda: listed(studio) == three)
    said, kept = [], three[2]
    studio.context.messages.said.connect(lambda message: said.append(message.text))
    delete = studio.context.commands.action("run.delete")
    studio.window.page._table.select_runs(three[:2])
    delete.trigger()
    delete.trigger()
    studio.context.jobs._pool.waitForDone()
    qtbot.waitUntil(lambda: listed(studio) == [kept])
    assert said == ["Deleted 2 runs (4.0 KiB)."] == [studio.window.messages.text]
    studio.context.commands.action("run.undo_delete").trigger()
    qtbot.waitUntil(lambda: listed(studio) == three)
    studio.window.page._table.select_runs(three[:1])
    delete.trigger()
    qtbot.waitUntil(lambda: listed(studio) == three[1:])


def test_that_a_run_that_could_not_be_deleted_can_be_later(
    qtbot, open_studio, client, three, monkeypatch
):
    studio = open_studio()
    qtbot.waitUntil(lambda: listed(studio) == three)
    studio.window.page._table.select_runs(three[:1])
    delete = studio.context.commands.action("run.delete")
    with monkeypatch.context() as patch:
        patch.setattr(Client, "trash", refuse)
        delete.trigger()
        qtbot.waitUntil(lambda: studio.window.messages.text == "the store is locked")
    delete.trigger()
    qtbot.waitUntil(lambda: listed(studio) == three[1:])


def refuse(*_):
    raise StoreError("the store is locked")


def test_that_what_is_said_meanwhile_ends_no_offer(qtbot, open_studio, client, three):
    studio = open_studio()
    delete(qtbot, studio, three[0])
    studio.context.messages.offer("The engine has ended.", "Start the engine", lambda: None)
    assert studio.window.messages.text == "The engine has ended."
    studio.context.commands.action("run.undo_delete").trigger()
    qtbot.waitUntil(lambda: listed(studio) == three)
    assert studio.window.messages.text == "The engine has ended."
    close_message(studio)
    assert studio.window.messages.text == ""
    shut(studio)
    assert stored(client) == set(three)


def test_that_the_disk_is_freed_when_the_message_was_closed(qtbot, open_studio, client, three):
    studio = open_studio()
    delete(qtbot, studio, three[0])
    said = "Deleted plain resnet8 digits s0 (2.0 KiB)."
    assert studio.window.messages.text == said
    studio.context.messages.say("Something else.")
    close_message(studio)
    assert studio.window.messages.text == said
    studio.context.jobs._pool.waitForDone()
    assert stored(client) == set(three), "it can be undone as yet"
    close_message(studio)
    qtbot.waitUntil(lambda: stored(client) == set(three[1:]))


def test_that_the_offer_ends_with_its_time_and_the_disk_is_freed(
    qtbot, open_studio, client, three, monkeypatch
):
    monkeypatch.setattr(trash, "UNDO_S", 0.5)
    client.trash(three[1:2])  # by a window that was killed just now
    studio = open_studio()
    delete(qtbot, studio, three[0])
    monkeypatch.setattr(trash, "UNDO_S", 1.5)
    delete(qtbot, studio, three[2])
    qtbot.waitUntil(lambda: not stored(client))
    assert studio.window.messages.text == ""


def test_that_a_message_that_came_later_is_not_taken_away_with_the_time(
    qtbot, open_studio, client, three, monkeypatch
):
    monkeypatch.setattr(trash, "UNDO_S", 0.5)
    studio = open_studio()
    delete(qtbot, studio, three[0])
    studio.context.messages.say("The disk is full.", "bad")
    qtbot.waitUntil(lambda: stored(client) == set(three[1:]))
    assert studio.window.messages.text == "The disk is full."
    close_message(studio)
    assert studio.window.messages.text == ""


def test_that_deletions_are_undone_one_after_the_other_the_last_one_first(
    qtbot, open_studio, client, three
):
    studio = open_studio()
    for run in three:
        delete(qtbot, studio, run)
    undo = studio.context.commands.action("run.undo_delete")
    for back in (three[2:], three[1:]):
        undo.trigger()
        qtbot.waitUntil(lambda back=back: listed(studio) == back)
    assert studio.window.messages.text == "Deleted plain resnet8 digits s0 (2.0 KiB)."
    studio.window.messages._action.click()
    qtbot.waitUntil(lambda: listed(studio) == three)
    assert (undo.isEnabled(), studio.window.messages.text) == (False, "")
    assert stored(client) == set(three)


def test_that_every_deletion_has_its_own_time(qtbot, open_studio, client, three, monkeypatch):
    monkeypatch.setattr(trash, "UNDO_S", 0.5)
    studio = open_studio()
    delete(qtbot, studio, three[0])
    monkeypatch.setattr(trash, "UNDO_S", 60.0)
    delete(qtbot, studio, three[1])
    qtbot.waitUntil(lambda: stored(client) == set(three[1:]))
    assert studio.window.messages.text == "Deleted plain resnet8 digits s1 (2.0 KiB)."
    studio.context.commands.action("run.undo_delete").trigger()
    qtbot.waitUntil(lambda: listed(studio) == three[1:])
    assert studio.window.messages.text == ""


def test_that_closing_the_window_frees_what_it_deleted_and_only_that(
    qtbot, open_studio, client, three
):
    studio = open_studio()
    client.trash(three[2:])  # by another window, where it can still be undone
    delete(qtbot, studio, three[0])
    shut(studio)
    assert stored(client) == set(three[1:])


def test_that_opening_a_workspace_frees_what_a_killed_window_left(
    qtbot, open_studio, client, three
):
    client.trash(three[:2])
    age(client, three[0])
    studio = open_studio()
    qtbot.waitUntil(lambda: listed(studio) == three[2:])
    qtbot.waitUntil(lambda: stored(client) == set(three[1:]))


def test_that_undo_says_so_where_it_comes_too_late(qtbot, open_studio, client, three):
    studio = open_studio()
    delete(qtbot, studio, three[0])
    client.purge()
    studio.window.messages._action.click()
    said = f"run {three[0]} was freed for good and cannot be brought back"
    qtbot.waitUntil(lambda: studio.window.messages.text == said)


def test_that_a_run_that_was_claimed_meanwhile_is_kept(
    qtbot, open_studio, client, filling, three
):
    studio = open_studio()
    qtbot.waitUntil(lambda: listed(studio) == three)
    rows = [run for run in studio.context.feed.runs if run.id == three[1]]
    filling.train(three[1], 1)
    studio._run_commands.trash.put(rows)
    said = f"run {three[1]} is running: stop it first; nothing was deleted"
    qtbot.waitUntil(lambda: studio.window.messages.text == said)
    assert client.runs(three[1:2])[0].state is RunState.RUNNING


@pytest.fixture
def bar(qtbot):
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.heard = []
    bar.gone.connect(bar.heard.append)
    return bar


def test_that_the_bar_tells_of_an_offer_that_is_gone_once(qtbot, bar):
    first, second, third, fourth = ((lambda: None) for _ in range(4))
    bar.show_message("first", "info", action="Do", run=first)
    bar.withdraw(second)
    assert (bar.text, bar.heard) == ("first", [])
    bar.show_message("second", "info", action="Do", run=second)
    assert (bar.text, bar.heard) == ("second", [first])
    qtbot.mouseClick(bar.findChild(QToolButton, "message_bar.close"), Qt.MouseButton.LeftButton)
    assert (bar.text, bar.heard) == ("", [first, second])
    bar.show_message("third", "info", action="Do", run=third)
    bar.withdraw(third)
    assert (bar.text, bar.heard) == ("", [first, second, third])
    bar.show_message("nothing to do")
    bar.show_message("fourth", "info", action="Do", run=fourth)
    assert bar.heard == [first, second, third]


def test_that_a_message_that_returns_waits_below_the_others(bar):
    first, second = [], []
    bar.show_message("first", "info", action="Do", run=lambda: first.append(1), returns=True)
    bar.show_message("second", "info", action="Do", run=lambda: second.append(1), returns=True)
    bar.show_message("good news", "good")
    for said in ("good news", "second", "first"):
        assert bar.text == said
        bar._action.click() if said == "second" else bar.take_back(said)
    assert (bar.text, len(bar.heard), first, second) == ("", 1, [], [1])


def test_that_a_message_that_waits_can_be_withdrawn(bar):
    run = partial(print, "done")
    bar.show_message("first", "info", action="Do", run=run, returns=True)
    bar.show_message("second")
    assert bar.heard == []
    bar.withdraw(run)
    assert (bar.text, bar.heard) == ("second", [run])
    bar.take_back("second")
    assert (bar.text, bar.heard) == ("", [run])


def test_that_an_offer_that_was_taken_up_is_not_told_as_gone(bar):
    done = []
    bar.show_message("Deleted.", "info", action="Undo", run=lambda: done.append(1))
    bar._action.click()
    bar.show_message("next")
    assert (done, bar.heard) == ([1], [])
