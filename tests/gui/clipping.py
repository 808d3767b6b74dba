"""Finds what of a window is not seen whole though nothing scrolls to it, or lies on something."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListView,
    QScrollArea,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionComboBox,
    QStyleOptionFrame,
    QStyleOptionViewItem,
    QTabBar,
    QTreeView,
    QWidget,
)

from studio.pages.compose.equation import Equation
from studio.pages.export.run_list import RunDelegate

_MARGIN = 2  # that a line edit leaves on each side of its text
_TOLD = 0.5
"""Of a name that is told in full under the mouse, so much must be seen without it."""


def clipped(window):
    """What in sight is cut, each text with the widget that it is in, and what lies on something."""
    return [
        f"{kind.__name__} {widget.objectName()!r} {text!r}"
        for kind, texts_cut in _CUT.items()
        for widget in window.findChildren(kind)
        if widget.isVisible() and widget.width()
        for text in texts_cut(widget)
    ] + [
        f"{_named(above)} lies on {_named(below)}"
        for widget in window.findChildren(QWidget)
        if widget.isVisible() and widget.layout() is not None
        for below, above in _overlapping(_laid_out(widget.layout()))
    ]


def _laid_out(layout):
    """The widgets in sight of a layout and of those in it."""
    for at in range(layout.count()):
        item = layout.itemAt(at)
        if item.layout() is not None:
            yield from _laid_out(item.layout())
        elif item.widget() is not None and item.widget().isVisible():
            yield item.widget()


def _overlapping(widgets):
    """Pairs of which one lies on the other."""
    above = []
    for widget in sorted(widgets, key=QWidget.y):
        place = widget.geometry()
        above = [other for other in above if other.geometry().bottom() >= place.top()]
        yield from ((other, widget) for other in above if other.geometry().intersects(place))
        above.append(widget)


def _named(widget):
    return f"{type(widget).__name__} {widget.objectName()!r}"


def _is_low(widget, height):
    """Whether a line of a widget's text is higher than what there is for it."""
    return height < widget.fontMetrics().height()


def _of_label(label):
    text = label.text()
    if not text:
        return []
    if label.wordWrap():
        is_cut = label.height() < label.heightForWidth(label.width())
    else:
        share = label.width() / max(label.sizeHint().width() - 1, 1)
        least = label.minimumSizeHint().height()
        is_cut = share < (_TOLD if label.toolTip() else 1) or label.height() < least
    return [text] if is_cut or _is_beyond(label) else []


def _of_button(button):
    is_cut = button.width() < button.minimumSizeHint().width()
    is_cut = is_cut or _is_low(button, button.height())
    return [button.text()] if button.text() and (is_cut or _is_beyond(button)) else []


def _of_box(box):
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    field = box.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, box
    )
    text = box.currentText()
    is_cut = _width(box, text) > field.width() or _is_low(box, field.height())
    return [text] if text and (is_cut or _is_beyond(box)) else []


def _of_line(line):
    """What is typed can be scrolled; what is said instead of it cannot."""
    option = QStyleOptionFrame()
    line.initStyleOption(option)
    field = line.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, line)
    said = "" if line.text() else line.placeholderText()
    room = field.width() - 2 * _MARGIN - max(-line.fontMetrics().minLeftBearing(), 0)
    is_cut = _width(line, said) > room
    is_cut = (said and is_cut) or _is_low(line, field.height())
    return [said or line.text()] if is_cut or _is_beyond(line) else []


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


def _of_equation(equation):
    is_cut = equation.height() < equation.heightForWidth(equation.width())
    return [equation.accessibleName()] if is_cut else []


def _of_items(view):
    """Of what is not told in full under the mouse, all lines; of a run how it did, whole."""
    model = view.model()
    columns = view.header().count() if isinstance(view, QTreeView) else 1
    shown = (
        model.index(row, column) for row in range(model.rowCount() if model is not None else 0)
        for column in range(columns)
    )
    return [
        index.data() for index in shown
        if view.viewport().rect().intersects(view.visualRect(index)) and _is_item_cut(view, index)
    ]


def _is_item_cut(view, index):
    option = QStyleOptionViewItem()
    view.initViewItemOption(option)
    option.rect = view.visualRect(index)
    delegate, text = view.itemDelegateForIndex(index), index.data()
    if isinstance(delegate, RunDelegate):
        return not text.endswith(delegate.lines(option, index)[1])
    if type(delegate) is not QStyledItemDelegate or index.data(Qt.ItemDataRole.ToolTipRole):
        return False
    delegate.initStyleOption(option, index)
    element = QStyle.SubElement.SE_ItemViewItemText
    room = view.style().subElementRect(element, option, view)
    if view.horizontalScrollBarPolicy() is Qt.ScrollBarPolicy.ScrollBarAlwaysOff:
        room = room.intersected(view.viewport().rect())
    return any(option.fontMetrics.horizontalAdvance(line) > room.width()
               for line in str(text or "").splitlines())


_CUT = {
    QLabel: _of_label, QAbstractButton: _of_button, QComboBox: _of_box, QLineEdit: _of_line,
    QTabBar: _of_tabs, QHeaderView: _of_header, Equation: _of_equation, QListView: _of_items,
    QTreeView: _of_items,
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
