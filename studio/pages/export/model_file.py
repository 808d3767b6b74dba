"""The choice of the file of a bundle that answers."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from engine.spec.card import Card
from studio.pages.export.controls import ChoiceBox, Entry, named
from studio.widgets.calm import CalmSpinBox
from studio.widgets.labels import label
from studio.widgets.layout import row

_translate = QCoreApplication.translate
_USUAL = "onnx"
_LEAVE_FROM = 90
_LEAST_LETTERS = 30


class ModelFile(QWidget):
    """A list of files, and from which confidence on images leave one that they may leave early.

    Signals:
        chosen: another file is to answer, or with another confidence.
    """

    chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: Mapping[str, Card] = {}
        self._entries: list[Entry] = []
        self._files = ChoiceBox("try_file", self.tr("Model file"))
        self._files.setMinimumContentsLength(_LEAST_LETTERS)
        self._files.chosen.connect(self._on_chosen)
        self._leave_from = CalmSpinBox()
        self._leave_from.setObjectName("try_leave_from")
        self._leave_from.setAccessibleName(self.tr("Confidence from which images leave early"))
        self._leave_from.setRange(0, 100)
        self._leave_from.setSuffix(self.tr(" %"))
        self._leave_from.setValue(_LEAVE_FROM)
        self._leave_from.setKeyboardTracking(False)
        self._leave_from.valueChanged.connect(self.chosen)
        self._leaving = QWidget()
        leaving = row(self._leaving)
        leaving.addWidget(label(self.tr("leaves early from"), "muted"))
        leaving.addWidget(self._leave_from)
        beside = row(self)
        beside.addWidget(named(self.tr("Model file")))
        beside.addWidget(self._files)
        beside.addWidget(self._leaving)
        beside.addStretch()

    def offer(self, certificate: Mapping[str, Any], cards: Mapping[str, Card]) -> None:
        """Offer the files of a bundle.

        Args:
            certificate: of the bundle.
            cards: of the formats that are known here, by name.
        """
        self._cards = cards
        if (entries := file_entries(certificate, cards)) != self._entries:
            self._entries = entries
            self._files.offer(entries)
        self._leaving.setVisible(self._leaves_early())

    def arguments(self) -> dict[str, Any]:
        """The arguments of the "predict" task that say what answers."""
        if self._files.value() is None:
            return {}
        leaving = {"leave_from": self._leave_from.value() / 100} if self._leaves_early() else {}
        return {"format": self._files.value(), **leaving}

    def _leaves_early(self) -> bool:
        card = self._cards.get(str(self._files.value()))
        return card is not None and card.facts.get("outputs") == "several"

    def _on_chosen(self) -> None:
        self._leaving.setVisible(self._leaves_early())
        self.chosen.emit()


def file_entries(certificate: Mapping[str, Any], cards: Mapping[str, Card]) -> list[Entry]:
    """Return the files, ONNX first and those that cannot be opened here last.

    Args:
        certificate: of the bundle.
        cards: of the formats that are known here, by name.
    """
    formats: Mapping[str, Mapping[str, Any]] = certificate.get("formats", {})
    entries = [
        Entry(f"{cards[name].title if name in cards else name} · {told['file']}", name,
              not_installed(cards[name]) if name in cards else "")
        for name, told in formats.items()
    ]
    return sorted(entries, key=lambda entry: (bool(entry.reason), entry.value != _USUAL))


def not_installed(card: Card) -> str:
    """Return how to install what a format lacks, or nothing where it lacks nothing."""
    if not card.install_line:
        return ""
    return _translate("FormatList", "Not installed: {line}").format(line=card.install_line)
