"""What can be taken away from a comparison: its tables as text, its figures as files."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from engine.spec.errors import StudioError
from studio.pages.compare.cost_section import CostSection
from studio.pages.compare.images_section import ImagesSection
from studio.pages.compare.plots import Plot
from studio.pages.compare.study import Study
from studio.pages.compare.tradeoff_section import TradeoffSection
from studio.report.cost_text import CURVE_WRITERS
from studio.report.figure import FORMATS, save_figure
from studio.report.price_text import PRICE_WRITERS
from studio.report.text import WRITERS, save_text
from studio.state.commands import Command
from studio.state.context import Context

Say = Callable[[], str | None]
"""Writes what is shown now; None where there is nothing."""


class ExportMenu(QMenu):
    """Copy and save; what concerns the comparison as a whole are commands, too."""

    def __init__(
        self, context: Context, study: Callable[[], Study | None], curves: Plot,
        tradeoff: TradeoffSection, costs: CostSection, images: ImagesSection, parent: QWidget,
    ) -> None:
        """Make the menu.

        Args:
            context: where files are written, and who tells of it.
            study: what is shown now.
            curves: the figure of them.
            tradeoff: accuracy against price.
            costs: accuracy against cost, which has a menu of its own while there is any.
            images: what is said of single images, likewise.
            parent: owner.
        """
        super().__init__(parent)
        self._context, self._study = context, study
        for name, (ending, write) in WRITERS.items():
            say = partial(self._table, write)
            self._command(
                f"copy_{ending}", self.tr("Copy comparison as {0}").format(name),
                partial(self._on_copy, name, say),
            )
        self.addSeparator()
        for name, (ending, write) in WRITERS.items():
            say = partial(self._table, write)
            self._command(
                f"save_{ending}", self.tr("Save comparison as {0}…").format(name),
                partial(self._on_save_table, name, f"comparison.{ending}", say),
            )
        self.addSeparator()
        self._command(
            "save_curves", self.tr("Save figure: curves…"), partial(self._on_save_figure, curves)
        )
        self._command(
            "save_tradeoff", self.tr("Save figure: accuracy against price…"),
            partial(self._on_save_figure, tradeoff.plot),
        )
        self.addSeparator()
        self._add_parts(tradeoff, costs, images)

    def _add_parts(
        self, tradeoff: TradeoffSection, costs: CostSection, images: ImagesSection
    ) -> None:
        """A menu for each part that has a table of its own, seen while there is one."""
        self._part("price", self.tr("Accuracy against price"), {
            name: (ending, lambda write=write: (
                write(table) if (table := tradeoff.table()) else None
            ))
            for name, (ending, write) in PRICE_WRITERS.items()
        })
        self._part("cost", self.tr("Accuracy against cost"), {
            name: (ending, lambda write=write: (
                write(costs.curves(), costs.kind()) if costs.curves() else None
            ))
            for name, (ending, write) in CURVE_WRITERS.items()
        }, {self.tr("accuracy against cost"): costs.plot})
        self._part(
            "classes", self.tr("Test images: classes"), {"CSV": ("csv", images.classes_csv)},
            {self.tr("reliability"): images.plot},
        )
        self._part("peers", self.tr("Test images: peers"), {"CSV": ("csv", images.peers_csv)})

    def _part(
        self, name: str, title: str, tables: Mapping[str, tuple[str, Say]],
        figures: Mapping[str, Plot] | None = None,
    ) -> None:
        menu = self.addMenu(title)
        menu.setObjectName(f"export_{name}")
        for form, (_, say) in tables.items():
            self._action(menu, f"copy_{name}_{form}", self.tr("Copy table as {0}").format(form),
                         partial(self._on_copy, form, say))
        menu.addSeparator()
        for form, (ending, say) in tables.items():
            self._action(menu, f"save_{name}_{form}", self.tr("Save table as {0}…").format(form),
                         partial(self._on_save_table, form, f"{name}.{ending}", say))
        for what, figure in (figures or {}).items():
            self._action(menu, f"save_{name}_figure", self.tr("Save figure: {0}…").format(what),
                         partial(self._on_save_figure, figure))
        _, say = next(iter(tables.values()))
        self.aboutToShow.connect(lambda: menu.menuAction().setVisible(say() is not None))

    def _action(self, menu: QMenu, name: str, text: str, act: Callable[[], None]) -> QAction:
        action = menu.addAction(text)
        action.setObjectName(name)
        action.triggered.connect(lambda _: act())
        return action

    def _command(self, name: str, text: str, act: Callable[[], None]) -> None:
        self.addAction(self._context.commands.add(
            Command(f"compare.{name}", text, "", act, self._why_not)
        ))

    def _why_not(self) -> str | None:
        if self._study() is not None:
            return None
        return self.tr("Choose runs to compare first")

    def _table(self, write: Callable[..., str]) -> str | None:
        study = self._study()
        return write(study.comparison, study.pairs) if study is not None else None

    def _on_copy(self, name: str, say: Say) -> None:
        text = say()
        if text is not None:
            QGuiApplication.clipboard().setText(text)
            self._context.messages.say(self.tr("Copied the table as {0}.").format(name))

    def _on_save_table(self, name: str, file: str, say: Say) -> None:
        text = say()
        path = self._ask_for_file(file, f"{name} (*{Path(file).suffix})")
        if path and text is not None:
            self._context.jobs.run(
                lambda: save_text(path, text), lambda _: self._say_saved(path), owner=self
            )

    def _on_save_figure(self, figure: Plot) -> None:
        endings = " ".join(f"*.{ending}" for ending in FORMATS)
        path = self._ask_for_file("figure.svg", self.tr("Figures ({0})").format(endings))
        if path:
            try:
                with figure.on_paper():
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
