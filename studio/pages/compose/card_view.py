"""How a list of cards looks, and how keys and clicks act on it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from studio.theme.icons import icon
from studio.theme.theme import caption_font
from studio.theme.tokens import current

if TYPE_CHECKING:
    from engine.spec.card import Card

CARD = Qt.ItemDataRole.UserRole + 1
"""The Card of a row; None for the heading of a family."""
BADGES = Qt.ItemDataRole.UserRole + 2
"""What a card or a heading says of itself in a word or two."""
REASON = Qt.ItemDataRole.UserRole + 3
"""Why a card cannot be combined with what is picked, or empty."""
FAMILY = Qt.ItemDataRole.UserRole + 4
"""The heading that a row belongs to, or empty."""
UNFOLDED = Qt.ItemDataRole.UserRole + 5
"""Whether the cards of a heading are shown."""

_PAD, _GAP, _CHECK, _BADGE_PAD = 8, 4, 16, 5
_DIMMED = 0.45
_HEADING_KEYS = {
    Qt.Key.Key_Space: None, Qt.Key.Key_Return: None, Qt.Key.Key_Enter: None,
    Qt.Key.Key_Right: True, Qt.Key.Key_Left: False,
}
Index = QModelIndex | QPersistentModelIndex


def is_picked(index: Index) -> bool:
    """Whether a card is ticked."""
    return index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked.value


class CardView(QListView):
    """Rows of cards; Space or a click anywhere on a row picks it.

    Signals:
        folded: the index of a heading, and whether its cards shall be shown (None: the other way).
        looked_at: the index of the row that the user turned to.
    """

    folded = Signal(QModelIndex, object)
    looked_at = Signal(QModelIndex)

    def __init__(self, *, compact: bool = False) -> None:
        """Show nothing yet; `compact` gives every card one line."""
        super().__init__()
        self._nothing = ""
        self.setItemDelegate(_CardDelegate(self, compact=compact))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.clicked.connect(self._on_clicked)

    def say_nothing(self, text: str) -> None:
        """What stands here while no row is shown."""
        self._nothing = text

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tell what is looked at now."""
        super().currentChanged(current, previous)
        self.looked_at.emit(self.currentIndex())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The current row is looked at again."""
        super().focusInEvent(event)
        self.looked_at.emit(self.currentIndex())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let keys fold and unfold headings."""
        index = self.currentIndex()
        if event.key() in _HEADING_KEYS and index.isValid() and index.data(CARD) is None:
            self.folded.emit(index, _HEADING_KEYS[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the cards the heights of another width, and keep in sight what was.

        That is the current row, also when a reason takes room beneath, and the row at the top.
        """
        current = self.currentIndex()
        was_seen = self.visualRect(current).intersects(QRect(QPoint(), event.oldSize()))
        first = self.indexAt(QPoint())
        above = self.visualRect(first).top()
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.doItemsLayout()  # Qt adjusts to another height only, and later
            moved = self.visualRect(first).top() - above
            self.verticalScrollBar().setValue(self.verticalScrollBar().value() + moved)
        if was_seen:
            self.scrollTo(current)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows, or why there are none."""
        super().paintEvent(event)
        if self._nothing and self.model() is not None and not self.model().rowCount():
            painter = QPainter(self.viewport())
            painter.setPen(current().color("muted"))
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
            rect = self.viewport().rect().adjusted(_PAD, 3 * _PAD, -_PAD, -_PAD)
            painter.drawText(rect, flags | Qt.TextFlag.TextWordWrap, self._nothing)

    def _on_clicked(self, index: QModelIndex) -> None:
        if index.data(CARD) is None:
            self.folded.emit(index, None)


class _CardDelegate(QStyledItemDelegate):
    """Draws tick, title, one line of summary, and badges; headings with their count."""

    def __init__(self, view: CardView, *, compact: bool) -> None:
        super().__init__(view)
        self._view, self._compact = view, compact

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Title, summary and badges in as many lines as it takes; else one line."""
        if self._compact or index.data(CARD) is None:
            return QSize(0, option.fontMetrics.height() + _PAD)
        small = QFontMetrics(caption_font(option.font))
        width = self._view.viewport().width() - 3 * _PAD - _CHECK
        badges = _badge_boxes(small, QRect(0, 0, width, 0), index.data(BADGES))
        below = badges[-1][0].bottom() + 1 + _GAP if badges else 0
        title = _lines(QFontMetrics(_medium(option)), index.data(CARD).title, width)
        above = len(title) * option.fontMetrics.height()
        return QSize(0, above + _GAP + small.height() + 2 * _PAD + below)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one card or heading."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _paint_ground(painter, option)
        if index.data(CARD) is None:
            _paint_heading(painter, option, index)
        else:
            clashes = bool(index.data(REASON))
            if clashes and not is_picked(index):
                painter.setOpacity(_DIMMED)
            top = _PAD // 2 if self._compact else _PAD
            _paint_tick(painter, option, top, is_picked(index), clashes)
            box = option.rect.adjusted(2 * _PAD + _CHECK, top, -_PAD, -top)
            draw = _paint_line if self._compact else _paint_card
            draw(painter, option, box, index)
        painter.restore()

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """Let a click anywhere on the row, not only on its tick, pick it if it can be picked."""
        if not index.flags() & Qt.ItemFlag.ItemIsUserCheckable:
            return False
        if event.type() == QEvent.Type.MouseButtonRelease:
            state = Qt.CheckState.Unchecked if is_picked(index) else Qt.CheckState.Checked
            return index.model().setData(index, state.value, Qt.ItemDataRole.CheckStateRole)
        if event.type() == QEvent.Type.KeyPress:
            return super().editorEvent(event, model, option, index)
        return False


def _paint_card(
    painter: QPainter, option: QStyleOptionViewItem, box: QRect, index: Index
) -> None:
    card: Card = index.data(CARD)
    painter.setFont(_medium(option))
    painter.setPen(current().color("text"))
    line = option.fontMetrics.height()
    titles = _lines(painter.fontMetrics(), card.title, box.width())
    for at, text in enumerate(titles):
        _draw_line(painter, QRect(box.x(), box.y() + at * line, box.width(), line), text)
    height = len(titles) * line
    painter.setFont(caption_font(option.font))
    small = painter.fontMetrics().height()
    painter.setPen(current().color("muted"))
    at = box.y() + height + _GAP
    _draw_line(painter, QRect(box.x(), at, box.width(), small), card.summary)
    _draw_badges(painter, box.adjusted(0, height + 2 * _GAP + small, 0, 0), index.data(BADGES))


def _paint_line(
    painter: QPainter, option: QStyleOptionViewItem, box: QRect, index: Index
) -> None:
    card: Card = index.data(CARD)
    painter.setFont(_medium(option))
    painter.setPen(current().color("text"))
    _draw_line(painter, box, card.title)
    used = painter.fontMetrics().horizontalAdvance(card.title) + _PAD
    painter.setFont(caption_font(option.font))
    painter.setPen(current().color("muted"))
    _draw_line(painter, box.adjusted(used, 1, 0, 1), card.summary)


def _paint_heading(painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
    place = option.rect.adjusted(_PAD, 0, -_PAD, 0)
    arrow = icon("menu" if index.data(UNFOLDED) else "collapse").pixmap(QSize(_CHECK, _CHECK))
    painter.drawPixmap(place.x(), place.center().y() - _CHECK // 2 + 1, arrow)
    name, said = index.data(FAMILY), index.data(BADGES)
    painter.setFont(_medium(option))
    painter.setPen(current().color("text"))
    box = place.adjusted(_CHECK + _PAD, 0, 0, 0)
    small = QFontMetrics(caption_font(option.font))
    # What the cards share gives way first, then their number, then their name.
    for fewer in ([said[0], said[-1]][: len(said)], said[:1]):
        if _badges_width(small, said) > box.width() // 2:
            said = fewer
    beside = _badges_width(small, said)
    metrics, room = painter.fontMetrics(), box.width() - beside - _PAD
    fits = metrics.horizontalAdvance(name) <= room
    shown = name if fits else metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
    _draw_line(painter, box, shown)
    left = box.x() + metrics.horizontalAdvance(shown) + _PAD
    painter.setFont(caption_font(option.font))
    height = small.height() + _GAP
    top = box.center().y() - height // 2 + 1
    _draw_badges(painter, QRect(left, top, beside, height), said)


def _paint_ground(painter: QPainter, option: QStyleOptionViewItem) -> None:
    state = option.state
    if state & QStyle.StateFlag.State_Selected:
        ground = current().color("accent_soft")
    elif state & QStyle.StateFlag.State_MouseOver:
        ground = current().color("hover")
    else:
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(option.rect.adjusted(2, 1, -2, -1), 4, 4)


def _paint_tick(
    painter: QPainter, option: QStyleOptionViewItem, pad: int, on: bool, clashes: bool
) -> None:
    colours = current()
    top = option.rect.y() + pad + (option.fontMetrics.height() - _CHECK) // 2
    box = QRect(option.rect.x() + _PAD, top, _CHECK, _CHECK)
    filled = "bad" if clashes else "accent"
    painter.setPen(colours.color(filled if on else "strong_border"))
    painter.setBrush(colours.color(filled if on else "surface"))
    painter.drawRoundedRect(box, 4, 4)
    if on:
        tick = icon("close" if clashes else "check", "on_accent")
        painter.drawPixmap(
            box.topLeft() + QPoint(2, 2), tick.pixmap(QSize(_CHECK - 4, _CHECK - 4))
        )


def _draw_line(painter: QPainter, box: QRect, text: str) -> None:
    if box.width() <= 0:
        return
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def _lines(metrics: QFontMetrics, text: str, width: int) -> list[str]:
    """A title in two lines at most; what the second has no room for is cut when it is drawn."""
    first, *rest = text.split(" ")
    while rest and metrics.horizontalAdvance(f"{first} {rest[0]}") <= width:
        first = f"{first} {rest.pop(0)}"
    return [first, " ".join(rest)] if rest else [first]


def _badge_boxes(
    metrics: QFontMetrics, box: QRect, texts: Sequence[str]
) -> list[tuple[QRect, str]]:
    """Where badges stand: beside each other, from the top left of a box, in lines."""
    height = metrics.height() + _GAP
    left, top = box.x(), box.y()
    placed: list[tuple[QRect, str]] = []
    for text, width in zip(texts, _badge_widths(metrics, texts), strict=True):
        if placed and left + width > box.x() + box.width():
            left, top = box.x(), top + height + _GAP
        placed.append((QRect(left, top, width, height), text))
        left += width + _GAP
    return placed


def _badge_widths(metrics: QFontMetrics, texts: Sequence[str]) -> list[int]:
    return [metrics.horizontalAdvance(text) + 2 * _BADGE_PAD for text in texts]


def _badges_width(metrics: QFontMetrics, texts: Sequence[str]) -> int:
    return sum(width + _GAP for width in _badge_widths(metrics, texts))


def _draw_badges(painter: QPainter, box: QRect, texts: Sequence[str]) -> None:
    front, ground = current().tone("neutral")
    for badge, text in _badge_boxes(painter.fontMetrics(), box, texts):
        if not box.contains(badge):
            continue
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(badge, 4, 4)
        painter.setPen(front)
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)


def _medium(option: QStyleOptionViewItem) -> QFont:
    font = QFont(option.font)
    font.setWeight(QFont.Weight.DemiBold)
    return font
