"""The variant that others are compared with, kept with the workspace."""

from PySide6.QtCore import QObject

from studio.bridge.kept_setting import KeptSetting
from studio.state.context import Context

KEY = "baseline"


class KeptBaseline(QObject):
    """Restores the baseline of the last window, and keeps what the user makes of it."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept = KeptSetting(context.client, context.jobs, KEY, self)
        self._selection = context.selection
        self._is_told = False
        context.selection.baseline_changed.connect(self._on_changed)
        context.jobs.run(lambda: context.client.setting(KEY), self._on_read, owner=self)

    def _on_read(self, kept: object) -> None:
        """Show the kept one, unless the user was quicker with another."""
        if isinstance(kept, str) and not self._is_told:
            self._selection.baseline_changed.disconnect(self._on_changed)
            self._selection.set_baseline(kept)
            self._selection.baseline_changed.connect(self._on_changed)

    def _on_changed(self, baseline: str | None) -> None:
        self._is_told = True
        self._kept.put(baseline)
