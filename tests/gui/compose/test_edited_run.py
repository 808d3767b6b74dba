import pytest
from PySide6.QtWidgets import QLineEdit, QToolButton

from engine.spec.run_spec import MethodSpec, RunSpec
from engine.spec.run_state import RunState
from engine.store import run_queue, staff
from tests.gui.composing import (
    opened,
    said,
    start,
    type_into,
    wait_for_reason,
    wait_for_text,
)

pytestmark = pytest.mark.gui


@pytest.fixture
def edited(qtbot, page, context, client):
    """The page while run 1, of sila with seed 4, is edited; run 2 waits behind it."""
    run_queue.enqueue(client.store, [
        RunSpec(name="mine", seed=4, method=MethodSpec(name="sila")), RunSpec(seed=5),
    ])
    qtbot.waitUntil(lambda: len(context.feed.runs) == 2)
    context.selection.start_from(1, edit=True)
    wait_for_text(qtbot, page, "Save changes to run 1")
    return page


def claim(client):
    return run_queue.claim(client.store, staff.enter(client.store, "train"))


def button(page, name):
    return page.findChild(QToolButton, f"compose.{name}.button")


def test_that_saving_changes_the_run_at_its_place_and_leads_back(
    qtbot, edited, context, client
):
    assert edited.editor.draft().names("method") == ["sila"]
    type_into(qtbot, edited, "compose_seeds", "9")
    type_into(qtbot, edited, "editor_epochs", "2")
    with qtbot.waitSignal(context.messages.said) as signal:
        context.commands.action("compose.start").trigger()
    assert signal.args[0].text == "Run 1 is changed, and keeps its place in the queue."
    spec = client.spec(1)
    assert (spec.seed, spec.training.epochs, spec.name) == (9, 2, "mine")
    assert [run.id for run in sorted(client.runs(), key=lambda r: r.position)] == [1, 2]


def test_that_what_was_composed_before_is_there_again_after_saving(qtbot, page, context, edited):
    context.commands.action("compose.start").trigger()
    wait_for_text(qtbot, page, "Queue 6 runs")
    assert page.editor.draft().names("method") == ["plain", "sila"]


def test_that_changes_are_discarded_and_the_run_left_as_it_is(qtbot, edited, context, client):
    before = client.spec(1)
    type_into(qtbot, edited, "compose_seeds", "9")
    with qtbot.waitSignal(context.selection.page_requested) as signal:
        button(edited, "discard").click()
    assert signal.args == ["runs"]
    wait_for_text(qtbot, edited, "Queue 6 runs")
    assert client.spec(1) == before
    assert not button(edited, "discard").isVisible()


def test_that_a_run_cannot_become_several(qtbot, edited):
    type_into(qtbot, edited, "compose_seeds", "0-2")
    wait_for_reason(qtbot, edited, "run 1 is one run, and this makes 3: pick one of each")
    assert not start(edited).isEnabled()
    assert button(edited, "queue_new").isEnabled()


def test_that_a_run_that_was_claimed_meanwhile_is_left_and_another_can_be_queued(
    qtbot, edited, context, client
):
    type_into(qtbot, edited, "compose_seeds", "9")
    claim(client)
    wait_for_reason(qtbot, edited, "run 1 does not wait any more and stays as it is")
    assert not start(edited).isEnabled()
    button(edited, "queue_new").click()
    qtbot.waitUntil(lambda: len(context.feed.runs) == 3)
    assert client.spec(3).seed == 9
    assert client.spec(1).seed == 4
    wait_for_text(qtbot, edited, "Queue 6 runs")


def test_that_a_claim_at_the_last_moment_is_told_with_an_offer(qtbot, edited, context, client):
    context.feed.stop()  # nobody has told the page
    claim(client)
    with qtbot.waitSignal(context.messages.said) as signal:
        context.commands.action("compose.start").trigger()
    message = signal.args[0]
    assert message.text == (
        "run 1 is running already and was left as it is: queue a new run instead"
    )
    assert message.action == "Queue as new run"
    message.run()
    qtbot.waitUntil(lambda: len(client.runs()) == 3)
    assert client.runs()[0].state is RunState.QUEUED


def test_that_duplicating_another_run_ends_the_editing(qtbot, edited, context):
    context.selection.start_from(2)
    wait_for_text(qtbot, edited, "Queue 1 run")
    assert edited.findChild(QLineEdit, "compose_seeds").text() == "5"
    assert said(edited) == ""


def test_that_a_page_built_for_it_edits_the_run(qtbot, published, context, client):
    run_queue.enqueue(client.store, [RunSpec(seed=4)])
    qtbot.waitUntil(lambda: len(context.feed.runs) == 1)
    context.selection.start_from(1, edit=True)
    wait_for_text(qtbot, opened(qtbot, context), "Save changes to run 1")
