"""The options of one picked backbone, method, regularizer or dataset."""

from typing import Any, NamedTuple

from pydantic import BaseModel
from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from engine.spec.card import options_problem
from engine.spec.catalog import Catalog
from engine.spec.errors import OptionError
from engine.spec.options import parse
from engine.spec.run_spec import DatasetSpec
from engine.spec.spec_file import Table
from studio.forms.from_schema import SchemaForm, form_of_card, form_of_model
from studio.pages.compose.draft import ALTERNATIVES, Part
from studio.widgets.buttons import ItemButton
from studio.widgets.section import Section


class PickActions(NamedTuple):
    """Of the commands that pick something once more with other options, and take that away."""

    duplicate: QAction
    remove: QAction


class PartSection(Section):
    """Options of one pick. An alternative can be picked again, to be run with other options, too.

    Signals:
        edited: an option was changed.
        aimed: the commands of its buttons shall act on this pick.
    """

    edited = Signal()
    aimed = Signal()

    def __init__(
        self, part: Part, name: str, catalog: Catalog, actions: PickActions,
        parent: QWidget | None = None,
    ) -> None:
        """Show the options of a card.

        Args:
            part: what it is picked as.
            name: of its card.
            catalog: has the card, and those that its options name.
            actions: what its buttons do.
            parent: owner.

        Raises:
            SpecError: there is no such card.
        """
        card = catalog.card(part, name)
        super().__init__(card.title, parent)
        self.part: Part = part
        self.card = card
        self.setObjectName(f"options_{part}_{card.name}")
        self._spec_form: SchemaForm | None = None
        if part == "dataset":
            self._spec_form = form_of_model(
                DatasetSpec, "dataset", leave_out=("name", "options"), folders=("root",),
                parent=self,
            )
            self._add(self._spec_form)
        self.form = form_of_card(card, catalog, self)
        if self.form.is_empty():
            self.form.hide()
        else:
            self._add(self.form)
        self._add_buttons(actions)

    @property
    def spec_form(self) -> SchemaForm | None:
        """What every dataset has: folder, split and augmentation."""
        return self._spec_form

    def forms(self) -> list[SchemaForm]:
        """The forms that it holds, from the top."""
        return [form for form in (self._spec_form, self.form) if form is not None]

    def is_empty(self) -> bool:
        """Whether there is nothing to set."""
        return self._spec_form is None and self.form.is_empty()

    def table(self) -> Table:
        """The pick as a table of a spec file."""
        table: Table = {"name": self.card.name}
        if self._spec_form is not None:
            table |= self._spec_form.values()
        options = self.form.values()
        return {**table, "options": options} if options else table

    def set_table(self, table: Table) -> None:
        """Show a table."""
        options: dict[str, Any] = table.get("options", {})
        self.form.set_values(options)
        if self._spec_form is not None:
            self._spec_form.set_values(table)

    def problem(self) -> str | None:
        """Why it cannot be used as it is."""
        reason = next(filter(None, (form.problem() for form in self.forms())), None)
        if reason is None:
            problem = options_problem(self.card, self.form.values())
            reason = problem.reason if problem else None
        return f"{self.card.title}: {reason}" if reason else None

    def is_of(self, part: str, chosen: object) -> bool:
        """Whether these are the options of a part of a run, such as its method."""
        if part != self.part or not isinstance(chosen, BaseModel):
            return False
        return parse(type(chosen), self.table(), part) == chosen

    def mark(self, error: OptionError | None) -> None:
        """Show beneath its option why a run refuses it, or that options do not go together."""
        problem = options_problem(self.card, self.form.values())
        reasons = {problem.option: problem.reason} if problem else {}
        if error is not None:
            reasons[error.option] = str(error).removeprefix(f"{self.card.title}: ")
        for form in self.forms():
            form.mark(reasons)

    def number(self, index: int, count: int) -> None:
        """Tell it from the other picks of the same name; the first of them stays."""
        self.set_title(self.card.title if count == 1 else f"{self.card.title} ({index + 1})")
        self._remove.setVisible(index > 0)

    def _add(self, form: SchemaForm) -> None:
        form.edited.connect(self.edited)
        self.body.addWidget(form)

    @property
    def is_extra(self) -> bool:
        """Whether another pick of the same name stands before it, so that it can go."""
        return not self._remove.isHidden()

    def _add_buttons(self, actions: PickActions) -> None:
        self._remove = ItemButton(
            actions.remove, self.aimed.emit, "close", self.tr("Remove these options"), self
        )
        self._remove.setObjectName("remove")
        self._remove.hide()
        if self.part in ALTERNATIVES:
            text = self.tr("Run {0} with other options as well").format(self.card.title)
            again = ItemButton(actions.duplicate, self.aimed.emit, "duplicate", text)
            again.setObjectName("duplicate")
            self.add_control(again)
            self.add_control(self._remove)
