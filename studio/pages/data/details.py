"""What one dataset is and how it is read, before anybody looks into it."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from engine.spec.workspace import Workspace
from studio.forms.editors import FolderEditor
from studio.forms.from_schema import SchemaForm, form_of_card
from studio.pages.data.dataset_list import Source
from studio.widgets.labels import label
from studio.widgets.layout import column, row
from studio.widgets.section import Section
from studio.widgets.task_bar import TaskBar


class Details(Section):
    """Name, place and options of a dataset; how far a look at it is, and why it failed."""

    edited = Signal()
    """Folder or options are others now."""

    renamed = Signal(str)
    """What the user calls it from now on."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(" ", parent)
        self._workspace = workspace
        self._source: Source | None = None
        self._form: SchemaForm | None = None
        self._name = QLineEdit()
        self._name.setObjectName("data_name")
        self._name.setAccessibleName(self.tr("Name"))
        self._name.editingFinished.connect(self._on_named)
        caption = label(self.tr("Name"), "muted")
        caption.setBuddy(self._name)
        self._naming = QWidget()
        line = row(self._naming)
        line.addWidget(caption)
        line.addWidget(self._name, 1)
        self._summary = label("", "muted", wrap=True)
        self._places = label("", "caption", wrap=True)
        self._places.setObjectName("data_places")
        self._places.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._root = FolderEditor()
        self._root.setObjectName("data_root")
        self._root.control.setAccessibleName(self.tr("Folder of the dataset"))
        self._root.edited.connect(self.edited)
        self._options = column()
        self.task = TaskBar()
        self._said = label("", "error", wrap=True)
        self._said.setObjectName("data_said")
        self._said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._said.hide()
        for widget in (self._naming, self._summary, self._places, self._root):
            self.body.addWidget(widget)
        self.body.addLayout(self._options)
        self.body.addWidget(self.task)
        self.body.addWidget(self._said)

    def show_source(self, source: Source) -> None:
        """Describe a dataset; what was typed stays where it is the same as before."""
        before, self._source = self._source, source
        known, card = source.known, source.card
        if before is None or (before.known, before.card.name) != (known, card.name):
            self._root.set_value(None)
        self.set_title(source.title)
        self._naming.setVisible(known is not None)
        self._name.setText(source.title)
        self._summary.setText(card.summary)
        self._places.setText(self._place_text(source))
        self._places.setVisible(bool(self._places.text()))
        self._root.setVisible(known is None and not card.facts.get("bundled"))
        self._show_form(source)
        self.say("")

    def table(self) -> dict[str, Any]:
        """The dataset as it is named and set, as the engine is asked for it."""
        if self._source is None or self._form is None:
            return {}
        card, known = self._source
        table: dict[str, Any] = {"name": card.name, "options": self._form.values()}
        root = known.dataset["root"] if known else self._root.value()
        if root and not card.facts.get("bundled"):
            table["root"] = root
        return table

    def problem(self) -> str | None:
        """Why it cannot be looked at or trained on as it is."""
        if self._source is None or self._form is None:
            return self.tr("Choose a dataset first.")
        problem = self._form.problem()
        if problem is None and self._source.card.facts.get("needs_root") and (
            "root" not in self.table()
        ):
            problem = self.tr("Name the folder that holds the images first.")
        return problem

    def say(self, line: str) -> None:
        """Show what went wrong; nothing hides it."""
        self._said.setText(line)
        self._said.setVisible(bool(line))

    def _place_text(self, source: Source) -> str:
        if source.known is not None:
            return self.tr("In {0}").format(source.known.dataset["root"])
        facts = source.card.facts
        looked_for = str(facts.get("looked_for", ""))
        if not looked_for or facts.get("bundled") or facts.get("needs_root"):
            return looked_for
        place = self.tr("The workspace's datasets folder is {0}.")
        return f"{looked_for} {place.format(self._workspace.downloads)}"

    def _show_form(self, source: Source) -> None:
        if self._form is not None:
            self._options.removeWidget(self._form)
            self._form.hide()
            self._form.deleteLater()
        self._form = form_of_card(source.card)
        if source.known is not None:
            self._form.set_values(source.known.dataset["options"])
        self._form.setVisible(not self._form.is_empty())
        self._form.edited.connect(self.edited)
        self._options.addWidget(self._form)

    def _on_named(self) -> None:
        title = self._name.text().strip()
        if self._source is None or title == self._source.title:
            return
        if title:
            self.renamed.emit(title)
        self._name.setText(self._source.title)
        self.set_title(self._source.title)
