import time

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QApplication,
    QInputDialog,
    QLineEdit,
    QPushButton,
    QStyleOptionViewItem,
    QTableView,
)

from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from engine.store import run_queue
from studio.item_models.run_columns import COLUMN_INDEX, COLUMNS
from studio.pages.runs.page import RunsPage
from studio.state.settings import Settings

pytestmark = pytest.mark.gui

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(qtbot, context):
    page = RunsPage(context)
    qtbot.addWidget(page)
    page.resize(1200, 700)
    page.show()
    return page


def shown(page):
    table = page.findChild(QTableView, "runs.table")
    return [run.id for row in range(table.model().rowCount())
            for run in [table.model().entry(row)]]


def table_of(page):
    return page.findChild(QTableView, "runs.table")


def select(qtbot, page, *runs):
    qtbot.waitUntil(lambda: set(runs) <= set(shown(page)))
    table_of(page).select_runs(runs)


def runs(context):
    return {run.id: run for run in context.feed.runs}


def click_cell(qtbot, page, run, column):
    table = table_of(page)
    index = table.model().index(table.model().row_of(run), COLUMN_INDEX[column])
    at = table.visualRect(index).center()
    qtbot.mouseClick(table.viewport(), LEFT, pos=at)
    return at


def test_that_an_empty_workspace_offers_a_new_experiment(qtbot, page, context):
    with qtbot.waitSignal(context.selection.page_requested) as signal:
        page._empty.findChild(QPushButton, "empty.button").click()
    assert signal.args == ["compose"]


def test_that_a_double_click_opens_the_run(qtbot, page, context, filling):
    filling.queue(seeds=(0, 1))
    qtbot.waitUntil(lambda: shown(page) == [2, 1])
    at = click_cell(qtbot, page, 1, "name")
    with qtbot.waitSignal(context.selection.page_requested) as signal:
        qtbot.mouseDClick(table_of(page).viewport(), LEFT, pos=at)
    assert signal.args == ["run"]
    assert context.selection.current == 1


def test_that_the_search_narrows_the_table_and_can_be_undone(qtbot, page, filling):
    filling.queue(methods=("plain", "sila"))
    qtbot.waitUntil(lambda: shown(page) == [2, 1])
    qtbot.keyClicks(page._search, "sila")
    qtbot.waitUntil(lambda: shown(page) == [2])
    qtbot.keyClicks(page._search, "xx")
    qtbot.waitUntil(page._nothing.isVisible)
    page._nothing.clicked.emit()
    assert shown(page) == [2, 1]


def test_that_facets_list_what_there_is_and_narrow_the_table(qtbot, page, filling):
    filling.queue(methods=("plain", "sila"))
    qtbot.waitUntil(lambda: shown(page) == [2, 1])
    filling.complete(1)
    qtbot.waitUntil(lambda: page._states.findChild(QAction, "runs.states.completed") is not None)
    action = page._states.findChild(QAction, "runs.states.completed")
    assert action.text() == "Completed  (1)"
    action.trigger()
    assert shown(page) == [1]
    assert page._states.text().startswith("State: Completed")


def test_that_the_selection_survives_new_runs_and_new_numbers(qtbot, page, context, filling):
    filling.queue(seeds=(0, 1))
    select(qtbot, page, 1)
    filling.queue(seeds=(2,))
    qtbot.waitUntil(lambda: shown(page) == [3, 2, 1])
    assert [run.id for run in table_of(page).selected_runs()] == [1]
    filling.complete(1)
    qtbot.waitUntil(lambda: runs(context)[1].state is RunState.COMPLETED)
    assert [run.id for run in table_of(page).selected_runs()] == [1]
    assert context.selection.selected == [1]


def test_that_the_eye_puts_a_run_into_the_comparison_and_takes_it_out(
    qtbot, page, context, filling
):
    filling.queue(seeds=(0, 1))
    qtbot.waitUntil(lambda: shown(page) == [2, 1])
    click_cell(qtbot, page, 1, "eye")
    assert context.selection.chosen == [1]
    click_cell(qtbot, page, 2, "eye")
    assert context.selection.chosen == [1, 2]
    click_cell(qtbot, page, 1, "eye")
    assert context.selection.chosen == [2]


def test_that_a_pinned_run_comes_first_and_stays_so_in_the_store(qtbot, page, context, filling):
    filling.queue(seeds=(0, 1))
    qtbot.waitUntil(lambda: shown(page) == [2, 1])
    click_cell(qtbot, page, 1, "pin")
    qtbot.waitUntil(lambda: shown(page) == [1, 2])
    assert runs(context)[1].pinned


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


def test_that_a_queued_run_moves_before_the_one_above_it(qtbot, page, context, filling):
    filling.queue(seeds=(0, 1, 2))
    select(qtbot, page, 3)
    context.commands.action("run.up").trigger()
    qtbot.waitUntil(lambda: runs(context)[3].position < runs(context)[2].position)
    assert runs(context)[1].position < runs(context)[3].position


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


def boxes(kind):
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()]


def test_that_tags_are_written_to_every_selected_run(qtbot, page, context, filling):
    filling.queue(seeds=(0, 1))
    select(qtbot, page, 1, 2)
    context.commands.action("run.tag").trigger()
    dialog, = boxes(QInputDialog)
    dialog.setTextValue("paper, fast")
    dialog.accept()
    qtbot.waitUntil(lambda: {run.tags for run in context.feed.runs} == {("paper", "fast")})


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


def test_that_grouping_is_one_row_a_variant_and_selects_all_its_seeds(
    qtbot, page, context, filling
):
    filling.queue(methods=("plain", "sila"), seeds=(0, 1, 2))
    qtbot.waitUntil(lambda: len(shown(page)) == 6)
    page._group.click()
    table = table_of(page)
    assert table.model().rowCount() == 2
    flags = QItemSelectionModel.SelectionFlag
    table.selectionModel().select(table.model().index(0, 0), flags.Select | flags.Rows)
    assert len(context.selection.selected) == 3
    assert context.settings.get("runs/grouped") is True


def test_that_mean_and_deviation_fit_their_column(qtbot, page, filling):
    filling.queue(seeds=(0, 1))
    for run in (1, 2):
        filling.complete(run)
    qtbot.waitUntil(lambda: len(shown(page)) == 2 and all(
        run.state is RunState.COMPLETED for run in page._context.feed.runs))
    page._group.click()
    table = table_of(page)
    column = COLUMN_INDEX["val_last"]
    qtbot.waitUntil(lambda: table.model().rowCount() == 1)
    assert table.model().index(0, column).data().endswith("(2)")
    assert table.sizeHintForColumn(column) <= table.columnWidth(column)
    page._group.click()
    assert table.columnWidth(column) == COLUMNS[column].width


def test_that_the_time_left_fits_the_column_of_the_state(qtbot, page, filling):
    table = table_of(page)
    beside = 16 + 22  # padding and icon
    needed = table.fontMetrics().horizontalAdvance("99 %, 23:59:59 left") + beside
    assert needed <= table.columnWidth(COLUMN_INDEX["state"])


def test_that_numbers_and_backbones_of_runs_can_be_read(qtbot, page, filling):
    filling.queue()
    table = table_of(page)
    qtbot.waitUntil(lambda: table.model().rowCount() == 1)
    number, backbone = (COLUMN_INDEX[name] for name in ("id", "backbone"))
    assert not table.isColumnHidden(number)
    assert table.model().index(0, number).data() == "1"
    widest = table.fontMetrics().horizontalAdvance("slimmable_resnet56")
    assert table.columnWidth(backbone) >= widest + 16
    option, index = QStyleOptionViewItem(), table.model().index(0, backbone)
    table.itemDelegateForIndex(index).initStyleOption(option, index)
    assert option.textElideMode == Qt.TextElideMode.ElideMiddle
    page._group.click()
    assert table.model().index(0, number).data() == ""


def test_that_columns_are_hidden_and_remembered(qtbot, page, context, settings):
    table = table_of(page)
    menu = table.columns_menu()
    menu.findChild(QAction, "column.note").trigger()
    menu.findChild(QAction, "column.experiment").trigger()
    table.horizontalHeader().moveSection(3, 5)
    table.remember()
    other = RunsPage(context)
    qtbot.addWidget(other)
    again = table_of(other)
    assert again.isColumnHidden(COLUMN_INDEX["note"])
    assert not again.isColumnHidden(COLUMN_INDEX["experiment"])
    assert again.horizontalHeader().visualIndex(3) == 5
    assert Settings(settings.path).get("runs/columns") == [column.id for column in COLUMNS]
    menu.deleteLater()


def test_that_enter_opens_and_f2_renames(qtbot, page, context, filling):
    filling.queue()
    qtbot.waitUntil(lambda: shown(page) == [1])
    click_cell(qtbot, page, 1, "name")
    table = table_of(page)
    qtbot.keyClick(table, Qt.Key.Key_F2)
    editor = QApplication.focusWidget() or table.findChild(QApplication)
    qtbot.keyClicks(editor, "renamed")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: runs(context)[1].name == "renamed")
    with qtbot.waitSignal(context.selection.page_requested):
        qtbot.keyClick(table, Qt.Key.Key_Return)


@pytest.mark.parametrize("column", ["name", "note"])
def test_that_what_is_being_written_outlives_ticks_and_new_runs(
    qtbot, page, context, client, filling, column
):
    filling.queue()
    filling.train(1, 1)
    qtbot.waitUntil(lambda: shown(page) == [1] and runs(context)[1].state is RunState.RUNNING)
    click_cell(qtbot, page, 1, "name")
    table = table_of(page)
    table.setCurrentIndex(table.model().index(0, COLUMN_INDEX[column]))
    qtbot.keyClick(table, Qt.Key.Key_F2)
    editor = table.viewport().findChild(QLineEdit)
    client.annotate(1, tags=["before a key"])
    qtbot.waitUntil(lambda: runs(context)[1].tags == ("before a key",))
    qtbot.keyClicks(editor, "half")  # everything is still selected, so it is written over
    client.annotate(1, tags=["a tick"])
    qtbot.waitUntil(lambda: runs(context)[1].tags == ("a tick",))
    filling.queue(seeds=(1,))
    qtbot.waitUntil(lambda: 2 in runs(context))
    assert editor.text() == "half"
    qtbot.keyClicks(editor, " done")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown(page) == [2, 1])
    qtbot.waitUntil(lambda: getattr(runs(context)[1], column) == "half done")


def test_that_thousands_of_runs_are_listed_sorted_and_searched_without_a_stutter(
    qtbot, page, context, client
):
    run_queue.enqueue(client.store, [RunSpec(seed=seed) for seed in range(2000)])
    qtbot.waitUntil(lambda: len(shown(page)) == 2000, timeout=20_000)
    table, took = table_of(page), []
    for act in (
        lambda: table.sortByColumn(COLUMN_INDEX["seed"], Qt.SortOrder.AscendingOrder),
        lambda: page._model.set_rows(list(context.feed.runs)),
        lambda: table.scrollToBottom() or page.grab(),
    ):
        begin = time.perf_counter()
        act()
        took.append(time.perf_counter() - begin)
    assert max(took) < 0.5, took
