"""Fetching held-out images where somebody looks on."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from studio.bridge.images import HeldOutImages
from studio.state.commands import add_cancel
from studio.state.context import Context
from studio.widgets.labels import label
from studio.widgets.layout import column
from studio.widgets.task_bar import TaskBar

if TYPE_CHECKING:
    from studio.bridge.client import Split


class ImageFetch(QWidget):
    """How far the fetching is, or why it failed; of no height while there is neither.

    Signals:
        arrived: what was asked for is there, and so are the names of the classes.
    """

    arrived = Signal()

    def __init__(self, context: Context, problem: str, parent: QWidget | None = None) -> None:
        """Make it.

        Args:
            context: has the workspace.
            problem: what the line that says why it failed is called.
            parent: owner.
        """
        super().__init__(parent)
        self._commands = context.commands
        self._images = HeldOutImages(context.client, context.jobs, self)
        self._task = TaskBar()
        self._problem = label("", "error", wrap=True)
        self._problem.setObjectName(problem)
        self._problem.hide()
        inner = column(self)
        for widget in (self._task, self._problem):
            inner.addWidget(widget)
        self._images.progressed.connect(self._task.show_progress)
        self._images.arrived.connect(self._on_arrived)
        self._images.failed.connect(self._on_failed)

    def offer_cancel(self, command: str, text: str) -> None:
        """Let a command end the fetching, and the bar have a button for it.

        Args:
            command: as in `run.cancel_images`.
            text: what the user reads.
        """
        add_cancel(self._commands, self._task, command, text, self._images.cancel)

    @property
    def names(self) -> list[str]:
        """What the classes are called, as the dataset says; empty until it was asked."""
        return self._images.names

    def speak_of(self, source: Hashable) -> None:
        """Let another dataset be meant: what is there of the one before is forgotten."""
        self._images.speak_of(source)
        self._task.hide()
        self._problem.hide()

    def held(self, part: "Split") -> Mapping[int, QImage]:
        """The images of a part that are there, by index."""
        return self._images.held(part)

    def fetch(self, run: int, part: "Split", indices: Sequence[int]) -> None:
        """Fetch what is not there yet.

        Args:
            run: one whose dataset has the images.
            part: of the dataset.
            indices: of the images.
        """
        self._problem.hide()
        if self._images.fetch(run, part, indices):
            self._task.begin()

    def _on_arrived(self) -> None:
        self._task.hide()
        self.arrived.emit()

    def _on_failed(self, line: str) -> None:
        self._task.hide()
        self._problem.setText(line)
        self._problem.show()
