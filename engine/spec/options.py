"""Options: typed, documented values beside the code that they configure.

An option carries what a form needs (range, unit, help, source, when it is visible), so the
command line, the TOML file and the window all speak from the same declaration.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.spec.card import Kind
from engine.spec.errors import SpecError
from engine.spec.suggest import did_you_mean


class Options(BaseModel):
    """Base of every options class: immutable; unknown keys and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


def option(
    default: Any,
    help: str,  # noqa: A002 - the word the user reads
    *,
    title: str | None = None,
    unit: str | None = None,
    source: str | None = None,
    visible_when: Mapping[str, Sequence[Any]] | None = None,
    needs: str | None = None,
    card: Kind | None = None,
    **limits: Any,
) -> Any:
    """Declare an option.

    Args:
        default: value when the user says nothing.
        help: one sentence for tooltip and command line.
        title: label, where the name alone says too little (for example "α").
        unit: unit of the value.
        source: paper or repository that the default comes from.
        visible_when: show the option only if the named sibling has one of the listed values.
        needs: a sibling, such as a weight, without which (at 0) the option has no effect; the form
            says so, and keeps the value.
        card: the value is a name, or names, of catalogue entries of this kind.
        limits: pydantic's `ge`, `gt`, `le`, `lt`, `multiple_of`, `min_length`…
    """
    extra: dict[str, Any] = {}
    if unit:
        extra["unit"] = unit
    if source:
        extra["source"] = source
    if visible_when:
        extra["visible_when"] = {name: list(values) for name, values in visible_when.items()}
    if needs:
        extra["needs"] = needs
    if card:
        extra["card"] = card
    if isinstance(default, tuple):
        limits["strict"] = False  # TOML and JSON know only lists
    return Field(
        default, description=help, title=title, json_schema_extra=extra or None, **limits
    )


T = TypeVar("T", bound=BaseModel)


def parse(model: type[T], values: Mapping[str, Any], where: str) -> T:
    """Validate `values` as `model`.

    Raises:
        SpecError: one line that names the table, the key, what is wrong and, for an unknown
            key, the nearest known one.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise SpecError(_first_line(model, error, where)) from None


def _first_line(model: type[BaseModel], error: ValidationError, where: str) -> str:
    problem = error.errors(include_url=False)[0]
    *path, key = [str(part) for part in problem["loc"]] or [""]
    table = ".".join([where, *path]).strip(".")
    if problem["type"] == "extra_forbidden":
        known = _fields_at(model, path)
        return f"unknown key '{key}' in [{table}]{did_you_mean(key, known)}"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "missing":
        return f"[{table}] needs '{key}'"
    return f"[{table}] {key} = {problem['input']!r}: {message[0].lower()}{message[1:]}"


def _fields_at(model: type[BaseModel], path: Sequence[str]) -> list[str]:
    here: type[BaseModel] = model
    for part in path:
        field = here.model_fields.get(part)
        inner = field.annotation if field else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        here = inner
    return list(here.model_fields)
