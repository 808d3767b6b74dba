"""Finds texts of a window that are not seen whole though nothing scrolls to them."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QScrollArea,
    QStyle,
    QStyleOptionComboBox,
    QStyleOptionFrame,
    QTabBar,
)

_MARGIN = 2  # that a line edit leaves on each side of its text
_TOLD = 0.5
"""Of a name that is told in full under the mouse, so much must be seen without it."""


def clipped(window):
    """The texts in sight that are cut, each with the widget that it is in."""
    return [
        f"{kind.__name__} {widget.objectName()!r} {text!r}"
        for kind, texts_cut in _CUT.items()
        for widget in window.findChildren(kind)
        if widget.isVisible() and widget.width()
        for text in texts_cut(widget)
    ]


def _of_label(label):
    text = label.text()
    if not text:
        return []
    if label.wordWrap():
        is_cut = label.height() < label.heightForWidth(label.width())
    else:
        share = label.width() / max(label.sizeHint().width() - 1, 1)
        is_cut = share < (_TOLD if label.toolTip() else 1)
    return [text] if is_cut or _is_beyond(label) else []


def _of_button(button):
    is_cut = button.width() < button.minimumSizeHint().width()
    return [button.text()] if button.text() and (is_cut or _is_beyond(button)) else []


def _of_box(box):
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    field = box.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, box
    )
    text = box.currentText()
    return [text] if _width(box, text) > field.width() or (text and _is_beyond(box)) else []


def _of_line(line):
    """What is typed can be scrolled; what is said instead of it cannot."""
    option = QStyleOptionFrame()
    line.initStyleOption(option)
    field = line.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, line)
    said = "" if line.text() else line.placeholderText()
    room = field.width() - 2 * _MARGIN - max(-line.fontMetrics().minLeftBearing(), 0)
    is_cut = _width(line, said) > room
    return [said or line.text()] if (said and is_cut) or _is_beyond(line) else []


def _of_tabs(tabs):
    return [
        tabs.tabText(at) for at in range(tabs.count())
        if _width(tabs, tabs.tabText(at)) > tabs.tabRect(at).width()
        or tabs.tabRect(at).right() > tabs.width()
    ]


def _of_header(header):
    if header.orientation() is not Qt.Orientation.Horizontal or header.model() is None:
        return []
    titles = {
        at: str(header.model().headerData(at, header.orientation()) or "")
        for at in range(header.count()) if not header.isSectionHidden(at)
    }
    return [
        title for at, title in titles.items() if _width(header, title) > header.sectionSize(at)
    ]


_CUT = {
    QLabel: _of_label, QAbstractButton: _of_button, QComboBox: _of_box, QLineEdit: _of_line,
    QTabBar: _of_tabs, QHeaderView: _of_header,
}


def _width(widget, text):
    return widget.fontMetrics().horizontalAdvance(text)


def _is_beyond(widget):
    """Whether a widget reaches over an edge of what it lies in, up to what scrolls."""
    around = widget.parentWidget()
    while around is not None:
        if isinstance(around, QScrollArea):
            return around.horizontalScrollBar().maximum() > 0
        at = QRect(widget.mapTo(around, QPoint()), widget.size())
        if at.right() > around.width() or at.left() < 0:
            return True
        around = around.parentWidget()
    return False
