"""What variants are called that share method, backbone and dataset: read off the GUI thread."""

from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.spec.rows import RunRow
from studio.state.context import Context

if TYPE_CHECKING:
    from engine.spec.run_spec import RunSpec


class VariantNames(QObject):
    """Tells doubles apart as Compare does, by the settings in which they differ."""

    found = Signal(dict)
    """dict[str, str], by digest: "plain (epochs = 12)", of variants that share a name."""

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._client, self._jobs = context.client, context.jobs
        self._asked_of = frozenset[str]()
        self._reading = Lock()
        self._specs: dict[str, RunSpec] = {}

    def look(self, rows: Sequence[RunRow]) -> None:
        """Look for the names of these runs' variants, unless they are the same as before."""
        mine = frozenset(row.digest for row in rows)
        if mine == self._asked_of:
            return
        self._asked_of = mine

        def tell(names: dict[str, str]) -> None:
            if mine == self._asked_of:
                self.found.emit(names)

        def forget(_: Exception) -> None:  # a run may be gone by now: there will be other rows then
            self._asked_of = frozenset()

        self._jobs.run(lambda: self._read(rows), tell, forget, owner=self)

    def _read(self, rows: Sequence[RunRow]) -> dict[str, str]:
        named: dict[tuple[str, str, str], dict[str, RunRow]] = {}
        for row in rows:
            key = row.variant, row.backbone, row.dataset
            named.setdefault(key, {}).setdefault(row.digest, row)
        doubles = [row for alike in named.values() if len(alike) > 1 for row in alike.values()]
        if not doubles:
            return {}
        # These import what the table must not wait for.
        from engine.analysis.config_diff import settings_by_variant, settings_that_differ
        from engine.analysis.labels import variant_labels
        from engine.analysis.results import from_row

        with self._reading:
            for row in doubles:
                if row.digest not in self._specs:
                    self._specs[row.digest] = self._client.spec(row.id)
            specs = [self._specs[row.digest] for row in doubles]
            differing = settings_that_differ(specs, self._client.catalog())
        settings = settings_by_variant([row.digest for row in doubles], differing)
        return variant_labels(list(map(from_row, doubles)), settings)
