"""The published cards as one object: looking names up, checking a spec's options against them."""

import math
import os
from collections.abc import Iterable, Iterator
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from engine.spec.card import (
    Card,
    Kind,
    heads_problem,
    objections,
    options_problem,
    peers_problem,
)
from engine.spec.errors import OptionError, SpecError
from engine.spec.run_spec import RunSpec
from engine.spec.suggest import did_you_mean
from engine.spec.teaching import check_named

Table = dict[str, Any]


class Catalog:
    """Every card that the engine published."""

    def __init__(self, cards: Iterable[Card]) -> None:
        """Keep `cards` in their order."""
        self._cards: dict[tuple[Kind, str], Card] = {(c.kind, c.name): c for c in cards}

    def all(self, kind: Kind) -> list[Card]:
        """The cards of one kind, in the order of the catalogue."""
        return [card for (k, _), card in self._cards.items() if k == kind]

    def card(self, kind: Kind, name: str) -> Card:
        """Return one card.

        Raises:
            SpecError: there is none of that name; the line names the nearest.
        """
        try:
            return self._cards[kind, name]
        except KeyError:
            known = [card.name for card in self.all(kind)]
            raise SpecError(f"unknown {kind} '{name}'{did_you_mean(name, known)}") from None

    def direction(self, key: str) -> str:
        """Whether the metric behind a key such as `val/top1` is better "up" or "down"."""
        card = self._cards.get(("metric", metric_name(key)))
        return str(card.facts.get("direction", "down")) if card else "down"

    def unit(self, key: str) -> str:
        """Unit of the metric behind a key, or empty."""
        card = self._cards.get(("metric", metric_name(key)))
        return str(card.facts.get("unit", "")) if card else ""

    def chosen(self, spec: RunSpec) -> list[Card]:
        """The cards of a run: its dataset, backbone, method and regularizers.

        Raises:
            SpecError: there is none of a name.
        """
        named: list[tuple[Kind, str]] = [
            ("dataset", spec.dataset.name), ("backbone", spec.backbone.name),
            ("method", spec.method.name), *(("regularizer", name) for name in spec.regularizers),
        ]
        return [self.card(kind, name) for kind, name in named]

    def resolve(self, spec: RunSpec) -> RunSpec:
        """Check every name and option, and leave out the options that say the default.

        Raises:
            SpecError: an unknown name or key, a value out of range, a missing folder name, or
                parts that cannot be combined; an OptionError where one option is to blame.
        """
        parts: dict[str, Any] = {}
        for kind in ("dataset", "backbone", "method"):
            part = getattr(spec, kind)
            options = self._options(self.card(kind, part.name), part.options)
            parts[kind] = part.model_copy(update={"options": options})
        parts["regularizers"] = {
            name: self._options(self.card("regularizer", name), options)
            for name, options in sorted(spec.regularizers.items())
        }
        for objection in objections(self.chosen(spec)):
            raise SpecError(objection)
        self._check_method(spec)
        self._check_weights(spec)
        dataset = self.card("dataset", spec.dataset.name)
        if dataset.facts.get("needs_root") and not spec.dataset.root:
            raise OptionError(
                f"[dataset] {spec.dataset.name} needs 'root', the folder or file of its images",
                "dataset", spec.dataset, "root",
            )
        return spec.model_copy(update=parts)

    def _check_method(self, spec: RunSpec) -> None:
        card, options = self.card("method", spec.method.name), spec.method.options
        backbone = self.card("backbone", spec.backbone.name)
        peers = [self.card("backbone", name) for name in options.get("peer_backbones", ())]
        problem = (
            options_problem(card, options) or heads_problem(card, options, backbone)
            or peers_problem([backbone, *peers])
        )
        if problem:
            raise OptionError(
                f"{card.title}: {problem.reason}", "method", spec.method, problem.option
            )
        teacher = options.get("teacher")
        if isinstance(teacher, str):
            dataset = self.card("dataset", spec.dataset.name)
            try:
                check_named(teacher, spec, dataset, self._cards.get(("backbone", teacher)))
            except SpecError as error:
                raise OptionError(str(error), "method", spec.method, "teacher") from None

    def _check_weights(self, spec: RunSpec) -> None:
        """Files are looked for now: a run may have to wait long until it finds out."""
        weights = spec.backbone.options.get("weights")
        if isinstance(weights, str) and weights != "default" and not os.path.isfile(weights):  # noqa: PTH113
            raise OptionError(
                f"{self.card('backbone', spec.backbone.name).title}: there is no file of weights "
                f"at {weights}; name a .pth or .safetensors file",
                "backbone", spec.backbone, "weights",
            )

    def _options(self, card: Card, options: dict[str, Any]) -> dict[str, Any]:
        """The options that differ from the default; those that name cards must name known ones."""
        kept = check_options(card, options)
        for name, value in kept.items():
            kind: Kind | None = card.options["properties"][name].get("card")
            if kind:
                for other in [value] if isinstance(value, str) else value:
                    self.card(kind, other)
        return kept


def metric_name(key: str) -> str:
    """The metric behind a key: `val/top1` → `top1`, `train/loss/kl` → `loss`, `lr` → `lr`."""
    pieces = key.split("/")
    return pieces[1] if len(pieces) > 1 else pieces[0]


def check_options(card: Card, options: dict[str, Any]) -> dict[str, Any]:
    """Validate options against a card's JSON Schema; return those that differ from the default.

    Raises:
        SpecError: one line with the key, the value and what it must be.
    """
    schema: dict[str, Any] = {"type": "object", "additionalProperties": False, **card.options}
    problems: Iterator[ValidationError] = Draft202012Validator(schema).iter_errors(options)  # pyright: ignore[reportUnknownMemberType]
    for problem in problems:
        raise SpecError(_one_line(card, problem))
    properties: dict[str, Any] = schema.get("properties", {})
    kept: dict[str, Any] = {}
    for name, value in options.items():
        typed = _typed(card, name, properties[name], value)
        if typed != properties[name].get("default"):
            kept[name] = typed
    return kept


def _typed(card: Card, name: str, schema: Table, value: Any) -> Any:
    """The value as the type that its option has, so that 1 and 1.0 are one variant."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        where = f"[{card.kind}.options] of {card.name}"
        raise SpecError(f"{where}: {name} = {value!r} must be a finite number")
    if schema.get("type") == "integer":
        return int(value)
    return float(value) if schema.get("type") == "number" else value


_LIMITS = {
    "minimum": "at least {0}", "maximum": "at most {0}", "exclusiveMinimum": "more than {0}",
    "exclusiveMaximum": "less than {0}", "type": "of type {0}", "enum": "one of {0}",
    "const": "{0}", "minItems": "at least {0} long", "minLength": "at least {0} long",
}


def _one_line(card: Card, problem: ValidationError) -> str:
    table = f"[{card.kind}.options] of {card.name}"
    path = ".".join(str(p) for p in problem.absolute_path)
    if problem.validator == "additionalProperties":
        known: list[str] = list(card.options.get("properties", {}))
        unknown = next(str(name) for name in cast("Table", problem.instance) if name not in known)
        if not known:
            return f"unknown key '{unknown}' in {table}: it has no options"
        return f"unknown key '{unknown}' in {table}{did_you_mean(unknown, known)}"
    if problem.validator == "anyOf":  # an optional value: speak of the type that it has if given
        given = [p for p in problem.context or [] if p.validator_value != "null"]
        problem = given[0] if given else problem
    rule = _LIMITS.get(str(problem.validator))
    if rule is None:
        return f"{table}: {path} = {problem.instance!r}: {problem.message}"
    return f"{table}: {path} = {problem.instance!r} must be {rule.format(problem.validator_value)}"
