import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu

from studio.item_models.run_columns import COLUMN_INDEX, COLUMNS
from studio.pages.runs.filter_bar import FilterBar
from studio.state.settings import Settings
from tests.gui.listing import click_cell, do, select, shown, table_of, why_not

pytestmark = pytest.mark.gui


@pytest.fixture
def three(qtbot, page, filling):
    """Runs 1 to 3 with seeds 7, 5 and 6."""
    filling.queue(seeds=(7, 5, 6))
    qtbot.waitUntil(lambda: shown(page) == [3, 2, 1])
    return page


def popup():
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def in_sight(page):
    header = table_of(page).header
    order = [header.logicalIndex(place) for place in range(header.count())]
    return [COLUMNS[index].id for index in order if not header.isSectionHidden(index)]


def choose(qtbot, menu, name):
    """Go to a choice with the keys, and take it."""
    wanted = menu.findChild(QAction, name)
    for _ in menu.actions():
        if menu.activeAction() is wanted:
            break
        qtbot.keyClick(menu, Qt.Key.Key_Down)
    assert menu.activeAction() is wanted
    qtbot.keyClick(menu, Qt.Key.Key_Return)


def test_that_columns_are_hidden_and_remembered(page, again, settings):
    table = table_of(page)
    menu = table.header.columns_menu()
    menu.findChild(QAction, "column.note").trigger()
    menu.findChild(QAction, "column.experiment").trigger()
    table.horizontalHeader().moveSection(3, 5)
    table.header.remember()
    later = table_of(again())
    assert later.isColumnHidden(COLUMN_INDEX["note"])
    assert not later.isColumnHidden(COLUMN_INDEX["experiment"])
    assert later.horizontalHeader().visualIndex(3) == 5
    assert Settings(settings.path).get("runs/columns") == [column.id for column in COLUMNS]
    menu.deleteLater()


def test_that_epochs_are_a_column_that_is_asked_for(qtbot, page, context, filling):
    filling.queue(epochs=12)
    filling.queue(methods=("sila",), seeds=(0, 1), epochs=4)
    qtbot.waitUntil(lambda: len(shown(page)) == 3)
    assert "epochs" not in in_sight(page)
    page.findChild(FilterBar).group("method")
    model, column = table_of(page).model(), COLUMN_INDEX["epochs"]
    assert shown(page) == ["sila", 3, 2, "plain", 1]
    assert [model.index(row, column).data() for row in range(5)] == ["4", "4", "4", "12", "12"]


def test_that_rows_are_sorted_by_a_column_that_is_chosen_with_the_keys(qtbot, three, context):
    do(context, "runs.sort")
    menu = popup()
    assert menu.activeAction().objectName() == "sort.created"
    assert menu.activeAction().isChecked()
    choose(qtbot, menu, "sort.seed")
    assert shown(three) == [2, 3, 1]
    assert table_of(three).header.sorted_by() == "Seed"
    do(context, "runs.reverse")
    assert shown(three) == [1, 3, 2]
    do(context, "runs.reverse")
    assert shown(three) == [2, 3, 1]


def test_that_only_columns_in_sight_that_have_a_title_are_offered_to_sort_by(three, context):
    do(context, "runs.sort")
    menu = popup()
    offered = [action.objectName() for action in menu.actions()]
    assert {"sort.note", "sort.id"} <= set(offered)
    assert not {"sort.eye", "sort.pin", "sort.experiment"} & set(offered)
    assert offered[-1] == "runs.reverse"
    menu.close()


def test_that_columns_are_shown_and_hidden_with_the_keys(qtbot, three, context):
    do(context, "runs.columns")
    choose(qtbot, popup(), "column.note")
    assert "note" not in in_sight(three)
    do(context, "runs.columns")
    choose(qtbot, popup(), "column.experiment")
    assert "experiment" in in_sight(three)


def test_that_the_current_column_is_moved_past_what_is_hidden_and_stays_the_current_one(
    qtbot, three, context, filling
):
    assert why_not(context, "runs.column_left") == "Select a run first"
    click_cell(qtbot, three, 1, "created")
    do(context, "runs.column_right")
    assert in_sight(three)[-3:] == ["tags", "created", "note"]
    filling.queue(seeds=(8,))
    qtbot.waitUntil(lambda: shown(three) == [4, 3, 2, 1])
    assert table_of(three).currentIndex().column() == COLUMN_INDEX["created"]
    do(context, "runs.column_left")
    do(context, "runs.column_left")
    assert in_sight(three)[-4:] == ["created", "seconds", "tags", "note"]


def test_that_a_column_at_the_edge_stays_there(qtbot, three, context):
    select(qtbot, three, 1)
    click_cell(qtbot, three, 1, "eye")
    before = in_sight(three)
    do(context, "runs.column_left")
    assert in_sight(three) == before


def test_that_the_heading_of_the_current_cell_is_underlined(qtbot, three):
    def underlined(column):
        header = table_of(three).header
        image, at = header.grab().toImage(), header.sectionViewportPosition(COLUMN_INDEX[column])
        middle = at + header.sectionSize(COLUMN_INDEX[column]) // 2
        return image.pixelColor(middle, image.height() - 1)

    before = underlined("state")
    click_cell(qtbot, three, 1, "state")
    assert underlined("state") != before
    assert underlined("method") == before
