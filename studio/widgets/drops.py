"""Files and folders that are dropped on a widget."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget


def take_drops(
    widget: QWidget, wanted: Callable[[Path], bool], dropped: Callable[[Path], None]
) -> None:
    """Let a file or folder be dropped on a widget, and on those in it that take no drops.

    Args:
        widget: where it is dropped.
        wanted: whether a path may be dropped; what lies there is looked at then.
        dropped: is given the first path of a drop that is wanted.
    """
    widget.setAcceptDrops(True)
    widget.installEventFilter(_Drops(widget, wanted, dropped))


class _Drops(QObject):
    def __init__(
        self, widget: QWidget, wanted: Callable[[Path], bool], dropped: Callable[[Path], None]
    ) -> None:
        super().__init__(widget)
        self._wanted, self._dropped = wanted, dropped

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in (QEvent.Type.DragEnter, QEvent.Type.Drop):
            return super().eventFilter(watched, event)
        assert isinstance(event, QDropEvent)  # a QDragEnterEvent is one, too
        urls = event.mimeData().urls()
        paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
        path = next(filter(self._wanted, paths), None)
        if path is None:
            event.ignore()
            return True
        event.acceptProposedAction()
        if event.type() is QEvent.Type.Drop:
            self._dropped(path)
        return True
