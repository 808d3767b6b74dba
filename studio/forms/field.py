"""A property of a JSON Schema, read into what an editor needs to know. No Qt here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

FieldKind = Literal["integer", "number", "boolean", "choice", "text", "list", "folder", "teacher"]

_KINDS: dict[str, FieldKind] = {
    "integer": "integer", "number": "number", "boolean": "boolean", "string": "text",
    "array": "list",
}


@dataclass(frozen=True)
class Field:
    """One option as a form shows it.

    Attributes:
        name: key in the spec.
        label: what stands before the editor.
        kind: which editor it gets.
        default: value when the user says nothing.
        nullable: whether it may be left empty.
        choices: the values of a choice.
        item: kind of a list's items.
        unit: unit of the value, or empty.
        limits: the allowed range in words ("0 – 1", "> 0"), or empty.
        help: one sentence.
        source: paper or repository of the default, or empty.
        visible_when: siblings and the values for which this option matters.
        card: kind of the catalogue entries that its value names, or empty.
        needs: the sibling that is not 0 where this option has an effect, or empty.
    """

    name: str
    label: str
    kind: FieldKind
    default: Any
    nullable: bool
    choices: tuple[Any, ...]
    item: FieldKind
    unit: str
    limits: str
    help: str
    source: str
    visible_when: Mapping[str, tuple[Any, ...]]
    card: str = ""
    needs: str = ""

    @property
    def needs_room(self) -> bool:
        """Whether its values are long; these have no range that could stand beside them."""
        return bool(self.card) or self.kind in ("folder", "teacher")


def fields_of(schema: Mapping[str, Any]) -> list[Field]:
    """Return the fields of an object schema as pydantic writes it; nested tables are left out."""
    definitions: Mapping[str, Any] = schema.get("$defs", {})
    properties: Mapping[str, Any] = schema.get("properties", {})
    found = [_field(name, part, definitions) for name, part in properties.items()]
    return [field for field in found if field is not None]


def _field(name: str, part: Mapping[str, Any], definitions: Mapping[str, Any]) -> Field | None:
    branches = [_resolved(branch, definitions) for branch in part.get("anyOf", [part])]
    value_of = next((branch for branch in branches if branch.get("type") != "null"), {})
    kind = "choice" if _choices(value_of) else _KINDS.get(str(value_of.get("type")))
    if kind is None:
        return None
    if name == "teacher" and kind == "text" and "card" not in part:
        kind = "teacher"
    return Field(
        name=name,
        label=_label(name, str(part.get("title", ""))),
        kind=kind,
        default=part.get("default"),
        nullable=len(branches) > 1,
        choices=_choices(value_of),
        item=_KINDS.get(str(value_of.get("items", {}).get("type")), "text"),
        unit=str(part.get("unit", "")),
        limits=_limits(value_of),
        help=str(part.get("description", "")),
        source=str(part.get("source", "")),
        visible_when={k: tuple(v) for k, v in part.get("visible_when", {}).items()},
        card=str(part.get("card", "")),
        needs=str(part.get("needs", "")),
    )


def _resolved(branch: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = str(branch.get("$ref", "")).rpartition("/")[2]
    return definitions.get(reference, {}) if reference else branch


def _choices(part: Mapping[str, Any]) -> tuple[Any, ...]:
    return (part["const"],) if "const" in part else tuple(part.get("enum", ()))


def _label(name: str, title: str) -> str:
    """The title that the option was given, else its name in words.

    Pydantic fills in "Weight Decay" where no title was given, which says no more than the name.
    """
    if title and title != name.replace("_", " ").title():
        return title
    words = name.replace("_", " ")
    return words if len(words) <= 2 else words[0].upper() + words[1:]


def _limits(part: Mapping[str, Any]) -> str:
    low, above = part.get("minimum"), part.get("exclusiveMinimum")
    high, below = part.get("maximum"), part.get("exclusiveMaximum")
    if low is not None and high is not None:
        return f"{_written(low)} – {_written(high)}"
    ends = (("≥", low), (">", above), ("≤", high), ("<", below))
    return ", ".join(f"{sign} {_written(end)}" for sign, end in ends if end is not None)


def _written(number: float) -> str:
    """A number with thousands apart; integers are never rounded."""
    return f"{number:,d}" if isinstance(number, int) else f"{number:,g}"
