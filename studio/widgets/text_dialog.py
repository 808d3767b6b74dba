"""A window with a text to read and copy, such as a log."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontDatabase, QTextCursor
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QWidget

from studio.theme.tokens import sizes
from studio.widgets.layout import column


class TextDialog(QDialog):
    """Shows a text, from its end."""

    def __init__(self, title: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.resize(820, 480)
        self._text = QPlainTextEdit(text)
        self._text.setObjectName("text_dialog.text")
        self._text.setAccessibleName(title)
        self._text.setReadOnly(True)
        self._text.setFont(monospace())
        self._text.moveCursor(QTextCursor.MoveOperation.End)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        layout = column(self, margin=12)
        layout.addWidget(self._text)
        layout.addWidget(buttons)


def monospace() -> QFont:
    """The desktop's font with letters of equal width, in our size."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(sizes().body - 1)
    return font
