"""A form drawn from a JSON Schema: that of a card, or of a part of the run specification."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from engine.spec.card import Card, Kind
from engine.spec.catalog import Catalog, check_options
from engine.spec.errors import SpecError
from engine.spec.options import Options, parse
from studio.forms.editors import Editor
from studio.forms.field import Field, fields_of
from studio.forms.names_editor import Offer, TeacherEditor
from studio.forms.option_row import Check, OptionRow
from studio.widgets.layout import cells


class SchemaForm(QWidget):
    """An editor per option, with unit, range, reset and, where a value cannot be, the reason.

    Signals:
        edited: the user changed a value.
    """

    edited = Signal()

    def __init__(
        self, schema: Mapping[str, Any], check: Check, *, leave_out: Sequence[str] = (),
        folders: Sequence[str] = (), cards: Mapping[str, Sequence[Card]] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Draw the form.

        Args:
            schema: of an object, as pydantic writes it.
            check: raises SpecError on a table of values that cannot be.
            leave_out: options that are edited elsewhere.
            folders: options whose text is a folder.
            cards: for options that name catalogue entries, those that there are.
            parent: owner.
        """
        super().__init__(parent)
        self._check = check
        grid = cells(self, (8, 4), stretched=2)
        self._rows: dict[str, OptionRow] = {}
        for field in fields_of(schema):
            if field.name not in leave_out:
                shown = replace(field, kind="folder") if field.name in folders else field
                row = OptionRow(shown, grid, check, (cards or {}).get(field.name, ()))
                row.changed_by_user = self._on_edited
                self._rows[field.name] = row
        self._refresh()

    def is_empty(self) -> bool:
        """Whether there is nothing to set."""
        return not self._rows

    def values(self) -> dict[str, Any]:
        """The options that were changed, by name; those that do not matter now are left out."""
        return {
            name: row.value() for name, row in self._rows.items()
            if row.is_relevant and row.is_modified() and row.problem() is None
        }

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show values; every option that is not named goes back to its default."""
        for name, row in self._rows.items():
            row.set_value(values.get(name, row.field.default))
        self._refresh()

    def problem(self) -> str | None:
        """Why the form cannot be used as it is, in one line, or None."""
        for row in self._rows.values():
            reason = row.problem() if row.is_relevant else None
            if reason:
                return f"{row.field.label}: {reason}"
        try:
            self._check(self.values())
        except SpecError as error:
            return str(error)
        return None

    def mark(self, reasons: Mapping[str, str]) -> None:
        """Show beneath options why the rest of the run does not take them, and beneath no others.

        Args:
            reasons: by the option's name; names of no option here are passed over.
        """
        for name, row in self._rows.items():
            row.refused = reasons.get(name, "")
            row.refresh()

    def first_marked(self) -> Editor | None:
        """The first editor beneath which a reason is shown."""
        marked = (row.editor for row in self._rows.values() if not row.error.isHidden())
        return next(marked, None)

    def editor(self, name: str) -> Editor:
        """The editor of one option."""
        return self._rows[name].editor

    def offer_teachers(self, offers: Sequence[Offer]) -> None:
        """Offer these runs where a teacher is named."""
        for row in self._rows.values():
            if isinstance(row.editor, TeacherEditor):
                row.editor.offer(offers)

    def reason(self, name: str) -> str:
        """What is shown beneath an option, empty while its value can be."""
        return self._rows[name].error.text()

    def _on_edited(self) -> None:
        self._refresh()
        self.edited.emit()

    def _refresh(self) -> None:
        for row in self._rows.values():
            row.show_when(self._is_relevant(row.field))
            row.say_needed(self._lacking(row.field))
            row.refresh()

    def _is_relevant(self, field: Field) -> bool:
        rules = field.visible_when.items()
        return all(self._rows[name].value_or_none() in values for name, values in rules)

    def _lacking(self, field: Field) -> str:
        """What an option needs to have an effect, such as "β > 0"; empty while it has one."""
        weight = self._rows.get(field.needs)
        if weight is None or weight.value_or_none() != 0:
            return ""
        title = weight.field.label
        symbol = title.split()[-1]
        return f"{symbol if len(symbol) == 1 else title} > 0"


def form_of_card(
    card: Card, catalog: Catalog | None = None, parent: QWidget | None = None
) -> SchemaForm:
    """The form of a card's options; `catalog` has the entries that some of them name."""
    # "Neither this nor null" explains nothing: only what is set is checked, and against "this".
    strict = card.model_copy(update={"options": _without_null(card.options)})
    known = catalog or Catalog([])
    kinds: dict[str, Kind] = {
        name: part["card"] for name, part in card.options.get("properties", {}).items()
        if "card" in part and known.all(part["card"])
    }

    def check(values: dict[str, Any]) -> None:
        given = {name: value for name, value in values.items() if value is not None}
        check_options(strict, given)
        for name in kinds.keys() & given.keys():
            named = given[name]
            for entry in named if isinstance(named, list) else [named]:
                known.card(kinds[name], entry)

    cards = {name: known.all(kind) for name, kind in kinds.items()}
    return SchemaForm(card.options, check, cards=cards, parent=parent)


def form_of_model(
    model: type[Options], where: str, *, leave_out: Sequence[str] = (),
    folders: Sequence[str] = (), parent: QWidget | None = None,
) -> SchemaForm:
    """The form of a part of the run specification, for example `TrainingSpec`."""
    return SchemaForm(
        model.model_json_schema(), lambda values: parse(model, values, where),
        leave_out=leave_out, folders=folders, parent=parent,
    )


def _without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for name, part in schema.get("properties", {}).items():
        value_of = [branch for branch in part.get("anyOf", []) if branch.get("type") != "null"]
        rest = {key: value for key, value in part.items() if key != "anyOf"}
        properties[name] = {**rest, **value_of[0]} if len(value_of) == 1 else part
    return {**schema, "properties": properties}
