"""Keeping a setting with the workspace while it changes."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from studio.bridge.jobs import Jobs, as_line

if TYPE_CHECKING:
    from studio.bridge.client import Client


class KeptSetting(QObject):
    """Writes one value after the other, the newest at the end; those between may be left out."""

    def __init__(
        self, client: "Client", jobs: Jobs, key: str, parent: QObject | None = None
    ) -> None:
        """Write nothing yet.

        Args:
            client: writes it.
            jobs: does so in a thread, and tells the user where that fails.
            key: of the setting.
            parent: owner.
        """
        super().__init__(parent)
        self._client, self._jobs, self._key = client, jobs, key
        self._newest: list[Any] = []
        self._is_writing = False

    def put(self, value: Any) -> None:
        """Write a value, after the one that is being written."""
        self._newest = [value]
        self._write()

    def _write(self) -> None:
        if self._newest and not self._is_writing:
            value = self._newest.pop()
            self._is_writing = True
            self._jobs.run(
                lambda: self._client.put_setting(self._key, value),
                lambda _: self._go_on(), self._on_failed, owner=self,
            )

    def _on_failed(self, error: Exception) -> None:
        self._jobs.failed.emit(as_line(error))
        self._go_on()

    def _go_on(self) -> None:
        self._is_writing = False
        self._write()
