"""A form drawn from a JSON Schema: that of a card, or of a part of the run specification."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from engine.spec.card import Card, Kind
from engine.spec.catalog import Catalog, check_options
from engine.spec.errors import SpecError
from engine.spec.options import Options, parse
from studio.forms.editors import Editor
from studio.forms.field import Field, fields_of
from studio.forms.names_editor import Offer, TeacherEditor, editor_of
from studio.item_models.wording import brief
from studio.widgets.layout import cells

Check = Callable[[dict[str, Any]], object]

_translate = QCoreApplication.translate


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
        self._rows: dict[str, _Row] = {}
        for field in fields_of(schema):
            if field.name not in leave_out:
                shown = replace(field, kind="folder") if field.name in folders else field
                row = _Row(shown, grid, check, (cards or {}).get(field.name, ()))
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

    def reset_button(self, name: str) -> QToolButton:
        """The dot that says an option was changed, and puts it back."""
        return self._rows[name].reset

    def _on_edited(self) -> None:
        self._refresh()
        self.edited.emit()

    def _refresh(self) -> None:
        for row in self._rows.values():
            row.show_when(self._is_relevant(row.field))
            row.refresh()

    def _is_relevant(self, field: Field) -> bool:
        rules = field.visible_when.items()
        return all(self._rows[name].value_or_none() in values for name, values in rules)


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


class _Row:
    """Label, editor, unit and range, reset dot, and the reason beneath: one option of the grid."""

    def __init__(
        self, field: Field, grid: QGridLayout, check: Check, cards: Sequence[Card]
    ) -> None:
        self.field = field
        self.is_relevant = True
        self.changed_by_user: Callable[[], None] = lambda: None
        self._check = check
        self.label = QLabel(field.label)
        self.editor = editor_of(field, cards)
        self.reset = QToolButton()
        self.error = QLabel()
        self._hint = QLabel(" ".join(filter(None, (field.limits, field.unit))))
        self._dress()
        self._place(grid)
        self.set_value(field.default)

    def _dress(self) -> None:
        name, tip = self.field.name, _tooltip(self.field)
        self.editor.setObjectName(f"option_{name}")
        self.editor.control.setObjectName(f"editor_{name}")
        self.editor.control.setAccessibleName(self.field.label)
        self.editor.control.setAccessibleDescription(self.field.help)
        self.editor.edited.connect(self._on_edited)
        self.label.setBuddy(self.editor.control)
        for widget in (self.label, self.editor.control, self._hint):
            widget.setToolTip(tip)
        self._hint.setProperty("role", "caption")
        self.error.setProperty("role", "error")
        self.error.setWordWrap(True)
        self.error.hide()
        self.reset.setText("●")
        self.reset.setAutoRaise(True)
        self.reset.setObjectName(f"reset_{name}")
        self.reset.setProperty("role", "dot")
        text = _translate("SchemaForm", "Changed; click to go back to the default")
        self.reset.setToolTip(", ".join(filter(None, (text, _shown(self.field.default)))))
        self.reset.setAccessibleName(_translate("SchemaForm", "Reset {0}").format(self.field.label))
        self.reset.clicked.connect(self._on_reset)

    def _place(self, grid: QGridLayout) -> None:
        at = grid.rowCount()
        grid.addWidget(self.label, at, 0)
        grid.addWidget(self.error, at + 1, 1, 1, 2, Qt.AlignmentFlag.AlignTop)
        if self.field.needs_room:
            self.editor.add(self._hint)
            self.editor.add(self.reset)
            grid.addWidget(self.editor, at, 1, 1, 2)
            return
        beside = QHBoxLayout()
        beside.setSpacing(4)
        beside.addWidget(self._hint)
        beside.addStretch()
        beside.addWidget(self.reset)
        grid.addWidget(self.editor, at, 1)
        grid.addLayout(beside, at, 2)

    def value(self) -> Any:
        """What is in the editor; raises ValueError as the editor does."""
        value = self.editor.value()
        default = self.field.default
        # 1 and 1.0 are the same number to a user; the spec's digest must think so too.
        return default if default is not None and value == default else value

    def value_or_none(self) -> Any:
        """What is in the editor, None if it is nothing usable."""
        try:
            return self.value()
        except ValueError:
            return None

    def set_value(self, value: Any) -> None:
        self.editor.set_value(value)

    def is_modified(self) -> bool:
        try:
            return self.value() != self.field.default
        except ValueError:
            return True

    def problem(self) -> str | None:
        """Why the value cannot be."""
        try:
            value = self.value()
        except ValueError as error:
            return str(error)
        if not self.is_modified():
            return self.editor.needed or None
        try:
            self._check({self.field.name: value})
        except SpecError as error:
            return _without_key(str(error), self.field.name, value)
        return None

    def show_when(self, relevant: bool) -> None:
        self.is_relevant = relevant
        for widget in (self.label, self.editor, self._hint):
            widget.setVisible(relevant)
        policy = QSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        policy.setRetainSizeWhenHidden(relevant)  # nothing moves when a value is changed
        self.reset.setSizePolicy(policy)

    def refresh(self) -> None:
        reason, modified = self.problem(), self.is_modified()
        self.reset.setVisible(modified and self.is_relevant)
        self.error.setText(brief(reason or ""))
        self.error.setToolTip(reason or "")
        self.error.setVisible(bool(reason) and self.is_relevant)
        control = self.editor.control
        control.setProperty("default", not modified)
        control.setProperty("invalid", bool(reason))
        control.style().polish(control)

    def _on_edited(self) -> None:
        self.changed_by_user()

    def _on_reset(self) -> None:
        self.set_value(self.field.default)
        self.editor.setFocus()
        self.changed_by_user()


def _without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for name, part in schema.get("properties", {}).items():
        value_of = [branch for branch in part.get("anyOf", []) if branch.get("type") != "null"]
        rest = {key: value for key, value in part.items() if key != "anyOf"}
        properties[name] = {**rest, **value_of[0]} if len(value_of) == 1 else part
    return {**schema, "properties": properties}


def _without_key(message: str, name: str, value: Any) -> str:
    """The reason alone: the label already says which option it is about."""
    _, found, reason = message.partition(f"{name} = {value!r}")
    return reason.lstrip(": ") if found else message


def _tooltip(field: Field) -> str:
    lines = [f"<b>{escape(field.name)}</b>", escape(field.help)]
    if default := _shown(field.default):
        lines.append(escape(_translate("SchemaForm", "Default: {0}").format(default)))
    if field.source:
        lines.append(f"<i>{escape(field.source)}</i>")
    return "<br>".join(filter(None, lines))


def _shown(value: Any) -> str:
    if value is None:
        return _translate("SchemaForm", "not set")
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_shown, value))
    return format(value, ".12g") if isinstance(value, float) else str(value)
