"""A line with an icon, and what came of a verification."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from studio.theme.icons import icon
from studio.widgets.buttons import ICON_SIZE
from studio.widgets.labels import label
from studio.widgets.layout import column, row
from studio.widgets.themed import Themed


class Notice(Themed, QWidget):
    """A line with the icon of its tone: "good", "warn", "bad" or "info"."""

    def __init__(self, text: str, tone: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = tone
        self._mark = QLabel()
        self._mark.setFixedSize(ICON_SIZE)
        said = label(text, wrap=True)
        said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        beside = row(self)
        beside.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        beside.addWidget(said, 1)
        self.dress()

    def _dress(self) -> None:
        self._mark.setPixmap(icon(self._tone, self._tone).pixmap(ICON_SIZE))


class Verdict(QWidget):
    """What the "verify" task found of a bundle: one line, and what was looked at beneath.

    Hidden until there is something to say.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("export_verdict")
        self._column = column(self, spacing=4)
        self.clear()

    def clear(self) -> None:
        """Say nothing."""
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.setAccessibleName("")
        self.hide()

    def say(self, text: str, tone: str, details: Sequence[str] = ()) -> None:
        """Say one line with its tone, and details beneath."""
        self.clear()
        self._column.addWidget(Notice(text, tone))
        for detail in details:
            self._column.addWidget(label(detail, "caption", wrap=True))
        self.setAccessibleName(text)
        self.show()

    def show_result(self, result: Mapping[str, Any]) -> None:
        """Say what `verify` returned."""
        if not result["verified"]:
            line = self.tr("Not what was exported: {fault}").format(fault=result["fault"])
            self.say(line, "bad", result["checks"])
            return
        details = [*result["checks"], *(
            self.tr("Not checked here: {what}.").format(what=line)
            for line in result["not_checked"]
        )]
        if not result["complete"]:
            self.say(self.tr(
                "Not fully verified: no fault was found, but not every file could be opened and "
                "inspected here."
            ), "warn", details)
            return
        if not result["formats"]:
            reason = result.get("not_asked") or self.tr("the images were not named")
            self.say(self.tr(
                "Every byte, operator and tensor is as it was written; no file was asked about "
                "images ({reason})."
            ).format(reason=reason), "good", details)
            return
        self.say(self.tr(
            "Verified: every byte, operator and tensor is as it was written, and the files still "
            "answer as the certificate says."
        ), "good", details)
