"""How a hand zooms: the wheel, and a drag over a part of a plot."""

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

CTRL = Qt.KeyboardModifier.ControlModifier
PLAIN = Qt.KeyboardModifier.NoModifier


def view_of(plot):
    return plot.getPlotItem().vb


def turn_wheel(plot, notches, modifiers=PLAIN, at=0.5):
    """Turn the wheel over a plot: upwards, so that it zooms in, where notches are positive.

    Args:
        plot: the widget.
        notches: how far, each as an event of its own.
        modifiers: keys that are held.
        at: where of the view's width the pointer is.
    """
    view, window = view_of(plot), plot.window()
    place = plot.mapFromScene(view.mapToScene(QPointF(at * view.width(), view.height() / 2)))
    notch = QPoint(0, 120 if notches > 0 else -120)
    for _ in range(abs(notches)):
        # Through the window: only what comes from there goes on to whom it lies in.
        QTest.wheelEvent(
            window.windowHandle(), QPointF(plot.viewport().mapTo(window, place)), notch,
            stateKey=modifiers,
        )


def drag(plot, begin, end):
    """Drag over a plot with the left button, and stop before it is let go.

    Args:
        plot: the widget.
        begin: pixels of the view, from the left and from the top.
        end: the same.
    """
    viewport, view = plot.viewport(), view_of(plot)
    places = [plot.mapFromScene(view.mapToScene(QPointF(*at))) for at in (begin, end)]
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=places[0])
    for place in (places[0] + QPoint(12, 0), places[1]):
        event = QMouseEvent(
            QEvent.Type.MouseMove, QPointF(place), QPointF(viewport.mapToGlobal(place)),
            Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, PLAIN,
        )
        QTest.qWait(20)  # moves that follow at once are taken as one
        QApplication.sendEvent(viewport, event)
    return viewport, places[1]


def drag_over(plot, begin, end):
    """Drag over a part of a plot, and let it go."""
    viewport, place = drag(plot, begin, end)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=place)


def width(extent):
    return extent[1] - extent[0]
