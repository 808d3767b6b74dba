"""Where a page stands in the window."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class PageArea(QScrollArea):
    """Holds a page; one that asks for more room than the window has is scrolled, never cut."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make it empty; `setWidget` gives it the page, which is best made in its `room`."""
        super().__init__(parent)
        self.room = self.viewport()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    @property
    def page(self) -> QWidget:
        """The page that it holds."""
        return self.widget()

    def focus_page(self) -> None:
        """Give the keys to the page's focus proxy, else to the first widget that takes them."""
        self.page.setFocus()
        there = self.page.window().focusWidget()
        if there is not None and self.page.isAncestorOf(there) and there.isVisible():
            return
        tab = Qt.FocusPolicy.TabFocus
        first = next((
            widget for widget in self.page.findChildren(QWidget)
            if widget.focusPolicy() & tab == tab and widget.isVisible() and widget.isEnabled()
        ), None)
        if first is not None:
            first.setFocus()
