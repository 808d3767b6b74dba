"""The datasets that the user added to the workspace's list."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from studio.bridge.kept_setting import KeptSetting
from studio.state.context import Context

KEY = "data/known"


@dataclass(eq=False)
class Known:
    """A dataset of the user's.

    Attributes:
        title: what the user calls it.
        dataset: which dataset reads it (`name`), where (`root`), and its `options`.
    """

    title: str
    dataset: dict[str, Any]


class KnownDatasets(QObject):
    """The list, kept with the workspace. The files themselves are never touched."""

    changed = Signal()
    """There are others, or they are in another order."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept = KeptSetting(context.client, context.jobs, KEY, self)
        self._all: list[Known] = []
        context.jobs.run(lambda: context.client.setting(KEY, []), self._on_read, owner=self)

    def all(self) -> list[Known]:
        """Every one, as they were added."""
        return list(self._all)

    def add(self, title: str, dataset: dict[str, Any]) -> Known:
        """Add a dataset under a title of its own; one that is there already is returned."""
        for known in self._all:
            if all(known.dataset[key] == dataset[key] for key in ("name", "root")):
                return known
        known = Known(self._free(title), dataset)
        self.restore(known, len(self._all))
        return known

    def restore(self, known: Known, at: int) -> None:
        """Put a dataset into the list, at a place."""
        self._all.insert(at, known)
        self._save()
        self.changed.emit()

    def remove(self, known: Known) -> int:
        """Take a dataset off the list; returns its place."""
        at = self._all.index(known)
        del self._all[at]
        self._save()
        self.changed.emit()
        return at

    def rename(self, known: Known, title: str) -> None:
        """Call a dataset something else; a title that another one has gets a number."""
        known.title = self._free(title, known)
        self._save()

    def set_options(self, known: Known, options: dict[str, Any]) -> None:
        """Read a dataset with other options from now on."""
        if known.dataset["options"] != options:
            known.dataset["options"] = options
            self._save()

    def _free(self, title: str, own: Known | None = None) -> str:
        taken = {known.title for known in self._all if known is not own}
        numbered = (f"{title} ({number})" for number in range(2, len(taken) + 3))
        return next(free for free in (title, *numbered) if free not in taken)

    def _on_read(self, stored: Any) -> None:
        self._all = [*_read(stored), *self._all]
        self.changed.emit()

    def _save(self) -> None:
        self._kept.put([asdict(known) for known in self._all])


def _read(stored: Any) -> Sequence[Known]:
    """What was kept, without what is not understood."""
    rows = stored if isinstance(stored, list) else []
    return [
        Known(row["title"], row["dataset"]) for row in rows
        if isinstance(row, dict) and isinstance(row.get("title"), str)
        and isinstance(row.get("dataset"), dict)
        and row["dataset"].keys() >= {"name", "root", "options"}
    ]
