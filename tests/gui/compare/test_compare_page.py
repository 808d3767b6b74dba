import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QTableWidget

from engine.spec.run_state import RunState
from engine.store import run_queue, schema
from studio.pages.compare.page import ComparePage
from studio.widgets.buttons import COMMAND
from tests.gui.comparing import opened, said, scroll_area, texts, train
from tests.gui.listing import do

pytestmark = pytest.mark.gui


def test_that_the_page_says_that_it_compares(qtbot, context, runs):
    context.selection.choose(runs)
    page = ComparePage(context)
    qtbot.addWidget(page)
    page.show()
    assert "Comparing…" in texts(page)
    qtbot.waitUntil(lambda: page.study is not None)
    assert "Comparing…" not in texts(page)


def test_that_the_page_says_that_a_comparison_failed(qtbot, context, client, runs):
    with client.store.write() as connection:
        schema.block.drop(connection)
    context.selection.choose(runs)
    page = ComparePage(context)
    qtbot.addWidget(page)
    with qtbot.waitSignal(context.messages.said) as told:
        page.show()
    assert "block" in told.args[0].text
    assert "These runs could not be compared." in texts(page)


def test_that_other_runs_are_shown_from_their_verdict_on_and_the_same_where_they_were(
    qtbot, page, client, context, runs
):
    bar = scroll_area(page).verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 200)
    bar.setValue(200)

    def shown_anew():
        before = page.study
        page._refresh()
        qtbot.waitUntil(lambda: page.study is not before)

    train(client.store, "sila", 3, 91.0)
    shown_anew()
    context.selection.choose(reversed(runs))
    shown_anew()
    assert bar.value() == 200
    context.selection.choose(runs[:5])
    qtbot.waitUntil(lambda: len(page.study.rows) == 5)
    assert bar.value() == 0
    assert bar.maximum() > 200


def test_that_settings_that_differ_are_listed_with_defaults(qtbot, page, client, context, runs):
    more = [train(client.store, "sila", seed, 92.0, alpha=1.0) for seed in range(3)]
    context.selection.choose([*runs, *more])
    table = page.findChild(QTableWidget, "compare_settings")
    qtbot.waitUntil(lambda: table.columnCount() == 4)
    rows = [[table.item(r, c).text() for c in range(4)] for r in range(table.rowCount())]
    assert rows == [
        ["method.name", "plain", "sila", "sila"], ["method.options.alpha", "–", "0.5", "1"]
    ]


def test_that_the_table_of_settings_is_as_high_as_its_rows(page):
    table = page.findChild(QTableWidget, "compare_settings")
    assert not table.horizontalScrollBar().isVisible()
    assert table.viewport().height() == table.rowCount() * table.rowHeight(0)


def test_that_a_regularizer_is_a_setting_that_differs(qtbot, client, context, runs):
    more = [train(client.store, "plain", s, 91.0, regularizers={"mixup": {}}) for s in range(3)]
    page = opened(qtbot, context, [*runs[:3], *more])
    table = page.findChild(QTableWidget, "compare_settings")
    rows = [[table.item(r, c).text() for c in range(3)] for r in range(table.rowCount())]
    assert rows == [["regularizers.mixup.alpha", "–", "1"]]
    assert table.horizontalHeaderItem(2).text() == "plain + mixup"
    assert "above plain" in said(page, "sentence", "plain+mixup")
    qtbot.waitUntil(lambda: "plain + mixup" in texts(page))


COST = (15e6, 40e6, 120e6)


def test_that_variants_have_colours_of_their_own(qtbot, page, client, context, runs):
    more = [train(client.store, "sila", seed, 92.0, alpha=1.0) for seed in range(8)]
    context.selection.choose([*runs, *more])
    qtbot.waitUntil(lambda: len(page.study.variants) == 3)
    colours = [variant.colour for variant in page.study.variants]
    assert len(set(colours)) == 3
    assert colours[0] == client.runs([runs[0]])[0].colour


def test_that_metric_and_weights_are_chosen(qtbot, page):
    metric = page.findChild(QComboBox, "compare_metric")
    metric.setCurrentText("val/top1")
    metric.activated.emit(metric.currentIndex())
    which = page.findChild(QComboBox, "compare_which")
    which.setCurrentIndex(1)
    which.activated.emit(1)
    qtbot.waitUntil(lambda: page.study.question.which == "best")
    assert page.study.question.metric == "val/top1"
    assert page.study.comparison.groups[0].mean == pytest.approx(91.611, abs=1e-3)


def test_that_runs_that_do_not_count_are_named_with_the_reason(qtbot, client, context, runs):
    spec = client.spec(runs[0]).model_copy(update={"seed": 5})
    queued = run_queue.enqueue(client.store, [spec])[0]
    page = opened(qtbot, context, [*runs, queued])
    said = page.findChild(QLabel, "compare_left_out").text()
    assert said == f"Run {queued} does not count: it is queued, not completed."


def test_that_a_run_that_completes_joins_by_itself(qtbot, page, client, context, runs):
    new = train(client.store, "plain", 3, 90.0)
    context.selection.choose([*runs, new])
    qtbot.waitUntil(lambda: any(group.n == 4 for group in page.study.comparison.groups))
    with client.store.write() as connection:
        connection.execute(schema.run.update().where(schema.run.c.id == new)
                           .values(state=RunState.FAILED))
    qtbot.waitUntil(lambda: all(group.n == 3 for group in page.study.comparison.groups))


def test_that_nothing_chosen_offers_the_latest_experiment(qtbot, context, runs):
    page = ComparePage(context)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: context.feed.runs == context.client.runs())
    button = page.findChild(QPushButton, "empty.button")
    qtbot.waitUntil(lambda: button.text() == "Compare the latest experiment")
    assert button.property(COMMAND) == "compare.latest"
    do(context, "compare.latest")
    qtbot.waitUntil(lambda: page.study is not None)
    assert sorted(context.selection.chosen) == sorted(runs)


def test_that_an_empty_workspace_offers_a_new_experiment(qtbot, context):
    page = ComparePage(context)
    qtbot.addWidget(page)
    page.show()
    button = page.findChild(QPushButton, "empty.button")
    assert button.text() == "New experiment"
    with qtbot.waitSignal(context.selection.page_requested) as asked:
        button.click()
    assert asked.args == ["compose"]
