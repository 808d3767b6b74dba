"""An image of the test set, for whoever has none at hand."""

import random
import re
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from studio.bridge.task_watch import TaskWatch
from studio.state.context import Context
from studio.widgets.image_grid import unpack_images

_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


class Sample(QObject):
    """Fetches one image of a run's test set, any of them; a second `fetch` forgets the first."""

    progressed = Signal(object)
    """A TaskRow: how far it is."""

    arrived = Signal(QImage, str)
    """The image, and what to call it: its number, and the class that it is of."""

    failed = Signal(str)
    """One line for the user."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watch = TaskWatch(context.client, context.jobs, self)
        self._watch.progressed.connect(self.progressed)
        self._watch.succeeded.connect(self._on_image)
        self._watch.failed.connect(self.failed)
        self._watch.cancelled.connect(
            lambda: self.failed.emit(self.tr("No image of the test set was read."))
        )

    def fetch(self, run: int, total: int) -> None:
        """Fetch one of so many images that a run is tested with."""
        self._watch.start("images", run=run, part="test", indices=[random.randrange(total)])

    def forget(self) -> None:
        """Want none any more."""
        self._watch.forget()

    def cancel(self) -> None:
        """Ask for the end of the fetching; `failed` follows."""
        self._watch.cancel()

    def _on_image(self, result: Mapping[str, Any]) -> None:
        (image,), (label,) = unpack_images(result["images"]), result["images"]["labels"]
        name = self.tr("test image {0}, class {1}").format(
            result["asked"]["indices"][0], result["classes"][label]
        )
        self.arrived.emit(image, _NOT_IN_NAMES.sub("-", name))
