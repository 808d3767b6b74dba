import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from engine.spec.run_state import RunState
from engine.store import run_queue
from studio.item_models.run_columns import COLUMN_INDEX
from tests.gui.listing import LEFT, centre, do, queue, runs, select, shown, table_of, why_not

pytestmark = pytest.mark.gui


@pytest.fixture
def waiting(qtbot, page, context, filling):
    """Run 1 completed, runs 2 to 5 queued, in the order of the queue."""
    filling.queue(seeds=tuple(range(5)))
    filling.complete(1)
    do(context, "runs.order_by_queue")
    qtbot.waitUntil(lambda: shown(page) == [2, 3, 4, 5, 1])
    return page


def drag(page, run):
    """Press on a row and pull it away."""
    table, start = table_of(page), centre(page, run)
    window = page.window().windowHandle()
    places = [table.viewport().mapTo(page.window(), start + QPoint(0, y)) for y in (0, 20, 40)]
    QTest.mousePress(window, LEFT, Qt.KeyboardModifier.NoModifier, places[0])
    for place in places[1:]:
        QTest.mouseMove(window, place)
    QTest.mouseRelease(window, LEFT, Qt.KeyboardModifier.NoModifier, places[-1])


def drop(page, rows, at):
    """Let some rows fall before another: no mouse can, on a screen that is not there."""
    model = table_of(page).model()
    data = model.mimeData([model.index(row, 0) for row in rows])
    return model.dropMimeData(data, Qt.DropAction.MoveAction, at, 0, model.index(-1, -1))


@pytest.mark.parametrize(
    ("rows", "at", "expected"),
    [((3,), 0, [5, 2, 3, 4, 1]), ((0,), 5, [3, 4, 5, 2, 1]), ((2, 3), 0, [4, 5, 2, 3, 1])],
)
def test_that_dropped_rows_take_their_new_place_in_the_queue(
    qtbot, waiting, context, rows, at, expected
):
    assert drop(waiting, rows, at)
    qtbot.waitUntil(lambda: shown(waiting) == expected)
    assert queue(context) == expected[:-1]


@pytest.mark.parametrize("grouped", [False, True])
def test_that_dragging_says_where_it_is_possible_and_leads_there(
    qtbot, waiting, context, grouped
):
    if grouped:
        do(context, "runs.group.method")
    else:
        table_of(waiting).sortByColumn(COLUMN_INDEX["created"], Qt.SortOrder.DescendingOrder)
    with qtbot.waitSignal(context.messages.said) as signal:
        drag(waiting, 4)
    message = signal.args[0]
    assert message.text.endswith("here they stand by group." if grouped else "by Created.")
    assert message.action == "Order by the queue"
    message.run()
    assert shown(waiting) == [2, 3, 4, 5, 1]
    assert queue(context) == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("command", "which", "expected"),
    [("top", (4,), [4, 2, 3, 5]), ("top", (5, 3), [3, 5, 2, 4]), ("up", (4, 5), [2, 4, 5, 3]),
     ("down", (2,), [3, 2, 4, 5]), ("down", (2, 3), [4, 2, 3, 5])],
)
def test_that_queued_runs_are_moved_whatever_the_rows_are_sorted_by(
    qtbot, waiting, context, command, which, expected
):
    table_of(waiting).sortByColumn(COLUMN_INDEX["seed"], Qt.SortOrder.DescendingOrder)
    select(qtbot, waiting, *which)
    do(context, f"run.{command}")
    qtbot.waitUntil(lambda: queue(context) == expected)


def test_that_the_keyboard_moves_a_row_and_the_selection_goes_with_it(qtbot, waiting, context):
    select(qtbot, waiting, 5)
    keys = {name: context.commands.keys(f"run.{name}") for name in ("up", "down", "top")}
    assert keys == {"up": "Ctrl+Up", "down": "Ctrl+Down", "top": "Ctrl+Shift+Up"}
    do(context, "run.up")
    qtbot.waitUntil(lambda: shown(waiting) == [2, 3, 5, 4, 1])
    do(context, "run.up")
    qtbot.waitUntil(lambda: shown(waiting) == [2, 5, 3, 4, 1])
    assert context.selection.selected == [5]


def test_that_what_does_not_wait_is_neither_moved_nor_edited(qtbot, waiting, context):
    select(qtbot, waiting, 1)
    assert why_not(context, "run.top") == "Only queued runs can be moved"
    assert why_not(context, "run.edit") == "Only queued runs can be edited: duplicate it"


def test_that_a_queued_run_is_handed_to_the_compose_page_to_be_edited(qtbot, waiting, context):
    select(qtbot, waiting, 3)
    with qtbot.waitSignal(context.selection.page_requested) as signal:
        do(context, "run.edit")
    assert signal.args == ["compose"]
    assert (context.selection.edited, context.selection.take_template()) == (3, 3)
    do(context, "run.duplicate")
    assert context.selection.edited is None


def test_that_a_run_that_never_began_is_edited_after_a_pause_too(
    qtbot, waiting, context, resting
):
    select(qtbot, waiting, 3)
    do(context, "run.pause")
    qtbot.waitUntil(lambda: runs(context)[3].state is RunState.PAUSED)
    assert why_not(context, "run.edit") == "Only queued runs can be edited: duplicate it"
    do(context, "run.resume")
    qtbot.waitUntil(lambda: why_not(context, "run.edit") is None)


def test_that_a_begun_run_that_waits_again_is_not_edited(
    qtbot, waiting, context, filling, client, resting
):
    claim = filling.train(2, 1)
    run_queue.finish(client.store, claim, RunState.PAUSED)
    client.resume(2)
    qtbot.waitUntil(lambda: runs(context)[2].started_at is not None
                    and runs(context)[2].state is RunState.QUEUED)
    select(qtbot, waiting, 2)
    assert why_not(context, "run.edit") == "It has begun already and waits to go on: duplicate it"


def test_that_a_dragged_run_that_was_claimed_meanwhile_changes_nothing(
    qtbot, waiting, context, filling, client
):
    model = table_of(waiting).model()
    data = model.mimeData([model.index(0, 0)])
    filling.train(2, 1)
    qtbot.waitUntil(lambda: runs(context)[2].state is RunState.RUNNING)
    assert model.dropMimeData(data, Qt.DropAction.MoveAction, 4, 0, model.index(-1, -1))
    client.annotate(5, note="later")
    qtbot.waitUntil(lambda: runs(context)[5].note == "later")
    assert queue(context) == [3, 4, 5]
