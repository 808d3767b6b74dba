"""How long runs will take, from others that were probed or trained. No Qt here."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any, NamedTuple

from engine.spec.rows import RunRow
from engine.spec.run_spec import RunSpec, TrainingSpec
from engine.spec.run_state import RunState

_Key = tuple[str, str]

class Paces:
    """What a probe saw of variants; one of other epochs is reckoned from it."""

    def __init__(self) -> None:
        self._seen: dict[_Key, Mapping[str, Any]] = {}
        self._likes: dict[_Key, tuple[int, Mapping[str, Any]]] = {}

    def keep(self, spec: RunSpec, seen: Mapping[str, Any]) -> None:
        """Remember what was seen of a resolved variant."""
        self._seen[_key(spec)] = seen
        if "error" not in seen:
            self._likes[_key_but_epochs(spec)] = spec.training.epochs, seen

    def is_seen(self, spec: RunSpec) -> bool:
        """Whether this very variant was probed, on the same device and threads."""
        return _key(spec) in self._seen

    def of(self, spec: RunSpec) -> Mapping[str, Any] | None:
        """What was seen of a variant, or can be told from one of other epochs; else None."""
        if self.is_seen(spec):
            return self._seen[_key(spec)]
        epochs, seen = self._likes.get(_key_but_epochs(spec), (0, None))
        if seen is None:
            return None
        return {**seen, "seconds": seen["seconds"] * spec.training.epochs / epochs}


def _key(spec: RunSpec) -> _Key:
    """What a variant is, and what it takes time for, which its digest does not say whole."""
    return spec.digest(), spec.pace_digest()


def _key_but_epochs(spec: RunSpec) -> _Key:
    """The key of a variant if it had the usual number of epochs."""
    recipe = spec.training.model_copy(update={"epochs": TrainingSpec().epochs})
    return _key(spec.model_copy(update={"training": recipe}))


class Earlier(NamedTuple):
    """What completed runs tell of one that is to be queued.

    Attributes:
        seconds: that it will take.
        runs: those that say so.
        device: on which they were trained.
    """

    seconds: float
    runs: frozenset[int]
    device: str


def comparable(specs: Iterable[RunSpec], rows: Iterable[RunRow]) -> list[RunRow]:
    """The completed runs that may tell of variants, as far as their rows say."""
    names = {(spec.arm(), spec.backbone.name, spec.dataset.name) for spec in specs}
    return [
        row for row in rows
        if row.state is RunState.COMPLETED and row.seconds and row.forked_at is None
        and (row.method, row.backbone, row.dataset) in names
    ]


def earlier(
    specs: Iterable[RunSpec], rows: Iterable[RunRow], paces: Mapping[int, str]
) -> list[Earlier] | None:
    """Reckon the time of variants from runs that are equal to them in all that takes time.

    Args:
        specs: the variants.
        rows: comparable runs, newest first; those count that ran as the newest one did, on its
            device and with as many steps an epoch.
        paces: the pace digests of those runs, as far as they are known.

    Returns:
        For each variant what is known; None where there is one that nothing is known of.
    """
    like: defaultdict[str, list[RunRow]] = defaultdict(list)
    for row in rows:
        if row.id in paces:
            like[paces[row.id]].append(row)
    found: list[Earlier] = []
    for spec in specs:
        alike = like.get(spec.pace_digest())
        if not alike:
            return None
        newest = alike[0]
        alike = [row for row in alike if _place(row) == _place(newest)]
        seconds = median(row.seconds / row.epochs for row in alike) * spec.training.epochs
        found.append(Earlier(seconds, frozenset(row.id for row in alike), newest.device))
    return found


def _place(row: RunRow) -> tuple[str, int]:
    """Where a run was trained, and on how much: a folder of images may have changed."""
    return row.device, row.steps_per_epoch
