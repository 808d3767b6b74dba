import pytest
from PySide6.QtCore import Qt

from studio.app import PAGES
from studio.state.commands import Command
from studio.widgets.command_palette import CommandPalette
from tests.gui.following import child

pytestmark = pytest.mark.gui


def test_that_every_command_is_in_a_menu_or_the_palette_and_no_shortcut_is_taken_twice(
    window, context
):
    for page in PAGES:
        window.show_page(page.id)
    keys = [key for command in context.commands.all() if (key := command.shortcut)]
    assert len(keys) == len(set(keys))
    assert len({command.id for command in context.commands.all()}) >= 25


def test_that_the_palette_narrows_and_runs_what_is_chosen(qtbot, window):
    window.show_palette()
    palette = child(window, CommandPalette, "palette")
    qtbot.keyClicks(palette._search, "go export")
    assert offered(palette) == {"Go to Export": True}
    qtbot.keyClick(palette._search, Qt.Key.Key_Return)
    assert window.current_page == "export"


def offered(palette):
    """What the palette lists, and whether it can be chosen."""
    items = map(palette._list.topLevelItem, range(palette._list.topLevelItemCount()))
    return {item.text(0): not item.isDisabled() for item in items}


def test_that_the_palette_knows_the_commands_of_pages_that_were_never_shown(
    qtbot, window, context
):
    window.show_palette()
    palette = child(window, CommandPalette, "palette")
    qtbot.keyClicks(palette._search, "zoom in")
    assert offered(palette) == {"Nothing found": False}
    qtbot.keyClick(palette._search, Qt.Key.Key_Return)
    assert palette.isVisible()
    qtbot.waitUntil(lambda: offered(palette) == {"Zoom in on the curves": True})
    assert window.current_page == "runs"
    qtbot.keyClick(palette._search, Qt.Key.Key_Return)
    assert window.current_page == "run"
    assert window.messages.text == "Go to the curves of a run first"


def test_that_a_command_that_a_page_adds_later_belongs_to_it_too(window, context):
    window.make_page("export")
    action = context.commands.add(Command("export.x", "X", "", lambda: None, lambda: "No run"))
    assert window._place_of(action) == "Export"
    other = context.commands.add(Command("other.x", "Other", "", lambda: None))
    assert window._place_of(other) == ""


def test_that_a_row_that_was_moved_to_in_the_palette_stays_the_current_one(qtbot, window, context):
    window.show_palette()
    palette = child(window, CommandPalette, "palette")
    qtbot.waitUntil(lambda: "Export the run as a bundle" in offered(palette), timeout=30_000)
    qtbot.keyClick(palette._search, Qt.Key.Key_Down)
    current = palette._list.currentItem().text(0)
    context.commands.add(Command("new", "Do something new", "", lambda: None))
    qtbot.waitUntil(lambda: "Do something new" in offered(palette))
    assert palette._list.currentItem().text(0) == current
    palette.close()


def test_that_a_command_found_elsewhere_is_done_on_its_page_where_it_can_be(
    qtbot, window, context
):
    window.show_page("data")
    window.show_palette()
    palette = child(window, CommandPalette, "palette")
    sort = context.commands.action("runs.reverse")
    context.commands.refresh()
    assert not sort.isEnabled()
    qtbot.keyClicks(palette._search, "reverse the order")
    with qtbot.waitSignal(sort.triggered):
        qtbot.keyClick(palette._search, Qt.Key.Key_Return)
    assert window.current_page == "runs"
