"""The certificate of a bundle as a page: what was stripped, what ships, and the proof of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QWidget

from studio.pages.export.certificate_files import (
    format_rows,
    format_titles,
    notes_of,
    proof_line,
    times_line,
    warnings_of,
)
from studio.pages.export.certificate_text import Line, fact_lines, version_lines
from studio.pages.export.format_table import FormatTable
from studio.pages.export.leave_early import LeaveEarly, budgets_of
from studio.pages.export.notice import Notice
from studio.state.commands import Scope
from studio.state.context import Context
from studio.theme.tokens import current
from studio.widgets.buttons import PushButton
from studio.widgets.labels import label
from studio.widgets.layout import cells, column


class CertificateView(QWidget):
    """Facts in two columns, the files in a table, warnings, and versions folded away."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("certificate")
        self._table: FormatTable | None = None
        self._scope = Scope(context.commands, self, self.tr("Look at a certificate first"))
        self._copy = self._scope.add(
            "export.copy_hash", self.tr("Copy the SHA-256 of the exported file"), self._on_copy,
            self._why_no_hash,
        )
        self._colours = current()
        self._shown: tuple[Mapping[str, Any], Mapping[str, str]] | None = None
        self._column = column(self, spacing=12)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange and current() is not self._colours:
            self._colours = current()
            if self._shown is not None:
                self.show_certificate(*self._shown)
        super().changeEvent(event)

    def show_certificate(
        self, certificate: Mapping[str, Any], titles: Mapping[str, str]
    ) -> None:
        """Show a certificate as the "export" task returns it.

        Args:
            certificate: of this or of an earlier version.
            titles: what people call each format, by name.
        """
        self._shown = certificate, titles
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._column.addWidget(_facts(fact_lines(certificate)))
        rows = format_rows(certificate, titles)
        self._table = FormatTable(format_titles(), rows, self._copy)
        self._table.currentCellChanged.connect(self._scope.refresh)
        self._column.addWidget(self._table)
        for text in warnings_of(certificate, titles):
            self._column.addWidget(Notice(text, "warn"))
        for text in notes_of(certificate):
            self._column.addWidget(Notice(text, "info"))
        for text in filter(None, (proof_line(certificate), times_line(certificate))):
            self._column.addWidget(label(text, "caption", wrap=True))
        if budgets := budgets_of(certificate):
            self._column.addWidget(label(self.tr("Leaving early"), "heading"))
            self._column.addWidget(LeaveEarly(budgets))
        self._add_versions(version_lines(certificate))

    def _why_no_hash(self) -> str | None:
        has_one = self._table is not None and self._table.digest()
        return None if has_one else self.tr("Select a file of the certificate first")

    def _on_copy(self) -> None:
        if self._table is not None:
            QGuiApplication.clipboard().setText(self._table.digest())

    def _add_versions(self, lines: Sequence[Line]) -> None:
        if not lines:
            return
        unfold = PushButton(self.tr("Versions"))
        unfold.setObjectName("certificate_versions")
        unfold.setCheckable(True)
        versions = _facts(lines)
        versions.hide()
        unfold.toggled.connect(versions.setVisible)
        self._column.addWidget(unfold, 0, Qt.AlignmentFlag.AlignLeft)
        self._column.addWidget(versions)


def _facts(lines: Iterable[Line]) -> QWidget:
    held = QWidget()
    grid = cells(held, (16, 8), stretched=1)
    for at, (title, text) in enumerate(lines):
        grid.addWidget(label(title, "muted"), at, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(_selectable(text), at, 1)
    return held


def _selectable(text: str) -> QLabel:
    made = label(text, wrap=True)
    made.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse
        | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return made
