"""Controls of the page: a list of which entries may be barred, and names of what is chosen."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QLabel

from studio.widgets.calm import CalmComboBox
from studio.widgets.labels import label

_LEAST_LETTERS, _NAME_WIDTH = 20, 76


class Entry(NamedTuple):
    """One thing that can be chosen.

    Attributes:
        text: what the user reads.
        value: what is meant by it.
        reason: why it cannot be chosen now, or empty.
    """

    text: str
    value: Any
    reason: str = ""


class ChoiceBox(CalmComboBox):
    """A list to choose from; entries that cannot be chosen say why.

    Signals:
        chosen: the user chose another entry.
    """

    chosen = Signal()

    def __init__(self, object_name: str, accessible_name: str) -> None:
        super().__init__()
        self.setObjectName(object_name)
        self.setAccessibleName(accessible_name)
        self.setSizeAdjustPolicy(CalmComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(_LEAST_LETTERS)
        self.activated.connect(self.chosen)
        self.currentTextChanged.connect(self.setToolTip)  # long ones are cut off

    def offer(self, entries: Sequence[Entry], *, anew: bool = False) -> None:
        """Offer entries, the default first.

        Args:
            entries: what there is.
            anew: begin with the default; else what was chosen stays chosen where it can.
        """
        wanted = None if anew else self.value()
        self.clear()
        rows = self.model()
        assert isinstance(rows, QStandardItemModel)
        for at, entry in enumerate(entries):
            self.addItem(entry.text, entry.value)
            self.setItemData(at, entry.reason or entry.text, Qt.ItemDataRole.ToolTipRole)
            rows.item(at).setEnabled(not entry.reason)
        allowed = [entry.value for entry in entries if not entry.reason]
        values = [entry.value for entry in entries]
        self.setCurrentIndex(values.index(wanted) if wanted in allowed else 0)

    def value(self) -> Any:
        """What is chosen; None while nothing is offered."""
        return self.currentData()


def named(text: str) -> QLabel:
    """Return the name of something that is chosen, as wide as every other, so that they line up."""
    made = label(text, "muted")
    made.setMinimumWidth(_NAME_WIDTH)
    return made
