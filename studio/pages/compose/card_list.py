"""A searchable list of cards in which several can be picked."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from engine.spec.card import Card
from studio.pages.compose.badges import badges
from studio.theme.icons import icon
from studio.theme.theme import caption_font
from studio.theme.tokens import current

CARD = Qt.ItemDataRole.UserRole + 1
_SEARCHED = Qt.ItemDataRole.UserRole + 2
_PAD, _GAP, _CHECK = 8, 4, 16
_Index = QModelIndex | QPersistentModelIndex


class CardList(QWidget):
    """Cards of one kind: a tick picks one, search narrows, the current one is described elsewhere.

    Signals:
        picks_changed: the user picked or dropped a card.
        current_changed: the Card that the user is looking at.
    """

    picks_changed = Signal()
    current_changed = Signal(object)

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        """Show an empty list.

        Args:
            title: what is picked here, for people.
            name: object name of the list; the search line is `name` + "_search".
            parent: owner.
        """
        super().__init__(parent)
        self._order: list[str] = []
        self._title = title
        self._heading = QLabel(title)
        self._heading.setProperty("role", "heading")
        self._search = QLineEdit()
        self._search.setObjectName(f"{name}_search")
        self._search.setPlaceholderText(self.tr("Search"))
        self._search.setAccessibleName(self.tr("Search {0}").format(title))
        self._search.setClearButtonEnabled(True)
        self._model = QStandardItemModel(self)
        self._model.itemChanged.connect(self._on_item_changed)
        self._shown = QSortFilterProxyModel(self)
        self._shown.setSourceModel(self._model)
        self._shown.setFilterRole(_SEARCHED)
        self._shown.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._search.textChanged.connect(self._shown.setFilterFixedString)
        self.view = _View()
        self.view.setObjectName(name)
        self.view.setAccessibleName(title)
        self.view.setModel(self._shown)
        self.view.selectionModel().currentChanged.connect(self._on_current)
        self._heading.setBuddy(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (self._heading, self._search, self.view):
            layout.addWidget(widget)

    def set_cards(self, cards: Iterable[Card]) -> None:
        """Replace the cards; what was picked stays picked where it still exists."""
        before = self.picked()
        self._model.clear()
        for card in cards:
            item = QStandardItem(card.title)
            item.setCheckable(True)
            item.setEditable(False)
            item.setToolTip(card.summary)
            item.setData(card, CARD)
            item.setData(f"{card.title} {card.name} {card.summary}", _SEARCHED)
            self._model.appendRow(item)
        self.set_picked(before)

    def picked(self) -> list[str]:
        """The names that are picked, in the order in which they were."""
        return list(self._order)

    def set_picked(self, names: Sequence[str]) -> None:
        """Pick exactly these; names without a card are passed over."""
        known = {item.data(CARD).name: item for item in self._items()}
        self._order = [name for name in names if name in known]
        self._model.blockSignals(True)
        for name, item in known.items():
            on = name in self._order
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self._model.blockSignals(False)
        if self._order:
            index = self._shown.mapFromSource(known[self._order[-1]].index())
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index)
        self.view.viewport().update()
        self._tell_count()

    def current(self) -> Card | None:
        """The card that the user is looking at."""
        return self.view.currentIndex().data(CARD)

    def _items(self) -> list[QStandardItem]:
        return [self._model.item(row) for row in range(self._model.rowCount())]

    def _tell_count(self) -> None:
        self._heading.setText(
            self._title if len(self._order) < 2 else f"{self._title}  ·  {len(self._order)}"
        )

    def _on_item_changed(self, item: QStandardItem) -> None:
        name = item.data(CARD).name
        on = item.checkState() is Qt.CheckState.Checked
        if on == (name in self._order):
            return
        self._order = [*self._order, name] if on else [n for n in self._order if n != name]
        self._tell_count()
        self.picks_changed.emit()

    def _on_current(self, current: QModelIndex) -> None:
        if current.isValid():
            self.current_changed.emit(current.data(CARD))


class _View(QListView):
    """Rows of cards; Space or a click anywhere on a row picks it."""

    def __init__(self) -> None:
        super().__init__()
        self.setItemDelegate(_CardDelegate(self))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)


class _CardDelegate(QStyledItemDelegate):
    """Draws tick, title, one line of summary, and badges."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Three lines, two for a card without badges."""
        card: Card = index.data(CARD)
        small = QFontMetrics(caption_font(option.font)).height()
        lines = option.fontMetrics.height() + _GAP + small
        return QSize(0, lines + 2 * _PAD + (small + 2 * _GAP if badges(card) else 0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one card."""
        card: Card = index.data(CARD)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option)
        self._paint_tick(painter, option, index)
        box = option.rect.adjusted(2 * _PAD + _CHECK, _PAD, -_PAD, -_PAD)
        painter.setFont(_medium(option))
        colours = current()
        painter.setPen(colours.color("text"))
        height = option.fontMetrics.height()
        _draw_line(painter, QRect(box.x(), box.y(), box.width(), height), card.title)
        painter.setFont(caption_font(option.font))
        small = painter.fontMetrics().height()
        painter.setPen(colours.color("muted"))
        at = box.y() + height + _GAP
        _draw_line(painter, QRect(box.x(), at, box.width(), small), card.summary)
        _draw_badges(painter, option, QRect(box.x(), at + small + _GAP, box.width(), small + _GAP),
                     badges(card))
        painter.restore()

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: _Index
    ) -> bool:
        """Let a click anywhere on the row, not only on its tick, pick it."""
        if event.type() == QEvent.Type.MouseButtonRelease:
            on = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked.value
            state = Qt.CheckState.Unchecked if on else Qt.CheckState.Checked
            return index.model().setData(index, state.value, Qt.ItemDataRole.CheckStateRole)
        if event.type() == QEvent.Type.KeyPress:
            return super().editorEvent(event, model, option, index)
        return False

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        state = option.state
        colours = current()
        if state & QStyle.StateFlag.State_Selected:
            ground = colours.color("accent_soft")
        elif state & QStyle.StateFlag.State_MouseOver:
            ground = colours.color("hover")
        else:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(option.rect.adjusted(2, 1, -2, -1), 4, 4)

    def _paint_tick(
        self, painter: QPainter, option: QStyleOptionViewItem, index: _Index
    ) -> None:
        colours = current()
        on = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked.value
        height = option.fontMetrics.height()
        top = option.rect.y() + _PAD + (height - _CHECK) // 2
        box = QRect(option.rect.x() + _PAD, top, _CHECK, _CHECK)
        painter.setPen(colours.color("accent" if on else "strong_border"))
        painter.setBrush(colours.color("accent" if on else "surface"))
        painter.drawRoundedRect(box, 4, 4)
        if on:
            tick = icon("check", "on_accent").pixmap(QSize(_CHECK - 4, _CHECK - 4))
            painter.drawPixmap(box.topLeft() + QPoint(2, 2), tick)


def _draw_line(painter: QPainter, box: QRect, text: str) -> None:
    metrics = painter.fontMetrics()
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def _draw_badges(
    painter: QPainter, option: QStyleOptionViewItem, box: QRect, texts: Sequence[str]
) -> None:
    front, ground = current().tone("neutral")
    left = box.x()
    for text in texts:
        width = painter.fontMetrics().horizontalAdvance(text) + 2 * 6
        if left + width > box.right():
            break
        badge = QRect(left, box.y(), width, box.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(badge, 4, 4)
        painter.setPen(front)
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)
        left += width + _GAP


def _medium(option: QStyleOptionViewItem) -> QFont:
    font = QFont(option.font)
    font.setWeight(QFont.Weight.DemiBold)
    return font
