"""The choice of what ships of a network that need not ship whole."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from studio.pages.export.controls import ChoiceBox, Entry, named
from studio.pages.export.parts import Choice
from studio.widgets.labels import label
from studio.widgets.layout import column, row


class PartChoice(QWidget):
    """A list of what can ship with a sentence about the chosen one; two are a tick.

    Hidden while there is nothing to choose.

    Signals:
        changed: the user chose something else.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices: Sequence[Choice] = ()
        self._barred = ""
        self._list = ChoiceBox("export_part", self.tr("What ships"))
        self._list.chosen.connect(self._on_chosen)
        self._fold = QCheckBox()
        self._fold.setObjectName("export_fold")
        self._fold.toggled.connect(self._on_chosen)
        self._help = label("", "caption", wrap=True)
        self._help.setObjectName("export_part_help")
        self._caption = named(self.tr("Ships"))
        self._caption.setBuddy(self._list)
        beside = row(spacing=12)
        beside.addWidget(self._caption)
        beside.addWidget(self._list, 1)
        whole = column(self, spacing=4)
        whole.addLayout(beside)
        whole.addWidget(self._fold)
        whole.addWidget(self._help)
        self.hide()

    def show_choices(
        self, choices: Sequence[Choice], *, anew: bool = False, barred: str = ""
    ) -> None:
        """Offer these.

        Args:
            choices: the default first; none where there is nothing to choose.
            anew: begin with the default; else what is chosen stays chosen, if it is offered.
            barred: why only the first of them can be had now, or empty.
        """
        wanted = {} if anew or barred else self.arguments()
        self._choices, self._barred = choices, barred
        at = next((i for i, choice in enumerate(choices) if choice.arguments == wanted), 0)
        is_tick = len(choices) == 2 and "reparameterize" in choices[1].arguments
        self._list.offer([
            Entry(choice.text, i, barred if i else "") for i, choice in enumerate(choices)
        ])
        self._list.setCurrentIndex(at if choices else -1)
        self._fold.blockSignals(True)
        self._fold.setText(choices[1].text if is_tick else "")
        self._fold.setChecked(is_tick and at == 1)
        self._fold.blockSignals(False)
        for widget in (self._list, self._fold):
            widget.setEnabled(not barred)
        self._fold.setVisible(is_tick)
        for widget in (self._caption, self._list):
            widget.setVisible(not is_tick)
        self.setVisible(bool(choices))
        self._say()

    def arguments(self) -> dict[str, Any]:
        """The arguments of the "export" task that say what ships; none for the whole."""
        chosen = self._chosen()
        return dict(chosen.arguments) if chosen is not None else {}

    def _chosen(self) -> Choice | None:
        if not self._choices:
            return None
        is_tick = not self._fold.isHidden()
        return self._choices[int(self._fold.isChecked()) if is_tick else self._list.currentIndex()]

    def _on_chosen(self) -> None:
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        chosen = self._chosen()
        self._help.setText(self._barred or (chosen.help if chosen is not None else ""))
