"""The settings in which runs differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from engine.spec.errors import SpecError

if TYPE_CHECKING:
    from engine.spec.card import Kind
    from engine.spec.catalog import Catalog
    from engine.spec.run_spec import RunSpec

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

    @property
    def differs(self) -> bool:
        """Whether any value is another than the first."""
        return any(value != self.values[0] for value in self.values)


def differences(specs: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """Return the settings that differ between specs given as nested tables, noise left out.

    Keys come in the order in which they are first met.
    """
    flat = [dict(_flatten(spec)) for spec in specs]
    keys = dict.fromkeys(key for spec in flat for key in spec if key not in NOISE)
    rows = [Difference(key, tuple(spec.get(key) for spec in flat)) for key in keys]
    return [row for row in rows if row.differs]


def settings_that_differ(specs: "Sequence[RunSpec]", catalog: "Catalog") -> list[Difference]:
    """Return what differs; where a spec has an option but does not name it, its default is shown.

    A spec keeps of the parts' own options only those that were changed; what the others are is
    known to the cards.
    """
    tables = [spec.model_dump(mode="json") for spec in specs]
    for table in tables:
        table["regularizers"] = {
            name: option_defaults(catalog, "regularizer", name) | options or {"on": True}
            for name, options in table["regularizers"].items()
        }
    rows = [
        replace(row, values=tuple(
            _default(row.key, table, catalog) if value is None else value
            for table, value in zip(tables, row.values, strict=True)
        ))
        for row in differences(tables)
    ]
    return [row for row in rows if row.differs]


def settings_by_variant(
    digests: Sequence[str], found: Sequence[Difference]
) -> dict[str, dict[str, Any]]:
    """Return what each variant says where they differ, by digest, then by key.

    Args:
        digests: of the variants.
        found: what they differ in, with a value of each, in this order.
    """
    return {
        digest: {each.key: each.values[at] for each in found} for at, digest in enumerate(digests)
    }


def option_defaults(catalog: "Catalog", kind: "Kind", name: str) -> dict[str, Any]:
    """The defaults of a part's options; none where its plug-in was taken away since."""
    try:
        return catalog.card(kind, name).option_defaults
    except SpecError:
        return {}


def _default(key: str, table: Mapping[str, Any], catalog: "Catalog") -> Any:
    part, _, option = key.partition(".options.")
    if not option:
        return None
    return option_defaults(catalog, cast("Kind", part), table[part]["name"]).get(option)


def _flatten(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for name, value in table.items():
        if isinstance(value, Mapping):
            pairs += _flatten(cast("Mapping[str, Any]", value), f"{prefix}{name}.")
        else:
            pairs.append((f"{prefix}{name}", value))
    return pairs
