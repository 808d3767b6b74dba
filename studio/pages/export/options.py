"""What can be chosen about an export; the defaults do for nearly everyone."""

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLabel, QLineEdit, QWidget

from engine.spec.card import Card
from studio.forms.editors import FolderEditor
from studio.forms.from_schema import form_of_card
from studio.pages.export.controls import ChoiceBox, Entry, named
from studio.pages.export.format_list import FormatList
from studio.pages.export.peers import peer_entries
from studio.widgets.labels import label
from studio.widgets.layout import column

_IMAGES = 1000
_LEAST_CHECKPOINTS = 2
_LICENSE_LENGTH = 200


class ExportOptions(QWidget):
    """Formats with their options, which network and weights, how it is proved, and where to.

    Signals:
        changed: of what ships, something was chosen that other choices depend on.
        edited: formats or their options are others.
    """

    changed = Signal()
    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._backbones: Sequence[str] = ()
        self._kept: int | None = None
        self._validated, self._averaged, self._whole = True, False, True
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(12)
        self._form.setVerticalSpacing(8)
        self._make_formats()
        self._make_network()
        self._make_proof()
        self._refresh(anew=True)

    # ---- building

    def _make_formats(self) -> None:
        self._formats = FormatList()
        self._formats.changed.connect(self.edited)
        self._form.addRow(named(self.tr("Formats")), self._formats)

    def _make_network(self) -> None:
        self._peer = ChoiceBox("export_peer", self.tr("Which of the networks ships"))
        self._weights = ChoiceBox("export_weights", self.tr("Weights"))
        self._temperature = QCheckBox(self.tr("Scale the temperature"))
        self._temperature.setObjectName("export_temperature")
        self._fold_bn = QCheckBox(self.tr("Fold batch norms"))
        self._fold_bn.setObjectName("export_fold_bn")
        for widget in (self._peer, self._weights):
            widget.chosen.connect(self.changed)
        self._weights_help, self._temperature_help = _caption(), _caption()
        self._form.addRow(named(self.tr("Network")), self._peer)
        self._form.addRow(
            named(self.tr("Weights")), _stacked(self._weights, self._weights_help)
        )
        self._form.addRow(named(self.tr("Arithmetic")), _stacked(self._fold_bn, _caption(self.tr(
            "Into the convolutions before them, where one follows alone: the same answers but for "
            "rounding, with fewer parameters."
        ))))
        self._form.addRow(
            named(self.tr("Confidence")),
            _stacked(self._temperature, self._temperature_help),
        )

    def _make_proof(self) -> None:
        self._proof = form_of_card(Card(
            kind="export", name="proof", title=self.tr("Proof"), summary="",
            options={"properties": {"images": {
                "type": "integer", "default": _IMAGES, "minimum": _IMAGES,
                "title": self.tr("Test images"),
                "description": self.tr(
                    "So many, at most, that every file is asked about and compared on with the "
                    "trained network."
                ),
            }}},
        ))
        self._proof.edited.connect(self.edited)
        self._folder = FolderEditor()
        self._folder.setObjectName("export_folder")
        self._folder.say_empty(self.tr("a new folder in the workspace"))
        self._license = QLineEdit()
        self._license.setObjectName("export_license")
        self._license.setAccessibleName(self.tr("Licence"))
        self._license.setPlaceholderText(self.tr("not stated, or such as CC-BY-4.0"))
        self._license.setMaxLength(_LICENSE_LENGTH)
        self._form.addRow(named(self.tr("Proof")), self._proof)
        self._form.addRow(named(self.tr("Licence")), _stacked(self._license, _caption(self.tr(
            "Under which the files may be passed on: the model card says it in these words."
        ))))
        self._form.addRow(named(self.tr("Folder")), self._folder)

    def setVisible(self, visible: bool) -> None:
        """Make first what is seen only here."""
        if visible:
            self._formats.make_options()
        super().setVisible(visible)

    # ---- what is offered

    def set_formats(self, cards: Iterable[Card]) -> None:
        """Offer these formats; those that a card does not leave out are ticked."""
        self._formats.set_formats(cards)

    def show_run(
        self, backbones: Sequence[str], *, validated: bool, averaged: bool = False
    ) -> None:
        """Begin with the defaults of another run.

        Args:
            backbones: of the networks that it trained together, or of its one network.
            validated: whether it held out validation images.
            averaged: whether it averaged its weights over the steps.
        """
        self._backbones, self._kept = backbones, None
        self._validated, self._averaged = validated, averaged
        self._refresh(anew=True)

    def set_checkpoints(self, kept: int) -> None:
        """Say how many checkpoints of the training's second half there are to be averaged."""
        self._kept = kept
        self._refresh()

    def set_whole(self, whole: bool) -> None:
        """Say whether the whole of the network is to ship."""
        if whole != self._whole:
            self._whole = whole
            self._refresh()

    def set_exits(self, *, several: bool, all_ship: bool) -> None:
        """Say whether the network has several exits, and whether all of them are to ship."""
        barred = "" if all_ship else self.tr("It needs all exits: choose them under “Ships”.")
        self._formats.set_exits(barred if several else None)

    def _refresh(self, *, anew: bool = False) -> None:
        peers = peer_entries(self._backbones, validated=self._validated, whole=self._whole)
        self._peer.offer(peers, anew=anew)
        self._form.setRowVisible(self._peer, bool(peers))
        few = self._why_no_average()
        self._weights.offer([
            Entry(self.tr("The best by validation"), "best"),
            Entry(self.tr("The last"), "last"),
            Entry(self.tr("The average of checkpoints"), "average", few),
            Entry(self.tr("The running average of steps (EMA)"), "ema", "" if self._averaged else (
                self.tr("This run averaged no weights: train with “Averaged weights (EMA)”.")
            )),
        ], anew=anew)
        self._weights_help.setText(few)
        self._weights_help.setVisible(bool(few) and self._kept is not None)
        if anew:
            self._fold_bn.setChecked(False)
        self._temperature.setEnabled(self._validated)
        if anew or not self._validated:
            self._temperature.setChecked(False)
        self._temperature_help.setText(
            self.tr("Divides the logits by one number, with which confidences are truest on "
                    "validation images; the classes stay the same.") if self._validated else
            self.tr("There is nothing to fit it on: this run held out no validation images.")
        )

    def _why_no_average(self) -> str:
        if self._kept is None:
            return self.tr("Looking for checkpoints…")
        if self._kept >= _LEAST_CHECKPOINTS:
            return ""
        return self.tr(
            "An average needs two checkpoints of the training's second half, and this run has "
            "kept {count}: train with “Keep checkpoints every”."
        ).format(count=self._kept)

    # ---- what is chosen

    def formats(self) -> list[str]:
        """The formats that are ticked."""
        return self._formats.ticked()

    def titles(self) -> dict[str, str]:
        """What people call each format, by name."""
        return self._formats.titles()

    def weights(self) -> str:
        """Which weights: "best", "last", "average" (of checkpoints) or "ema" (of steps)."""
        return str(self._weights.value())

    def peer(self) -> int | str | None:
        """Which network: its number, "best" or "ensemble"; None: the one that the method ships."""
        return self._peer.value()

    def set_license(self, text: str) -> None:
        """Begin with what was said of it last."""
        self._license.setText(text)

    def problem(self) -> str | None:
        """Why this cannot be exported, or None."""
        if not self.formats():
            return self.tr("Tick at least one format.")
        return self._formats.problem() or self._proof.problem()

    def arguments(self) -> dict[str, Any]:
        """The arguments of the "export" task, but for the run and the part."""
        chosen = {
            "format_options": self._formats.options() or None,
            "peer": self.peer(),
            "fold_bn": self._fold_bn.isChecked() or None,
            "temperature": self._temperature.isChecked() or None,
            "license": self._license.text().strip() or None,
            **self._proof.values(),
        }
        return {
            "formats": self.formats(), "weights": self.weights(), "out": self._folder.value(),
            **{name: value for name, value in chosen.items() if value is not None},
        }


def _caption(text: str = "") -> QLabel:
    return label(text, "caption", wrap=True)


def _stacked(control: QWidget, said: QLabel) -> QWidget:
    """A control with a line beneath."""
    both = QWidget()
    layout = column(both, spacing=4)
    layout.addWidget(control)
    layout.addWidget(said)
    return both
