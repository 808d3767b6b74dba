"""Work off the GUI thread: one place that knows about threads, so that pages need not."""

import logging
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import shiboken6
from PySide6.QtCore import QCoreApplication, QObject, Qt, QThreadPool, Signal, Slot

from engine.spec.errors import StudioError
from studio.bridge.garbage import GuiGarbage

T = TypeVar("T")
_log = logging.getLogger(__name__)
NUM_THREADS = 4


class Jobs(QObject):
    """Runs functions in a few threads and hands what they return to the GUI thread."""

    failed = Signal(str)
    """A job without a handler for failures failed: one line for the user."""

    _returned = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._garbage = GuiGarbage(self)
        self._pool = QThreadPool()
        self._pool.setMaxThreadCount(NUM_THREADS)
        self._returned.connect(self._on_returned, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[], T],
        on_success: Callable[[T], None] | None = None,
        on_failure: Callable[[Exception], None] | None = None,
        owner: QObject | None = None,
    ) -> None:
        """Run `work` in a thread, then a handler on the GUI thread.

        Args:
            work: must not touch widgets.
            on_success: is given what `work` returned.
            on_failure: is given what it raised; without it, `failed` tells the user.
            owner: once it is destroyed, neither handler is called.
        """
        self._pool.start(partial(self._work, work, on_success, on_failure, owner))

    def wait(self) -> None:
        """Wait for the jobs that were begun, at the end; handlers still need the event loop."""
        self._pool.waitForDone()
        self._garbage.end()

    def _work(
        self,
        work: Callable[[], T],
        on_success: Callable[[T], None] | None,
        on_failure: Callable[[Exception], None] | None,
        owner: QObject | None,
    ) -> None:
        try:
            result = work()
        except Exception as error:  # whatever it is, the user must learn of it
            handler = partial(on_failure or self._tell, error)
        else:
            handler = partial(on_success, result) if on_success else None
        if handler is not None and shiboken6.isValid(self):
            self._returned.emit((handler, owner))

    @Slot(object)
    def _on_returned(self, returned: tuple[Callable[[], None], QObject | None]) -> None:
        handler, owner = returned
        if owner is None or shiboken6.isValid(owner):
            handler()

    def _tell(self, error: Exception) -> None:
        self.failed.emit(as_line(error))


def as_line(error: Exception) -> str:
    """Return what to tell the user of an error; one that we did not foresee is logged whole."""
    if isinstance(error, StudioError):
        return str(error)
    _log.error("unforeseen error in a job", exc_info=error)
    text = QCoreApplication.translate("Jobs", "Something unforeseen went wrong ({0}: {1}).")
    return text.format(type(error).__name__, error)
