"""A framed part of a page."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from studio.widgets.labels import BreakingLabel, label
from studio.widgets.layout import column, row


class Section(QFrame):
    """A card with a heading; put what it holds into `body`, and controls beside the heading."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        outer = column(self, margin=12)
        self._heading = BreakingLabel(title, "heading")
        self._top = row()
        self._top.addWidget(self._heading, 1)
        outer.addLayout(self._top)
        self._heading.setVisible(bool(title))
        self.body = column()
        outer.addLayout(self.body, 1)

    def set_title(self, title: str) -> None:
        """Change the heading."""
        self._heading.setText(title)
        self._heading.setVisible(bool(title))

    def add_hint(self, text: str) -> None:
        """Put a text between the heading and the controls, in the room that they leave."""
        hint = label(text, "caption", wrap=True)
        hint.setObjectName("hint")
        hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._top.addWidget(hint, 1)

    def add_control(self, widget: QWidget) -> None:
        """Put a control beside the heading."""
        self._top.addWidget(widget)
