import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QAction, QFontMetrics
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QToolButton

from engine.spec.run_spec import RunSpec, TrainingSpec
from engine.spec.run_state import RunState
from engine.store import run_queue
from studio.item_models.run_columns import COLUMN_INDEX, COLUMNS
from studio.widgets.facet_button import FacetButton
from studio.widgets.page_header import PageHeader
from tests.gui.listing import (
    LEFT,
    centre,
    do,
    runs,
    select,
    selected,
    shown,
    table_of,
    why_not,
)

pytestmark = pytest.mark.gui


def facet(page, name):
    return page.findChild(FacetButton, f"runs.facet.{name}")


def choose(page, name, value):
    facet(page, name).findChild(QAction, f"runs.facet.{name}.{value}").trigger()


def offered(page, name):
    return [action.text() for action in facet(page, name).menu().actions()[2:]]


def search(page):
    return page.findChild(QLineEdit, "runs.search")


@pytest.fixture
def some(qtbot, page, client, filling):
    """Run 1: plain, completed, tagged; runs 2 and 3: sila, queued."""
    filling.queue(methods=("plain",))
    filling.queue(methods=("sila",), seeds=(0, 1))
    filling.complete(1)
    client.annotate(1, tags=["paper", "fast"])
    qtbot.waitUntil(lambda: offered(page, "tag") == ["No tag  (2)", "fast  (1)", "paper  (1)"])
    return page


@pytest.mark.parametrize("by", ["", "method"])
def test_that_the_heading_says_how_many_runs_fit(qtbot, some, context, by):
    heading = some.findChild(PageHeader)
    some._filters.group(by)
    assert "3 runs · 2 queued" in said(heading)
    choose(some, "tag", "paper")
    assert "1 of 3 runs · 2 queued" in said(heading)
    do(context, "runs.clear")
    assert "3 runs · 2 queued" in said(heading)


def said(widget):
    return [label.text() for label in widget.findChildren(QLabel)]


def test_that_the_search_narrows_the_table_and_can_be_undone(qtbot, some, context):
    assert why_not(context, "runs.clear") == "No filter is on"
    qtbot.keyClicks(search(some), "sila")
    qtbot.waitUntil(lambda: shown(some) == [3, 2])
    qtbot.keyClicks(search(some), "xx")
    qtbot.waitUntil(some._nothing.isVisible)
    some._nothing.findChild(QPushButton, "empty.button").click()
    assert shown(some) == [3, 2, 1]
    assert search(some).text() == ""


def test_that_ctrl_f_leads_to_the_search(qtbot, some):
    qtbot.keyClick(table_of(some), Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert search(some).hasFocus()


def test_that_facets_say_how_many_runs_have_what(some):
    assert offered(some, "state") == ["Queued  (2)", "Completed  (1)"]
    assert offered(some, "method") == ["plain  (1)", "sila  (2)"]
    assert offered(some, "backbone") == ["resnet8  (3)"]
    assert offered(some, "dataset") == ["digits  (3)"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [("state", "completed", [1]), ("method", "sila", [3, 2]), ("backbone", "resnet8", [3, 2, 1]),
     ("dataset", "digits", [3, 2, 1]), ("tag", "fast", [1]), ("tag", "", [3, 2])],
)
def test_that_a_facet_narrows_the_table_and_says_so(some, name, value, expected):
    choose(some, name, value)
    assert shown(some) == expected
    assert facet(some, name).isChecked()
    assert facet(some, name).accessibleName() != facet(some, name).text()


def test_that_facets_are_cleared_at_once_and_one_by_one(qtbot, some, context):
    button = some.findChild(QToolButton, "runs.clear.button")
    assert not button.isVisible()
    choose(some, "method", "sila")
    choose(some, "state", "completed")
    assert some._nothing.isVisible()
    assert button.isVisible()
    facet(some, "state").menu().actions()[0].trigger()
    assert shown(some) == [3, 2]
    do(context, "runs.clear")
    assert shown(some) == [3, 2, 1]
    assert not facet(some, "method").isChecked()
    assert not button.isVisible()


def test_that_facets_are_remembered_until_they_are_cleared(qtbot, some, context, again):
    choose(some, "method", "sila")
    choose(some, "tag", "")
    later = again()
    assert shown(later) == [3, 2]
    assert facet(later, "method").accessibleName() == "Method: sila"
    later._filters.clear()
    assert shown(again()) == [3, 2, 1]


def test_that_a_value_that_no_run_has_any_more_still_keeps_the_others_out(
    qtbot, some, context
):
    choose(some, "state", "queued")
    select(qtbot, some, 2, 3)
    do(context, "run.stop")
    qtbot.waitUntil(some._nothing.isVisible)
    assert offered(some, "state")[-1] == "Queued  (0)"
    assert facet(some, "state").isChecked()


def test_that_several_values_are_checked_without_the_menu_closing(qtbot, some):
    menu = facet(some, "method").menu()
    menu.popup(some.mapToGlobal(QPoint(40, 40)))
    for action in menu.actions()[2:]:
        at = menu.actionGeometry(action).center()
        qtbot.mouseMove(menu, at)
        qtbot.mouseClick(menu, LEFT, pos=at)
        assert action.isChecked()
        assert menu.isVisible()
    qtbot.keyClick(menu, Qt.Key.Key_Space)
    assert facet(some, "method").checked == {"plain"}
    menu.close()


def test_that_a_facet_without_room_for_its_values_says_how_many(some):
    button = facet(some, "state")
    choose(some, "state", "queued")
    choose(some, "state", "completed")
    button.resize(button.sizeHint())
    assert button.text() == "State: Queued +1  ▾"
    button.resize(button.minimumSizeHint())
    assert button.text() == "State: 2  ▾"
    assert button.toolTip() == "State: Queued, Completed"
    assert button.sizeHint().width() > button.minimumSizeHint().width()


def test_that_a_variant_is_one_row_and_selects_all_its_seeds(qtbot, page, context, filling):
    filling.queue(methods=("plain", "sila"), seeds=(0, 1, 2))
    qtbot.waitUntil(lambda: len(shown(page)) == 6)
    do(context, "runs.group.variant")
    table = table_of(page)
    assert table.model().rowCount() == 2
    flags = QItemSelectionModel.SelectionFlag
    table.selectionModel().select(table.model().index(0, 0), flags.Select | flags.Rows)
    assert len(context.selection.selected) == 3


def test_that_variants_of_one_name_are_told_apart_by_their_settings(
    qtbot, page, context, client, filling
):
    for epochs, lr in ((2, 0.1), (12, 0.1), (12, 100.0)):
        spec = RunSpec(training=TrainingSpec(epochs=epochs, lr=lr))
        run_queue.enqueue(client.store, [spec])
    filling.queue(methods=("sila",))
    qtbot.waitUntil(lambda: len(shown(page)) == 4)
    do(context, "runs.group.variant")
    alike = {
        "plain (epochs = 2, lr = 0.1) resnet8 digits",
        "plain (epochs = 12, lr = 0.1) resnet8 digits",
        "plain (epochs = 12, lr = 100) resnet8 digits",
    }
    qtbot.waitUntil(lambda: set(shown(page)) == alike | {"sila resnet8 digits"})
    names = COLUMN_INDEX["name"]
    needed = bold_width(page, "plain (epochs = 12, lr = 100)")
    assert table_of(page).columnWidth(names) > needed + 70, "fold and dots stand before them"
    client.delete([3])
    alike = {"plain (epochs = 2) resnet8 digits", "plain (epochs = 12) resnet8 digits"}
    qtbot.waitUntil(lambda: set(shown(page)) == alike | {"sila resnet8 digits"})
    do(context, "runs.group.none")
    assert shown(page) == [4, 2, 1]
    assert table_of(page).columnWidth(names) == COLUMNS[names].width


def bold_width(page, text):
    font = table_of(page).font()
    font.setBold(True)
    return QFontMetrics(font).horizontalAdvance(text)


def test_that_mean_and_deviation_fit_their_column(qtbot, page, context, filling):
    filling.queue(seeds=(0, 1))
    for run in (1, 2):
        filling.complete(run)
    qtbot.waitUntil(lambda: len(shown(page)) == 2 and all(
        run.state is RunState.COMPLETED for run in context.feed.runs))
    do(context, "runs.group.variant")
    table = table_of(page)
    column = COLUMN_INDEX["val_last"]
    assert table.model().rowCount() == 1
    assert table.model().index(0, column).data().endswith("(2)")
    assert table.sizeHintForColumn(column) <= table.columnWidth(column)
    do(context, "runs.group.none")
    assert table.columnWidth(column) == COLUMNS[column].width


@pytest.mark.parametrize(
    ("by", "expected"),
    [("none", [3, 2, 1]), ("variant", ["sila resnet8 digits", "plain resnet8 digits"]),
     ("method", ["sila", 3, 2, "plain", 1]), ("backbone", ["resnet8", 3, 2, 1]),
     ("dataset", ["digits", 3, 2, 1]), ("state", ["Queued", 3, 2, "Completed", 1]),
     ("tag", ["No tag", 3, 2, "fast", 1, "paper", 1]), ("experiment", ["experiment", 3, 2, 1]),
     ("seed", ["Seed 1", 3, "Seed 0", 2, 1])],
)
def test_that_runs_are_grouped_by_any_property_and_that_is_remembered(
    qtbot, some, context, again, by, expected
):
    do(context, f"runs.group.{by}")
    assert shown(some) == expected or by == "tag"
    assert sorted(map(str, shown(some))) == sorted(map(str, expected))
    assert context.commands.action(f"runs.group.{by}").isChecked()
    assert shown(again()) == shown(some)


def test_that_groups_are_folded_by_mouse_keys_and_commands_and_that_is_remembered(
    qtbot, some, context, again
):
    assert why_not(context, "runs.fold") == "The runs are not grouped"
    do(context, "runs.group.method")
    table = table_of(some)
    left = table.visualRect(table.model().index(0, COLUMN_INDEX["name"])).left()
    qtbot.mouseClick(table.viewport(), LEFT, pos=QPoint(left + 10, centre(some, "sila").y()))
    assert shown(some) == ["sila", "plain", 1]
    assert shown(again()) == ["sila", "plain", 1]
    qtbot.mouseClick(table.viewport(), LEFT, pos=centre(some, 1))
    qtbot.keyClick(table, Qt.Key.Key_Left)
    assert table.currentIndex().row() == 1
    qtbot.keyClick(table, Qt.Key.Key_Left)
    assert shown(some) == ["sila", "plain"]
    qtbot.keyClick(table, Qt.Key.Key_Right)
    assert shown(some) == ["sila", "plain", 1]
    do(context, "runs.unfold")
    assert shown(some) == ["sila", 3, 2, "plain", 1]
    do(context, "runs.fold")
    assert shown(some) == ["sila", "plain"]
    qtbot.mouseDClick(table.viewport(), LEFT, pos=centre(some, "plain"))
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert shown(some) in (["sila", "plain", 1], ["sila", "plain"])


def inked(table, row):
    """How far from the left of its cell a name begins: its colour's dot is a strong one."""
    index = table.model().index(row, COLUMN_INDEX["name"])
    rect = table.visualRect(index)
    picture = table.viewport().grab(rect).toImage()
    middle = picture.height() // 2
    ground = picture.pixelColor(0, middle)
    return next(x for x in range(picture.width()) if picture.pixelColor(x, middle) != ground)


def test_that_runs_without_a_tag_stand_indented_below_their_head(qtbot, some, context):
    table = table_of(some)
    flush = inked(table, shown(some).index(3))
    do(context, "runs.group.tag")
    rows = shown(some)
    assert inked(table, rows.index(3)) == inked(table, rows.index(1)) > flush
    table.setCurrentIndex(table.model().index(rows.index(3), COLUMN_INDEX["name"]))
    qtbot.keyClick(table, Qt.Key.Key_Left)
    assert table.currentIndex().data() == "No tag"


def test_that_folding_a_group_never_selects_more_runs_than_were_selected(qtbot, some, context):
    do(context, "runs.group.method")
    select(qtbot, some, 2)
    do(context, "runs.fold")
    assert selected(some) == []
    do(context, "runs.unfold")
    select(qtbot, some, 3, 2)
    assert sorted(selected(some)) == [2, 3]
    do(context, "runs.group.none")
    assert sorted(selected(some)) == [2, 3]
    do(context, "runs.group.variant")
    assert sorted(selected(some)) == [2, 3]
    assert shown(some) == ["sila resnet8 digits", "plain resnet8 digits"]


def test_that_a_run_that_joins_the_group_of_a_selected_one_is_not_selected(
    qtbot, some, context, filling
):
    do(context, "runs.group.method")
    select(qtbot, some, 1)
    filling.queue(methods=("plain",), seeds=(7,))
    qtbot.waitUntil(lambda: 4 in shown(some))
    assert 1 in selected(some)
    assert runs(context)[4].method == "plain"


def test_that_the_commands_say_when_another_page_is_shown(some, context):
    some.hide()
    context.commands.refresh()
    for command in ("runs.clear", "runs.group.method", "runs.fold", "runs.order_by_queue"):
        assert why_not(context, command) == "Go to the runs first"
