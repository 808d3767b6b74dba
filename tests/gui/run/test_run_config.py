import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QLabel,
    QTreeWidget,
)

from engine.spec.card import Card
from engine.spec.run_spec import MethodSpec, RunSpec
from engine.spec.spec_file import parse_spec
from engine.store import cards, run_queue
from tests.gui.following import child, show_tab
from tests.gui.listing import do, why_not

pytestmark = pytest.mark.gui


def test_that_the_specification_is_read_and_copied_as_it_would_be_queued(
    qtbot, page, client, filling, context
):
    filling.queue(methods=("sila",), seeds=(7,))
    show_tab(page, "Config")
    tree = child(page, QTreeWidget, "config.tree")
    qtbot.waitUntil(lambda: tree.topLevelItemCount() > 0)
    seed, = tree.findItems("seed", Qt.MatchFlag.MatchRecursive)
    assert (seed.text(1), seed.text(2), seed.font(1).bold()) == ("7", "0", True)
    lr, = tree.findItems("lr", Qt.MatchFlag.MatchRecursive)
    assert not lr.font(1).bold()
    do(context, "run.copy_config")
    assert parse_spec(QGuiApplication.clipboard().text()) == [client.spec(1)]


def test_that_options_left_at_their_default_are_shown_and_changed_ones_are_bold(
    qtbot, page, client
):
    properties = {"alpha": {"type": "number", "default": 0.3}, "tau": {"default": 4.0}}
    card = Card(kind="method", name="sila", title="SiLa", summary="", options={
        "properties": properties})
    cards.publish(client.store, [card], "stamp")
    method = MethodSpec(name="sila", options={"tau": 2.0})
    run_queue.enqueue(client.store, [RunSpec(method=method)])
    show_tab(page, "Config")
    tree = child(page, QTreeWidget, "config.tree")

    def row(name):
        items = tree.findItems(name, Qt.MatchFlag.MatchRecursive)
        return [(item.text(1), item.text(2), item.font(1).bold()) for item in items]

    qtbot.waitUntil(lambda: row("alpha") == [("0.3", "0.3", False)])
    assert row("tau") == [("2.0", "4.0", True)]


def test_that_settings_that_differ_from_the_baseline_come_first(qtbot, page, context, filling):
    filling.queue(methods=("sila", "plain"), seeds=(0,))
    filling.queue(methods=("plain",), seeds=(7,), epochs=9)
    context.selection.set_current(1)
    show_tab(page, "Config")
    tree, against = child(page, QTreeWidget, "config.tree"), child(page, QLabel, "config.against")
    qtbot.waitUntil(lambda: tree.topLevelItemCount() > 0)
    assert "“Compare others with this variant” (Ctrl+B)" in against.text()
    assert tree.isColumnHidden(3)
    assert not tree.findItems("Differs from the baseline", Qt.MatchFlag.MatchExactly)

    baseline = next(run for run in context.feed.runs if run.id == 3)
    context.selection.set_baseline(baseline.digest)
    qtbot.waitUntil(lambda: "the baseline, #3" in against.text())
    first = tree.topLevelItem(0)
    assert first.text(0) == "Differs from the baseline"
    rows = [[first.child(at).text(column) for column in range(4)]
            for at in range(first.childCount())]
    assert sorted(rows) == [["method.name", "sila", "plain", "plain"],
                            ["training.epochs", "4", str(RunSpec().training.epochs), "9"]]
    seed, = tree.findItems("seed", Qt.MatchFlag.MatchRecursive)
    assert (seed.text(1), seed.text(3)) == ("0", "7")

    context.selection.set_current(3)
    qtbot.waitUntil(lambda: "own variant" in against.text())
    assert baseline.name != tree.topLevelItem(0).text(0) != "Differs from the baseline"


def test_that_one_goes_from_difference_to_difference(qtbot, page, context, filling):
    filling.queue(methods=("sila",), seeds=(7,))
    show_tab(page, "Config")
    tree = child(page, QTreeWidget, "config.tree")
    qtbot.waitUntil(lambda: tree.topLevelItemCount() > 0)
    met = []
    onwards, back = "next_difference", "previous_difference"
    for command in (onwards, onwards, onwards, onwards, back, back):
        do(context, f"run.{command}")
        item = tree.currentItem()
        assert item.font(0).bold()
        assert tree.viewport().rect().intersects(tree.visualItemRect(item))
        met.append(item.text(0))
    assert met[:3] == ["seed", "name", "epochs"]
    assert met[3:] == ["seed", "epochs", "name"]


def test_that_there_is_no_next_difference_where_nothing_differs(qtbot, page, context, client):
    run_queue.enqueue(client.store, [RunSpec()])
    show_tab(page, "Config")
    tree = child(page, QTreeWidget, "config.tree")
    qtbot.waitUntil(lambda: tree.topLevelItemCount() > 0)
    assert why_not(context, "run.next_difference") == (
        "Nothing differs from the default or the baseline"
    )
    show_tab(page, "Log")
    assert why_not(context, "run.next_difference") == "Go to the config of a run first"
