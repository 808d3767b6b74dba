"""Data: what a dataset holds, before anything is trained on it."""

import json
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.spec.catalog import Catalog
from engine.spec.rows import TaskRow
from studio.bridge.task_watch import TaskWatch
from studio.pages.data.dataset_list import DatasetList, Source
from studio.pages.data.details import Details
from studio.pages.data.findings import Findings
from studio.pages.data.known import KnownDatasets
from studio.state.commands import Command, add_cancel, always
from studio.state.context import Context
from studio.state.selection import SPEC_ENDING
from studio.widgets.buttons import ActionButton, PushButton, follow
from studio.widgets.drops import take_drops
from studio.widgets.empty_state import EmptyState
from studio.widgets.page_header import PageHeader
from studio.widgets.section import Section

_SIDE = 240


class DataPage(QWidget):
    """Datasets of the workspace; the one chosen is looked at by the engine."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._catalog = Catalog([])
        self._asked: str = ""
        self._adding = ""
        self._waiting: list[Path] = []
        self._seen: dict[str, dict[str, Any]] = {}
        self._watch = TaskWatch(context.client, context.jobs, self)
        self._watch.progressed.connect(self._on_progress)
        self._watch.succeeded.connect(self._on_done)
        self._watch.failed.connect(self._on_failed)
        self._watch.cancelled.connect(self._on_cancelled)
        self._known = KnownDatasets(context, self)
        self._known.changed.connect(self._fill)
        self._list, self._details = DatasetList(), Details(context.client.workspace)
        self._add_commands()
        self._build()
        take_drops(self, _may_be_data, context.selection.offer_data)
        context.selection.data_offered.connect(self._take_data)
        self._take_data()
        context.feed.catalog_changed.connect(self._on_catalog)
        if context.feed.catalog is not None:
            self._on_catalog(context.feed.catalog)

    # ---- building

    def _add_commands(self) -> None:
        for name, text, act, reason in (
            ("add_folder", self.tr("Add a folder…"), self._on_add_folder, always),
            ("add_file", self.tr("Add a file…"), self._on_add_file, always),
            ("inspect", self.tr("Inspect the dataset"), self._on_inspect, self._why_not_inspect),
            ("train", self.tr("New experiment"), self._on_train, self._details.problem),
            ("remove", self.tr("Remove from the list"), self._on_remove, self._why_not_remove),
        ):
            self._context.commands.add(Command(f"data.{name}", text, "", act, reason))

    def _button(self, name: str, icon: str) -> ActionButton:
        return ActionButton(self._context.commands.action(f"data.{name}"), icon)

    def _build(self) -> None:
        header = PageHeader(self.tr("Data"), self.tr(
            "Drop here: a folder of images with one subfolder per class, a .npz file, or CIFAR as "
            "a folder or .tar.gz. Your files are only read."
        ))
        header.add_action(self._button("add_folder", "folder"))
        header.add_action(self._button("add_file", "file"))
        side = Section(self.tr("Datasets"))
        side.setFixedWidth(_SIDE)
        side.body.addWidget(self._list)
        datasets = QWidget()
        columns = QHBoxLayout(datasets)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(12)
        columns.addWidget(side)
        columns.addWidget(self._make_main(), 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(EmptyState("data", self.tr(
            "The engine tells which datasets can be read, once it has started."
        )))
        self._stack.addWidget(datasets)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(header)
        layout.addWidget(self._stack, 1)

    def _make_main(self) -> QScrollArea:
        inspect = PushButton(self.tr("Inspect"), "search", "primary")
        inspect.setObjectName("data_inspect")
        follow(inspect, self._context.commands.action("data.inspect"))
        self._remove = self._button("remove", "close")
        for button in (self._remove, self._button("train", "compose"), inspect):
            self._details.add_control(button)
        add_cancel(self._context.commands, self._details.task, "data.cancel",
                   self.tr("Cancel reading the dataset"), self._watch.cancel)
        self._details.edited.connect(self._on_edited)
        self._details.renamed.connect(self._on_renamed)
        self._list.source_changed.connect(self._on_source)
        self._findings = Findings()
        self._findings.hide()
        page = QWidget()
        page.setProperty("role", "page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(12)
        column.addWidget(self._details)
        column.addWidget(self._findings)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        return scroll

    # ---- what is shown

    def _on_catalog(self, catalog: Catalog) -> None:
        if catalog.all("dataset") != self._catalog.all("dataset"):
            self._catalog = catalog
            self._stack.setCurrentIndex(1)
            self._fill()

    def _fill(self) -> None:
        self._list.fill(self._catalog, self._known.all())

    def _on_source(self, source: Source) -> None:
        self._details.show_source(source)
        self._remove.setVisible(source.known is not None)
        self._show_findings()

    def _on_edited(self) -> None:
        """What was found, or went wrong, is of the dataset as it was then."""
        source = self._list.source()
        if source is not None and source.known is not None and self._details.problem() is None:
            self._known.set_options(source.known, self._details.table()["options"])
        self._details.say("")
        self._show_findings()

    def _on_renamed(self, title: str) -> None:
        source = self._list.source()
        if source is not None and source.known is not None:
            self._known.rename(source.known, title)
            self._list.refresh_title()

    def _show_findings(self) -> None:
        table = {} if self._details.problem() else self._details.table()
        result = self._seen.get(_key(table))
        self._findings.setVisible(result is not None)
        if result is not None:
            self._findings.show_result(result)
        self._context.commands.refresh()

    # ---- adding, removing, training

    def _on_add_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Add a folder"))
        if folder:
            self._context.selection.offer_data(Path(folder))

    def _on_add_file(self) -> None:
        kinds = self.tr("Datasets (*.npz *.tar.gz *.tgz *.tar);;All files (*)")
        file, _ = QFileDialog.getOpenFileName(self, self.tr("Add a file"), "", kinds)
        if file:
            self._context.selection.offer_data(Path(file))

    def _take_data(self) -> None:
        path = self._context.selection.take_data()
        if path is None:
            return
        self._waiting.append(path)
        if self._watch.running:
            self._context.messages.say(
                self.tr("{0} is read after the dataset that is being read now.").format(path),
                "info",
            )
        else:
            self._add_next()

    def _add_next(self) -> None:
        if self._waiting:
            path = str(self._waiting.pop(0))
            self._begin("", path)
            self._watch.start("add", path=path)
            self._context.commands.refresh()

    def _on_added(self, result: dict[str, Any]) -> None:
        known = self._known.add(result["title"], result["dataset"])
        self._seen[_key(result["dataset"])] = result["found"]
        self._list.choose(known)
        self._show_findings()
        text = self.tr("{0} is in the list now; the files stay where they are, in {1}.")
        self._context.messages.say(text.format(known.title, known.dataset["root"]))

    def _why_not_remove(self) -> str | None:
        source = self._list.source()
        if source is None or source.known is None:
            return self.tr("only what you added yourself can be removed")
        return None

    def _on_remove(self) -> None:
        source = self._list.source()
        if source is None or source.known is None:
            return
        known = source.known
        at = self._known.remove(known)
        text = self.tr("{0} is no longer in the list; its files in {1} were left as they are.")

        def undo() -> None:
            self._known.restore(known, at)
            self._list.choose(known)

        self._context.messages.offer(
            text.format(known.title, known.dataset["root"]), self.tr("Undo"), undo
        )

    def _on_train(self) -> None:
        if self._details.problem() is None:
            self._context.selection.train_on(self._details.table())

    # ---- inspecting

    def _why_not_inspect(self) -> str | None:
        if self._watch.running:
            return self.tr("Another one is being read")
        return self._details.problem()

    def _on_inspect(self) -> None:
        dataset = self._details.table()
        self._begin(_key(dataset), "")
        self._watch.start("inspect", dataset=dataset)
        self._context.commands.refresh()

    def _begin(self, asked: str, adding: str) -> None:
        self._asked, self._adding = asked, adding
        self._details.say("")
        self._details.task.begin()

    def _on_progress(self, task: TaskRow) -> None:
        self._details.task.show_progress(task.done, task.total, task.doing)

    def _on_done(self, result: dict[str, Any]) -> None:
        self._end()
        if self._adding:
            self._on_added(result)
        else:
            self._seen[self._asked] = result
            self._show_findings()
        self._add_next()

    def _end(self) -> None:
        self._details.task.hide()
        self._context.commands.refresh()

    def _on_cancelled(self) -> None:
        self._end()
        if self._adding:
            text = self.tr("{0} was not added, as you cancelled it.").format(self._adding)
            self._context.messages.say(text, "info")
        else:
            self._details.say(self.tr("The inspection was cancelled."))
        self._add_next()

    def _on_failed(self, line: str) -> None:
        self._end()
        if self._adding:
            self._context.messages.say(line, "bad")
        else:
            self._tell_of_inspection(line)
        self._add_next()

    def _tell_of_inspection(self, line: str) -> None:
        self._seen.pop(self._asked, None)
        self._show_findings()
        if _key(self._details.table()) == self._asked:
            self._details.say(line)
        else:
            self._context.messages.say(line, "bad")


def _may_be_data(path: Path) -> bool:
    """Whether a path that is dropped here is looked into; what is not is left to the window."""
    return path.exists() and path.suffix != SPEC_ENDING


def _key(table: dict[str, Any]) -> str:
    return json.dumps(table, sort_keys=True)
