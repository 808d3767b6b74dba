"""Data: what a dataset holds, before anything is trained on it."""

import json
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.spec.card import Card
from engine.spec.catalog import Catalog
from engine.spec.rows import TaskRow
from studio.bridge.task_watch import TaskWatch
from studio.forms.editors import FolderEditor, dropped_folder
from studio.forms.from_schema import SchemaForm, form_of_card
from studio.pages.data.findings import Findings
from studio.state.context import Context
from studio.theme.tokens import sizes
from studio.widgets.buttons import PushButton
from studio.widgets.labels import label
from studio.widgets.page_header import PageHeader
from studio.widgets.section import Section
from studio.widgets.task_bar import TaskBar

_SIDE = 240
_CARD = Qt.ItemDataRole.UserRole


class DataPage(QWidget):
    """Datasets of the catalogue; the one chosen is looked at by the engine."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._card: Card | None = None
        self._form: SchemaForm | None = None
        self._asked: str = ""
        self._seen: dict[str, dict[str, Any]] = {}
        self._watch = TaskWatch(context.client, context.jobs, self)
        self._watch.progressed.connect(self._on_progress)
        self._watch.succeeded.connect(self._on_inspected)
        self._watch.failed.connect(self._on_failed)
        self._watch.cancelled.connect(self._on_cancelled)
        self.setAcceptDrops(True)
        self._build()
        context.feed.catalog_changed.connect(self._on_catalog)
        if context.feed.catalog is not None:
            self._on_catalog(context.feed.catalog)

    # ---- building

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(PageHeader(
            self.tr("Data"),
            self.tr("Drop a folder of images here: one subfolder per class."),
        ))
        self._list = QListWidget()
        self._list.setObjectName("data_list")
        self._list.setAccessibleName(self.tr("Datasets"))
        self._list.currentItemChanged.connect(self._on_current)
        side = Section(self.tr("Datasets"))
        side.setFixedWidth(_SIDE)
        side.body.addWidget(self._list)
        columns = QHBoxLayout()
        columns.setSpacing(12)
        columns.addWidget(side)
        columns.addWidget(self._make_main(), 1)
        layout.addLayout(columns, 1)

    def _make_main(self) -> QScrollArea:
        self._findings = Findings()
        self._findings.hide()
        page = QWidget()
        page.setProperty("role", "page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(12)
        column.addWidget(self._make_head())
        column.addWidget(self._findings)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        return scroll

    def _make_head(self) -> Section:
        self._head = Section(" ")
        self._inspect = PushButton(self.tr("Inspect"), "search", "primary")
        self._inspect.setObjectName("data_inspect")
        self._inspect.setEnabled(False)
        self._inspect.clicked.connect(self._on_inspect)
        self._head.add_control(self._inspect)
        self._summary = label("", "muted", wrap=True)
        self._places = label("", "caption", wrap=True)
        self._root = FolderEditor()
        self._root.setObjectName("data_root")
        self._root.control.setAccessibleName(self.tr("Folder of the dataset"))
        self._root.edited.connect(self._on_edited)
        self._options = QVBoxLayout()
        self._task = TaskBar()
        self._task.cancelled.connect(self._watch.cancel)
        self._said = label("", "error", wrap=True)
        self._said.setObjectName("data_said")
        self._said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._head.body.addWidget(self._summary)
        self._head.body.addWidget(self._places)
        self._head.body.addWidget(self._root)
        self._head.body.addLayout(self._options)
        self._said.hide()
        self._head.body.addWidget(self._task)
        self._head.body.addWidget(self._said)
        return self._head

    # ---- what is shown

    def _on_catalog(self, catalog: Catalog) -> None:
        before = self._card.name if self._card else None
        self._list.clear()
        for card in sorted(catalog.all("dataset"), key=lambda c: not c.facts.get("bundled")):
            item = QListWidgetItem(card.title)
            item.setData(_CARD, card)
            item.setSizeHint(QSize(0, sizes().row))
            item.setToolTip(card.summary)
            self._list.addItem(item)
            if card.name == before:
                self._list.setCurrentItem(item)
        if self._list.currentItem() is None and self._list.count():
            self._list.setCurrentRow(0)

    def _on_current(self, item: QListWidgetItem | None, _: QListWidgetItem | None) -> None:
        if item is None:
            return
        card: Card = item.data(_CARD)
        if self._card is None or card.name != self._card.name:
            self._root.set_value(None)
        self._card = card
        self._inspect.setEnabled(not self._watch.running)
        self._head.set_title(card.title)
        self._summary.setText(card.summary)
        looked_for = str(card.facts.get("looked_for", ""))
        self._places.setText(looked_for)
        self._places.setVisible(bool(looked_for))
        self._root.setVisible(not card.facts.get("bundled"))
        self._show_form(card)
        self._on_edited()

    def _show_form(self, card: Card) -> None:
        if self._form is not None:
            self._options.removeWidget(self._form)
            self._form.hide()
            self._form.deleteLater()
        self._form = form_of_card(card)
        self._form.setVisible(not self._form.is_empty())
        self._form.edited.connect(self._on_edited)
        self._options.addWidget(self._form)

    def _on_edited(self) -> None:
        """What was found, or went wrong, is of the dataset as it was then."""
        self._said.hide()
        self._show_findings()

    def _table(self) -> dict[str, Any]:
        """The dataset as it is named and set, as the engine is asked for it."""
        if self._card is None or self._form is None:
            return {}
        table: dict[str, Any] = {"name": self._card.name, "options": self._form.values()}
        root = self._root.value()
        if root and not self._card.facts.get("bundled"):
            table["root"] = root
        return table

    def _problem(self) -> str | None:
        if self._card is None or self._form is None:
            return self.tr("Choose a dataset first.")
        problem = self._form.problem()
        if problem is None and self._card.facts.get("needs_root") and not self._root.value():
            problem = self.tr("Name the folder that holds the images first.")
        return problem

    def _show_findings(self) -> None:
        result = None if self._problem() else self._seen.get(_key(self._table()))
        self._findings.setVisible(result is not None)
        if result is not None:
            self._findings.show_result(result)

    # ---- a folder is dropped

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take folders."""
        if dropped_folder(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Inspect the folder as a folder of images."""
        folder = dropped_folder(event)
        if folder is None:
            return
        event.acceptProposedAction()
        if self._card is None or not self._card.facts.get("needs_root"):
            self._choose_image_folder()
        self._root.set_value(str(folder))
        self._on_edited()
        self._on_inspect()

    def _choose_image_folder(self) -> None:
        for at in range(self._list.count()):
            if self._list.item(at).data(_CARD).facts.get("needs_root"):
                self._list.setCurrentRow(at)
                return

    # ---- inspecting

    def _on_inspect(self) -> None:
        problem = self._problem()
        if problem is not None:
            self._say(problem)
            return
        dataset = self._table()
        self._asked = _key(dataset)
        self._said.hide()
        self._inspect.setEnabled(False)
        self._task.begin()
        self._watch.start("inspect", dataset=dataset)

    def _say(self, line: str) -> None:
        self._said.setText(line)
        self._said.show()

    def _on_progress(self, task: TaskRow) -> None:
        self._task.show_progress(task.done, task.total, task.doing)

    def _on_inspected(self, result: dict[str, Any]) -> None:
        self._end()
        self._seen[self._asked] = result
        self._show_findings()

    def _end(self) -> None:
        self._task.hide()
        self._inspect.setEnabled(True)

    def _on_cancelled(self) -> None:
        self._end()
        self._say(self.tr("The inspection was cancelled."))

    def _on_failed(self, line: str) -> None:
        self._end()
        self._seen.pop(self._asked, None)
        self._show_findings()
        if _key(self._table()) == self._asked:
            self._say(line)
        else:
            self._context.messages.say(line, "bad")


def _key(table: dict[str, Any]) -> str:
    return json.dumps(table, sort_keys=True)
