"""The model card of a bundle, to be read in the window."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QWidget

from studio.widgets.layout import column


class CardDialog(QDialog):
    """Shows Markdown as a page; links are not followed."""

    def __init__(self, markdown: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Model card"))
        self.resize(820, 600)
        page = QTextBrowser()
        page.setObjectName("model_card")
        page.setAccessibleName(self.tr("Model card"))
        page.setOpenLinks(False)
        page.setMarkdown(markdown)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        layout = column(self, margin=12)
        layout.addWidget(page)
        layout.addWidget(buttons)
