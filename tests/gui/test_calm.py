import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QScrollArea, QWidget

from studio.widgets.calm import (
    CalmComboBox,
    CalmSlider,
    CalmSpinBox,
    CalmTabBar,
    CalmTabWidget,
)
from studio.widgets.layout import column

pytestmark = pytest.mark.gui


def combo_box():
    box = CalmComboBox()
    box.addItems("abc")
    return box, box, box.currentIndex, box.setCurrentIndex


def spin_box():
    box = CalmSpinBox()
    return box, box.lineEdit(), box.value, box.setValue


def slider():
    made = CalmSlider(Qt.Orientation.Horizontal)
    return made, made, made.value, made.setValue


def tab_bar():
    tabs = CalmTabBar()
    for text in "abc":
        tabs.addTab(text)
    return tabs, tabs, tabs.currentIndex, tabs.setCurrentIndex


def tab_widget():
    tabs = CalmTabWidget()
    for text in "abc":
        tabs.addTab(QWidget(), text)
    return tabs, tabs.tabBar(), tabs.currentIndex, tabs.setCurrentIndex


CONTROLS = combo_box, spin_box, slider, tab_bar, tab_widget


@pytest.fixture(params=CONTROLS, ids=lambda make: make.__name__)
def control(request):
    """A control in the middle of its range: widget, what the pointer is over, its value."""
    widget, aimed, value, put = request.param()
    put(1)
    return widget, aimed, value


def shown(qtbot, page):
    qtbot.addWidget(page)
    page.resize(300, 200)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    return page


def turn_wheel(aimed, notches):
    """Through the window: only what comes from there goes on to whom it lies in."""
    window = aimed.window()
    at = QPointF(aimed.mapTo(window, QPoint(12, aimed.height() // 2)))
    QTest.wheelEvent(window.windowHandle(), at, QPoint(0, 120 * notches))
    QApplication.processEvents()


@pytest.mark.parametrize("is_focused", [False, True])
def test_that_the_wheel_over_a_control_moves_the_page_alone(qtbot, control, is_focused):
    widget, aimed, value = control
    area, page, other = QScrollArea(), QWidget(), QPushButton("elsewhere")
    inner = column(page)
    inner.addWidget(other)
    inner.addWidget(widget)
    page.setMinimumHeight(1000)
    inner.addStretch(1)
    area.setWidget(page)
    area.setWidgetResizable(True)
    shown(qtbot, area)
    (aimed if is_focused else other).setFocus()
    focused = area.focusWidget()
    turn_wheel(aimed, -1)
    assert (value(), area.focusWidget()) == (1, focused)
    assert area.verticalScrollBar().value() > 0


@pytest.mark.parametrize("is_focused", [False, True])
@pytest.mark.parametrize("notches", [-1, 1])
def test_that_the_wheel_does_nothing_where_nothing_scrolls(qtbot, control, is_focused, notches):
    widget, aimed, value = control
    page, other = QWidget(), QPushButton("elsewhere")
    inner = column(page)
    inner.addWidget(other)
    inner.addWidget(widget)
    shown(qtbot, page)
    (aimed if is_focused else other).setFocus()
    focused = page.focusWidget()
    turn_wheel(aimed, notches)
    assert (value(), page.focusWidget()) == (1, focused)
