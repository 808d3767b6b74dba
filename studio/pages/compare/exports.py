"""What can be taken away from a comparison: its tables as text, its figures as files."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from engine.analysis.tables import comparison_table
from engine.spec.errors import StudioError
from studio.pages.compare.cost_section import CostSection
from studio.pages.compare.curves_section import CurvesSection
from studio.pages.compare.images_section import ImagesSection
from studio.pages.compare.settings_table import SettingsSection
from studio.pages.compare.study import Study
from studio.pages.compare.tradeoff_section import TradeoffSection
from studio.report.figure import FORMATS, draw_figure
from studio.report.text import WRITERS, Tell, save
from studio.state.commands import Command
from studio.state.context import Context


@dataclass(frozen=True)
class Part:
    """A part of the page that has a table, and perhaps a figure.

    Attributes:
        name: as in the ids of its commands.
        title: as a user reads it within a sentence.
        table: its table; None while there is nothing to say.
        figure: lends what it draws, as it is on paper.
    """

    name: str
    title: str
    table: Callable[[], Tell | None]
    figure: Callable[[], AbstractContextManager[QWidget]] | None = None


class ExportMenu(QMenu):
    """Every table of the page to copy or to save, in every form, and every figure.

    Each is a command, too. The verdict stands in the menu itself, the others in menus of their
    own, which are seen while there is something to say.
    """

    def __init__(
        self, context: Context, study: Callable[[], Study | None], curves: CurvesSection,
        settings: SettingsSection, tradeoff: TradeoffSection, costs: CostSection,
        images: ImagesSection, parent: QWidget,
    ) -> None:
        """Make the menu.

        Args:
            context: where files are written, and who tells of it.
            study: what is shown now.
            curves: how the variants came to where they are.
            settings: in what they differ.
            tradeoff: accuracy against price.
            costs: accuracy against cost.
            images: what is said of single images; read when the menu is opened.
            parent: owner.
        """
        super().__init__(parent)
        self._context, self._study, self._images = context, study, images
        tells = {name: partial(images.table, name) for name in (
            "flips", "classes", "confusion", "calibration", "peers"
        )}
        verdict, *parts = (
            Part("verdict", self.tr("comparison"), self._comparison),
            Part("curves", self.tr("curves"), curves.table, curves.plot.on_paper),
            Part("settings", self.tr("settings that differ"), settings.table),
            Part("price", self.tr("accuracy against price"), tradeoff.table,
                 tradeoff.plot.on_paper),
            Part("cost", self.tr("accuracy against cost"), costs.table,
                 lambda: costs.plot.on_paper()),
            Part("flips", self.tr("flips"), tells["flips"]),
            Part("classes", self.tr("accuracy by class"), tells["classes"]),
            Part("confusion", self.tr("confusion difference"), tells["confusion"],
                 images.matrix_on_paper),
            Part("calibration", self.tr("calibration"), tells["calibration"],
                 lambda: images.plot.on_paper()),
            Part("peers", self.tr("peers"), tells["peers"]),
        )
        self._add(self, verdict)
        self.addSeparator()
        self._menus = [(part, self._part_menu(part)) for part in parts]
        self.aboutToShow.connect(self._on_open)
        images.was_read.connect(self._on_read)

    # ---- building

    def _part_menu(self, part: Part) -> QMenu:
        menu = self.addMenu(part.title[:1].upper() + part.title[1:])
        menu.setObjectName(f"export_{part.name}")
        self._add(menu, part)
        return menu

    def _add(self, menu: QMenu, part: Part) -> None:
        for form, (ending, _) in WRITERS.items():
            self._command(menu, part, f"copy_{ending}", self.tr("Copy {0} as {1}").format(
                part.title, form), partial(self._on_copy, part, form))
        menu.addSeparator()
        for form, (ending, _) in WRITERS.items():
            self._command(menu, part, ending, self.tr("Save {0} as {1}…").format(
                part.title, form), partial(self._on_save_table, part, form))
        if part.figure is not None:
            menu.addSeparator()
            self._command(menu, part, "figure", self.tr("Save figure: {0}…").format(part.title),
                          partial(self._on_save_figure, part))

    def _command(
        self, menu: QMenu, part: Part, form: str, text: str, act: Callable[[], None]
    ) -> None:
        menu.addAction(self._context.commands.add(Command(
            f"compare.export.{part.name}.{form}", text, "", act, partial(self._why_not, part)
        )))

    def _why_not(self, part: Part) -> str | None:
        if self._study() is None:
            return self.tr("Choose runs to compare first")
        if part.table() is not None:
            return None
        return self.tr("This comparison has nothing of it")

    def _comparison(self) -> Tell | None:
        study = self._study()
        return partial(comparison_table, study.comparison, study.pairs) if study else None

    # ---- what is heard

    def _on_open(self) -> None:
        self._images.look()
        self._on_read()

    def _on_read(self) -> None:
        self._context.commands.refresh()
        for part, menu in self._menus:
            menu.menuAction().setVisible(self._why_not(part) is None)

    def _on_copy(self, part: Part, form: str) -> None:
        def copy(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            self._context.messages.say(self.tr("Copied the table as {0}.").format(form))

        tell = part.table()
        if tell is not None:
            write = WRITERS[form][1]
            self._context.jobs.run(lambda: write(tell()), copy, owner=self)

    def _on_save_table(self, part: Part, form: str) -> None:
        ending, write = WRITERS[form]
        tell = part.table()
        path = self._ask_for_file(f"{part.name}.{ending}", f"{form} (*.{ending})")
        if path and tell is not None:
            self._save(path, lambda: write(tell()))

    def _on_save_figure(self, part: Part) -> None:
        figure = part.figure
        endings = " ".join(f"*.{ending}" for ending in FORMATS)
        path = self._ask_for_file(f"{part.name}.svg", self.tr("Figures ({0})").format(endings))
        if path and figure is not None:
            try:
                with figure() as shown:
                    drawn = draw_figure(shown, path.suffix)
            except StudioError as error:
                self._context.messages.say(str(error), "bad")
            else:
                self._save(path, lambda: drawn)

    def _save(self, path: Path, make: Callable[[], str | bytes]) -> None:
        """Make a file off the GUI thread, and tell that it is there."""
        self._context.jobs.run(
            lambda: save(path, make()), lambda _: self._say_saved(path), owner=self
        )

    def _say_saved(self, path: Path) -> None:
        self._context.messages.say(self.tr("Saved {0}.").format(path))

    def _ask_for_file(self, name: str, kinds: str) -> Path | None:
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Save"), name, kinds)
        return Path(path) if path else None
