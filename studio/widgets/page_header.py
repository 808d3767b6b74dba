"""The top of a page: its title, and at the right what one mostly does there."""

from PySide6.QtWidgets import QWidget

from studio.widgets.labels import label
from studio.widgets.layout import column, row


class PageHeader(QWidget):
    """Title and one line below it at the left, controls at the right."""

    def __init__(self, title: str, subtitle: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = label("", "title")
        self._title.setObjectName("title")
        self._subtitle = label("", "muted", wrap=True)
        texts = column(spacing=4)
        texts.addWidget(self._title)
        texts.addWidget(self._subtitle)
        self._row = row(self)
        self._row.addLayout(texts, 1)
        self.set_title(title, subtitle)

    def set_title(self, title: str, subtitle: str = "") -> None:
        """Change the texts."""
        self._title.setText(title)
        self._subtitle.setText(subtitle)
        self._subtitle.setVisible(bool(subtitle))

    def add_action(self, widget: QWidget) -> None:
        """Put a control at the right end; the page's primary button comes last."""
        self._row.addWidget(widget)
