"""What can be taken away from a comparison: its tables as text, its figures as files."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from engine.analysis.compare import Comparison
from engine.spec.errors import StudioError
from studio.pages.compare.cost_section import CostSection
from studio.pages.compare.images_section import ImagesSection
from studio.report.cost_text import CURVE_WRITERS
from studio.report.figure import FORMATS, save_figure
from studio.report.text import WRITERS, save_text
from studio.state.context import Context

Say = Callable[[], str | None]
"""Writes what is shown now; None where there is nothing."""


class ExportMenu(QMenu):
    """Copy and save."""

    def __init__(
        self, context: Context, comparison: Callable[[], Comparison | None],
        figures: Mapping[str, QWidget], costs: CostSection, images: ImagesSection,
        parent: QWidget,
    ) -> None:
        """Make the menu.

        Args:
            context: where files are written, and who tells of it.
            comparison: what is shown now.
            figures: plots by what they are called.
            costs: accuracy against cost, which has a menu of its own while there is any.
            images: what is said of single images, likewise.
            parent: owner.
        """
        super().__init__(parent)
        self._context = context

        def table(write: Callable[[Comparison], str]) -> str | None:
            shown = comparison()
            return write(shown) if shown is not None else None

        self._fill(
            self, "comparison", figures,
            {name: (ending, partial(table, write)) for name, (ending, write) in WRITERS.items()},
        )
        menu = self.addMenu(self.tr("Accuracy against cost"))
        menu.setObjectName("export_costs")
        self._fill(menu, "cost", {self.tr("accuracy against cost"): costs.plot}, {
            name: (ending, lambda write=write: write(costs.curves(), costs.kind()))
            for name, (ending, write) in CURVE_WRITERS.items()
        })
        self.aboutToShow.connect(lambda: menu.menuAction().setVisible(bool(costs.curves())))
        classes = self.addMenu(self.tr("Test images"))
        classes.setObjectName("export_images")
        figure = {self.tr("reliability"): images.plot}
        self._fill(classes, "classes", figure, {"CSV": ("csv", images.classes_csv)})
        self.aboutToShow.connect(
            lambda: classes.menuAction().setVisible(images.classes_csv() is not None)
        )

    def _fill(
        self, menu: QMenu, file: str, figures: Mapping[str, QWidget],
        tables: Mapping[str, tuple[str, Say]],
    ) -> None:
        prefix = "" if menu is self else f"{file}_"
        for name, (_, say) in tables.items():
            copy = menu.addAction(self.tr("Copy table as {0}").format(name))
            copy.setObjectName(f"copy_{prefix}{name}")
            copy.triggered.connect(partial(self._on_copy, name, say))
        menu.addSeparator()
        for name, (ending, say) in tables.items():
            save = menu.addAction(self.tr("Save table as {0}…").format(name))
            save.setObjectName(f"save_{prefix}{name}")
            save.triggered.connect(partial(self._on_save_table, name, f"{file}.{ending}", say))
        menu.addSeparator()
        for name, figure in figures.items():
            save = menu.addAction(self.tr("Save figure: {0}…").format(name))
            save.triggered.connect(partial(self._on_save_figure, figure))

    def _on_copy(self, name: str, say: Say, _: bool = False) -> None:
        text = say()
        if text is not None:
            QGuiApplication.clipboard().setText(text)
            self._context.messages.say(self.tr("Copied the table as {0}.").format(name))

    def _on_save_table(self, name: str, file: str, say: Say, _: bool = False) -> None:
        text = say()
        path = self._ask_for_file(file, f"{name} (*{Path(file).suffix})")
        if path and text is not None:
            self._context.jobs.run(
                lambda: save_text(path, text), lambda _: self._say_saved(path), owner=self
            )

    def _on_save_figure(self, figure: QWidget, _: bool = False) -> None:
        endings = " ".join(f"*.{ending}" for ending in FORMATS)
        path = self._ask_for_file("figure.svg", self.tr("Figures ({0})").format(endings))
        if path:
            try:
                save_figure(figure, path)
            except StudioError as error:
                self._context.messages.say(str(error), "bad")
            else:
                self._say_saved(path)

    def _say_saved(self, path: Path) -> None:
        self._context.messages.say(self.tr("Saved {0}.").format(path))

    def _ask_for_file(self, name: str, kinds: str) -> Path | None:
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Save"), name, kinds)
        return Path(path) if path else None
