"""The desktop's service for notifications, which speaks where there is no tray to do it."""

from functools import partial

from PySide6.QtCore import QObject, QProcess, Signal

GDBUS = "gdbus"
"""Comes with GLib, so with every desktop whose service it calls.

PySide6 has no unsigned numbers for D-Bus, which the service's one method needs.
"""
_SERVICE, _PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
_ICON = "sila-studio"


class NotificationService(QObject):
    """Calls `org.freedesktop.Notifications.Notify` without waiting for it."""

    refused = Signal(str)
    """The text of a notification that was not shown: there is no such service."""

    def tell(self, title: str, text: str, shown_ms: int) -> None:
        """Let the desktop show a notification.

        Args:
            title: its first line.
            text: what it says.
            shown_ms: for how long it is seen.
        """
        process = QProcess(self)
        process.finished.connect(partial(self._on_finished, process, text))
        process.errorOccurred.connect(partial(self._on_error, process, text))
        process.start(GDBUS, [
            "call", "--session", "--timeout", "2", "--dest", _SERVICE, "--object-path", _PATH,
            "--method", f"{_SERVICE}.Notify", "--",
            _quoted("SiLa Studio"), "uint32 0", _quoted(_ICON), _quoted(title), _quoted(text),
            "@as []", "@a{sv} {}", f"int32 {shown_ms}",
        ])

    def _on_finished(
        self, process: QProcess, text: str, code: int, _: QProcess.ExitStatus
    ) -> None:
        process.deleteLater()
        if code:
            self.refused.emit(text)

    def _on_error(self, process: QProcess, text: str, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            process.deleteLater()
            self.refused.emit(text)


def _quoted(text: str) -> str:
    """A text as GVariant's format writes it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"
