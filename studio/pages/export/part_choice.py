"""The choice of what ships of a network that need not ship whole."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from studio.pages.export.parts import Choice
from studio.widgets.labels import label
from studio.widgets.layout import column, row


class PartChoice(QWidget):
    """A list of what can ship with a sentence about the chosen one; two are a tick.

    Hidden while there is nothing to choose.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices: Sequence[Choice] = ()
        self._list = QComboBox()
        self._list.setObjectName("export_part")
        self._list.setAccessibleName(self.tr("What ships"))
        self._list.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._list.currentIndexChanged.connect(self._say)
        self._fold = QCheckBox()
        self._fold.setObjectName("export_fold")
        self._fold.toggled.connect(self._say)
        self._help = label("", "caption", wrap=True)
        self._help.setObjectName("export_part_help")
        self._caption = label(self.tr("Ships"), "muted")
        self._caption.setBuddy(self._list)
        beside = row(spacing=12)
        beside.addWidget(self._caption)
        beside.addWidget(self._list, 1)
        whole = column(self, spacing=4)
        whole.addLayout(beside)
        whole.addWidget(self._fold)
        whole.addWidget(self._help)
        self.hide()

    def show_choices(self, choices: Sequence[Choice], *, anew: bool) -> None:
        """Offer these.

        Args:
            choices: the default first; none where there is nothing to choose.
            anew: begin with the default; else what is chosen stays chosen, if it is offered.
        """
        wanted = {} if anew else self.arguments()
        self._choices = choices
        at = next((i for i, choice in enumerate(choices) if choice.arguments == wanted), 0)
        is_tick = len(choices) == 2 and "reparameterize" in choices[1].arguments
        for widget in (self._list, self._fold):
            widget.blockSignals(True)
        self._list.clear()
        self._list.addItems([choice.text for choice in choices])
        self._list.setCurrentIndex(at)
        self._fold.setText(choices[1].text if is_tick else "")
        self._fold.setChecked(is_tick and at == 1)
        for widget in (self._list, self._fold):
            widget.blockSignals(False)
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

    def _say(self) -> None:
        chosen = self._chosen()
        self._help.setText(chosen.help if chosen is not None else "")
        self._list.setToolTip(chosen.text if chosen is not None else "")
