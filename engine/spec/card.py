"""A card: what the catalogue says of one backbone, method, dataset, metric or export format."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["backbone", "method", "regularizer", "dataset", "metric", "export"]
PLUGIN_GROUP = "sila_studio.plugins"
"""Entry points of this group name modules of other packages that register something."""

KINDS: tuple[Kind, ...] = ("backbone", "method", "regularizer", "dataset", "metric", "export")


class Card(BaseModel):
    """One catalogue entry, torch-free, as published into the store by the engine.

    Attributes:
        kind: what it is.
        name: the name used in specs.
        title: the name people say.
        summary: one paragraph.
        paper: citation, or empty.
        equation: plain-text equation of a method's loss, or empty.
        evidence: what was measured here of a method, in which regime, or empty.
        parts: training-only parts of a method ("projector", "second peer").
        traits: what others may refuse it for. Backbones: "exits", "widths" or "paths" (dynamic
            networks), "single_exit" (all others but those with paths, and these), "unbranched"
            (cannot be cut before its last stage). Regularizers: "mixes_images". And what a
            backbone can be asked for: "reparameterizable" (its branches can be folded to ship).
        refuses: traits of others that it cannot be combined with, and why, as a clause.
        options: JSON Schema of its options.
        facts: whatever else is known of this kind: parameters of a backbone by number of
            classes, direction and unit of a metric, number of peers of a method…
    """

    model_config = ConfigDict(frozen=True)

    kind: Kind
    name: str
    title: str
    summary: str
    paper: str = ""
    equation: str = ""
    evidence: str = ""
    parts: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    refuses: dict[str, str] = {}
    options: dict[str, Any] = {}
    facts: dict[str, Any] = {}

    @property
    def option_defaults(self) -> dict[str, Any]:
        """The default of every option, by name."""
        properties: dict[str, Any] = self.options.get("properties", {})
        return {name: schema.get("default") for name, schema in properties.items()}


def objections(cards: Iterable[Card]) -> list[str]:
    """Why these cannot be combined in one run, a line each; empty where they can."""
    chosen = list(cards)
    return [
        f"{one.title} cannot be combined with {other.title}: {reason}"
        for one in chosen
        for trait, reason in one.refuses.items()
        for other in chosen
        if other is not one and trait in other.traits
    ]


def options_problem(card: Card, options: Mapping[str, Any]) -> str:
    """Why a method's options do not go together, as a clause; empty where they do.

    A method with a `teacher` needs one named; `peer_backbones` are one for each peer but the first
    of `num_peers`.
    """
    values = {**card.option_defaults, **options}
    if values.get("teacher") == "":
        return "name a teacher, such as run:12, a completed run"
    names = values.get("peer_backbones")
    if not names or "num_peers" not in values or len(names) == values["num_peers"] - 1:
        return ""
    return (
        f"{len(names)} other peers' backbones are named: that makes {len(names) + 1} peers, not "
        f"{values['num_peers']}"
    )
