"""One editor per kind of option: it holds a value, says when the user changed it, and why not."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QWidget,
)

from studio.forms.field import Field, FieldKind
from studio.widgets.calm import CalmComboBox

if TYPE_CHECKING:
    from collections.abc import Callable


_VALUE_WIDTH = 100
_translate = QCoreApplication.translate


class Editor(QWidget):
    """Edits one value.

    Signals:
        edited: the user changed what is in it; setting a value from code is silent.

    Attributes:
        needed: why its default cannot stay, or empty.
    """

    edited = Signal()
    needed = ""

    def __init__(self, control: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.control = control
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._row.addWidget(control)
        self.setFocusProxy(control)

    def add(self, widget: QWidget) -> None:
        """Put something beside the control."""
        self._row.addWidget(widget)

    def _narrow(self) -> None:
        """Values are short; a line across the page is hard to read."""
        self.control.setFixedWidth(_VALUE_WIDTH)
        self._row.addStretch()

    def value(self) -> Any:
        """What is in it.

        Raises:
            ValueError: it is not of the option's type; the message says what is needed.
        """
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Show a value."""
        raise NotImplementedError


class LineEditor(Editor):
    """A value as text: numbers, lists of numbers, words."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        self._line = QLineEdit()
        super().__init__(self._line, parent)
        self._field = field
        if not field.needs_room:
            self._narrow()
        if field.nullable:
            self._line.setPlaceholderText(self.tr("not set"))
        self._line.textEdited.connect(self.edited)

    def value(self) -> Any:
        """The text, read as the option's type; None when an optional one is empty."""
        text = self._line.text().strip()
        if not text and self._field.nullable:
            return None
        if self._field.kind == "list":
            pieces = [piece.strip() for piece in text.split(",") if piece.strip()]
            return [_read(self._field.item, piece) for piece in pieces]
        return _read(self._field.kind, text)

    def set_value(self, value: Any) -> None:
        """Show a value."""
        shown = value if isinstance(value, (list, tuple)) else [value]
        self._line.setText(", ".join(_written(item) for item in shown))
        self._line.setCursorPosition(0)


class SwitchEditor(Editor):
    """True or false."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._box = QCheckBox()
        super().__init__(self._box, parent)
        self._row.addStretch()
        self._box.clicked.connect(self.edited)

    def value(self) -> bool:
        """Whether it is on."""
        return self._box.isChecked()

    def set_value(self, value: Any) -> None:
        """Switch on or off."""
        self._box.setChecked(bool(value))


class ChoiceEditor(Editor):
    """One of a few values."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        self._box = CalmComboBox()
        super().__init__(self._box, parent)
        self._narrow()
        self._values: list[Any] = [*field.choices, *([None] if field.nullable else [])]
        for value in self._values:
            self._box.addItem(self.tr("not set") if value is None else str(value))
        self._box.activated.connect(lambda _: self.edited.emit())

    def value(self) -> Any:
        """The value that is chosen."""
        return self._values[self._box.currentIndex()]

    def set_value(self, value: Any) -> None:
        """Choose a value; one that is not offered leaves nothing changed."""
        if value in self._values:
            self._box.setCurrentIndex(self._values.index(value))


class FolderEditor(Editor):
    """A folder: typed, chosen, or dropped."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._line = QLineEdit()
        super().__init__(self._line, parent)
        self._line.setPlaceholderText(self.tr("in the usual places"))
        self._line.setAcceptDrops(False)
        self._line.textEdited.connect(self.edited)
        choose = QPushButton(self.tr("Choose…"))
        choose.setAccessibleName(self.tr("Choose the folder"))
        choose.clicked.connect(self._on_choose)
        self._row.addWidget(choose)
        self.setAcceptDrops(True)

    def say_empty(self, text: str) -> None:
        """Change what is shown while no folder is named."""
        self._line.setPlaceholderText(text)

    def value(self) -> str | None:
        """The path, or None."""
        return self._line.text().strip() or None

    def set_value(self, value: Any) -> None:
        """Show a path."""
        self._line.setText(value or "")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take folders."""
        if dropped_folder(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Show the folder that was dropped."""
        folder = dropped_folder(event)
        if folder is not None:
            self.set_value(str(folder))
            self.edited.emit()

    def _on_choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder"), self._line.text())
        if folder:
            self.set_value(folder)
            self.edited.emit()


def dropped_folder(event: QDropEvent) -> Path | None:
    """Return the folder that a drag carries, if it carries one."""
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return next((path for path in paths if path.is_dir()), None)


def make_editor(field: Field) -> Editor:
    """Return the editor for a field."""
    makers: dict[FieldKind, Callable[[], Editor]] = {
        "boolean": SwitchEditor, "folder": FolderEditor, "choice": lambda: ChoiceEditor(field),
    }
    return makers.get(field.kind, lambda: LineEditor(field))()


def _read(kind: FieldKind, text: str) -> Any:
    if kind == "integer":
        try:
            return int(text)
        except ValueError:
            raise ValueError(_translate("LineEditor", "a whole number is needed")) from None
    if kind != "number":
        return text
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(_translate("LineEditor", "a number is needed"))
    return value


def _written(value: Any) -> str:
    if value is None:
        return ""
    return format(value, ".12g") if isinstance(value, float) else str(value)
