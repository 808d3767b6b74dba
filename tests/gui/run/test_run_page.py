import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QToolButton,
    QTreeWidget,
)

from engine.spec.run_state import RunState
from engine.store import run_queue, schema
from engine.store.points import Points, append
from tests.gui.following import child, curve, panels, plain, show_tab

pytestmark = pytest.mark.gui


def test_that_without_runs_the_page_offers_a_new_experiment(qtbot, page, context):
    with qtbot.waitSignal(context.selection.page_requested) as signal:
        page._empty.findChild(QPushButton, "empty.button").click()
    assert signal.args == ["compose"]


def test_that_without_a_choice_the_run_at_work_is_shown(qtbot, page, context, client, filling):
    page.hide()
    filling.queue(seeds=(0, 1))
    claim = filling.train(1, 2)
    qtbot.waitUntil(lambda: {run.id: run.step for run in context.feed.runs} == {1: 100, 2: 0})
    page.show()
    name = child(page, QLabel, "run.name")
    qtbot.waitUntil(lambda: name.text() == "plain resnet8 digits s0")
    facts = plain(child(page, QLabel, "run.facts").text())
    for fact in ("epoch 2 of 4", "4 s left", "cpu", "1.23 k images/s", "77.8 k parameters"):
        assert fact in facts
    assert child(page, QLabel, "run.state").text() == "Running"
    # What was shown stays, though another run is at work by now: Stop must not hit that one.
    run_queue.finish(client.store, claim, RunState.COMPLETED)
    filling.train(2, 1)
    qtbot.waitUntil(lambda: context.feed.runs[0].state is RunState.RUNNING)
    assert name.text() == "plain resnet8 digits s0"
    assert context.selection.selected == [1]


def test_that_a_failed_run_says_what_went_wrong(qtbot, page, client, filling):
    filling.queue()
    claim = filling.train(1, 1)
    run_queue.finish(client.store, claim, RunState.FAILED, "the loss became nan at step 51")
    error = child(page, QLabel, "run.error")
    qtbot.waitUntil(lambda: error.text() == "the loss became nan at step 51")
    assert error.isVisible()
    assert child(page, QLabel, "run.state").text() == "Failed"


def test_that_a_long_name_leaves_the_page_room_in_the_smallest_window(qtbot, page, client, filling):
    filling.queue()
    filling.train(1, 1)
    client.annotate(1, name="a very long name " * 20)
    name = child(page, QLabel, "run.name")
    qtbot.waitUntil(lambda: name.text().startswith("a very long"))
    assert page.minimumSizeHint().width() <= 960 - 80


def test_that_the_name_goes_before_the_words_of_the_buttons(qtbot, page, client, filling):
    filling.complete(*filling.queue())
    name, export = child(page, QLabel, "run.name"), child(page, QToolButton, "run.export.button")
    qtbot.waitUntil(lambda: name.text() == "plain resnet8 digits s0")
    assert export.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    page.resize(1024 - 80, 700)
    client.annotate(1, name="sila resnet20 cifar100 label_smoothing s2")
    qtbot.waitUntil(lambda: name.text().endswith("s2"))
    qtbot.waitUntil(lambda: name.width() >= name.sizeHint().width())
    assert export.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly
    assert export.accessibleName() == "Export"
    assert export.toolTip().startswith("Export")
    page.resize(1600, 700)
    qtbot.waitUntil(
        lambda: export.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    )
    assert name.width() >= name.sizeHint().width()


def test_that_accuracies_say_which_weights_they_are_of(qtbot, page, client, filling):
    filling.complete(*filling.queue())
    facts = child(page, QLabel, "run.facts")
    qtbot.waitUntil(lambda: "weights" in facts.text())
    value = client.runs()[0].summaries["val/top1"].best
    assert f"best weights: val {value:.2f} %, test {value:.2f} %" in plain(facts.text())
    assert f"last weights: val {value:.2f} %, test {value - 1:.2f} %" in plain(facts.text())


def test_that_a_hidden_page_follows_no_run(qtbot, page, context, client, filling):
    filling.queue()
    filling.train(1, 1)
    qtbot.waitUntil(lambda: "lr" in panels(page))
    page.hide()
    steps = np.arange(51, 61, dtype=np.int64)
    with (
        qtbot.assertNotEmitted(context.feed.points_arrived, wait=500),
        client.store.write() as connection,
    ):
        append(connection, 1, {"lr": Points(steps, 1.0 * steps, 1.0 * steps)})
    page.show()
    qtbot.waitUntil(lambda: len(curve(page, "lr", "lr").x) == 60)


def test_that_a_fork_says_where_it_comes_from(qtbot, page, client, filling):
    parent, number = filling.queue(seeds=(0, 1))
    with client.store.write() as connection:
        connection.execute(schema.run.update().where(schema.run.c.id == number).values(
            forked_from=parent, forked_at=2
        ))
    facts = child(page, QLabel, "run.facts")
    qtbot.waitUntil(lambda: "forked from #1 at epoch 2" in plain(facts.text()))
    show_tab(page, "Config")
    tree = child(page, QTreeWidget, "config.tree")
    qtbot.waitUntil(lambda: tree.topLevelItemCount() > 0)
    fork = tree.topLevelItem(0)
    assert [(fork.child(at).text(0), fork.child(at).text(1)) for at in range(2)] == [
        ("run", "1"), ("epoch", "2")
    ]


def test_that_a_run_can_be_forked_from_its_header_and_its_files(qtbot, page, context, filling):
    filling.complete(*filling.queue())
    fork = context.commands.action("run.fork")
    assert fork in child(page, QToolButton, "run.more").menu().actions()
    show_tab(page, "Files")
    button = child(page, QToolButton, "run.fork.button")
    qtbot.waitUntil(button.isEnabled)
    assert button.isVisible()
