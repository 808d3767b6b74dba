"""Files and folders that are dropped on the window, whichever page is shown."""

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from studio.state.context import Context
from studio.state.selection import SPEC_ENDING
from studio.widgets.drops import take_drops

_DATA_ENDINGS = (".npz", ".tar.gz", ".tgz", ".tar")


class Dropped(QObject):
    """Hands on what no page took: an experiment to Compose, images or an archive to Data."""

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self._context = context
        take_drops(window, Path.exists, self._on_dropped)

    def _on_dropped(self, path: Path) -> None:
        name = path.name.lower()
        if name.endswith(SPEC_ENDING):
            self._context.selection.offer_spec(path)
        elif path.is_dir() or name.endswith(_DATA_ENDINGS):
            self._context.selection.offer_data(path)
        else:
            self._context.messages.say(self.tr(
                "{0} is neither an experiment (.toml) nor a dataset (a folder, .npz or .tar.gz)."
            ).format(path.name), "info")
