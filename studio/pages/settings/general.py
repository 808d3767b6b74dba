"""Workspace, appearance, and what the desktop is told."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QCheckBox, QWidget

from studio.language import LANGUAGES, shown, wanted
from studio.pages.settings.parts import SettingChoice, form, name, path_row
from studio.state.commands import Scope
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
from studio.widgets.buttons import PushButton, follow, icon_of
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
        follow(another, self._context.commands.action("workspace.open"))
        section.add_control(another)
        scope = Scope(self._context.commands, self, self.tr("Go to the general settings first"))
        reveal, folder, database = (
            icon_of(scope.add(f"settings.{what}", text, act), mark) for what, text, act, mark in (
                ("reveal", self.tr("Open the workspace's folder"), self._on_reveal, "folder"),
                ("copy_folder", self.tr("Copy the path of the workspace's folder"),
                 partial(_copy, workspace.root), "copy"),
                ("copy_database", self.tr("Copy the path of the database"),
                 partial(_copy, workspace.database), "copy"),
            )
        )
        rows = form()
        rows.addRow(name(self.tr("Folder")), path_row(
            str(workspace.root), "settings_workspace", folder, reveal
        ))
        rows.addRow(name(self.tr("Database")), path_row(
            str(workspace.database), "settings_database", database
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
        hint = self.tr(
            "Of what took more than a minute: of a failure at once, of a variant when the last of "
            "its seeds has ended, and of all when the queue is empty."
        )
        indented = row()
        indented.addSpacing(20)
        indented.addWidget(label(hint, "muted", wrap=True), 1)
        section.body.addLayout(indented)
        return section


def _copy(path: Path) -> None:
    QGuiApplication.clipboard().setText(str(path))
