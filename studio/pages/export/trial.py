"""What a bundle says of images: asked of a worker, kept while the bundle is looked at."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTemporaryDir, Signal
from PySide6.QtGui import QImage

from studio.bridge.jobs import as_line
from studio.bridge.task_watch import TaskWatch
from studio.pages.export.given_images import MAX_IMAGES, Given, gather
from studio.pages.export.prediction_list import Answer
from studio.pages.export.predictions import thumbnail
from studio.state.context import Context


class Trial(QObject):
    """The images that a bundle is tried on, and its answers.

    What is new stands before what was there; the oldest make room.
    """

    begun = Signal()
    """Images are asked about."""

    progressed = Signal(object)
    """A TaskRow: how far it is."""

    gathered = Signal(str)
    """Images were found; a line is to be said of them, or none."""

    ended = Signal(str)
    """The answers are others now; or a line says why there are none."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = context.jobs
        self._folder, self._how = Path(), dict[str, Any]()
        self._images: list[Path] = []
        self._answers: dict[Path, dict[str, Any]] = {}
        self._pictures: dict[Path, QImage] = {}
        self._pasted: list[QTemporaryDir] = []
        self._round = self._cleared = 0
        self.told: Mapping[str, Any] = {}
        """What the last answer says of itself: `model`, the file, and `against`, the run."""
        self._watch = TaskWatch(context.client, context.jobs, self)
        self._watch.progressed.connect(self.progressed)
        self._watch.succeeded.connect(self._on_predicted)
        self._watch.failed.connect(self._end)
        self._watch.cancelled.connect(lambda: self._end(self.tr("The images were not tried.")))

    @property
    def is_empty(self) -> bool:
        """Whether there are no images."""
        return not self._images

    @property
    def is_asking(self) -> bool:
        """Whether images are asked about."""
        return self._watch.running

    def answers(self) -> list[Answer]:
        """What was said, in the order of the images."""
        return [
            Answer(image, self._answers[image], self._pictures[image])
            for image in self._images if image in self._answers
        ]

    def give(self, paths: Sequence[Path]) -> None:
        """Ask about images, and about all that lie in folders, besides those before."""
        mine = self._cleared
        self._jobs.run(
            lambda: gather(paths),
            lambda given: self._on_gathered(given) if mine == self._cleared else None,
            lambda error: self.gathered.emit(as_line(error)),
            owner=self,
        )

    def give_picture(self, picture: QImage, name: str = "pasted") -> None:
        """Ask about a picture that is in no file."""
        self._pasted.append(QTemporaryDir())
        path = Path(self._pasted[-1].path()) / f"{name}.png"
        self._jobs.run(
            lambda: picture.save(str(path)), lambda _: self.give([path]), owner=self
        )

    def ask(self, folder: Path, how: Mapping[str, Any]) -> None:
        """Ask a bundle from now on, and anew what was asked before.

        Args:
            folder: the bundle's.
            how: other arguments of the "predict" task.
        """
        if folder != self._folder:
            self.clear()
        if (folder, how) != (self._folder, self._how):
            self._folder, self._how = folder, dict(how)
            self._answers.clear()
            self._ask()

    def cancel(self) -> None:
        """Ask for the end of what is being asked; `ended` follows."""
        self._watch.cancel()

    def clear(self) -> None:
        """Forget all images; what one bundle says of them must not be read as another's."""
        self._round += 1
        self._cleared += 1
        self._watch.forget()
        self.told = {}
        for held in (self._images, self._answers, self._pictures, self._pasted):
            held.clear()
        self._end("")

    def _on_gathered(self, given: Given) -> None:
        for image in given.images:  # it may be another one by now
            self._answers.pop(image, None)
            self._pictures.pop(image, None)
        self._images = list(dict.fromkeys([*given.images, *self._images]))[:MAX_IMAGES]
        self.gathered.emit(given.line())
        self._ask()

    def _ask(self) -> None:
        """Ask about the images of which nothing was said yet."""
        waiting = [str(image) for image in self._images if image not in self._answers]
        if waiting:
            self._round += 1
            self.begun.emit()
            self._watch.start("predict", bundle=str(self._folder), images=waiting, **self._how)

    def _on_predicted(self, result: dict[str, Any]) -> None:
        mine = self._round
        found = {Path(str(each["file"])): each for each in result.get("predictions", [])}
        missing = [path for path in found if path not in self._pictures]

        def keep(pictures: Sequence[QImage]) -> None:
            if mine == self._round:
                self._pictures.update(zip(missing, pictures, strict=True))
                self._answers.update(found)
                self.told = result
                self._end("")

        self._jobs.run(
            lambda: [thumbnail(path) for path in missing], keep,
            lambda error: self._end(as_line(error)), owner=self,
        )

    def _end(self, line: str) -> None:
        """Leave out the images of which nothing was said."""
        self._images = [image for image in self._images if image in self._answers]
        self.ended.emit(line)
