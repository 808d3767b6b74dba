from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QPushButton,
    QStyleOptionViewItem,
    QToolButton,
)

from engine.spec.run_spec import RunSpec
from engine.spec.run_state import RunState
from engine.store import run_queue
from studio.item_models.run_columns import COLUMN_INDEX
from studio.theme.theme import apply_theme
from tests.gui.listing import (
    LEFT,
    centre,
    click_cell,
    do,
    runs,
    select,
    selected,
    shown,
    table_of,
    why_not,
)

pytestmark = pytest.mark.gui


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
    do(context, "runs.eye")
    assert context.selection.chosen == [2, 1]
    qtbot.keyClick(table_of(page), Qt.Key.Key_Space)
    assert context.selection.chosen == [2]


def test_that_a_pinned_run_comes_first_and_stays_so_in_the_store(qtbot, page, context, filling):
    filling.queue(seeds=(0, 1))
    qtbot.waitUntil(lambda: shown(page) == [2, 1])
    click_cell(qtbot, page, 1, "pin")
    qtbot.waitUntil(lambda: shown(page) == [1, 2])
    assert runs(context)[1].pinned


def test_that_a_pin_is_of_its_row_even_if_the_click_takes_that_from_the_selection(
    qtbot, page, context, filling
):
    filling.queue(seeds=(0, 1))
    select(qtbot, page, 1, 2)
    qtbot.mouseClick(table_of(page).viewport(), LEFT, Qt.KeyboardModifier.ControlModifier,
                     centre(page, 1, "pin"))
    qtbot.waitUntil(lambda: shown(page) == [1, 2])
    assert [run.id for run in context.feed.runs if run.pinned] == [1]


def test_that_the_time_left_fits_the_column_of_the_state(qtbot, page, filling):
    table = table_of(page)
    beside = 16 + 22  # padding and icon
    needed = table.fontMetrics().horizontalAdvance("99 %, 23:59:59 left") + beside
    assert needed <= table.columnWidth(COLUMN_INDEX["state"])


def test_that_numbers_and_backbones_of_runs_can_be_read(qtbot, page, context, filling):
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
    do(context, "runs.group.variant")
    assert table.model().index(0, number).data() == ""


def test_that_thousands_of_runs_are_counted_and_numbered_so_that_it_can_be_read(
    qtbot, page, context, client, filling
):
    filling.queue()
    qtbot.waitUntil(lambda: len(context.feed.runs) == 1)
    one = context.feed.runs[0]
    page._on_runs([replace(one, id=number) for number in range(12_345, 12_345 - 1000, -1)])
    table, number = table_of(page), COLUMN_INDEX["id"]
    assert table.sizeHintForColumn(number) <= table.columnWidth(number)
    page._on_runs([one])
    assert table.sizeHintForColumn(number) <= table.columnWidth(number)


def test_that_the_names_stay_in_sight_when_a_far_cell_is_clicked_or_the_rows_move(
    qtbot, page, context, filling
):
    filling.queue(seeds=range(3))
    qtbot.waitUntil(lambda: len(shown(page)) == 3)
    page.resize(700, 500)
    table = table_of(page)
    across = table.horizontalScrollBar()
    far = table.model().index(1, COLUMN_INDEX["note"])
    table.setCurrentIndex(far)
    do(context, "runs.order_by_queue")
    table.scrollTo(far)
    QApplication.processEvents()
    assert (across.value(), across.maximum() > 0) == (0, True)
    qtbot.keyClick(table, Qt.Key.Key_Left)
    assert across.value() > 0, "who goes there with the keys sees where they are"


def test_that_selected_rows_are_copied_for_a_spreadsheet(qtbot, page, context, client, filling):
    filling.queue(seeds=(0, 1, 2))
    client.annotate(2, note="two\tparts")
    qtbot.waitUntil(lambda: len(shown(page)) == 3)
    qtbot.waitUntil(lambda: bool(runs(context)[2].note))
    table = table_of(page)
    table.setColumnHidden(COLUMN_INDEX["created"], True)
    assert why_not(context, "runs.copy") == "Select a run first"
    select(qtbot, page, 1, 2)
    do(context, "runs.copy")
    head, *rows = (line.split("\t") for line in QApplication.clipboard().text().split("\n"))
    assert head[:3] == ["#", "Run", "State"]
    assert "Created" not in head
    assert [row[0] for row in rows] == ["2", "1"]
    assert [row[head.index("Note")] for row in rows] == ["two parts", ""]
    assert {len(row) for row in rows} == {len(head)}


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


@pytest.mark.parametrize("blank", ["", "  "])
def test_that_a_run_keeps_its_name_where_none_is_written(
    qtbot, page, context, client, filling, blank
):
    filling.queue()
    qtbot.waitUntil(lambda: shown(page) == [1])
    before = client.runs()
    click_cell(qtbot, page, 1, "name")
    table = table_of(page)
    qtbot.keyClick(table, Qt.Key.Key_F2)
    editor = table.viewport().findChild(QLineEdit)
    editor.clear()
    qtbot.keyClicks(editor, blank)
    with qtbot.waitSignal(context.messages.said) as said:
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert (said.args[0].text, said.args[0].tone) == (
        "A run cannot be without a name: it keeps the one it has.", "info"
    )
    assert client.runs() == before


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


def test_that_rows_that_come_and_go_leave_the_view_where_the_user_scrolled_it(
    qtbot, page, context, filling
):
    filling.queue(seeds=tuple(range(60)))
    qtbot.waitUntil(lambda: len(shown(page)) == 60)
    click_cell(qtbot, page, 60, "name")
    bar = table_of(page).verticalScrollBar()
    bar.setValue(25)
    filling.queue(seeds=(60,))
    qtbot.waitUntil(lambda: len(shown(page)) == 61)
    assert bar.value() == 25
    assert selected(page) == [60]
    assert table_of(page).currentIndex().row() == 1


def test_that_all_of_many_rows_are_selected_as_one_stretch(qtbot, page, context, client):
    run_queue.enqueue(client.store, [RunSpec(seed=seed) for seed in range(300)])
    qtbot.waitUntil(lambda: len(shown(page)) == 300)
    table_of(page).selectAll()
    assert len(context.selection.selected) == 300
    do(context, "run.stop")
    qtbot.waitUntil(lambda: {r.state for r in context.feed.runs} == {RunState.CANCELLED})
    assert len(selected(page)) == 300
    assert table_of(page).selectionModel().selection().count() == 1


@pytest.fixture
def light_again(qapp):
    yield
    apply_theme(qapp, "light")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("count", [0, 1, 200])
def test_that_no_button_is_clipped_in_a_small_window(
    qtbot, qapp, page, context, client, theme, count, light_again
):
    apply_theme(qapp, theme)
    page.resize(948, 600)  # what a window of 1024 x 700 leaves
    run_queue.enqueue(client.store, [RunSpec(seed=seed) for seed in range(count)])
    qtbot.waitUntil(lambda: len(context.feed.runs) == count)
    if count:
        page._filters.search.setText("digits")
        for facet in page._filters._facets.values():
            for action in facet.menu().actions()[2:]:
                action.trigger()
        qtbot.waitUntil(lambda: len(shown(page)) == count)
        do(context, "runs.group.experiment")
    assert page.minimumSizeHint().width() <= 884  # the smallest window has no more
    buttons = [b for kind in (QPushButton, QToolButton) for b in page.findChildren(kind)
               if b.isVisible() and not isinstance(b.parent(), QLineEdit)]
    assert len(buttons) >= (2 if count == 0 else 15)
    qtbot.waitUntil(lambda: all(b.width() >= b.minimumSizeHint().width() for b in buttons))
    for button in buttons:
        right = button.mapTo(page, QPoint(button.width(), 0)).x()
        assert right <= page.width() - 16, button.text()
