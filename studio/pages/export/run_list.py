"""The runs that can be exported."""

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from studio.item_models.wording import tested

_RUN = Qt.ItemDataRole.UserRole


class RunList(QWidget):
    """Completed runs with their test accuracy, searchable.

    Signals:
        chosen: the id of the run that the user looks at, or None.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._known: list[tuple[int, str, str]] = []
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
        self.view.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names end with the seed
        self.view.currentItemChanged.connect(self._on_current)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._search)
        layout.addWidget(self.view)

    def show_runs(self, rows: Iterable[RunRow]) -> None:
        """List the completed ones; nothing moves while they stay the same."""
        known = [
            (row.id, row.name, tested(row))
            for row in rows if row.state is RunState.COMPLETED
        ]
        if known == self._known:
            return
        self._known = known
        self.view.blockSignals(True)
        self.view.clear()
        for run, name, score in known:
            item = QListWidgetItem(f"{run}   {name}\n{score}")
            item.setData(_RUN, run)
            item.setToolTip(name)  # long ones are cut off
            item.setSizeHint(QSize(0, 2 * self.view.fontMetrics().height() + 12))
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
