"""One option of a form: label, editor, unit and range, reset dot, and the reason beneath."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton

from engine.spec.card import Card
from engine.spec.errors import SpecError
from studio.forms.field import Field
from studio.forms.names_editor import editor_of
from studio.item_models.wording import brief
from studio.widgets.labels import label

Check = Callable[[dict[str, Any]], object]

_MOST_LETTERS = 240  # of a reason, which wraps
_translate = QCoreApplication.translate


class OptionRow:
    """One option in the grid of a form.

    Args:
        field: the option.
        grid: the form's; the row is put below the others.
        check: raises SpecError on a table of values that cannot be.
        cards: those that its value can name.

    Attributes:
        is_relevant: whether it is shown and said.
        refused: why the rest of the run does not take the value, or empty.
        changed_by_user: called after a change.
    """

    def __init__(
        self, field: Field, grid: QGridLayout, check: Check, cards: Sequence[Card]
    ) -> None:
        self.field = field
        self.is_relevant = True
        self.refused = ""
        self.changed_by_user: Callable[[], None] = lambda: None
        self._check = check
        self.label = QLabel(field.label)
        self.editor = editor_of(field, cards)
        self.reset = QToolButton()
        self.error = label("", "error", wrap=True)
        self.error.hide()
        self._hint = label("", "caption")
        self._dress()
        self._place(grid)
        self.say_needed("")
        self.set_value(field.default)

    def _dress(self) -> None:
        name, tip = self.field.name, _tooltip(self.field)
        self.editor.setObjectName(f"option_{name}")
        self.editor.control.setObjectName(f"editor_{name}")
        self.editor.control.setAccessibleName(self.field.label)
        self.editor.edited.connect(self._on_edited)
        self.label.setBuddy(self.editor.control)
        for widget in (self.label, self.editor.control, self._hint):
            widget.setToolTip(tip)
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
        beside.addWidget(self.reset)
        beside.addWidget(self._hint)
        beside.addStretch()
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
        """Show a value."""
        self.editor.set_value(value)

    def is_modified(self) -> bool:
        """Whether it is not the default."""
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
        """Show or hide it."""
        self.is_relevant = relevant
        for widget in (self.label, self.editor, self._hint):
            widget.setVisible(relevant)
        policy = QSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        policy.setRetainSizeWhenHidden(relevant)  # nothing moves when a value is changed
        self.reset.setSizePolicy(policy)

    def say_needed(self, needed: str) -> None:
        """Say what it needs to have an effect, such as "β > 0", in place of its range."""
        field = self.field
        text = " ".join(filter(None, (field.limits, field.unit)))
        if needed:
            text = _translate("SchemaForm", "needs {0}").format(needed)
        self._hint.setText(text)
        self.editor.control.setAccessibleDescription(
            f"{field.help} ({text})" if needed else field.help
        )
        self.label.setProperty("role", "muted" if needed else "")
        self.label.style().polish(self.label)

    def refresh(self) -> None:
        """Show whether it was changed, and why its value cannot be."""
        reason, modified = self.problem() or self.refused, self.is_modified()
        self.reset.setVisible(modified and self.is_relevant)
        self.error.setText(brief(reason, _MOST_LETTERS))
        self.error.setToolTip(reason)
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
