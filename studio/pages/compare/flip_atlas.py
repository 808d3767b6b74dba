"""The images that a variant fixes and breaks against its baseline, the most stable first."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from engine.analysis.answers import Flip
from studio.bridge.task_watch import TaskWatch
from studio.pages.compare.images import Difference
from studio.state.context import Context
from studio.widgets.image_grid import ImageGrid, unpack_images
from studio.widgets.labels import label
from studio.widgets.layout import column, row
from studio.widgets.task_bar import TaskBar

if TYPE_CHECKING:
    from PySide6.QtGui import QImage


class FlipAtlas(QWidget):
    """McNemar's tests, and the images themselves, which a worker reads from the dataset.

    Signals:
        names_arrived: what the classes are called, list[str], as the dataset says.
    """

    names_arrived = Signal(list)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = ""
        self._names: list[str] = []
        self._images: dict[int, QImage] = {}
        self._watch = TaskWatch(context.client, context.jobs, self)
        self._watch.progressed.connect(
            lambda task: self._task.show_progress(task.done, task.total, task.doing)
        )
        self._watch.succeeded.connect(self._on_images)
        self._watch.failed.connect(self._on_failed)
        self._watch.cancelled.connect(lambda: self._on_failed(self.tr("The images were not read.")))
        self._build()

    def _build(self) -> None:
        self._tests = label("", wrap=True)
        self._tests.setObjectName("compare_pairs")
        self._task = TaskBar()
        self._task.cancelled.connect(self._watch.cancel)
        self._problem = label("", "error", wrap=True)
        self._problem.setObjectName("compare_images_problem")
        self._problem.hide()
        self._fixed, self._broken = FlipSide("compare_fixed"), FlipSide("compare_broken")
        sides = row(spacing=24)
        for side in (self._fixed, self._broken):
            sides.addWidget(side, 1)
        inner = column(self)
        for widget in (
            self._tests,
            label(self.tr(
                "Each test speaks of two networks; whether a method is better is said above, over "
                "seeds. What flips in one seed alone may be chance."
            ), "caption", wrap=True),
            self._task, self._problem,
        ):
            inner.addWidget(widget)
        inner.addLayout(sides)

    def show_difference(self, difference: Difference, source: str) -> None:
        """Show what flips.

        Args:
            difference: the variant against its baseline.
            source: identity of the dataset; images of another one are forgotten.
        """
        if source != self._source:
            self._source, self._names = source, []
            self._images.clear()
        self._tests.setText("\n".join(test.sentence for test in difference.tests))
        flips = difference.flips
        self._fixed.show_counts(self.tr("Fixed images: {0:,}"), flips.num_fixed, flips.fixed)
        self._broken.show_counts(self.tr("Broken images: {0:,}"), flips.num_broken, flips.broken)
        self._watch.forget()
        self._task.hide()
        self._problem.hide()
        self._show_images()
        missing = [
            flip.image for flip in (*flips.fixed, *flips.broken) if flip.image not in self._images
        ]
        if missing or not self._names:
            self._task.begin()
            self._watch.start("images", run=difference.run, part="test", indices=missing)

    def _show_images(self) -> None:
        for side in (self._fixed, self._broken):
            side.show_images(self._images, self._names)

    def _on_images(self, result: dict[str, Any]) -> None:
        self._task.hide()
        images = unpack_images(result["images"])
        self._images.update(zip(result["asked"]["indices"], images, strict=True))
        self._names = [str(name) for name in result["classes"]]
        self._show_images()
        self.names_arrived.emit(self._names)

    def _on_failed(self, line: str) -> None:
        self._task.hide()
        self._problem.setText(line)
        self._problem.show()


class FlipSide(QWidget):
    """Images that flip to one side, those that do so in more seeds above the others."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = label("", "heading", wrap=True)
        self._title.setObjectName(f"{name}_title")
        self._groups: list[tuple[ImageGrid, list[Flip]]] = []
        self._rows = column()
        inner = column(self)
        inner.addWidget(self._title)
        inner.addLayout(self._rows)
        inner.addStretch(1)

    def show_counts(self, title: str, by_seeds: Sequence[int], flips: Sequence[Flip]) -> None:
        """Say how many images flip in how many seeds; `show_images` fills the room below.

        Args:
            title: with a place for how many there are.
            by_seeds: how many flip in exactly 1, 2, … seeds.
            flips: those that are to be seen.
        """
        self._title.setText(title.format(sum(by_seeds)))
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._groups.clear()
        for num_seeds in range(len(by_seeds), 0, -1):
            if by_seeds[num_seeds - 1]:
                chosen = [flip for flip in flips if flip.num_seeds == num_seeds]
                grid = ImageGrid()
                self._groups.append((grid, chosen))
                self._rows.addWidget(label(self._said(num_seeds, by_seeds, len(chosen)), "caption"))
                self._rows.addWidget(grid)

    def show_images(self, images: Mapping[int, "QImage"], names: Sequence[str]) -> None:
        """Show those that are there; classes that have no name are told by number."""
        for grid, flips in self._groups:
            have = [flip for flip in flips if flip.image in images]
            grid.show_images(
                [images[flip.image] for flip in have], [_caption(flip, names) for flip in have]
            )

    def _said(self, num_seeds: int, by_seeds: Sequence[int], shown: int) -> str:
        count = by_seeds[num_seeds - 1]
        text = self.tr("in {0} of {1} seeds: {2:,}").format(num_seeds, len(by_seeds), count)
        return text if shown == count else self.tr("{0}, {1} shown").format(text, shown)


def _caption(flip: Flip, names: Sequence[str]) -> str:
    """What the baseline says, and what the variant does: "cat → dog"."""
    return " → ".join(
        names[at] if at < len(names) else str(at) for at in (flip.before, flip.after)
    )
