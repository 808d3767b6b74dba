import pytest
from PySide6.QtWidgets import QInputDialog, QLineEdit

from engine.spec.run_state import RunState
from engine.store import cards, run_queue
from tests.gui.composing import CARDS
from tests.gui.listing import boxes, do, runs, select, selected, shown, table_of, why_not

pytestmark = pytest.mark.gui


def test_that_the_state_of_a_queued_run_is_changed_by_pause_and_stop(
    qtbot, page, context, filling
):
    filling.queue(seeds=(0, 1))
    select(qtbot, page, 1)
    context.commands.action("run.pause").trigger()
    qtbot.waitUntil(lambda: runs(context)[1].state is RunState.PAUSED)
    select(qtbot, page, 2)
    context.commands.action("run.stop").trigger()
    qtbot.waitUntil(lambda: runs(context)[2].state is RunState.CANCELLED)


def test_that_a_running_run_is_asked_to_pause(qtbot, page, context, client, filling):
    filling.queue()
    filling.train(1, 1)
    select(qtbot, page, 1)
    qtbot.waitUntil(lambda: runs(context)[1].state is RunState.RUNNING)
    context.commands.action("run.pause").trigger()
    qtbot.waitUntil(lambda: run_queue.pending_request(client.store, 1) == "pause")


def test_that_what_cannot_be_done_with_the_selected_says_why(qtbot, page, context, filling):
    def tip(name):
        action = context.commands.action(name)
        return None if action.isEnabled() else action.toolTip().split(": ", 1)[1]

    assert tip("run.pause") == "Select a run first"
    filling.queue(seeds=(0, 1))
    filling.complete(1)
    select(qtbot, page, 1)
    qtbot.waitUntil(lambda: runs(context)[1].state is RunState.COMPLETED)
    assert tip("run.pause") == "Only queued and running runs can be"
    assert tip("run.resume") == "There is nothing to resume"
    assert tip("run.export") is None
    select(qtbot, page, 2)
    assert tip("run.export") == "Only a completed run can be exported"
    filling.train(2, 1)
    qtbot.waitUntil(lambda: runs(context)[2].state is RunState.RUNNING)
    assert tip("run.delete") == "Stop what is running first"


def test_that_deleting_asks_no_question_and_can_be_undone(
    qtbot, page, context, client, filling
):
    filling.queue(seeds=(0, 1))
    folder = client.workspace.run_folder(1)
    folder.mkdir(parents=True)
    (folder / "checkpoint.pt").write_bytes(bytes(2048))
    select(qtbot, page, 1)
    with qtbot.waitSignal(context.messages.said) as signal:
        context.commands.action("run.delete").trigger()
    message = signal.args[0]
    assert message.text == "Deleted plain resnet8 digits s0 (2.0 KiB)."
    assert message.action == "Undo"
    qtbot.waitUntil(lambda: shown(page) == [2])
    message.run()
    qtbot.waitUntil(lambda: shown(page) == [2, 1])
    assert (folder / "checkpoint.pt").exists()


def test_that_tags_are_written_to_every_selected_run(qtbot, page, context, filling):
    filling.queue(seeds=(0, 1))
    select(qtbot, page, 1, 2)
    context.commands.action("run.tag").trigger()
    dialog, = boxes(QInputDialog)
    dialog.setTextValue("paper, fast")
    dialog.accept()
    qtbot.waitUntil(lambda: {run.tags for run in context.feed.runs} == {("paper", "fast")})


@pytest.mark.parametrize(("command", "text", "told"), [
    ("run.tag", "paper, fast", "Tagged plain resnet8 digits s0: paper, fast."),
    ("run.tag", "", "Took all tags from plain resnet8 digits s0."),
    ("run.note", "look again", "Changed the note of plain resnet8 digits s0."),
])
def test_that_what_is_written_to_one_run_is_told(
    qtbot, page, context, client, filling, command, text, told
):
    filling.queue()
    client.annotate(1, tags=["old"])
    qtbot.waitUntil(lambda: [run.tags for run in context.feed.runs] == [("old",)])
    select(qtbot, page, 1)
    dialog, _ = label_of(context, command)
    dialog.setTextValue(text)
    with qtbot.waitSignal(context.messages.said) as said:
        dialog.accept()
    assert (said.args[0].text, said.args[0].tone) == (told, "good")


def label_of(context, command):
    """What is asked for a label: the dialog and the line in it."""
    do(context, command)
    dialog, = boxes(QInputDialog)
    return dialog, dialog.findChild(QLineEdit)


def test_that_of_several_runs_only_shared_tags_are_shown_and_only_the_difference_is_written(
    qtbot, page, context, client, filling
):
    filling.queue(seeds=(0, 1))
    client.annotate(1, tags=["paper", "fast", "old"])
    client.annotate(2, tags=["old", "paper"])
    qtbot.waitUntil(lambda: context.feed.runs == client.runs())
    qtbot.waitUntil(lambda: runs(context)[2].tags == ("old", "paper"))
    select(qtbot, page, 1, 2)
    dialog, edit = label_of(context, "run.tag")
    assert set(edit.text().split(", ")) == {"paper", "old"}
    assert edit.placeholderText() == "Only some have: fast"
    dialog.setTextValue("paper, new")
    with qtbot.waitSignal(context.messages.said) as said:
        dialog.accept()
    qtbot.waitUntil(lambda: {run.id: run.tags for run in context.feed.runs} == {
        1: ("paper", "fast", "new"), 2: ("paper", "new")
    })
    assert said.args[0].text == "Changed the tags of 2 runs."
    said.args[0].run()
    qtbot.waitUntil(lambda: {run.id: run.tags for run in context.feed.runs} == {
        1: ("paper", "fast", "old"), 2: ("old", "paper")
    })


def test_that_several_notes_stay_unless_one_is_written(qtbot, page, context, client, filling):
    filling.queue(seeds=(0, 1, 2))
    client.annotate(1, note="first")
    client.annotate(2, note="second")
    qtbot.waitUntil(lambda: context.feed.runs == client.runs())
    qtbot.waitUntil(lambda: runs(context)[2].note == "second")
    select(qtbot, page, 1, 2)
    dialog, edit = label_of(context, "run.note")
    assert (edit.text(), bool(edit.placeholderText())) == ("", True)
    with qtbot.assertNotEmitted(context.messages.said):
        dialog.accept()
    qtbot.waitUntil(lambda: not boxes(QInputDialog))
    dialog, edit = label_of(context, "run.note")
    dialog.setTextValue("both")
    with qtbot.waitSignal(context.messages.said) as said:
        dialog.accept()
    qtbot.waitUntil(lambda: [run.note for run in context.feed.runs] == ["", "both", "both"])
    said.args[0].run()
    qtbot.waitUntil(lambda: [run.note for run in context.feed.runs] == ["", "second", "first"])


def test_that_compare_and_duplicate_lead_to_their_pages(qtbot, page, context, filling):
    filling.queue(seeds=(0, 1))
    select(qtbot, page, 1, 2)
    with qtbot.waitSignal(context.selection.page_requested) as signal:
        context.commands.action("run.compare").trigger()
    assert (signal.args, set(context.selection.chosen)) == (["compare"], {1, 2})
    select(qtbot, page, 2)
    with qtbot.waitSignal(context.selection.spec_changed) as signal:
        context.commands.action("run.duplicate").trigger()
    assert signal.args == [2]
    assert context.selection.take_template() == 2
    assert context.selection.take_template() is None


def test_that_a_note_is_written_to_every_selected_run(qtbot, page, context, filling):
    filling.queue(seeds=(0, 1))
    select(qtbot, page, 1, 2)
    do(context, "run.note")
    dialog, = boxes(QInputDialog)
    dialog.setTextValue(" a look at seeds ")
    dialog.accept()
    qtbot.waitUntil(lambda: {run.note for run in context.feed.runs} == {"a look at seeds"})


def test_that_runs_are_pinned_together_and_let_go_together(qtbot, page, context, filling):
    filling.queue(seeds=(0, 1, 2))
    select(qtbot, page, 1, 2)
    do(context, "run.pin")
    qtbot.waitUntil(lambda: shown(page) == [2, 1, 3])
    assert selected(page) == [2, 1]
    do(context, "run.pin")
    qtbot.waitUntil(lambda: shown(page) == [3, 2, 1])
    assert not any(run.pinned for run in context.feed.runs)


def test_that_a_retry_is_a_new_run_of_the_same_settings(
    qtbot, page, context, client, filling, resting
):
    cards.publish(client.store, CARDS, "stamp")
    filling.queue(methods=("sila",), seeds=(3,))
    select(qtbot, page, 1)
    assert why_not(context, "run.retry") == "Only runs that have ended can be tried again"
    do(context, "run.stop")
    qtbot.waitUntil(lambda: runs(context)[1].state is RunState.CANCELLED)
    do(context, "run.retry")
    qtbot.waitUntil(lambda: shown(page) == [2, 1])
    assert client.spec(2) == client.spec(1)
    assert runs(context)[2].state is RunState.QUEUED


def test_that_commands_act_on_all_runs_that_have_joined_a_selected_group(
    qtbot, page, context, client, filling, resting
):
    cards.publish(client.store, CARDS, "stamp")
    filling.queue()
    filling.complete(1)
    do(context, "runs.group.variant")
    group = "plain resnet8 digits"
    qtbot.waitUntil(lambda: shown(page) == [group] and why_not(context, "run.retry") is not None)
    table_of(page).selectRow(0)
    qtbot.waitUntil(lambda: why_not(context, "run.retry") is None)
    assert why_not(context, "run.pause") == "Only queued and running runs can be"
    do(context, "run.retry")
    qtbot.waitUntil(lambda: set(runs(context)) == {1, 2})
    assert (shown(page), page._selected.text()) == ([group], "2 selected")
    assert set(context.selection.selected) == {1, 2}
    assert why_not(context, "run.pause") is None
    client.trash([1])
    qtbot.waitUntil(lambda: set(runs(context)) == {2})
    assert (page._selected.text(), context.selection.selected) == ("1 selected", [2])


def test_that_a_stopped_run_is_queued_again(qtbot, page, context, filling, resting):
    filling.queue()
    select(qtbot, page, 1)
    do(context, "run.stop")
    qtbot.waitUntil(lambda: why_not(context, "run.resume") is None)
    do(context, "run.resume")
    qtbot.waitUntil(lambda: runs(context)[1].state is RunState.QUEUED)


def test_that_export_leads_to_its_page_with_the_completed_run(qtbot, page, context, filling):
    filling.queue()
    filling.complete(1)
    qtbot.waitUntil(lambda: shown(page) == [1] and runs(context)[1].state is RunState.COMPLETED)
    select(qtbot, page, 1)
    with qtbot.waitSignal(context.selection.page_requested) as signal:
        do(context, "run.export")
    assert (signal.args, context.selection.current) == (["export"], 1)


def test_that_the_variant_that_others_are_compared_with_has_a_star(
    qtbot, page, context, filling
):
    filling.queue(methods=("plain", "sila"), seeds=(0, 1))
    select(qtbot, page, 1, 2)
    do(context, "run.baseline")
    model = page.findChild(type(page._table)).model()
    assert [model.is_baseline(model.entry(row)) for row in range(4)] == [False, False, True, True]
    assert context.selection.baseline == runs(context)[1].digest
    do(context, "run.baseline")
    assert context.selection.baseline is None
    select(qtbot, page, 2, 3)
    assert why_not(context, "run.baseline") == "Select runs of one variant"
