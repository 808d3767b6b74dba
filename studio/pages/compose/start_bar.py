"""The foot of the compose page: presets, TOML, what stands in the way, and Start."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QWidget

from engine.spec.workspace import Workspace
from studio.bridge.jobs import Jobs
from studio.item_models.wording import brief
from studio.pages.compose.presets import Preset, list_presets
from studio.widgets.buttons import PushButton, follow
from studio.widgets.labels import tip


class StartBar(QWidget):
    """Buttons in a row.

    Signals:
        preset_chosen: the Preset to start from.
        reason_clicked: the user wants to see what stands in the way.
    """

    preset_chosen = Signal(object)
    reason_clicked = Signal()

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self._listed: list[Preset] = []
        presets = PushButton(self.tr("Presets"), "list")
        presets.setObjectName("compose_presets")
        self._presets = QMenu(presets)
        self._presets.aboutToShow.connect(self.read_presets)
        presets.setMenu(self._presets)
        save = PushButton(self.tr("Save as preset…"), "save")
        save.setObjectName("compose_save_preset")
        toml = PushButton(self.tr("Edit as TOML…"), "code")
        toml.setObjectName("compose_toml")
        self._reason = _Reason()
        self._reason.clicked.connect(self.reason_clicked)
        self._start = PushButton(self.tr("Queue"), "play", "primary")
        self._start.setObjectName("compose_start")
        self._save, self._toml, self._for_edited = save, toml, list[QWidget]()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        for button in (presets, save, toml):
            self._row.addWidget(button)
        self._row.addWidget(self._reason, 1)
        self._row.addWidget(self._start)
        self.read_presets()

    def lead(self, save: QAction, toml: QAction, start: QAction) -> None:
        """Let the buttons do what commands do."""
        for button, action in ((self._save, save), (self._toml, toml), (self._start, start)):
            follow(button, action)

    def add_for_edited(self, button: QWidget) -> None:
        """Put a button before Start that is shown while a queued run is edited."""
        self._for_edited.append(button)
        self._row.insertWidget(self._row.count() - 1, button)
        button.hide()

    def show_state(self, count: int | None, reason: str | None, edited: int | None = None) -> None:
        """Say how many runs Start would queue, or which it changes; why it cannot if it cannot."""
        self._save.setVisible(edited is None)
        for button in self._for_edited:
            button.setVisible(edited is not None)
        if edited is not None:
            self._start.setText(self.tr("Save changes to run {0}").format(edited))
        elif count == 1:
            self._start.setText(self.tr("Queue 1 run"))
        elif count is not None:
            self._start.setText(self.tr("Queue {0} runs").format(f"{count:,}"))
        self._reason.say(reason or "")

    def read_presets(self) -> None:
        """Look which presets there are; those known before can be chosen meanwhile."""
        workspace = self._workspace
        self._jobs.run(lambda: list_presets(workspace), self._fill_presets, owner=self)

    def _fill_presets(self, presets: list[Preset]) -> None:
        if presets == self._listed:
            return  # nothing moves under the mouse
        self._listed = presets
        self._presets.clear()
        self._add([preset for preset in presets if not preset.own])
        self._presets.addSeparator()
        self._add([preset for preset in presets if preset.own])

    def _add(self, presets: Sequence[Preset]) -> None:
        for preset in presets:
            action = self._presets.addAction(
                f"{preset.name}  –  {preset.description}" if preset.description else preset.name
            )
            action.setObjectName(f"preset_{preset.name}")
            action.triggered.connect(partial(self._on_preset, preset))

    def _on_preset(self, preset: Preset, _: bool = False) -> None:
        self.preset_chosen.emit(preset)


class _Reason(QLabel):
    """What stands in the way, in short; the tooltip has all of it.

    Signals:
        clicked: by mouse, or with Return or Space.
    """

    clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("compose_reason")
        self.setProperty("role", "error")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def say(self, reason: str) -> None:
        """Show a reason; without one there is nothing to click."""
        self.setText(brief(reason))
        self.setToolTip(tip(reason))
        shape = Qt.CursorShape.PointingHandCursor if reason else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if reason else Qt.FocusPolicy.NoFocus)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Go to the reason."""
        if self.text() and event.button() is Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the reason."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)
