"""Workspace, appearance, and what the desktop is told."""

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QCheckBox, QWidget

from studio.language import LANGUAGES, shown, wanted
from studio.pages.settings.parts import SettingChoice, form, name, path_row
from studio.state.context import Context
from studio.state.settings import (
    COMFORTABLE,
    COMPACT,
    DARK,
    DENSITY,
    LANGUAGE,
    LIGHT,
    SYSTEM,
    TELL_OF_ENDS,
    THEME,
)
from studio.widgets.buttons import IconButton, PushButton
from studio.widgets.labels import label
from studio.widgets.layout import column, row
from studio.widgets.section import Section


class GeneralTab(QWidget):
    """What is not about training."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        layout = column(self, spacing=12)
        layout.setContentsMargins(0, 12, 0, 0)
        for section in (
            self._make_workspace(), self._make_appearance(), self._make_notifications()
        ):
            layout.addWidget(section)
        layout.addStretch(1)

    def _make_workspace(self) -> Section:
        workspace = self._context.client.workspace
        section = Section(self.tr("Workspace"))
        another = PushButton(self.tr("Open another…"), "open")
        another.setObjectName("settings_another")
        another.setToolTip(self.tr("It gets a window of its own"))
        another.clicked.connect(
            lambda: self._context.commands.action("workspace.open").trigger()
        )
        section.add_control(another)
        reveal = IconButton("folder", self.tr("Open the workspace's folder"))
        reveal.setObjectName("settings_reveal")
        reveal.clicked.connect(self._on_reveal)
        rows = form()
        rows.addRow(name(self.tr("Folder")), path_row(
            str(workspace.root), "settings_workspace", self.tr("Copy the folder's path"), reveal
        ))
        rows.addRow(name(self.tr("Database")), path_row(
            str(workspace.database), "settings_database", self.tr("Copy the database's path")
        ))
        section.body.addLayout(rows)
        return section

    def _on_reveal(self) -> None:
        folder = str(self._context.client.workspace.root)
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(folder)):
            self._context.messages.say(
                self.tr("No file manager answered. The folder is {0}").format(folder), "info"
            )

    def _make_appearance(self) -> Section:
        section = Section(self.tr("Appearance"))
        settings = self._context.settings
        theme = SettingChoice(settings, THEME, "theme", {
            SYSTEM: self.tr("As the desktop"), LIGHT: self.tr("Light"), DARK: self.tr("Dark"),
        }, self.tr("Theme"))
        density = SettingChoice(settings, DENSITY, "density", {
            COMFORTABLE: self.tr("Comfortable"), COMPACT: self.tr("Compact"),
        }, self.tr("Rows of tables and lists"))
        language = SettingChoice(settings, LANGUAGE, "language", {
            SYSTEM: self.tr("As the desktop"), **LANGUAGES,
        }, self.tr("Language"))
        self._later = label(self.tr("Windows that are opened from now on speak it."), "caption")
        self._later.setObjectName("settings_language_later")
        rows = self._looks = form()
        rows.addRow(name(self.tr("Theme")), theme)
        rows.addRow(name(self.tr("Rows of tables and lists")), density)
        rows.addRow(name(self.tr("Language")), language)
        rows.addRow(name(""), self._later)
        section.body.addLayout(rows)
        settings.changed.connect(self._say_when)
        self._say_when(LANGUAGE)
        return section

    def _say_when(self, key: str) -> None:
        """A window does not change its language while it is open."""
        if key == LANGUAGE:
            self._looks.setRowVisible(
                self._later, wanted(self._context.settings.language) != shown()
            )

    def _make_notifications(self) -> Section:
        section = Section(self.tr("When training has ended"))
        settings = self._context.settings
        tell = QCheckBox(self.tr("Tell the desktop while I look at another window"))
        tell.setObjectName("settings_tell")
        tell.setChecked(settings.tells_of_ends)
        tell.toggled.connect(lambda on: settings.put(TELL_OF_ENDS, on))
        section.body.addWidget(tell)
        hint = self.tr("Once, when the queue is empty, if it took more than a minute.")
        indented = row()
        indented.addSpacing(20)
        indented.addWidget(label(hint, "muted", wrap=True), 1)
        section.body.addLayout(indented)
        return section
