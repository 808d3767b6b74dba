"""The options of everything that is picked, and the recipe: forms drawn from the cards."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QFrame, QScrollArea, QVBoxLayout, QWidget

from engine.spec.catalog import Catalog
from engine.spec.errors import OptionError, StudioError
from engine.spec.rows import RunRow
from engine.spec.run_spec import TrainingSpec
from engine.spec.spec_file import Table
from studio.forms.from_schema import form_of_model
from studio.forms.names_editor import offers_of_runs
from studio.pages.compose.draft import ALTERNATIVES, PARTS, Part
from studio.pages.compose.part_section import PartSection, PickActions
from studio.widgets.section import Section

_BENEATH = 100  # pixels, so that the reason beneath an option is seen with it
_SHOWN: tuple[Part, ...] = ("method", "regularizer", "backbone", "dataset")


class OptionsPanel(QScrollArea):
    """Sections in two columns, or one where that is narrow: the recipe, and one for each pick.

    Signals:
        edited: an option was changed, or a pick was duplicated or removed.
        aimed: commands act on another pick now: see `duplicate` and `remove`.
    """

    edited = Signal()
    aimed = Signal()

    def __init__(self, actions: PickActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self._current: PartSection | None = None
        self._catalog = Catalog([])
        self._sections: dict[Part, list[PartSection]] = {part: [] for part in PARTS}
        self._runs: Sequence[RunRow] = ()
        self._page = QWidget()
        self._page.setProperty("role", "page")
        self.setWidget(self._page)
        recipe = Section(self.tr("Recipe, the same for every method"), self._page)
        self.training_form = form_of_model(TrainingSpec, "training", parent=recipe)
        self.training_form.edited.connect(self.edited)
        recipe.body.addWidget(self.training_form)
        self._left, self._right = QVBoxLayout(), QVBoxLayout()
        self._left.addWidget(recipe)
        self._left.addStretch(1)
        self._right.setSpacing(8)
        self._right.addStretch(1)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._page)
        self._columns.setContentsMargins(0, 0, 4, 0)
        self._columns.setSpacing(8)
        self._columns.addLayout(self._left, 1)
        self._columns.addLayout(self._right, 1)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it has it
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the columns below each other where they would be cut off."""
        super().resizeEvent(event)
        self._fit()

    def set_catalog(self, catalog: Catalog) -> None:
        """Draw the forms anew from another catalogue, with the values they had.

        Where they would be the same they stay: somebody may be writing in them.
        """
        same = _forms(catalog) == _forms(self._catalog)
        self._catalog = catalog
        if same:
            return
        before = {part: self.tables(part) for part in PARTS}
        for part in PARTS:
            self.set_tables(part, before[part])

    def set_tables(self, part: Part, tables: Sequence[Table]) -> None:
        """Show the options of these picks; names that the catalogue lacks are passed over."""
        for section in self._sections[part]:
            self._drop(section)
        known = {card.name for card in self._catalog.all(part)}
        self._sections[part] = [
            self._new_section(part, table) for table in tables if table["name"] in known
        ]
        self._arrange()

    def set_names(self, part: Part, names: Sequence[str]) -> None:
        """Keep the sections of these names, add what is missing, drop the rest."""
        kept: list[PartSection] = []
        for section in self._sections[part]:
            if section.card.name in names:
                kept.append(section)
            else:
                self._drop(section)
        there = {section.card.name for section in kept}
        new = [self._new_section(part, {"name": name}) for name in names if name not in there]
        self._sections[part] = kept + new
        self._arrange()

    def set_runs(self, rows: Iterable[RunRow]) -> None:
        """Offer the completed ones on what is picked as teachers."""
        self._runs = tuple(rows)
        self._offer_teachers()

    def set_training(self, values: Mapping[str, Any]) -> None:
        """Show a recipe."""
        self.training_form.set_values(values)

    def tables(self, part: Part) -> tuple[Table, ...]:
        """The picks of a part as tables of a spec file."""
        return tuple(section.table() for section in self._sections[part])

    def sections(self, part: Part) -> list[PartSection]:
        """The sections of a part, one per pick."""
        return list(self._sections[part])

    def problem(self) -> str | None:
        """Why the options cannot be used as they are."""
        reason = self.training_form.problem()
        if reason:
            return self.tr("Recipe: {0}").format(reason)
        reasons = (section.problem() for section in self._every_section())
        return next(filter(None, reasons), None)

    def mark(self, error: StudioError | None) -> None:
        """Show what the error is about at the option that is to blame, and at no other."""
        blame = error if isinstance(error, OptionError) else None
        for section in self._every_section():
            section.mark(blame if blame and section.is_of(blame.part, blame.chosen) else None)

    def go_to_problem(self) -> None:
        """Show the first option beneath which a reason stands, and let it be written in."""
        forms = [self.training_form]
        forms += [form for section in self._every_section() for form in section.forms()]
        editor = next(filter(None, (form.first_marked() for form in forms)), None)
        if editor is not None:
            self.ensureWidgetVisible(editor, 0, _BENEATH)
            editor.setFocus()

    def _new_section(self, part: Part, table: Table) -> PartSection:
        section = PartSection(part, table["name"], self._catalog, self._actions, self._page)
        section.set_table(table)
        section.edited.connect(self.edited)
        section.aimed.connect(lambda: self._aim(section))
        return section

    def _aim(self, section: PartSection | None) -> None:
        self._current = section
        self.aimed.emit()

    def _arrange(self) -> None:
        """Put the sections in order, picks of one name beside each other and numbered."""
        at = 0
        for part in _SHOWN:
            sections = self._sections[part]
            names = [section.card.name for section in sections]
            for index, section in enumerate(sections):
                name = names[index]
                section.number(names[:index].count(name), names.count(name))
                self._right.insertWidget(at, section)
                section.setVisible(not section.is_empty())
                at += 1
        self._offer_teachers()
        self._fit()

    def _offer_teachers(self) -> None:
        datasets = {section.card.name for section in self._sections["dataset"]}
        offers = offers_of_runs(self._runs, datasets)
        for section in self._every_section():
            section.form.offer_teachers(offers)

    def _every_section(self) -> list[PartSection]:
        return [section for part in PARTS for section in self._sections[part]]

    def _fit(self) -> None:
        margins = self._columns.contentsMargins()
        beside = self._columns.spacing() + margins.left() + margins.right()
        needed = self._left.minimumSize().width() + self._right.minimumSize().width() + beside
        fits = needed <= self.viewport().width()
        direction = QBoxLayout.Direction
        self._columns.setDirection(direction.LeftToRight if fits else direction.TopToBottom)

    def _on_focus(self, _: QWidget | None, now: QWidget | None) -> None:
        """The commands act on the pick whose options the user is at."""
        for section in self._every_section():
            if now is not None and section.isAncestorOf(now) and section is not self._current:
                self._aim(section)

    def _duplicable(self) -> PartSection | None:
        """The pick that the user is at; while at none, the only one that can be duplicated."""
        able = [s for part in ALTERNATIVES for s in self._sections[part] if not s.is_empty()]
        if self._current is not None:
            return self._current if self._current in able else None
        return able[0] if len(able) == 1 else None

    def why_no_duplicate(self) -> str | None:
        """Why nothing can be picked once more."""
        return None if self._duplicable() else self.tr(
            "Go to the options of a backbone, method or dataset first"
        )

    def why_no_removal(self) -> str | None:
        """Why nothing can be taken away."""
        if self._current is not None and self._current.is_extra:
            return None
        return self.tr("Go to options that were added first")

    def duplicate(self) -> None:
        """Pick what the user is at once more."""
        section = self._duplicable()
        assert section is not None
        sections = self._sections[section.part]
        copy = self._new_section(section.part, section.table())
        sections.insert(sections.index(section) + 1, copy)
        self._arrange()
        copy.form.setFocus()
        self.edited.emit()

    def remove(self) -> None:
        """Take the options away that the user is at."""
        section = self._current
        assert section is not None
        self._sections[section.part].remove(section)
        self._drop(section)
        self._arrange()
        self.edited.emit()

    def _drop(self, section: PartSection) -> None:
        if section is self._current:
            self._aim(None)
        section.hide()
        self._right.removeWidget(section)
        section.deleteLater()


def _forms(catalog: Catalog) -> list[tuple[str, str, dict[str, Any]]]:
    """What the forms depend on."""
    cards = (card for part in PARTS for card in catalog.all(part))
    return [(card.name, card.title, card.options) for card in cards]
