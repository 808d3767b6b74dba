import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton, QScrollArea, QWidget

from engine.spec.run_spec import MethodSpec
from engine.store import artifacts, cards
from engine.store.forks import ForkPoint
from studio.fork_dialog import ForkDialog
from tests.gui.composing import CARDS
from tests.gui.following import child

pytestmark = pytest.mark.gui


@pytest.fixture
def forkable(client, filling):
    """Two seeds of a variant that have ended, with the checkpoints of two epochs."""
    cards.publish(client.store, CARDS, "stamp")
    ids = filling.queue(("sila",), seeds=(0, 1))
    for run in ids:
        filling.complete(run)
        for epoch in (2, 4):
            step = epoch * filling.STEPS_PER_EPOCH
            place = client.workspace.run_folder(run) / "checkpoints" / f"step-{step:08}"
            place.mkdir(parents=True)
            (place / "checkpoint.json").write_text("{}")
            artifacts.record(client.store, run, "checkpoint", place, step=step, num_bytes=2)
    return ids


@pytest.fixture
def make_dialog(qtbot, client, forkable):
    def make(*runs, points=(2, 4)):
        specs = {run: client.spec(run) for run in runs or forkable[:1]}
        told = [ForkPoint(epoch, 50.0 + epoch) for epoch in points]
        dialog = ForkDialog(specs, told, client.catalog())
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    return make


def write(dialog, option, text):
    edit = child(dialog, QWidget, f"editor_{option}")
    edit.setText(text)
    edit.textEdited.emit(text)


def role(dialog):
    return child(dialog, QLabel, "fork.reason").property("role")


def reason(dialog):
    return child(dialog, QLabel, "fork.reason").text()


def test_that_the_newest_epoch_that_leaves_something_to_train_is_offered_first(make_dialog):
    dialog = make_dialog()
    epoch = child(dialog, QComboBox, "fork.epoch")
    assert [epoch.itemText(at) for at in range(2)] == [
        "2  ·  val top-1 52.00 %", "4  ·  val top-1 54.00 %"
    ]
    assert epoch.currentData() == 2
    assert "bit for bit" in reason(dialog)
    assert "“Keep checkpoints every”" in child(dialog, QLabel, "fork.kept").text()
    assert child(dialog, QLineEdit, "fork.name").placeholderText() == (
        "sila resnet8 digits s0 fork@2"
    )


def test_that_a_fork_at_the_end_can_be_queued_at_once_with_some_epochs_more(qtbot, make_dialog):
    dialog = make_dialog(points=(4,))
    assert (reason(dialog), role(dialog)) == ("", "muted")
    with qtbot.waitSignal(dialog.asked) as asked:
        child(dialog, QPushButton, "fork.queue").click()
    (spec,), epoch, _ = asked.args[0].values(), *asked.args[1:]
    assert (epoch, spec.training.epochs) == (4, 6)


def test_that_a_run_that_kept_more_epochs_says_which(qtbot, client, forkable):
    spec = client.spec(forkable[0])
    training = spec.training.model_copy(update={"keep_every": 2})
    spec = spec.model_copy(update={"training": training})
    dialog = ForkDialog({forkable[0]: spec}, [ForkPoint(2, None)], client.catalog())
    qtbot.addWidget(dialog)
    assert kept(dialog).startswith(
        "Checkpoints that were kept: 2. They are those of every 2 epochs, as “Keep checkpoints "
        "every” in the recipe asks for, and the newest."
    )


def kept(dialog):
    return child(dialog, QLabel, "fork.kept").text()


def test_that_what_was_kept_is_said_as_it_is_offered(make_dialog):
    assert kept(make_dialog(points=(4,))).startswith(
        "Only the checkpoint of epoch 4 was kept: of a completed run the last one is"
    )
    assert kept(make_dialog()).startswith("Only the checkpoints of epochs 2, 4 were kept: until")


def plan(dialog):
    return child(dialog, QLabel, "fork.plan").text()


def test_that_a_fork_at_the_end_says_first_what_it_will_be(qtbot, make_dialog):
    dialog = make_dialog(points=(4,))
    assert plan(dialog) == (
        "This fork goes on from epoch 4, its parent's last, and trains 2 more epochs: 6 instead of "
        "4. Its recipe is not its parent's: Compare shows it beside its parent, but does not set "
        "it against it seed by seed."
    )
    epochs = child(dialog, QWidget, "editor_epochs")
    assert epochs.text() == "6"
    scroll = dialog.findChild(QScrollArea)
    assert not scroll.isAncestorOf(epochs), "seen without scrolling"
    write(dialog, "epochs", "5")
    assert " trains 1 more epoch: 5 instead of 4." in plan(dialog)
    write(dialog, "epochs", "4")
    assert child(dialog, QLabel, "fork.plan").isHidden()


def test_that_a_fork_by_the_parents_recipe_can_be_set_against_it(client, make_dialog):
    dialog = make_dialog()
    assert plan(dialog) == (
        "This fork goes on from epoch 2 and trains 2 more epochs, as its parent did."
    )
    write(dialog, "alpha", "0")
    assert plan(dialog).endswith("Compare can set it against its parent seed by seed.")
    write(dialog, "lr", "0.02")
    assert plan(dialog).endswith("but does not set it against it seed by seed.")
    assert dialog._check().context_digest() != client.spec(1).context_digest()
    write(dialog, "epochs", "6")
    assert "from epoch 2 and trains 4 more epochs: 6 in all, its parent 4." in plan(dialog)


def test_that_the_warm_up_is_checked_against_the_epochs_above_it(make_dialog):
    dialog = make_dialog()
    write(dialog, "warmup_epochs", "3.5")
    assert role(dialog) == "muted"
    write(dialog, "epochs", "3")
    assert (role(dialog), "shorter" in reason(dialog)) == ("error", True)
    write(dialog, "epochs", "40")
    write(dialog, "warmup_epochs", "35")
    assert role(dialog) == "muted"


def test_that_what_cannot_be_is_said_and_not_queued(make_dialog):
    dialog = make_dialog()
    queue = child(dialog, QPushButton, "fork.queue")
    write(dialog, "alpha", "-1")
    assert "0" in reason(dialog)
    assert role(dialog) == "error"
    assert not queue.isEnabled()


@pytest.mark.parametrize(
    ("points", "advice"),
    [((2, 4), "set more epochs, or fork at an earlier one."),
     ((4,), "set more epochs.")],
)
def test_that_after_the_last_epoch_it_says_calmly_what_to_change(make_dialog, points, advice):
    dialog = make_dialog(points=points)
    queue, epoch = child(dialog, QPushButton, "fork.queue"), child(dialog, QComboBox, "fork.epoch")
    epoch.setCurrentIndex(epoch.count() - 1)
    write(dialog, "epochs", "4")
    assert reason(dialog) == f"After epoch 4 of 4 there is nothing left to train: {advice}"
    assert role(dialog) == "muted"
    assert not queue.isEnabled()
    write(dialog, "epochs", "6")
    assert (reason(dialog), queue.isEnabled()) == ("", True)


def test_that_network_and_batches_are_not_to_be_changed(make_dialog):
    dialog = make_dialog()
    assert dialog.findChild(QWidget, "editor_lr") is not None
    assert dialog.findChild(QWidget, "editor_batch_size") is None


def test_that_method_options_and_recipe_go_into_every_fork(qtbot, make_dialog, forkable):
    dialog = make_dialog(*forkable)
    assert child(dialog, QLineEdit, "fork.name").isHidden()
    assert child(dialog, QPushButton, "fork.queue").text() == "Queue 2 forks"
    write(dialog, "alpha", "0")
    write(dialog, "lr", "0.02")
    with qtbot.waitSignal(dialog.asked) as asked:
        child(dialog, QPushButton, "fork.queue").click()
    specs, epoch, name = asked.args
    assert (epoch, name) == (2, "")
    assert [specs[run].seed for run in forkable] == [0, 1]
    assert {(spec.method.options["alpha"], spec.training.lr, spec.training.epochs)
            for spec in specs.values()} == {(0.0, 0.02, 4)}


def test_that_another_method_shows_its_own_options(make_dialog):
    dialog = make_dialog()
    write(dialog, "alpha", "3")
    method = child(dialog, QComboBox, "fork.method")
    method.setCurrentIndex(method.findData("plain"))
    assert dialog._check().method == MethodSpec(name="plain")
    method.setCurrentIndex(method.findData("sila"))
    assert "bit for bit" in reason(dialog)


def fork(qtbot, context, *runs):
    qtbot.waitUntil(lambda: len(context.feed.runs) >= 2)
    context.selection.select(runs)
    action = context.commands.action("run.fork")
    assert action.isEnabled(), action.toolTip()
    action.trigger()


def test_that_a_fork_is_queued_and_chosen_beside_its_parent(
    qtbot, qapp, context, client, forkable, monkeypatch
):
    monkeypatch.setattr(client, "start_engine", lambda: None)
    fork(qtbot, context, forkable[0])
    qtbot.waitUntil(lambda: any(isinstance(w, ForkDialog) for w in qapp.topLevelWidgets()))
    dialog = next(w for w in qapp.topLevelWidgets() if isinstance(w, ForkDialog))
    child(dialog, QLineEdit, "fork.name").setText("without the label")
    write(dialog, "alpha", "0")
    with qtbot.waitSignal(context.messages.said) as said:
        child(dialog, QPushButton, "fork.queue").click()
    assert (said.args[0].text, said.args[0].action) == ("Queued run 3.", "Open")
    assert context.selection.chosen == [forkable[0], 3]
    (row,) = client.runs([3])
    assert (row.name, row.forked_from, row.forked_at) == ("without the label", forkable[0], 2)
    assert client.spec(3).method.options == {"alpha": 0.0}


def test_that_a_run_without_checkpoints_says_why_it_cannot_be_forked(
    qtbot, context, client, filling
):
    runs = filling.queue(("plain", "sila"))
    for run in runs:
        filling.complete(run)
    with qtbot.waitSignal(context.messages.said) as said:
        fork(qtbot, context, runs[0])
    assert said.args[0].text.startswith("There is no checkpoint of the end of an epoch")


def test_that_forking_needs_an_epoch_behind_and_runs_of_one_variant(qtbot, context, filling):
    queued, done, other = filling.queue(("plain", "sila", "dml"))
    del queued
    qtbot.waitUntil(lambda: len(context.feed.runs) == 3)
    action = context.commands.action("run.fork")
    context.selection.select([done])
    assert "no epoch behind" in action.toolTip()
    filling.complete(1)
    filling.complete(done)
    filling.complete(other)
    qtbot.waitUntil(lambda: all(run.epoch for run in context.feed.runs))
    context.selection.select([done, other])
    assert "of one variant" in action.toolTip()
    context.selection.select([done])
    assert action.isEnabled()
