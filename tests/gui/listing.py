"""The runs page as a test meets it, and how a user acts on its rows."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QTableView

from studio.item_models.run_columns import COLUMN_INDEX
from studio.item_models.run_entries import Group

LEFT = Qt.MouseButton.LeftButton


def table_of(page):
    return page.findChild(QTableView, "runs.table")


def shown(page):
    """What stands in the table: runs by their number, heads of groups by their name."""
    model = table_of(page).model()
    rows = [(row, model.entry(row)) for row in range(model.rowCount())]
    return [model.index(row, COLUMN_INDEX["name"]).data() if isinstance(entry, Group) else entry.id
            for row, entry in rows]


def runs(context):
    return {run.id: run for run in context.feed.runs}


def queue(context):
    waiting = [run for run in context.feed.runs if run.state == "queued"]
    return [run.id for run in sorted(waiting, key=lambda run: run.position)]


def select(qtbot, page, *numbers):
    qtbot.waitUntil(lambda: set(numbers) <= set(shown(page)))
    table_of(page).select_runs(numbers)


def selected(page):
    return [run.id for run in table_of(page).selected_runs()]


def do(context, command):
    """What a user does through menu, shortcut, button or palette."""
    action = context.commands.action(command)
    assert action.isEnabled(), action.toolTip()
    action.trigger()


def why_not(context, command):
    action = context.commands.action(command)
    return None if action.isEnabled() else action.toolTip().split(": ", 1)[1]


def centre(page, what, column="name"):
    """Where in the viewport a cell is: of a run by its number, of a group by its name."""
    table = table_of(page)
    index = table.model().index(shown(page).index(what), COLUMN_INDEX[column])
    return table.visualRect(index).center()


def click_cell(qtbot, page, run, column):
    at = centre(page, run, column)
    qtbot.mouseClick(table_of(page).viewport(), LEFT, pos=at)
    return at


def boxes(kind):
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()]
