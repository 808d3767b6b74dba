"""The one table of names: what can be trained, how, on what, measured and exported by what.

A file in a plug-in folder registers what it defines; nothing else needs to be touched:

    @register("backbone", "resnet20", title="ResNet-20", summary="…")
    def resnet20(num_classes: int, in_channels: int, options: Options) -> Backbone: ...

A library with many networks that takes long to import registers a family instead: its names share
a prefix and are entered when one of them, or the whole list, is asked for.

Packages outside join through the entry-point group `sila_studio.plugins`: each entry point
names a module, which registers when it is imported.
"""

import importlib
import importlib.metadata
import pkgutil
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from engine.spec.card import PLUGIN_GROUP, Card, Kind
from engine.spec.errors import SpecError
from engine.spec.options import Options, parse
from engine.spec.suggest import did_you_mean

PLUGIN_FOLDERS = ("backbones", "methods", "regularizers", "datasets", "metrics", "exports")

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Entry:
    """A registered name: what makes it, its options, and its card (without computed facts)."""

    card: Card
    make: Callable[..., Any]
    options: type[Options] = field(default=Options)

    def parse_options(self, values: Mapping[str, Any]) -> Options:
        """Validate option values.

        Raises:
            SpecError: an unknown key or a value out of range.
        """
        return parse(self.options, values, f"{self.card.kind}.options")


_entries: dict[tuple[Kind, str], Entry] = {}
_families: dict[tuple[Kind, str], Callable[[], None]] = {}


def register(
    kind: Kind,
    name: str,
    *,
    title: str,
    summary: str,
    paper: str = "",
    equation: str = "",
    latex: str = "",
    evidence: str = "",
    parts: tuple[str, ...] = (),
    traits: tuple[str, ...] = (),
    refuses: Mapping[str, str] | None = None,
    options: type[Options] = Options,
    facts: Mapping[str, Any] | None = None,
) -> Callable[[F], F]:
    """Return a decorator that enters a class or function under `name`; see `Card` for the rest.

    A backbone with neither "exits" nor "widths" gets the trait "single_exit".
    """
    if kind == "backbone" and not {"exits", "widths"} & set(traits):
        traits = (*traits, "single_exit")
    card = Card(
        kind=kind, name=name, title=title, summary=summary, paper=paper, equation=equation,
        latex=latex, evidence=evidence, parts=parts, traits=traits, refuses=dict(refuses or {}),
        options=_form_schema(options), facts=dict(facts or {}),
    )

    def enter(make: F) -> F:
        known = _entries.get((kind, name))
        if known is not None and known.make.__module__ != make.__module__:
            raise ValueError(f"{kind} '{name}' is registered by {known.make.__module__} already")
        _entries[kind, name] = Entry(card, make, options)
        return make

    return enter


def register_family(kind: Kind, prefix: str, enter_all: Callable[[], None]) -> None:
    """Say that `enter_all` registers every name of a kind that begins with `prefix`, when needed.

    Args:
        kind: of all its members.
        prefix: with which their names begin, and no others.
        enter_all: registers them; what is dear to import, it imports.
    """
    _families[kind, prefix] = enter_all


def lookup(kind: Kind, name: str) -> Entry:
    """Return what is registered under `name`.

    Raises:
        SpecError: nothing is; the line names the nearest.
    """
    load_plugins()
    if (kind, name) not in _entries:
        _enter_families(kind, name)
    try:
        return _entries[kind, name]
    except KeyError:
        known = {entry.card.name: entry.card.install_line for entry in entries(kind)}
        missing = {each: line for each, line in known.items() if line}
        raise SpecError(f"unknown {kind} '{name}'{did_you_mean(name, known, missing)}") from None


def entries(kind: Kind) -> list[Entry]:
    """Everything of one kind, in the order of registration, families last."""
    load_plugins()
    _enter_families(kind)
    return [entry for (k, _), entry in _entries.items() if k == kind]


def _enter_families(kind: Kind, name: str | None = None) -> None:
    """Enter the families of a kind that are not yet; only the one of `name` where it is given."""
    for (of, prefix), enter_all in list(_families.items()):
        wanted = of == kind and (name is None or name.startswith(prefix))
        if wanted and not any(k == kind and n.startswith(prefix) for k, n in _entries):
            enter_all()


@cache
def load_plugins() -> None:
    """Import every module of the plug-in folders and every entry point, once.

    A broken third-party plug-in is warned about and left out; the rest stays usable.
    """
    for folder in PLUGIN_FOLDERS:
        package = importlib.import_module(f"engine.{folder}")
        for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
            importlib.import_module(f"engine.{folder}.{module}")
    for point in importlib.metadata.entry_points(group=PLUGIN_GROUP):
        try:
            point.load()
        except Exception as error:  # a plug-in may fail in any way
            warnings.warn(f"plug-in '{point.name}' was left out: {error}", stacklevel=2)


@cache
def _form_schema(options: type[Options]) -> dict[str, Any]:
    schema = options.model_json_schema()
    for noise in ("title", "description"):
        schema.pop(noise, None)
    return schema
