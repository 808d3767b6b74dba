"""The line at the window's foot, always true: engine, devices, the run at work, the queue."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QMenu, QProgressBar, QStatusBar, QToolButton, QWidget

from engine.spec.rows import EngineRow, RunRow
from engine.spec.run_state import RunState
from studio.item_models import wording
from studio.theme.icons import icon
from studio.widgets.buttons import follow


class StatusBar(QStatusBar):
    """Shows rows as they come; knows of no store."""

    _known = False  # whether the engine was heard of; Qt sends events before __init__ is through

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._engine: EngineRow | None = None
        self.run: int | None = None
        """The run at work that is told of."""
        self._engine_button = self._button("status.engine")
        self._engine_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._devices = QLabel()
        self._devices.setObjectName("status.devices")
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(96)
        self._progress.setRange(0, 1000)
        self._progress.setAccessibleName(self.tr("Progress of the run"))
        self._run_button = self._button("status.run")
        self._queue_button = self._button("status.queue")
        self.addWidget(self._engine_button)
        self.addWidget(self._devices, 1)
        for widget in (self._progress, self._run_button, self._queue_button):
            self.addPermanentWidget(widget)
        self.set_busy(self.tr("opening the workspace…"))
        self.set_runs([])

    def lead(self, run: QAction, queue: QAction, engine: Sequence[QAction]) -> None:
        """Let the buttons do what commands do: that of the engine opens a menu of them."""
        follow(self._run_button, run)
        follow(self._queue_button, queue)
        menu = QMenu(self._engine_button)
        menu.addActions(engine)
        self._engine_button.setMenu(menu)

    def _button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setIconSize(QSize(14, 14))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return button

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange and self._known:
            self.set_engine(self._engine)
        super().changeEvent(event)

    def set_busy(self, doing: str) -> None:
        """Say what is being done to the engine, until it is heard of."""
        self._say_engine(doing, "queued", "muted")

    def set_engine(self, engine: EngineRow | None) -> None:
        """Show the engine at work, or that there is none."""
        self._engine, self._known = engine, True
        if engine is None:
            self._say_engine(self.tr("stopped"), "neutral", "muted")
            self._devices.clear()
        else:
            self._say_engine(self.tr("running"), "good", "good")
            self._devices.setText("   ·   ".join(map(device_line, engine.devices)))

    def _say_engine(self, text: str, icon_name: str, colour: str) -> None:
        said = self.tr("engine: {0}").format(text)
        self._engine_button.setText(said)
        self._engine_button.setAccessibleName(said)
        self._engine_button.setIcon(icon(icon_name, colour))
        self._engine_button.setToolTip(self.tr("Start or stop the engine, or read its log"))

    def set_runs(self, runs: list[RunRow]) -> None:
        """Show the run at work, and how many wait."""
        running = [run for run in runs if run.actual_state is RunState.RUNNING]
        queued = sum(run.state is RunState.QUEUED for run in runs)
        self._queue_button.setText(self.tr("queue {0}").format(queued))
        self._progress.setVisible(bool(running))
        self._run_button.setVisible(bool(running))
        if not running:
            self.run = None
            return
        first = min(running, key=lambda run: run.started_at or 0.0)
        self.run = first.id
        self._progress.setValue(round(1000 * first.progress))
        self._run_button.setText(self._run_line(first, len(running) - 1))

    def _run_line(self, run: RunRow, others: int) -> str:
        parts = [self.tr("run {0}").format(run.id),
                 self.tr("epoch {0}/{1}").format(run.epoch, run.epochs)]
        left = wording.remaining_s(run)
        if left is not None:
            parts.append(self.tr("{0} left").format(wording.duration(left)))
        if others:
            parts.append(self.tr("and {0} more").format(others))
        return "  ".join(parts)


def device_line(device: dict[str, Any]) -> str:
    """Return a device's load as far as it is known: "cuda:0 NVIDIA H100 61 % · 14.2/79.6 GB"."""
    parts = [str(device.get("name", ""))]
    if (load := device.get("load")) is not None:
        parts.append(f"{load:.0f} %")
    used, total = device.get("memory_used_mib"), device.get("memory_total_mib")
    line = " ".join(parts)
    if used is None or not total:
        return line
    return f"{line} · {used / 1024:.1f}/{total / 1024:.0f} GB"
