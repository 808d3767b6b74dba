"""How far something is that takes a while, with a button to cancel it."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget
from shiboken6 import isValid

from studio.widgets.buttons import IconButton, follow
from studio.widgets.labels import label


class TaskBar(QWidget):
    """Hidden while nothing goes on.

    What was asked by keys takes the focus from the button that it was asked with, which is disabled
    meanwhile, to the progress, where a second press does nothing; the button that cancels is next.
    At the end the focus goes back.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._cancel = IconButton("stop", self.tr("Cancel"))
        self._cancel.setObjectName("task_cancel")
        self._asked_with: QWidget | None = None
        self._doing = label("", "caption")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._bar, 1)
        row.addWidget(self._cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self._doing)
        self.hide()

    def set_cancel(self, action: QAction) -> None:
        """Let the button do what a command does."""
        follow(self._cancel, action)

    def begin(self) -> None:
        """Show that something was asked for."""
        self._asked_with = QApplication.focusWidget()
        self.show_progress(0, 0, "")

    def show_progress(self, done: int, total: int, doing: str) -> None:
        """Show how far it is: `done` of `total` (0: nobody knows), and what is being done."""
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._doing.setText(doing or self.tr("Waiting for the engine…"))
        self._bar.setAccessibleName(self._doing.text())
        self.show()

    def hide(self) -> None:
        """Show no more, and give the focus back: else it would go to the window's first button."""
        before, has_focus = self._asked_with, self._bar.hasFocus() or self._cancel.hasFocus()
        super().hide()
        if has_focus and before is not None and isValid(before):
            QTimer.singleShot(0, before, before.setFocus)  # it is enabled by then

    def text(self) -> str:
        """What is being done, in words."""
        return self._doing.text()
