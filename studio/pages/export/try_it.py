"""Try it: the exported file itself looks at the user's images."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QCheckBox, QFileDialog, QWidget

from studio.pages.export.bundle_list import Bundle
from studio.pages.export.given_images import kinds, local_paths
from studio.pages.export.model_file import ModelFile
from studio.pages.export.plain_run import caller, find_plain
from studio.pages.export.prediction_list import PredictionList
from studio.pages.export.predictions import disagrees
from studio.pages.export.sample import Sample
from studio.pages.export.trial import Trial
from studio.state.commands import Command, add_cancel
from studio.state.context import Context
from studio.widgets.buttons import PushButton, follow
from studio.widgets.labels import label
from studio.widgets.section import Section
from studio.widgets.task_bar import TaskBar


class TryIt(Section):
    """A place to drop images, what the bundle says of them, and where the plain run disagrees.

    Hidden while there is no bundle.

    Signals:
        given: the user gave images; they are asked about, or were.
    """

    given = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("Try it"))
        self._context = context
        self._bundle: Bundle | None = None
        self._rival, self._why_alone = find_plain((), 0, None)
        self._is_awaited = False
        self._trial = Trial(context, self)
        self._sample = Sample(context, self)
        self._add_commands()
        self._build()
        self._trial.begun.connect(self._on_begun)
        self._trial.progressed.connect(
            lambda task: self._task.show_progress(task.done, task.total, task.doing)
        )
        self._trial.gathered.connect(self._say)
        self._sample.progressed.connect(
            lambda task: self._task.show_progress(task.done, task.total, task.doing)
        )
        self._sample.arrived.connect(self._on_sample)
        self._sample.failed.connect(self._on_ended)
        self._trial.ended.connect(self._on_ended)
        context.feed.runs_changed.connect(lambda _: self._refresh())
        context.feed.catalog_changed.connect(lambda _: self._refresh())
        context.selection.baseline_changed.connect(lambda _: self._refresh())
        self.set_bundle(None)

    def set_bundle(self, bundle: Bundle | None) -> None:
        """Use a bundle; None says that there is none yet."""
        self._bundle = bundle
        self._sample.forget()
        self.setAcceptDrops(bundle is not None)
        self.setVisible(bundle is not None)
        if bundle is None:
            self._trial.clear()
        self._refresh()
        self._context.commands.refresh()

    def predict(self, paths: Sequence[Path]) -> None:
        """Ask the bundle about images, and about all that lie in folders, besides those before."""
        if self._bundle is not None and paths:
            self._is_awaited = True
            self._trial.give(paths)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        if self._bundle is not None and local_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Ask about what was dropped."""
        self.predict(local_paths(event.mimeData()))
        event.acceptProposedAction()

    # ---- building

    def _add_commands(self) -> None:
        for name, text, act, reason in (
            ("test", self.tr("Try the export on a test image"), self._on_test, self._why_no_test),
            ("choose", self.tr("Try the export on images…"), self._on_choose, self.why_not),
            ("folder", self.tr("Try the export on a folder of images…"), self._on_folder,
             self.why_not),
            ("paste", self.tr("Try the export on the image that was copied"), self._on_paste,
             self.why_not),
            ("clear", self.tr("Clear the images that the export was tried on"),
             self._trial.clear, self._why_not_clear),
        ):
            self._context.commands.add(Command(f"export.try_{name}", text, "", act, reason))

    def _build(self) -> None:
        self._hint = label(self.tr(
            "Drop images or a folder anywhere on this page, paste, choose, or take one of the test "
            "set. The exported file itself looks at them."
        ), "muted", wrap=True)
        self._file = ModelFile()
        self._file.chosen.connect(self._ask)
        for name, text in (
            ("test", self.tr("Test image")), ("choose", self.tr("Choose…")),
            ("folder", self.tr("Folder…")), ("paste", self.tr("Paste")),
            ("clear", self.tr("Clear")),
        ):
            button = PushButton(text)
            button.setObjectName(f"try_{name}")
            follow(button, self._context.commands.action(f"export.try_{name}"))
            self.add_control(button)
        self._said = label("", "error", wrap=True)
        self._said.setObjectName("try_said")
        self._said.hide()
        self._task = TaskBar()
        add_cancel(self._context.commands, self._task, "export.cancel_trial",
                   self.tr("Cancel trying the export"), self._on_cancel)
        self._told = label("", "caption", wrap=True)
        self._told.setObjectName("try_told")
        self._only = QCheckBox(self.tr("Only where it disagrees"))
        self._only.setObjectName("try_only")
        self._list = PredictionList()
        self._only.toggled.connect(self._leave_out)
        for widget in (self._file, self._hint, self._said, self._task, self._told, self._only,
                       self._list):
            self.body.addWidget(widget)

    # ---- who answers

    def _refresh(self) -> None:
        """Look which files can answer, and which run is asked too; they may be others by now."""
        if self._bundle is not None:
            context, catalog = self._context, self._context.feed.catalog
            formats = catalog.all("export") if catalog is not None else []
            self._file.offer(self._bundle.certificate, {card.name: card for card in formats})
            self._rival, self._why_alone = find_plain(
                context.feed.runs, self._bundle.row.run_id, context.selection.baseline
            )
            self._ask()
        self._tell()

    def _ask(self) -> None:
        if self._bundle is not None:
            rival = {"against": self._rival.id} if self._rival is not None else {}
            self._trial.ask(self._bundle.folder, self._file.arguments() | rival)

    def _tell(self) -> None:
        """Say which file answered, and how the other run stands to it."""
        if self._trial.is_asking:  # what is seen is what was said before
            return
        told, answers = self._trial.told, [each.prediction for each in self._trial.answers()]
        against, asked = told.get("against", {}), sum("against" in each for each in answers)
        lines = [self.tr("{file} answered.").format(file=told["model"])] if "model" in told else []
        if self._bundle is None:
            pass
        elif self._rival is None:
            lines.append(self._why_alone)
        elif "error" in against:
            lines.append(self.tr("Run {run} was not asked: {error}.").format(**against))
        elif asked:
            model = against["model"] or self.tr("best weights")
            lines.append(self.tr(
                "Run {run}, {name} ({model}), disagrees on {apart:,} of {asked:,}."
            ).format(apart=sum(map(disagrees, answers)), asked=asked, **against | {"model": model}))
        else:
            lines.append(self.tr("Set against run {run}, {name}.").format(
                run=self._rival.id, name=self._rival.name
            ))
        self._told.setText(" ".join(lines))
        self._told.setVisible(bool(lines))
        self._only.setVisible(bool(asked))
        self._leave_out()

    def _leave_out(self) -> None:
        """Show all images where none can be told apart."""
        self._list.show_only_apart(self._only.isChecked() and not self._only.isHidden())

    # ---- asking

    def why_not(self) -> str | None:
        """Why nothing can be tried, or None."""
        return None if self._bundle is not None else self.tr("Export the run first.")

    def _why_no_test(self) -> str | None:
        if self._bundle is not None and not self._num_test():
            return self.tr("The bundle does not say how many images it was tested with.")
        return self.why_not()

    def _num_test(self) -> int:
        """How many images the bundle's run was tested with; 0 where its certificate is too old."""
        told = self._bundle.certificate if self._bundle is not None else {}
        return int(told.get("data", {}).get("images", {}).get("test", 0))

    def _why_not_clear(self) -> str | None:
        return self.tr("No images were tried.") if self._trial.is_empty else None

    def _on_test(self) -> None:
        if self._bundle is not None:
            self._show_page()
            self._say("")
            self._task.begin()
            self.given.emit()
            self._sample.fetch(self._bundle.row.run_id, self._num_test())

    def _on_sample(self, image: QImage, name: str) -> None:
        self._is_awaited = True
        self._trial.give_picture(image, name)

    def _on_cancel(self) -> None:
        self._sample.cancel()
        self._trial.cancel()

    def _on_choose(self) -> None:
        self._show_page()
        files, _ = QFileDialog.getOpenFileNames(self, self.tr("Images"), "", kinds())
        self.predict([Path(file) for file in files])

    def _on_folder(self) -> None:
        self._show_page()
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder of images"))
        self.predict([Path(folder)] if folder else [])

    def _on_paste(self) -> None:
        self._show_page()
        clipboard = QGuiApplication.clipboard()
        held: QMimeData | None = clipboard.mimeData()  # None while nobody has copied anything
        paths = local_paths(held) if held is not None else []
        image = clipboard.image()
        if paths:
            self.predict(paths)
        elif not image.isNull():
            self._is_awaited = True
            self._trial.give_picture(image)
        else:
            self._say(self.tr("There is no image to paste: copy one first."))

    def _show_page(self) -> None:
        """A command may be asked for elsewhere."""
        self._context.selection.show_page("export")

    def _on_begun(self) -> None:
        self._hint.hide()
        self._task.begin()
        if self._is_awaited:
            self.given.emit()
        self._context.commands.refresh()

    def _on_ended(self, line: str) -> None:
        self._task.hide()
        if line or self._trial.is_empty:
            self._say(line)
        self._hint.setVisible(self._trial.is_empty)
        self._list.show_answers(
            self._trial.answers(), caller(self._rival) if self._rival is not None else ""
        )
        self._tell()
        if self._is_awaited:
            self.given.emit()
        self._is_awaited = False
        self._context.commands.refresh()

    def _say(self, text: str) -> None:
        self._said.setText(text)
        self._said.setVisible(bool(text))
