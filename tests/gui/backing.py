"""Which buttons of a window do what a command does, and which need none."""

from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QLineEdit,
    QPushButton,
    QTabBar,
    QTableView,
    QToolButton,
)

from studio.forms.editors import FolderEditor
from studio.forms.from_schema import SchemaForm
from studio.widgets.buttons import COMMAND
from studio.widgets.facet_button import FacetButton

EXCEPTIONS = {
    "a check box": "it shows a value and sets it, as a line that is typed into does",
    "beside an option": "it is a part of the option's editor, as a list that folds out is",
    "a facet": "its menu is a list of values to check, which are as many as the runs have",
    "the presets": "its menu is a list of files to choose from",
    "a fold": "it shows and hides lines right below it that are there to be read",
}
"""Buttons that are no command, each with why; every kind is met on some page."""


def what_is(button):
    """Which exception a button is; None where it should do what a command does."""
    if isinstance(button, QCheckBox):
        return "a check box"
    if inside(button, (SchemaForm, FolderEditor)):
        return "beside an option"
    if isinstance(button, FacetButton):
        return "a facet"
    if button.objectName() == "compose_presets":
        return "the presets"
    if button.objectName() == "certificate_versions":
        return "a fold"
    return None


def inside(widget, kind):
    """Whether it stands in a widget of a kind, at any depth."""
    parent = widget.parent()
    return parent is not None and (isinstance(parent, kind) or inside(parent, kind))


def is_backed(button, commands):
    """Whether a button does what a command does, or opens a menu of nothing but commands."""
    known = {command.id for command in commands.all()}
    if isinstance(button, (QPushButton, QToolButton)) and button.menu() is not None:
        return all(action.objectName() in known for action in entries(button.menu()))
    return button.property(COMMAND) in known


def entries(menu):
    """What can be chosen in a menu and in those that it opens."""
    for action in menu.actions():
        if action.menu() is not None:
            yield from entries(action.menu())
        elif not action.isSeparator():
            yield action


def is_of_qt(button):
    """Whether Qt put it there: to scroll tabs, to empty a line, or in the corner of a table."""
    return isinstance(button.parent(), (QTabBar, QLineEdit, QTableView))


def look(window, commands):
    """The buttons that are seen: names of those without a command, and the exceptions met."""
    bare, met = [], set()
    for button in window.findChildren(QAbstractButton):
        if not button.isVisible() or is_of_qt(button):
            continue
        kind = what_is(button)
        if kind is not None:
            met.add(kind)
        elif not is_backed(button, commands):
            text = button.text() or button.toolTip()
            bare.append(f"{type(button).__name__} {button.objectName()} “{text}”")
    return bare, met
