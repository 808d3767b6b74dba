import subprocess
import sys

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QLabel,
    QPushButton,
    QToolButton,
    QWidget,
)

from engine.spec.run_state import RunState
from engine.store import staff
from studio.app import NO_DISPLAY, PAGES
from studio.main_window import MainWindow
from studio.state.commands import Command, Commands
from studio.state.settings import THEME, Settings
from studio.status_bar import device_line
from studio.widgets.command_palette import CommandPalette
from tests.gui.framing import add
from tests.gui.listing import do, why_not

pytestmark = pytest.mark.gui

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def context(bare):
    """The window brings the commands of its frame along; those of others stand in here."""
    for others in ("demo.start", "workspace.open"):
        add(bare, others, lambda: None)
    return bare


@pytest.fixture
def window(qtbot, context, settings, monkeypatch):
    # Compose starts an engine where there are no cards yet, and that has nothing to do here.
    monkeypatch.setattr("studio.bridge.client.ensure_engine", lambda *_, **__: None)
    window = MainWindow(PAGES, settings, context.commands)
    qtbot.addWidget(window)
    window.show()
    window.attach(context)
    window.show_page("runs")
    return window


def child(window, kind, name):
    found = window.findChild(kind, name)
    assert found is not None, name
    return found


def test_that_the_frame_is_painted_before_there_is_a_workspace(qtbot, settings):
    window = MainWindow(PAGES, settings, Commands())
    qtbot.addWidget(window)
    with qtbot.waitSignal(window.first_painted):
        window.show()
    assert not child(window, QToolButton, "rail.compose").isEnabled()
    window.show_page("compose")
    assert window.current_page == ""


@pytest.mark.parametrize("page", [page.id for page in PAGES])
def test_that_every_page_is_reached_by_its_button_and_can_be_seen_whole_in_the_smallest_window(
    qtbot, window, page
):
    button = child(window, QToolButton, f"rail.{page}")
    qtbot.mouseClick(button, LEFT)
    assert window.current_page == page
    assert button.isChecked()
    assert window.minimumWidth() <= 960
    assert window.minimumHeight() <= 600
    window.resize(window.minimumSize())
    QApplication.processEvents()
    assert window.size() == window.minimumSize()
    assert window.centralWidget().minimumSizeHint().width() <= window.width()
    assert window.page.size().expandedTo(window.page.minimumSizeHint()) == window.page.size()
    view = window._made[page]
    across = view.horizontalScrollBar()
    assert view.viewport().width() + across.maximum() == window.page.width()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_that_return_presses_the_button_that_has_the_focus(qtbot, window, key):
    tool = child(window, QToolButton, "rail.data")
    tool.setFocus()
    qtbot.keyClick(tool, key)
    assert window.current_page == "data"
    push, pressed = QPushButton("push", window.page), []
    push.clicked.connect(lambda: pressed.append(True))
    push.show()
    push.setFocus()
    qtbot.keyClick(push, key)
    assert pressed == [True]
    push.setEnabled(False)
    qtbot.keyClick(window, key)
    assert pressed == [True]


def test_that_the_window_first_opens_no_larger_than_the_screen(window):
    room = window.screen().availableSize().expandedTo(window.minimumSize())
    assert window.width() <= room.width()
    assert window.height() <= room.height()


def test_that_on_a_small_screen_the_frame_and_the_status_bar_have_room(
    qtbot, settings, monkeypatch
):
    class Screen:
        def availableSize(self):  # noqa: N802 - Qt's name
            return QSize(960, 540)

    monkeypatch.setattr(MainWindow, "screen", lambda _: Screen())
    window = MainWindow(PAGES, settings, Commands())
    qtbot.addWidget(window)
    assert window.width() <= 960
    assert window.height() <= 540 - 40


@pytest.mark.parametrize("kept", ["abc", 7, "%%%", None])
def test_that_a_damaged_memory_of_the_windows_place_does_no_harm(qtbot, settings, kept):
    settings.put("window/geometry", kept)
    window = MainWindow(PAGES, Settings(settings.path), Commands())
    qtbot.addWidget(window)
    assert window.width() >= window.minimumWidth()


def test_that_every_page_follows_the_theme_while_it_is_open(qtbot, window, context):
    from studio.theme.theme import apply_theme

    for page in PAGES:
        window.show_page(page.id)
    try:
        apply_theme(QApplication.instance(), "dark")
        for page in PAGES:
            window.show_page(page.id)
            QApplication.processEvents()
            image = window.grab().toImage()
            shades = [image.pixelColor(QPoint(x, 30 + y)).lightness()
                      for x in range(80, window.width(), 40) for y in range(0, 500, 25)]
            assert sum(shade < 128 for shade in shades) > 0.8 * len(shades), page.id
    finally:
        apply_theme(QApplication.instance(), "light")


def test_that_a_page_is_built_once(window, context):
    window.show_page("compare")
    first = window.page
    window.show_page("runs")
    context.selection.show_page("compare")
    assert window.page is first


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


class Windows(QObject):
    """Sees what is shown as a window of its own."""

    def __init__(self):
        super().__init__()
        self.shown = []

    def eventFilter(self, watched, event):  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(watched)
        return False


def test_that_nothing_of_a_page_flashes_as_a_window_while_the_page_is_made(qapp, window):
    windows = Windows()
    qapp.installEventFilter(windows)
    for page in PAGES:
        window.make_page(page.id)
    qapp.removeEventFilter(windows)
    assert windows.shown == []


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


def test_that_a_command_that_cannot_run_says_why(window, context):
    action = context.commands.add(
        Command("x", "Do &it", "Ctrl+Alt+I", lambda: None, lambda: "There is nothing to do")
    )
    assert not action.isEnabled()
    assert action.toolTip() == "Do it (Ctrl+Alt+I): There is nothing to do"


def test_that_a_failed_job_is_shown_and_can_be_closed(qtbot, window, context):
    context.jobs.failed.emit("the disk is full")
    assert window.messages.text == "the disk is full"
    qtbot.mouseClick(child(window, QToolButton, "message_bar.close"), LEFT)
    assert window.messages.text == ""


def test_that_a_message_offers_what_to_do(window, context):
    done = []
    context.messages.offer("Deleted.", "Undo", lambda: done.append("undone"))
    assert window.messages.text == "Deleted."
    window.messages._action.click()
    assert done == ["undone"]
    assert window.messages.text == ""


def test_that_a_message_is_answered_read_copied_and_closed_by_commands(window, context):
    assert why_not(context, "message.close") == "There is no message"
    done = []
    context.messages.offer("Deleted.", "Undo", lambda: done.append("undone"))
    assert why_not(context, "message.details") == "The message has none"
    do(context, "message.act")
    assert (done, window.messages.text) == (["undone"], "")
    window.messages.show_message("It went wrong.", details="line 7")
    do(context, "message.details")
    assert window.messages._details.isVisible()
    do(context, "message.copy")
    assert QApplication.clipboard().text() == "It went wrong.\n\nline 7"
    do(context, "message.close")
    assert window.messages.text == ""


def test_that_the_status_bar_tells_of_the_engine_the_run_and_the_queue(
    qtbot, window, context, client, filling
):
    ids = filling.queue(seeds=(0, 1, 2))
    filling.train(ids[0], 2)
    token = staff.take_lease(client.store)
    device = {"name": "cpu", "load": 61.0, "memory_used_mib": 2048, "memory_total_mib": 8192}
    staff.keep_lease(client.store, token, [device])
    run = child(window, QToolButton, "status.run")
    qtbot.waitUntil(lambda: "epoch 2/4" in run.text() and "4 s left" in run.text())
    assert child(window, QToolButton, "status.queue").text() == "queue 2"
    engine = child(window, QToolButton, "status.engine")
    qtbot.waitUntil(lambda: engine.text() == "engine: running")
    devices = child(window, QLabel, "status.devices")
    qtbot.waitUntil(lambda: devices.text() == "cpu 61 % · 2.0/8 GB")
    staff.release_lease(client.store, token)
    qtbot.waitUntil(lambda: engine.text() == "engine: stopped")
    assert devices.text() == ""


def lose_the_engine(qtbot, window, client):
    """An engine appears, and is gone."""
    token = staff.take_lease(client.store)
    engine = child(window, QToolButton, "status.engine")
    qtbot.waitUntil(lambda: engine.text() == "engine: running")
    yield
    staff.release_lease(client.store, token)
    qtbot.waitUntil(lambda: engine.text() == "engine: stopped")
    yield


def test_that_an_engine_that_ends_unasked_while_runs_wait_is_told_of_and_can_be_started(
    qtbot, window, context, client, filling, monkeypatch
):
    filling.queue(seeds=(0, 1))
    qtbot.waitUntil(lambda: len(context.feed.runs) == 2)
    list(lose_the_engine(qtbot, window, client))
    assert window.messages.text == "The engine has ended; 2 runs wait."
    started = []
    monkeypatch.setattr(client, "start_engine", lambda: started.append(True))
    window.messages._action.click()
    qtbot.waitUntil(lambda: started == [True])


def test_that_an_engine_that_ends_with_nothing_to_do_is_not_missed(
    qtbot, window, context, client, filling
):
    filling.queue()
    filling.complete(1)
    qtbot.waitUntil(lambda: [r.state for r in context.feed.runs] == [RunState.COMPLETED])
    list(lose_the_engine(qtbot, window, client))
    assert window.messages.text == ""


def test_that_an_engine_that_the_user_stopped_is_not_missed(
    qtbot, window, context, client, filling
):
    filling.queue()
    qtbot.waitUntil(lambda: bool(context.feed.runs))
    for _ in lose_the_engine(qtbot, window, client):
        client.stop_engine()
    assert window.messages.text == ""


def test_that_a_click_on_the_run_at_work_shows_it(qtbot, window, context, filling):
    run, = filling.queue()
    filling.train(run, 1)
    button = child(window, QToolButton, "status.run")
    qtbot.waitUntil(button.isVisible)
    qtbot.mouseClick(button, LEFT)
    assert window.current_page == "run"
    assert context.selection.current == run
    window.show_page("runs")
    do(context, "go.at_work")
    assert window.current_page == "run"


@pytest.mark.parametrize(
    ("device", "line"),
    [
        ({"name": "cpu"}, "cpu"),
        ({"name": "cpu", "load": 5.4}, "cpu 5 %"),
        ({"name": "cuda:0 H100", "load": 61, "memory_used_mib": 14541,
          "memory_total_mib": 144384}, "cuda:0 H100 61 % · 14.2/141 GB"),
    ],
)
def test_that_a_device_is_told_of_as_far_as_it_is_known(device, line):
    assert device_line(device) == line


def test_that_only_what_makes_sense_is_offered_about_the_engine(qtbot, window, client):
    start, stop, log = child(window, QToolButton, "status.engine").menu().actions()
    assert (start.isEnabled(), stop.isEnabled(), log.isEnabled()) == (True, False, True)
    token = staff.take_lease(client.store)
    qtbot.waitUntil(lambda: (start.isEnabled(), stop.isEnabled()) == (False, True))
    staff.release_lease(client.store, token)


def test_that_the_window_opens_where_it_was_closed(qtbot, window, settings):
    window.resize(window.minimumWidth(), 707)  # the offscreen platform's screen is 800 × 800
    window.close()
    other = MainWindow(PAGES, Settings(settings.path), Commands())
    qtbot.addWidget(other)
    assert other.height() == 707


def test_that_the_theme_is_a_command_and_is_kept(window, context, settings):
    context.commands.action("theme.dark").trigger()
    assert Settings(settings.path).get(THEME) == "dark"


def test_that_commands_act_only_on_runs_selected_on_the_page_that_is_shown(
    qtbot, window, context, filling
):
    filling.queue()
    qtbot.waitUntil(lambda: bool(context.feed.runs))
    window.page._table.select_runs([1])
    assert context.commands.action("run.delete").isEnabled()
    window.show_page("data")
    assert not context.commands.action("run.delete").isEnabled()
    window.show_page("runs")
    assert context.commands.action("run.delete").isEnabled()


def test_that_without_a_display_one_line_names_the_way_without_a_window():
    code = (
        "import os, sys; [os.environ.pop(n, None) for n in "
        "('QT_QPA_PLATFORM', 'DISPLAY', 'WAYLAND_DISPLAY')];"
        "from studio.app import main; sys.exit(main([]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", NO_DISPLAY + "\n")
    assert "sila demo" in NO_DISPLAY


def test_that_a_display_that_does_not_answer_is_told_of_in_one_line():
    code = (
        "import os, sys; os.environ.pop('QT_QPA_PLATFORM', None); os.environ['DISPLAY'] = ':987';"
        "from studio.app import main; sys.exit(main([]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.endswith(NO_DISPLAY + "\n")


def test_that_dialogs_have_no_icons_of_the_platform_on_their_buttons(qtbot):
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok)
    qtbot.addWidget(buttons)
    buttons.show()
    assert buttons.button(QDialogButtonBox.StandardButton.Ok).icon().isNull()


def test_that_the_palette_of_the_application_is_ours(window):
    assert QApplication.palette().color(QPalette.ColorRole.Highlight).name() == "#e3ebfd"


def test_that_a_message_moves_nothing_of_the_page(qtbot, window):
    before = window.page.mapTo(window, QPoint())
    window.messages.show_message("Saved", "good")
    QApplication.processEvents()
    assert window.messages.isVisible()
    assert window.page.mapTo(window, QPoint()) == before


def test_that_an_engine_that_has_written_no_log_is_no_fault(qtbot, window, context):
    do(context, "engine.log")
    qtbot.waitUntil(lambda: window.messages.text.startswith("The engine has written no log yet"))
    assert window.messages._tone == "info"
