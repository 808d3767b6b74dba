"""The runs that can be exported."""

from collections.abc import Iterable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from studio.item_models.wording import tested
from studio.plots.palette import run_colour
from studio.theme.theme import caption_font
from studio.theme.tokens import current

_RUN, _COLOUR = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_PAD, _DOT = 6, 10


class RunDelegate(QStyledItemDelegate):
    """The run's colour, number and name, and below them how it did, in small letters."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw a run."""
        box = option.rect.adjusted(_PAD, _PAD, -_PAD, -_PAD)
        name, score = self.lines(option, index)
        QApplication.style().drawPrimitive(
            QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget
        )
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        above = QRect(box.topLeft(), QSize(box.width(), option.fontMetrics.height()))
        dot = QRect(box.left(), above.center().y() - _DOT // 2 + 1, _DOT, _DOT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(run_colour(index.data(_COLOUR))))
        painter.drawEllipse(dot)
        box.setLeft(dot.right() + 1 + _PAD)
        painter.setFont(option.font)
        painter.setPen(current().color("text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignTop, name)
        painter.setFont(caption_font(option.font))
        painter.setPen(current().color("muted"))
        painter.drawText(box, Qt.AlignmentFlag.AlignBottom, score)
        painter.restore()

    def lines(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> tuple[str, str]:
        """What is seen of a name, which gives way before its seed, and of how the run did."""
        room = option.rect.width() - 3 * _PAD - _DOT
        name, score = index.data().split("\n")
        small = QFontMetrics(caption_font(option.font))
        return (
            option.fontMetrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room),
            small.elidedText(score, Qt.TextElideMode.ElideRight, room),
        )

    def height(self, view: QWidget) -> int:
        """Of a run in a view."""
        small = QFontMetrics(caption_font(view.font()))
        return view.fontMetrics().height() + small.height() + 2 * _PAD


class RunList(QWidget):
    """Completed runs with their test accuracy, searchable.

    Signals:
        chosen: the id of the run that the user looks at, or None.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._known: list[tuple[int, str, str, int]] = []
        self._wanted: int | None = None
        self._told: int | None = None
        self._search = QLineEdit()
        self._search.setObjectName("export_search")
        self._search.setPlaceholderText(self.tr("Search"))
        self._search.setAccessibleName(self.tr("Search the completed runs"))
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._on_search)
        self.view = QListWidget()
        self.view.setObjectName("export_runs")
        self.view.setAccessibleName(self.tr("Completed runs"))
        self.view.setUniformItemSizes(True)
        self._delegate = RunDelegate(self)
        self.view.setItemDelegate(self._delegate)
        self.view.currentItemChanged.connect(self._on_current)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._search)
        layout.addWidget(self.view)

    def show_runs(self, rows: Iterable[RunRow]) -> None:
        """List the completed ones; nothing moves while they stay the same."""
        known = [
            (row.id, row.name, tested(row), row.colour)
            for row in rows if row.state is RunState.COMPLETED
        ]
        if known == self._known:
            return
        self._known = known
        self.view.blockSignals(True)
        self.view.clear()
        for run, name, score, colour in known:
            item = QListWidgetItem(f"{run}   {name}\n{score}")
            item.setData(_RUN, run)
            item.setData(_COLOUR, colour)
            item.setToolTip(name)  # long ones are cut off
            item.setSizeHint(QSize(0, self._delegate.height(self.view)))
            self.view.addItem(item)
        self.view.blockSignals(False)
        self._on_search(self._search.text())
        self.choose(self._wanted if self._wanted is not None else known[0][0] if known else None)

    def choose(self, run: int | None) -> None:
        """Look at a run: at none while it is not listed, at it once it is. None changes nothing."""
        if run is None:
            return
        self._wanted = run
        listed = [self.view.item(at).data(_RUN) for at in range(self.view.count())]
        self.view.setCurrentRow(listed.index(run) if run in listed else -1)
        self._tell()

    def current(self) -> int | None:
        """The run looked at."""
        item = self.view.currentItem()
        return None if item is None else item.data(_RUN)

    def count(self) -> int:
        """How many there are."""
        return self.view.count()

    def _on_search(self, text: str) -> None:
        words = text.casefold().split()
        for at in range(self.view.count()):
            item = self.view.item(at)
            item.setHidden(not all(word in item.text().casefold() for word in words))

    def _on_current(self, item: QListWidgetItem | None, _: QListWidgetItem | None) -> None:
        if item is not None:
            self._wanted = item.data(_RUN)
        self._tell()

    def _tell(self) -> None:
        """A list that was filled anew is no news."""
        if self.current() != self._told:
            self._told = self.current()
            self.chosen.emit(self._told)
