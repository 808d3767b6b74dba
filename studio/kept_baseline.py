"""The variant that others are compared with, kept with the workspace."""

from PySide6.QtCore import QObject

from studio.state.context import Context

KEY = "baseline"


class KeptBaseline(QObject):
    """Restores the baseline of the last window, and keeps what the user makes of it."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client, self._jobs = context.client, context.jobs
        self._selection = context.selection
        self._is_told = False
        self._saving = self._unsaved = False
        context.selection.baseline_changed.connect(self._on_changed)
        self._jobs.run(lambda: self._client.setting(KEY), self._on_read, owner=self)

    def _on_read(self, kept: object) -> None:
        """Show the kept one, unless the user was quicker with another."""
        if isinstance(kept, str) and not self._is_told:
            self._selection.baseline_changed.disconnect(self._on_changed)
            self._selection.set_baseline(kept)
            self._selection.baseline_changed.connect(self._on_changed)

    def _on_changed(self, _: str | None) -> None:
        """Keep the baseline; while one is being written, what is newer waits."""
        self._is_told = True
        self._unsaved = self._saving
        if not self._saving:
            self._saving = True
            baseline = self._selection.baseline
            self._jobs.run(
                lambda: self._client.put_setting(KEY, baseline), self._on_saved, owner=self
            )

    def _on_saved(self, _: None) -> None:
        self._saving = False
        if self._unsaved:
            self._on_changed(None)
