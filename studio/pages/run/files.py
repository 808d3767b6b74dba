"""The files of the run looked at."""

from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QShowEvent
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from engine.spec.rows import ArtifactRow, RunRow
from studio.item_models.wording import file_size, moment
from studio.state.commands import Scope
from studio.state.context import Context
from studio.theme.theme import caption_font
from studio.widgets.buttons import ActionButton, PushButton, follow
from studio.widgets.labels import label
from studio.widgets.layout import column, row

_PATH = Qt.ItemDataRole.UserRole


class FilesTab(QWidget):
    """Checkpoints, weights and bundles with their sizes."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._run: RunRow | None = None
        self._total = label("", "muted")
        self._total.setObjectName("files.total")
        self._tree = QTreeWidget()
        self._tree.setObjectName("files.tree")
        self._tree.setAccessibleName(self.tr("Files"))
        self._tree.setProperty("role", "card")
        self._tree.setRootIsDecorated(False)
        self._tree.setHeaderLabels([self.tr("Kind"), self.tr("File"), self.tr("Step"),
                                    self.tr("Size"), self.tr("Written")])
        self._tree.header().setFont(caption_font(self._tree.header().font()))
        for section, width in enumerate((110, 420, 80, 100, 140)):
            self._tree.setColumnWidth(section, width)
        self._tree.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        reveal = PushButton(self.tr("Reveal in folder"), "folder")
        reveal.setObjectName("files.reveal")
        copy = PushButton(self.tr("Copy path"), "copy")
        copy.setObjectName("files.copy")
        self._scope = Scope(context.commands, self, self.tr("Go to the files of a run first"))
        follow(reveal, self._scope.add(
            "run.reveal_files", self.tr("Open the folder of the run's files"), self._on_reveal
        ))
        follow(copy, self._scope.add(
            "run.copy_path", self.tr("Copy the path of the selected file"), self._on_copy,
            self._why_no_path,
        ))
        self._tree.itemSelectionChanged.connect(self._scope.refresh)
        top = row()
        top.addWidget(self._total, 1)
        top.addWidget(ActionButton(context.commands.action("run.fork"), "fork"))
        top.addWidget(copy)
        top.addWidget(reveal)
        layout = column(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self._tree, 1)

    def show_run(self, run: RunRow) -> None:
        """Show the files of a run, anew when it got further."""
        before, self._run = self._run, run
        if before is None or (before.id, before.epoch, before.state) != (
            run.id, run.epoch, run.state
        ):
            self._ask()

    def showEvent(self, event: QShowEvent) -> None:
        """Look again."""
        super().showEvent(event)
        self._ask()

    def _ask(self) -> None:
        if self._run is None or not self.isVisible():
            return
        run, client = self._run.id, self._context.client
        self._context.jobs.run(
            lambda: client.artifacts(run), lambda rows: self._on_rows(run, rows), owner=self
        )

    def _on_rows(self, run: int, rows: list[ArtifactRow]) -> None:
        if self._run is None or run != self._run.id:
            return
        chosen = self._path()
        self._tree.clear()
        for file in rows:
            texts = [file.kind, file.path, str(file.step), file_size(file.bytes),
                     moment(file.created_at)]
            item = QTreeWidgetItem(self._tree, texts)
            item.setData(0, _PATH, str(self._context.client.workspace.root / file.path))
            item.setToolTip(1, f"{file.path}\nsha256 {file.sha256}" if file.sha256 else file.path)
            for section in (2, 3):
                item.setTextAlignment(
                    section, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                )
            item.setSelected(item.data(0, _PATH) == chosen)
        total = file_size(sum(file.bytes for file in rows))
        text = self.tr("1 file, {0}") if len(rows) == 1 else self.tr("{1} files, {0}")
        self._total.setText(
            text.format(total, len(rows)) if rows
            else self.tr("No files yet: the first checkpoint is written after the first epoch.")
        )
        self._scope.refresh()

    def _path(self) -> str | None:
        items = self._tree.selectedItems()
        return items[0].data(0, _PATH) if items else None

    def _why_no_path(self) -> str | None:
        return None if self._path() else self.tr("Select a file first")

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._path() or "")

    def _on_reveal(self) -> None:
        """Open the folder of the selected file, else that of the run."""
        path, run = self._path(), self._run
        if run is None:
            return
        root = self._context.client.workspace.run_folder(run.id)
        folder = Path(path).parent if path else root
        if not folder.is_dir() or not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self._context.messages.say(self.tr("The files are in {0}").format(folder), "info")
