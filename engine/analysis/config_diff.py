"""The settings in which runs differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

# What a run may differ in without being another variant; see RunSpec.digest.
NOISE = frozenset({
    "name", "seed", "training.device", "training.threads", "training.deterministic",
    "training.gradients_every", "training.checkpoint_minutes", "training.keep_every",
})


@dataclass(frozen=True)
class Difference:
    """One setting that is not the same everywhere.

    Attributes:
        key: dotted, as in `training.lr`.
        values: what each spec says, in their order; None where it says nothing.
    """

    key: str
    values: tuple[Any, ...]


def differences(specs: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """Return the settings that differ between specs given as nested tables, noise left out.

    Keys come in the order in which they are first met.
    """
    flat = [dict(_flatten(spec)) for spec in specs]
    keys = dict.fromkeys(key for spec in flat for key in spec if key not in NOISE)
    rows = [Difference(key, tuple(spec.get(key) for spec in flat)) for key in keys]
    return [row for row in rows if any(value != row.values[0] for value in row.values)]


def _flatten(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for name, value in table.items():
        if isinstance(value, Mapping):
            pairs += _flatten(cast("Mapping[str, Any]", value), f"{prefix}{name}.")
        else:
            pairs.append((f"{prefix}{name}", value))
    return pairs
