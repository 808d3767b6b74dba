"""The file formats that can be ticked, each with its own options beneath."""

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from engine.spec.card import Card
from studio.forms.from_schema import SchemaForm, form_of_card
from studio.pages.export.model_file import not_installed
from studio.widgets.labels import label
from studio.widgets.layout import column, row

_INDENT = 24


class FormatList(QWidget):
    """A tick for every format that there is; one more file in the engine is one more tick here.

    Signals:
        changed: other formats are ticked, or an option of one was changed.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._formats: dict[str, _Format] = {}
        self._cards: list[Card] = []
        self._has_options = False
        self._column = column(self, spacing=4)

    def set_formats(self, cards: Iterable[Card]) -> None:
        """Offer formats, ticked those that most want, and last those that are not installed.

        Nothing moves while they stay the same.
        """
        if (offered := sorted(cards, key=lambda card: bool(card.install_line))) == self._cards:
            return
        self._cards = offered
        for shown in self._formats.values():
            shown.hide()
            shown.deleteLater()
        self._formats = {}
        for card in offered:
            shown = self._formats[card.name] = _Format(card)
            shown.changed.connect(self.changed)
            self._column.addWidget(shown)
        if self._has_options:
            self.make_options()
        self.changed.emit()

    def make_options(self) -> None:
        """Make the options of what is ticked, now and from now on.

        Before they are shown: a form that comes to a layout while that is shown is given no room.
        """
        self._has_options = True
        for shown in self._formats.values():
            shown.make_options()

    def set_exits(self, reason: str | None) -> None:
        """Offer formats that need all exits of a network.

        Args:
            reason: why they cannot be had now, or empty; None where there are no exits at all.
        """
        for shown in self._formats.values():
            if shown.needs_exits:
                shown.offer(reason)

    def ticked(self) -> list[str]:
        """The formats that are wanted, by name."""
        return [name for name, shown in self._formats.items() if shown.box.isChecked()]

    def titles(self) -> dict[str, str]:
        """What people call each format, by name."""
        return {name: shown.box.text() for name, shown in self._formats.items()}

    def options(self) -> dict[str, dict[str, Any]]:
        """What was changed of the options of the ticked formats, by format."""
        values = {name: self._formats[name].options() for name in self.ticked()}
        return {name: changed for name, changed in values.items() if changed}

    def problem(self) -> str | None:
        """Why an option of a ticked format cannot be as it is, or None."""
        for name in self.ticked():
            shown = self._formats[name]
            if (reason := shown.problem()) is not None:
                return f"{shown.box.text()}: {reason}"
        return None


class _Format(QWidget):
    """One format; its options are seen while it is ticked, once they are to be made."""

    changed = Signal()

    def __init__(self, card: Card) -> None:
        super().__init__()
        self.needs_exits = card.facts.get("outputs") == "several"
        self._card = card
        self._form: SchemaForm | None = None
        self._has_options = False
        self.box = QCheckBox(card.title)
        self.box.setObjectName(f"format_{card.name}")
        self.box.setToolTip(card.summary)
        self.box.setAccessibleDescription(card.summary)
        self.box.setChecked(bool(card.facts.get("default", True)))
        self.box.toggled.connect(self._on_toggled)
        self._indented = row(spacing=0)
        self._indented.addSpacing(_INDENT)
        layout = column(self, spacing=4)
        layout.addWidget(self.box)
        layout.addLayout(self._indented)
        if card.install_line:
            self._bar(not_installed(card))

    def _bar(self, reason: str) -> None:
        """Say beneath it, to be copied, why it cannot be ticked on this computer."""
        self.box.setChecked(False)
        self.box.setEnabled(False)
        self.box.setToolTip(reason)
        said = label(reason, "caption", wrap=True)
        said.setObjectName(f"{self.box.objectName()}_reason")
        said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._indented.addWidget(said)

    def offer(self, reason: str | None) -> None:
        """Let it be ticked unless there is a reason against it; None hides it."""
        self.setVisible(reason is not None)
        if self._card.install_line:
            return
        self.box.setEnabled(reason == "")
        self.box.setToolTip(reason or self._card.summary)
        if reason != "":
            self.box.setChecked(False)

    def options(self) -> dict[str, Any]:
        """The options that were changed."""
        return self._form.values() if self._form is not None else {}

    def problem(self) -> str | None:
        """Why an option cannot be as it is, or None."""
        return self._form.problem() if self._form is not None else None

    def make_options(self) -> None:
        """Make the options, now or when it is ticked."""
        self._has_options = True
        self._show_form()

    def _on_toggled(self) -> None:
        if self._has_options:
            self._show_form()
        self.changed.emit()

    def _show_form(self) -> None:
        ticked = self.box.isChecked()
        if self._form is None and ticked and self._card.options.get("properties"):
            self._form = form_of_card(self._card)
            self._form.edited.connect(self.changed)
            self._indented.addWidget(self._form)
        if self._form is not None:
            self._form.setVisible(ticked)
