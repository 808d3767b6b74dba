import subprocess
import sys

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QPushButton, QToolButton, QWidget

from studio.app import NO_DISPLAY, PAGES
from studio.main_window import MainWindow
from studio.state.commands import Commands
from studio.state.settings import THEME, Settings
from tests.gui.following import child

pytestmark = pytest.mark.gui

LEFT = Qt.MouseButton.LeftButton


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
