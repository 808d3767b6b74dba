"""What the program is, and what it is built on."""

import platform
from collections.abc import Sequence

from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from studio.pages.settings.licences import licences, own_version
from studio.pages.settings.parts import Table
from studio.state.commands import Scope
from studio.state.context import Context
from studio.widgets.buttons import PushButton, follow
from studio.widgets.labels import label
from studio.widgets.layout import column, row


class AboutTab(QWidget):
    """Version, licence, and the packages with theirs."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[tuple[str, str, str]] = ()
        text = self.tr("SiLa Studio {0}, Apache License 2.0. It works offline and sends nothing.")
        copy = PushButton(self.tr("Copy the versions"), "copy")
        copy.setObjectName("settings_copy_versions")
        scope = Scope(context.commands, self, self.tr("Go to About in the settings first"))
        follow(copy, scope.add(
            "settings.copy_versions", self.tr("Copy the versions, for a report of what goes wrong"),
            self._on_copy,
        ))
        self._packages = Table(
            "settings_licences", self.tr("Licences"),
            [self.tr("package"), self.tr("version"), self.tr("licence")], widths=(240, 120),
        )
        self._packages.setSelectionMode(Table.SelectionMode.NoSelection)
        top = row()
        top.addWidget(label(text.format(own_version()).replace(" ,", ","), wrap=True), 1)
        top.addWidget(copy)
        layout = column(self)
        layout.setContentsMargins(0, 12, 0, 0)
        layout.addLayout(top)
        layout.addWidget(label(self.tr("It is built on"), "muted"))
        layout.addWidget(self._packages, 1)
        context.jobs.run(licences, self._on_licences, owner=self)

    def _on_licences(self, rows: Sequence[tuple[str, str, str]]) -> None:
        self._rows = rows
        self._packages.fill(rows)

    def _on_copy(self) -> None:
        lines = [f"SiLa Studio {own_version()}", f"Python {platform.python_version()}",
                 f"Qt {qVersion()}", platform.platform()]
        lines += [f"{name} {version}" for name, version, _ in self._rows]
        QGuiApplication.clipboard().setText("\n".join(lines))
