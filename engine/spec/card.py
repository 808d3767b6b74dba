"""A card: what the catalogue says of one backbone, method, dataset, metric or export format."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["backbone", "method", "dataset", "metric", "export"]
PLUGIN_GROUP = "sila_studio.plugins"
"""Entry points of this group name modules of other packages that register something."""

KINDS: tuple[Kind, ...] = ("backbone", "method", "dataset", "metric", "export")


class Card(BaseModel):
    """One catalogue entry, torch-free, as published into the store by the engine.

    Attributes:
        kind: what it is.
        name: the name used in specs.
        title: the name people say.
        summary: one paragraph.
        paper: citation, or empty.
        equation: plain-text equation of a method's loss, or empty.
        parts: training-only parts of a method ("projector", "second peer").
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
    parts: tuple[str, ...] = ()
    options: dict[str, Any] = {}
    facts: dict[str, Any] = {}

    @property
    def option_defaults(self) -> dict[str, Any]:
        """The default of every option, by name."""
        properties: dict[str, Any] = self.options.get("properties", {})
        return {name: schema.get("default") for name, schema in properties.items()}
