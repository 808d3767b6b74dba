"""Try it: the exported file itself looks at the user's images."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, Qt, QTemporaryDir
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from studio.bridge.jobs import as_line
from studio.bridge.task_watch import TaskWatch
from studio.pages.export.predictions import PredictionRow, thumbnail
from studio.state.context import Context
from studio.widgets.buttons import PushButton
from studio.widgets.labels import label
from studio.widgets.section import Section

MAX_IMAGES = 50


class TryIt(Section):
    """A place to drop images, and what the bundle says of them."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("Try it"))
        self._context = context
        self._bundle = ""
        self._pasted: QTemporaryDir | None = None
        self._watch = TaskWatch(context.client, context.jobs, self)
        self._watch.succeeded.connect(self._on_predicted)
        self._watch.failed.connect(self._on_failed)
        self._build()
        self.set_bundle("")

    def set_bundle(self, folder: str) -> None:
        """Use a bundle; an empty name says that there is none yet."""
        if folder != self._bundle:
            self._forget()
        self._bundle = folder
        for widget in (self._choose, self._paste):
            widget.setEnabled(bool(folder))
        self.setAcceptDrops(bool(folder))
        self._hint.setText(
            self.tr("Drop images here, paste one, or choose files. The exported file itself "
                    "looks at them.") if folder else self.tr("Export the run first.")
        )

    def predict(self, images: Sequence[Path]) -> None:
        """Ask the bundle about images."""
        if not self._bundle or not images:
            return
        if len(images) > MAX_IMAGES:
            self._say(self.tr("The first {0} of {1} images are tried.").format(
                MAX_IMAGES, len(images)
            ))
        else:
            self._say("")
        self._clear()
        self._busy.show()
        paths = [str(image) for image in images[:MAX_IMAGES]]
        self._watch.start("predict", bundle=self._bundle, images=paths)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if dropped_files(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Ask about the files that were dropped."""
        self.predict(dropped_files(event))
        event.acceptProposedAction()

    # ---- building

    def _build(self) -> None:
        self._hint = label("", "muted", wrap=True)
        self._choose = PushButton(self.tr("Choose…"))
        self._choose.setObjectName("try_choose")
        self._choose.clicked.connect(self._on_choose)
        self._paste = PushButton(self.tr("Paste"))
        self._paste.setObjectName("try_paste")
        self._paste.clicked.connect(self._on_paste)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self._on_paste)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._choose)
        buttons.addWidget(self._paste)
        buttons.addStretch()
        self._said = label("", "error", wrap=True)
        self._said.setObjectName("try_said")
        self._said.hide()
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setTextVisible(False)
        self._busy.hide()
        page = QWidget()
        page.setProperty("role", "page")
        self._rows = QVBoxLayout(page)
        self._rows.setContentsMargins(0, 0, 4, 0)
        self._rows.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        self.body.addWidget(self._hint)
        self.body.addLayout(buttons)
        self.body.addWidget(self._said)
        self.body.addWidget(self._busy)
        self.body.addWidget(scroll, 1)

    def _forget(self) -> None:
        """What one bundle says of the images must not be read as another's."""
        self._watch.forget()
        self._busy.hide()
        self._say("")
        self._clear()

    def _clear(self) -> None:
        while self._rows.count() > 1:
            item = self._rows.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _say(self, text: str) -> None:
        self._said.setText(text)
        self._said.setVisible(bool(text))

    # ---- acting

    def _on_choose(self) -> None:
        kinds = self.tr("Images (*.png *.jpg *.jpeg *.webp *.bmp *.gif *.tif *.tiff *.ppm)")
        files, _ = QFileDialog.getOpenFileNames(self, self.tr("Images"), "", kinds)
        self.predict([Path(file) for file in files])

    def _on_paste(self) -> None:
        clipboard = QGuiApplication.clipboard()
        held: QMimeData | None = clipboard.mimeData()  # None while nobody has copied anything
        files = local_files(held) if held is not None else []
        image = clipboard.image()
        if not files and not image.isNull():
            self._pasted = QTemporaryDir()
            path = Path(self._pasted.path()) / "pasted.png"
            image.save(str(path))
            files = [path]
        if files:
            self.predict(files)
        else:
            self._say(self.tr("There is no image to paste: copy one first."))

    def _on_predicted(self, result: dict[str, Any]) -> None:
        predictions: list[dict[str, Any]] = result.get("predictions", [])
        paths = [Path(str(prediction["file"])) for prediction in predictions]
        bundle = self._bundle
        self._context.jobs.run(
            lambda: [thumbnail(path) for path in paths],
            lambda images: self._show(predictions, images) if bundle == self._bundle else None,
            lambda error: self._on_failed(as_line(error)),
            owner=self,
        )

    def _show(self, predictions: Sequence[dict[str, Any]], images: Sequence[Any]) -> None:
        self._busy.hide()
        self._clear()
        for at, (prediction, image) in enumerate(zip(predictions, images, strict=True)):
            self._rows.insertWidget(at, PredictionRow(prediction, image))

    def _on_failed(self, line: str) -> None:
        self._busy.hide()
        self._say(line)


def dropped_files(event: QDropEvent) -> list[Path]:
    """The files that a drag carries."""
    return local_files(event.mimeData())


def local_files(held: QMimeData) -> list[Path]:
    """The files that a drag or the clipboard holds."""
    paths = [Path(url.toLocalFile()) for url in held.urls() if url.isLocalFile()]
    return [path for path in paths if path.is_file()]
