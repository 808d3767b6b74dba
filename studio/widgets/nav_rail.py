"""The column at the left with a button for each page."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QToolButton

from studio.theme.icons import icon
from studio.widgets.buttons import follow
from studio.widgets.layout import column
from studio.widgets.themed import Themed

WIDTH = 76


class NavRail(Themed, QFrame):
    """Buttons with an icon above a word, of which one is down; as wide as the longest word."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setMinimumWidth(WIDTH)
        self._layout = column(self, spacing=4, margin=6)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, tuple[QToolButton, str]] = {}

    def add(self, page: str, text: str, icon_name: str, *, last: bool = False) -> None:
        """Add a page's button; `last` puts it at the foot."""
        button = QToolButton()
        button.setObjectName(f"rail.{page}")
        button.setText(text)
        button.setAccessibleName(text)
        button.setCheckable(True)
        button.setIconSize(QSize(20, 20))
        button.setFixedHeight(52)
        button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self._group.addButton(button)
        self._buttons[page] = button, icon_name
        if last:
            self._layout.addStretch(1)
        self._layout.addWidget(button)
        self.dress()

    def lead(self, page: str, action: QAction) -> None:
        """Let a page's button do what a command does."""
        follow(self._buttons[page][0], action)

    def set_current(self, page: str) -> None:
        """Put a page's button down."""
        self._buttons[page][0].setChecked(True)
        self.dress()

    def _dress(self) -> None:
        for button, icon_name in self._buttons.values():
            button.setIcon(icon(icon_name, "accent" if button.isChecked() else "muted"))
