"""Where a page stands in the window."""

from typing import Protocol, runtime_checkable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


@runtime_checkable
class Leading(Protocol):
    """A page that says which of its widgets has the keys first.

    A focus proxy would say it, too, but Tab goes from a widget to its proxy, and past all that
    stands before that one.
    """

    @property
    def leads(self) -> QWidget:
        """What has the keys when the page is shown."""
        ...


class PageArea(QScrollArea):
    """Holds a page; one that asks for more room than the window has is scrolled, never cut.

    Attributes:
        room: what a page is best made in.
        page: the page, once it is there.
    """

    page: QWidget

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make it empty."""
        super().__init__(parent)
        self.room = self.viewport()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def set_page(self, page: QWidget) -> None:
        """Show a page."""
        self.page = page
        self.setWidget(page)

    def focus_page(self) -> None:
        """Give the keys to what the page says, else to the first widget that takes them."""
        if isinstance(self.page, Leading):
            self.page.leads.setFocus()
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
