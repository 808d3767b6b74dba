"""Held-out images of a dataset: read by a worker, and kept for as long as they are spoken of."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QImage

from studio.bridge.jobs import Jobs
from studio.bridge.task_watch import TaskWatch
from studio.widgets.image_grid import unpack_images

if TYPE_CHECKING:
    from studio.bridge.client import Client, Split


class HeldOutImages(QObject):
    """Fetches images of a run's dataset, each once; a second `fetch` forgets the first."""

    arrived = Signal()
    """What was asked for is there, and so are the names of the classes."""

    progressed = Signal(int, int, str)
    """How much is done, of how much, and what is being done."""

    failed = Signal(str)
    """One line for the user."""

    def __init__(self, client: "Client", jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source: Hashable = None
        self._images: dict[str, dict[int, QImage]] = {}
        self.names: list[str] = []
        """What the classes are called, as the dataset says; empty until it was asked."""
        self._watch = TaskWatch(client, jobs, self)
        self._watch.progressed.connect(
            lambda task: self.progressed.emit(task.done, task.total, task.doing)
        )
        self._watch.succeeded.connect(self._on_images)
        self._watch.failed.connect(self.failed)
        self._watch.cancelled.connect(lambda: self.failed.emit(
            QCoreApplication.translate("HeldOutImages", "The images were not read.")
        ))

    def speak_of(self, source: Hashable) -> None:
        """Let another dataset be meant: what is there of the one before is forgotten."""
        self._watch.forget()
        if source != self._source:
            self._source, self.names = source, []
            self._images.clear()

    def held(self, part: "Split") -> Mapping[int, QImage]:
        """The images of a part that are there, by index."""
        return self._images.setdefault(part, {})

    def fetch(self, run: int, part: "Split", indices: Sequence[int]) -> bool:
        """Fetch what is not there yet; False where all is.

        Args:
            run: one whose dataset has the images.
            part: of the dataset.
            indices: of the images.
        """
        held = self.held(part)
        missing = [at for at in indices if at not in held]
        if missing or not self.names:
            self._watch.start("images", run=run, part=part, indices=missing)
            return True
        return False

    def cancel(self) -> None:
        """Ask for the end of the fetching; `failed` follows."""
        self._watch.cancel()

    def _on_images(self, result: dict[str, Any]) -> None:
        asked = result["asked"]
        images = unpack_images(result["images"])
        self._images.setdefault(asked["part"], {}).update(
            zip(asked["indices"], images, strict=True)
        )
        self.names = [str(name) for name in result["classes"]]
        self.arrived.emit()
