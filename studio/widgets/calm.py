"""Controls that let the page scroll: the wheel never changes what they are set to.

Where nothing scrolls it does nothing. The window has no others: ruff refuses Qt's own elsewhere.
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QSlider, QSpinBox, QTabBar, QTabWidget, QWidget

_LEAST_WIDTH = 140


class _Calm:
    """Goes before the class of a control."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to the page."""
        event.ignore()


class CalmComboBox(_Calm, QComboBox):
    """A combo box that is changed by its list and by keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # else the wheel gives it the focus

    def take_room(self) -> None:
        """Be as wide as the longest entry if there is room; else the mouse tells it whole."""
        self.setSizeAdjustPolicy(self.SizeAdjustPolicy.AdjustToContents)
        self.setMinimumWidth(_LEAST_WIDTH)
        self.currentTextChanged.connect(self.setToolTip)


class CalmSpinBox(_Calm, QSpinBox):
    """A number that is changed by its arrows and by keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


class CalmSlider(_Calm, QSlider):
    """A number that is changed by a drag and by keys."""


class CalmTabBar(_Calm, QTabBar):
    """Tabs that are changed by clicks and by keys."""


class CalmTabWidget(QTabWidget):
    """Widgets behind such tabs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabBar(CalmTabBar())
