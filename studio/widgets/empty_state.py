"""What a page says when it has nothing to show: what to do next, and the button for it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QWidget

from studio.theme.icons import icon
from studio.widgets.buttons import COMMAND, PushButton, follow
from studio.widgets.labels import label
from studio.widgets.layout import column, row
from studio.widgets.themed import Themed

_TEXT_WIDTH = 440


class EmptyState(Themed, QWidget):
    """An icon, a sentence, and perhaps a button, in the middle of the room."""

    clicked = Signal()
    """The button."""

    def __init__(
        self, icon_name: str, text: str, button: str = "", parent: QWidget | None = None,
        *, role: str = "primary",
    ) -> None:
        super().__init__(parent)
        self._icon_name = icon_name
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._text = label(text, "muted", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text.setFixedWidth(_TEXT_WIDTH)
        self._button = PushButton(button, role=role)
        self._button.setObjectName("empty.button")
        self._button.clicked.connect(self.clicked)
        self._buttons = row()
        self._buttons.addStretch()
        self._buttons.addWidget(self._button)
        self._buttons.addStretch()
        layout = column(self, spacing=12)
        layout.addStretch(2)
        layout.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignHCenter)
        # In a row: an aligned widget gets the height that it would need in the whole width.
        texts = row(spacing=0)
        texts.addStretch()
        texts.addWidget(self._text)
        texts.addStretch()
        layout.addLayout(texts)
        layout.addLayout(self._buttons)
        layout.addStretch(3)
        self._button.setVisible(bool(button))  # in its place by now, else it is a window
        self.dress()

    def lead(self, action: QAction) -> None:
        """Let the button do what a command does."""
        follow(self._button, action)

    def add_button(self, button: QWidget) -> None:
        """Put another one before it."""
        self._buttons.insertWidget(self._buttons.count() - 2, button)

    @property
    def command(self) -> str:
        """The id of the command that the button was said to do."""
        return self._button.property(COMMAND)

    def say(self, text: str, button: str = "", command: str = "") -> None:
        """Change the texts; without a button's text there is no button.

        Args:
            text: what to do next.
            button: what the button says.
            command: the id of what it does, where that changes: `clicked` is to do it.
        """
        self._text.setText(text)
        if command:
            self._button.setProperty(COMMAND, command)
        self._button.setText(button)
        self._button.setVisible(bool(button))

    def _dress(self) -> None:
        self._picture.setPixmap(icon(self._icon_name, "faint").pixmap(40, 40))
