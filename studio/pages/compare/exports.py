"""What can be taken away from a comparison: its table as text, its figures as files."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from engine.analysis.compare import Comparison
from engine.spec.errors import StudioError
from studio.report.figure import FORMATS, save_figure
from studio.report.text import WRITERS, save_text
from studio.state.context import Context


class ExportMenu(QMenu):
    """Copy and save."""

    def __init__(
        self, context: Context, comparison: Callable[[], Comparison | None],
        figures: dict[str, QWidget], parent: QWidget,
    ) -> None:
        """Make the menu.

        Args:
            context: where files are written, and who tells of it.
            comparison: what is shown now.
            figures: plots by what they are called.
            parent: owner.
        """
        super().__init__(parent)
        self._context, self._comparison = context, comparison
        for name in WRITERS:
            copy = self.addAction(self.tr("Copy table as {0}").format(name))
            copy.setObjectName(f"copy_{name}")
            copy.triggered.connect(partial(self._on_copy, name))
        self.addSeparator()
        for name in WRITERS:
            save = self.addAction(self.tr("Save table as {0}…").format(name))
            save.triggered.connect(partial(self._on_save_table, name))
        self.addSeparator()
        for name, figure in figures.items():
            save = self.addAction(self.tr("Save figure: {0}…").format(name))
            save.triggered.connect(partial(self._on_save_figure, figure))

    def _on_copy(self, name: str, _: bool = False) -> None:
        comparison = self._comparison()
        if comparison is not None:
            QGuiApplication.clipboard().setText(WRITERS[name][1](comparison))
            self._context.messages.say(self.tr("Copied the table as {0}.").format(name))

    def _on_save_table(self, name: str, _: bool = False) -> None:
        ending, write = WRITERS[name]
        comparison = self._comparison()
        path = self._ask_for_file(f"comparison.{ending}", f"{name} (*.{ending})")
        if path and comparison is not None:
            text = write(comparison)
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
