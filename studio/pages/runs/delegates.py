"""Cells of the runs table that are more than text."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from engine.spec.run_state import RunState
from studio.item_models import wording
from studio.item_models.run_entries import VARIANT, Group, runs_of
from studio.item_models.run_lines import Line
from studio.item_models.runs_model import BASELINE_ROLE, CHOSEN_ROLE, LINE_ROLE
from studio.plots.palette import run_colour
from studio.theme.icons import icon
from studio.theme.tokens import current

Index = QModelIndex | QPersistentModelIndex
_ICON = 16
_DOT = 10
_PAD = 8
FOLD = _PAD + _ICON + 4
"""Pixels at the left of a group's head that fold it; its runs are indented so far."""


class TextDelegate(QStyledItemDelegate):
    """Text that can be edited while the rows go on changing."""

    editor_opened = Signal()

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> QWidget:
        """Tell that the user begins to write."""
        self.editor_opened.emit()
        return super().createEditor(parent, option, index)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Show the cell's text, but never in place of what the user is writing.

        Qt asks for this whenever anything of the row changed. A text set anew, were it the same,
        would take the user's cursor away.
        """
        same = isinstance(editor, QLineEdit) and (
            editor.isModified() or editor.text() == index.data(Qt.ItemDataRole.EditRole)
        )
        if not same:
            super().setEditorData(editor, index)


class MiddleDelegate(TextDelegate):
    """Text that loses its middle where it is too long: names differ in how they end."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Say how the text is shortened."""
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideMiddle


class _Cell(TextDelegate):
    """Draws the ground of a cell; what is on it is drawn by `draw`."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a cell."""
        style = QApplication.style()
        style.drawPrimitive(
            QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget
        )
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.draw(painter, option, index)
        painter.restore()

    def draw(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw what is on a cell."""
        raise NotImplementedError

    def text(
        self, painter: QPainter, rect: QRect, text: str, colour: QColor,
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        """Draw a line of text, with an ellipsis where it is too long."""
        painter.setPen(colour)
        shown = painter.fontMetrics().elidedText(text, elide, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


def _centred(rect: QRect, size: int) -> QRect:
    return QStyle.alignedRect(
        Qt.LayoutDirection.LeftToRight, Qt.AlignmentFlag.AlignCenter, QSize(size, size), rect
    )


class EyeDelegate(_Cell):
    """An open eye where the run is shown in Compare."""

    def draw(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the eye."""
        look = ("eye", "accent") if index.data(CHOSEN_ROLE) else ("eye_off", "strong_border")
        icon(*look).paint(painter, _centred(option.rect, _ICON))


class PinDelegate(_Cell):
    """A pin where the run is kept at the top."""

    def draw(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the pin."""
        line: Line = index.data(LINE_ROLE)
        pinned = any(run.pinned for run in runs_of(line.entry))
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if pinned or hovered:
            colour = "accent" if pinned else "strong_border"
            icon("pin", colour).paint(painter, _centred(option.rect, _ICON - 2))


class NameDelegate(_Cell):
    """The run's colour, then its name, and a star where others are compared with it."""

    def draw(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw fold, dots, name and star."""
        line: Line = index.data(LINE_ROLE)
        is_head = isinstance(line.entry, Group)
        rect = option.rect.adjusted(_PAD, 0, -_PAD, 0)
        if is_head:
            place = _centred(QRect(rect.left(), rect.top(), _ICON, rect.height()), _ICON)
            icon("menu" if line.is_open else "collapse").paint(painter, place)
        if is_head or line.is_nested:
            rect.setLeft(option.rect.left() + FOLD)
        if index.data(BASELINE_ROLE):
            place = QRect(rect.right() - _ICON, rect.top(), _ICON, rect.height())
            icon("star", "accent").paint(painter, _centred(place, _ICON - 2))
            rect.setRight(place.left() - 4)
        rect.setLeft(rect.left() + self._dots(painter, rect, line))
        text = index.data(Qt.ItemDataRole.DisplayRole)
        if is_head:
            font = painter.font()
            font.setWeight(QFont.Weight.DemiBold)
            painter.setFont(font)
        # Names of runs begin and end with what tells them apart: method and seed. Heads have none.
        elide = Qt.TextElideMode.ElideRight if is_head else Qt.TextElideMode.ElideMiddle
        self.text(painter, rect, text, current().color("text"), elide)

    def _dots(self, painter: QPainter, rect: QRect, line: Line) -> int:
        """Draw the colours, and return how wide they are: a mixed group has none."""
        if isinstance(line.entry, Group) and line.entry.by != VARIANT:
            return 0
        dots = runs_of(line.entry)[:3]
        painter.setPen(Qt.PenStyle.NoPen)
        top = rect.center().y() - _DOT / 2 + 1
        for place, run in enumerate(dots):
            painter.setBrush(QColor(run_colour(run.colour)))
            painter.drawEllipse(QRectF(rect.left() + place * (_DOT - 3), top, _DOT, _DOT))
        return _DOT + (len(dots) - 1) * (_DOT - 3) + _PAD


class StateDelegate(_Cell):
    """Icon and word, and a thin bar while there is progress to see."""

    def draw(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the state."""
        line: Line = index.data(LINE_ROLE)
        rect = option.rect.adjusted(_PAD, 0, -_PAD, 0)
        run, text = line.entry, index.data(Qt.ItemDataRole.DisplayRole)
        if isinstance(run, Group):
            self.text(painter, rect, text, current().color("text"))
            return
        look = wording.look(run.actual_state)
        colour = "muted" if look.tone == "neutral" else look.tone
        place = _centred(QRect(rect.left(), rect.top(), _ICON, rect.height()), _ICON)
        icon(look.icon, colour).paint(painter, place)
        words = rect.adjusted(_ICON + 6, 0, 0, 0)
        self.text(painter, words, text, current().color(colour))
        if run.actual_state is RunState.RUNNING:
            _bar(painter, QRectF(words.left(), rect.bottom() - 4, words.width(), 3), run.progress)


def _bar(painter: QPainter, rect: QRectF, progress: float) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(current().color("neutral_soft"))
    painter.drawRoundedRect(rect, 1.5, 1.5)
    painter.setBrush(current().color("accent"))
    rect.setWidth(rect.width() * progress)
    painter.drawRoundedRect(rect, 1.5, 1.5)
