import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.pages.compare.exports import ExportMenu
from tests.gui.comparing import opened

pytestmark = pytest.mark.gui


def tabbed(page):
    """What has the focus, from Tab to Tab, until something has it again."""
    seen = []
    while len(seen) == len(set(seen)):
        QTest.keyClick(QApplication.focusWidget() or page, Qt.Key.Key_Tab)
        seen.append(QApplication.focusWidget())
    return seen


def test_that_tab_goes_round_the_filled_page_and_leaves_no_control_out(
    qtbot, context, dynamic, runs
):
    page = opened(qtbot, context, [*runs, *dynamic])
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    first, *rest, last = tabbed(page)
    assert last is first, f"Tab ends at {last.objectName()}"
    names = {widget.objectName() for widget in (first, *rest)}
    eyes = {f"{what}_{variant.digest}" for variant in page.study.variants
            for what in ("eye", "star")}
    controls = {
        "compare_metric", "compare_which", "compare_export", "compare_lines", "compare_cost_kind",
        "compare_cost_log", "compare_price", "compare_price_log", "compare_settings",
    }
    assert eyes | controls <= names


def test_that_every_menu_of_the_export_is_opened_by_keys(qtbot, page):
    menu = page.findChild(ExportMenu)
    menu.popup(page.mapToGlobal(page.rect().center()))
    qtbot.waitUntil(menu.isVisible)
    opened_by_keys = set()
    for action in menu.actions():
        if action.menu() is not None and action.isVisible():
            menu.setActiveAction(action)
            QTest.keyClick(menu, Qt.Key.Key_Right)
            qtbot.waitUntil(action.menu().isVisible)
            opened_by_keys.add(action.menu().objectName())
            QTest.keyClick(action.menu(), Qt.Key.Key_Escape)
    menu.close()
    assert {"export_curves", "export_price", "export_settings"} <= opened_by_keys
