"""How long runs will take, from others that were probed or trained. No Qt here."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any, NamedTuple

from engine.spec.rows import RunRow
from engine.spec.run_spec import RunSpec, TrainingSpec
from engine.spec.run_state import RunState


class Paces:
    """What a probe saw of variants; one of other epochs is reckoned from it."""

    def __init__(self) -> None:
        self._seen: dict[str, Mapping[str, Any]] = {}
        self._likes: dict[str, tuple[int, Mapping[str, Any]]] = {}

    def keep(self, spec: RunSpec, seen: Mapping[str, Any]) -> None:
        """Remember what was seen of a resolved variant."""
        self._seen[spec.digest()] = seen
        if "error" not in seen:
            self._likes[_but_epochs(spec)] = spec.training.epochs, seen

    def is_seen(self, spec: RunSpec) -> bool:
        """Whether this very variant was probed."""
        return spec.digest() in self._seen

    def of(self, spec: RunSpec) -> Mapping[str, Any] | None:
        """What was seen of a variant, or can be told from one of other epochs; else None."""
        if self.is_seen(spec):
            return self._seen[spec.digest()]
        epochs, seen = self._likes.get(_but_epochs(spec), (0, None))
        if seen is None:
            return None
        return {**seen, "seconds": seen["seconds"] * spec.training.epochs / epochs}


def _but_epochs(spec: RunSpec) -> str:
    """The digest of a variant if it had the usual number of epochs."""
    recipe = spec.training.model_copy(update={"epochs": TrainingSpec().epochs})
    return spec.model_copy(update={"training": recipe}).digest()


class Earlier(NamedTuple):
    """What completed runs tell of one that is to be queued.

    Attributes:
        seconds: that it will take.
        num_runs: that say so.
        device: on which they were trained.
    """

    seconds: float
    num_runs: int
    device: str


def earlier(specs: Iterable[RunSpec], rows: Iterable[RunRow]) -> list[Earlier] | None:
    """Reckon the time of variants from runs of the same method, backbone and dataset.

    Args:
        specs: the variants.
        rows: what was trained, newest first; those count that ran on the newest one's device.

    Returns:
        For each variant what is known; None where there is one that nothing is known of.
    """
    like: defaultdict[tuple[str, str, str], list[RunRow]] = defaultdict(list)
    for row in rows:
        if row.state is RunState.COMPLETED and row.seconds and row.forked_at is None:
            like[row.method, row.backbone, row.dataset].append(row)
    found: list[Earlier] = []
    for spec in specs:
        key = spec.arm(), spec.backbone.name, spec.dataset.name
        if key not in like:
            return None
        device = like[key][0].device
        paces = [row.seconds / row.epochs for row in like[key] if row.device == device]
        found.append(Earlier(median(paces) * spec.training.epochs, len(paces), device))
    return found
