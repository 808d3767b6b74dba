"""The images that a variant fixes and breaks against its baseline, the most stable first."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from engine.analysis.answers import Flip
from studio.image_fetch import ImageFetch
from studio.pages.compare.images import Difference
from studio.state.context import Context
from studio.widgets.image_grid import ImageGrid
from studio.widgets.labels import label
from studio.widgets.layout import column, row

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

_MOST = 60


class FlipAtlas(QWidget):
    """How many flip in how many seeds, and the images, which a worker reads from the dataset.

    Signals:
        names_arrived: what the classes are called, list[str], as the dataset says.
    """

    names_arrived = Signal(list)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images = ImageFetch(context, "compare_images_problem")
        self._images.offer_cancel(
            "compare.cancel", self.tr("Cancel reading the images that flip")
        )
        self._images.arrived.connect(self._on_images)
        self._fixed = FlipSide("compare_fixed", fixed=True)
        self._broken = FlipSide("compare_broken", fixed=False)
        sides = row(spacing=24)
        for side in (self._fixed, self._broken):
            sides.addWidget(side, 1)
        inner = column(self)
        for widget in (
            label(self.tr(
                "Images that one of the two has right and the other wrong, in the same seed. What "
                "flips in one seed alone may be chance. Below each image: the baseline's answer → "
                "the variant's."
            ), "caption", wrap=True),
            self._images,
        ):
            inner.addWidget(widget)
        inner.addLayout(sides)

    def show_difference(self, difference: Difference, source: str) -> None:
        """Show what flips.

        Args:
            difference: the variant against its baseline.
            source: identity of the dataset; images of another one are forgotten.
        """
        self._images.speak_of(source)
        flips = difference.flips
        self._fixed.show_counts(self.tr("Fixed images: {0:,}"), flips.num_fixed, flips.fixed)
        self._broken.show_counts(self.tr("Broken images: {0:,}"), flips.num_broken, flips.broken)
        self._show_images()
        wanted = [flip.image for flip in (*self._fixed.flips, *self._broken.flips)]
        self._images.fetch(difference.run, "test", wanted)

    def _show_images(self) -> None:
        for side in (self._fixed, self._broken):
            side.show_images(self._images.held("test"), self._images.names)

    def _on_images(self) -> None:
        self._show_images()
        self.names_arrived.emit(self._images.names)


class FlipSide(QWidget):
    """Images that flip to one side, those that do so in more seeds above the others."""

    def __init__(self, name: str, *, fixed: bool, parent: QWidget | None = None) -> None:
        """Make it empty.

        Args:
            name: begins the name of its title.
            fixed: whether it is the variant that is right.
            parent: owner.
        """
        super().__init__(parent)
        self._fixed = fixed
        self.flips: Sequence[Flip] = ()
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
            flips: the most stable first; so many are seen as one can look at.
        """
        self.flips = flips[:_MOST]
        self._title.setText(title.format(sum(by_seeds)))
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._groups.clear()
        for num_seeds in range(len(by_seeds), 0, -1):
            if by_seeds[num_seeds - 1]:
                chosen = [flip for flip in self.flips if flip.num_seeds == num_seeds]
                grid = ImageGrid()
                self._groups.append((grid, chosen))
                self._rows.addWidget(label(self._said(num_seeds, by_seeds, len(chosen)), "caption"))
                self._rows.addWidget(grid)

    def show_images(self, images: Mapping[int, "QImage"], names: Sequence[str]) -> None:
        """Show those that are there; classes that have no name are told by number."""
        for grid, flips in self._groups:
            have = [flip for flip in flips if flip.image in images]
            grid.show_images(
                [images[flip.image] for flip in have],
                [" → ".join(_answers(flip, names)) for flip in have],
                [self._told(*_answers(flip, names)) for flip in have],
            )

    def _told(self, before: str, after: str) -> str:
        text = self.tr("Baseline: {0}\nVariant: {1}\nTrue class: {2}")
        return text.format(before, after, after if self._fixed else before)

    def _said(self, num_seeds: int, by_seeds: Sequence[int], shown: int) -> str:
        count = by_seeds[num_seeds - 1]
        text = self.tr("in {0} of {1} seeds: {2:,}").format(num_seeds, len(by_seeds), count)
        return text if shown == count else self.tr("{0}, {1} shown").format(text, shown)


def _answers(flip: Flip, names: Sequence[str]) -> tuple[str, str]:
    """What the baseline says, and what the variant does; a class without a name by its number."""
    before, after = (
        names[at] if at < len(names) else str(at) for at in (flip.before, flip.after)
    )
    return before, after
