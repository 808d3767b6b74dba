"""Every command with its shortcut, which can be another."""

from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeySequence, QShowEvent
from PySide6.QtWidgets import QKeySequenceEdit, QLineEdit, QWidget

from studio.pages.settings.parts import Table
from studio.shortcuts import Shortcuts, native
from studio.state.commands import Command, Scope
from studio.state.context import Context
from studio.widgets.buttons import PushButton, follow
from studio.widgets.labels import label
from studio.widgets.layout import column, row


class ShortcutsTab(QWidget):
    """A list that narrows as one types, and below it the keys of the command that is picked."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._commands = context.commands
        self._shortcuts = Shortcuts(context.commands, context.settings)
        elsewhere = self.tr("Go to the shortcuts in the settings first")
        self._scope = Scope(context.commands, self, elsewhere)
        self._build()
        self._relist = QTimer(self, singleShot=True, interval=0)  # pages add many at once
        self._relist.timeout.connect(self._list)
        context.commands.added.connect(self._on_added)
        context.commands.rebound.connect(self._list)
        self._list()

    def _on_added(self, _: str) -> None:
        self._relist.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for the commands of pages that were never shown."""
        super().showEvent(event)
        self._commands.all_wanted.emit()

    def _build(self) -> None:
        self._search = QLineEdit()
        self._search.setObjectName("shortcuts_search")
        self._search.setPlaceholderText(self.tr("Search commands and keys…"))
        self._search.setAccessibleName(self.tr("Search the commands"))
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._list)
        reset_all = PushButton(self.tr("Reset all"), "reset")
        reset_all.setObjectName("shortcuts_reset_all")
        follow(reset_all, self._scope.add(
            "settings.reset_shortcuts", self.tr("Give all commands the shortcuts they come with"),
            self._shortcuts.reset, self._why_no_reset_of_all,
        ))
        self._table = Table("shortcuts", self.tr("Commands"), [
            self.tr("command"), self.tr("menu"), self.tr("shortcut"), self.tr("default"),
        ], widths=(400, 120, 200))
        self._table.setSelectionMode(Table.SelectionMode.SingleSelection)
        self._table.itemSelectionChanged.connect(self._on_selection)
        self._table.itemDoubleClicked.connect(lambda _: self._keys.setFocus())
        self._nothing = label(self.tr("Nothing found"), "muted")
        self._nothing.setObjectName("shortcuts_nothing")
        top = row()
        top.addWidget(self._search, 1)
        top.addWidget(reset_all)
        layout = column(self)
        layout.setContentsMargins(0, 12, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self._nothing)
        layout.addWidget(self._table, 1)
        layout.addWidget(self._make_editor())

    def _make_editor(self) -> QWidget:
        self._name = label(self.tr("Shortcut"), "muted")
        self._keys = QKeySequenceEdit()
        self._keys.setObjectName("shortcuts_keys")
        self._keys.setAccessibleName(self.tr("Keys: press them together"))
        self._keys.setMaximumSequenceLength(1)
        self._keys.setFixedWidth(240)
        self._keys.keySequenceChanged.connect(self._on_keys)
        none = PushButton(self.tr("No shortcut"), "close")
        none.setObjectName("shortcuts_none")
        follow(none, self._scope.add(
            "settings.no_shortcut", self.tr("Take the selected command's shortcut away"),
            partial(self._put, ""), self._why_none_is,
        ))
        reset = PushButton(self.tr("Reset"), "reset")
        reset.setObjectName("shortcuts_reset")
        follow(reset, self._scope.add(
            "settings.reset_shortcut", self.tr("Give the selected command its own shortcut again"),
            self._on_reset, self._why_no_reset,
        ))
        self._said = label("", "error", wrap=True)
        self._said.setObjectName("shortcuts_said")
        editor = QWidget()
        line = row(editor)
        for widget in (self._name, self._keys, none, reset):
            line.addWidget(widget)
        line.addWidget(self._said, 1)
        return editor

    # ---- what is shown

    def _list(self, *_: object) -> None:
        picked = self._picked()
        words = self._search.text().casefold().split()
        found = [command for command in self._commands.all() if self._fits(command, words)]
        self._nothing.setVisible(not found)
        self._table.blockSignals(True)
        self._table.clearSelection()
        self._table.fill([self._texts(command) for command in found], found)
        if picked in found:
            self._table.selectRow(found.index(picked))
        self._table.blockSignals(False)
        self._on_selection()

    def _fits(self, command: Command, words: list[str]) -> bool:
        said = " ".join(self._texts(command)[:3]).casefold()
        return all(word in said for word in words)

    def _texts(self, command: Command) -> list[str]:
        return [
            command.text.replace("&", ""), command.menu, native(self._commands.keys(command.id)),
            native(command.shortcut) if self._is_own(command) else "",
        ]

    def _is_own(self, command: Command) -> bool:
        return self._commands.keys(command.id) != QKeySequence(command.shortcut).toString()

    def _picked(self) -> Command | None:
        picked = self._table.selected()
        return picked[0] if picked and isinstance(picked[0], Command) else None

    def _on_selection(self) -> None:
        command = self._picked()
        self._say("")
        self._keys.setEnabled(command is not None)
        self._show_keys(self._commands.keys(command.id) if command else "")
        self._scope.refresh()
        self._name.setText(
            self.tr("Shortcut of “{0}”").format(command.text.replace("&", "")) if command
            else self.tr("Select a command to change its shortcut")
        )

    def _show_keys(self, keys: str) -> None:
        self._keys.blockSignals(True)
        self._keys.setKeySequence(QKeySequence(keys))
        self._keys.blockSignals(False)

    def _say(self, text: str) -> None:
        self._said.setText(text)

    # ---- why not

    def _why_no_reset_of_all(self) -> str | None:
        changed = any(map(self._is_own, self._commands.all()))
        return None if changed else self.tr("No shortcut was changed")

    def _why_none_is(self) -> str | None:
        command = self._picked()
        if command is None:
            return self.tr("Select a command first")
        return None if self._commands.keys(command.id) else self.tr("It has none")

    def _why_no_reset(self) -> str | None:
        command = self._picked()
        if command is None:
            return self.tr("Select a command first")
        return None if self._is_own(command) else self.tr("It was not changed")

    # ---- what is changed

    def _on_keys(self, keys: QKeySequence) -> None:
        if keys.toString():
            self._put(keys.toString())

    def _on_reset(self) -> None:
        command = self._picked()
        if command is not None:
            self._put(QKeySequence(command.shortcut).toString())

    def _put(self, keys: str) -> None:
        command = self._picked()
        if command is None:
            return
        objection = self._shortcuts.objection(command.id, keys)
        if objection:
            self._show_keys(self._commands.keys(command.id))
            self._say(objection)
        else:
            self._shortcuts.put(command.id, keys)
