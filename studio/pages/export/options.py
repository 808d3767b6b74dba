"""What can be chosen about an export; the defaults do for nearly everyone."""

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QVBoxLayout, QWidget

from engine.spec.card import Card
from studio.forms.editors import FolderEditor
from studio.widgets.labels import label


class ExportOptions(QWidget):
    """Formats, which weights, and where to.

    Signals:
        weights_changed: the user wants the other weights.
    """

    weights_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._boxes: dict[str, QCheckBox] = {}
        self._formats = QVBoxLayout()
        self._formats.setSpacing(4)
        self._weights = QComboBox()
        self._weights.setObjectName("export_weights")
        self._weights.setAccessibleName(self.tr("Weights"))
        self._weights.addItem(self.tr("best by validation"), "best")
        self._weights.addItem(self.tr("last"), "last")
        self._weights.activated.connect(self.weights_changed)
        self._folder = FolderEditor()
        self._folder.setObjectName("export_folder")
        self._folder.say_empty(self.tr("a new folder in the workspace"))
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        form.addRow(label(self.tr("Formats"), "muted"), self._formats)
        form.addRow(label(self.tr("Weights"), "muted"), self._weights)
        form.addRow(label(self.tr("Folder"), "muted"), self._folder)

    def set_formats(self, cards: Iterable[Card]) -> None:
        """Offer these formats; those that a card does not leave out are ticked."""
        for box in self._boxes.values():
            self._formats.removeWidget(box)
            box.deleteLater()
        self._boxes = {}
        for card in cards:
            box = self._boxes[card.name] = QCheckBox(card.title)
            box.setObjectName(f"format_{card.name}")
            box.setToolTip(card.summary)
            box.setChecked(bool(card.facts.get("default", True)))
            self._formats.addWidget(box)

    def formats(self) -> list[str]:
        """The formats that are ticked."""
        return [name for name, box in self._boxes.items() if box.isChecked()]

    def weights(self) -> str:
        """Which weights: "best" or "last"."""
        return str(self._weights.currentData())

    def arguments(self) -> dict[str, Any]:
        """The arguments of the "export" task, but for the run."""
        return {
            "formats": self.formats(),
            "weights": self.weights(),
            "out": self._folder.value(),
        }
