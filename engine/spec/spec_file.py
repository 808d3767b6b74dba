"""The TOML file of an experiment: reading it into runs, writing it back.

`name`, `seeds` and the tables `[dataset]`, `[backbone]`, `[method]`, `[regularizers.NAME]` and
`[training]` say what one run says; `[grid]` holds dotted keys with lists of values, and every
combination of them is run with every seed:

    name = "first"
    seeds = [0, 1, 2]
    [grid]
    "training.lr" = [0.05, 0.1]
    method = [{ name = "plain" }, { name = "sila", options = { alpha = 0.3 } }]

The first key of a grid varies slowest, the seed fastest. A value replaces what the spec says at
its key, and a table all of it; keys below it (`"method.options.alpha"` beside `method`) then change
that table, whichever of them stands first in the file.
"""

import itertools
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import tomlkit

from engine.spec.errors import SpecError
from engine.spec.options import parse
from engine.spec.run_spec import MAX_SEED, RunSpec
from engine.spec.suggest import did_you_mean

Table = dict[str, Any]
_TABLES = ("dataset", "backbone", "method", "regularizers", "training")
_KEYS = ("name", "seeds", *_TABLES, "grid")
MAX_RUNS = 10_000
_MAX_DEPTH = 50
_WIDTH = 80


def load_spec_file(path: Path, settings: Sequence[str] = ()) -> list[RunSpec]:
    """Read a spec file and return its runs, grid first, seeds last.

    Args:
        path: the TOML file.
        settings: overrides "dotted.key=value" (values as TOML; bare words are strings).

    Raises:
        SpecError: the file cannot be read, or anything in it is not understood.
    """
    return _runs(load_table(path), settings)


def load_table(path: Path) -> Table:
    """Read a spec file as a table that `expand` makes runs of.

    Raises:
        SpecError: it cannot be read, or is no TOML.
    """
    return parse_table(read_text(path), source=f"the file {path}")


def read_text(path: Path) -> str:
    """Return the text of a spec file.

    Raises:
        SpecError: it cannot be read, or is no text.
    """
    try:
        return path.read_text(encoding="utf-8-sig")  # editors on Windows begin files with a mark
    except OSError as error:
        raise SpecError(f"cannot read {path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise SpecError(f"the file {path} is not text in UTF-8") from None


def parse_spec(text: str, settings: Sequence[str] = ()) -> list[RunSpec]:
    """Return the runs of a spec given as TOML text; see `load_spec_file`."""
    return _runs(parse_table(text), settings)


def parse_table(text: str, source: str = "the spec") -> Table:
    """Return TOML text as a table that `expand` makes runs of.

    Raises:
        SpecError: it is no TOML, or too deep; `source` is what the line calls it.
    """
    try:
        return tomllib.loads(text)
    except ValueError as error:  # also of a number beyond limits
        raise SpecError(f"{source} is not valid TOML: {error}") from None
    except RecursionError:
        raise SpecError(f"{source} is nested too deeply") from None


def _runs(table: Table, settings: Sequence[str]) -> list[RunSpec]:
    for setting in settings:
        apply_setting(table, setting)
    return expand(table)


def with_settings(spec: RunSpec, settings: Sequence[str]) -> RunSpec:
    """Return a run with overrides as `load_spec_file` takes them.

    Another method begins with its own defaults: the options of the one before mean nothing to it.

    Raises:
        SpecError: an override is not understood.
    """
    changes: Table = {}
    for setting in settings:
        apply_setting(changes, setting)
    _refuse_depth(changes)
    table = spec.model_dump(mode="json", exclude_defaults=True)
    if flat(changes).get("method.name", spec.method.name) != spec.method.name:
        table.pop("method", None)
    for setting in settings:
        apply_setting(table, setting)
    return parse(RunSpec, table, "spec")


def expand(table: Table) -> list[RunSpec]:
    """Return the runs of a spec given as a table; see `load_spec_file`."""
    _refuse_depth(table)
    for key in table:
        if key not in _KEYS:
            raise SpecError(f"unknown key '{key}' in the spec{did_you_mean(key, _KEYS)}")
    for key in (*_TABLES, "grid"):
        if not isinstance(table.get(key, {}), dict):
            raise SpecError(f"'{key}' must be a table: [{key}]")
    seeds = _seeds(table.get("seeds", [0]))
    base = {k: v for k, v in table.items() if k not in ("seeds", "grid")}
    choices = _choices(table.get("grid", {}))
    tables_first = sorted(choices, key=lambda dotted: dotted.count("."))
    runs: list[RunSpec] = []
    for combination in itertools.product(*choices.values()):
        variant, chosen = _copied(base), dict(zip(choices, combination, strict=True))
        for dotted in tables_first:
            _put(variant, dotted, chosen[dotted])
        runs += [parse(RunSpec, {**variant, "seed": seed}, "spec") for seed in seeds]
        if len(runs) > MAX_RUNS:
            raise SpecError(f"the grid makes more than {MAX_RUNS} runs: narrow it")
    if len({(run.digest(), run.seed) for run in runs}) < len(runs):
        raise SpecError("[grid] names the same variant twice: every combination must differ")
    return runs


def dump_spec(table: Table) -> str:
    """Write a spec table as TOML; `parse_spec` reads the same runs back, in the same order.

    A key of the grid is one list, whatever is in it: tables of their own, as TOML has them, would
    have to come last, and the order of the keys is that of the runs.
    """
    document = tomlkit.document()
    for key in _KEYS:
        value = _without_none(table.get(key))
        if key == "grid" and value:
            value = {dotted: _inline(values) for dotted, values in value.items()}
        if value not in (None, {}):
            document[key] = value
    return tomlkit.dumps(document)  # pyright: ignore[reportUnknownMemberType]


def _refuse_depth(table: Table) -> None:
    """Keep from whatever walks a spec what would exhaust it; a dotted key is as deep as it says."""
    inside: list[tuple[Any, int]] = [(table, 0)]
    while inside:
        value, depth = inside.pop()
        if depth > _MAX_DEPTH:
            raise SpecError(f"the spec is nested too deeply: at most {_MAX_DEPTH} levels are read")
        if isinstance(value, dict):
            below = cast("Table", value).items()
            inside += [(inner, depth + 1 + key.count(".")) for key, inner in below]
        elif isinstance(value, list):
            inside += [(inner, depth + 1) for inner in cast("list[Any]", value)]


def _seeds(value: Any) -> list[int]:
    seeds = cast("list[Any]", value if isinstance(value, list) else [value])
    if not seeds:
        raise SpecError("seeds = []: at least one seed is needed")
    for seed in seeds:
        if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed <= MAX_SEED:
            raise SpecError(f"seeds: {seed!r} is not a whole number from 0 to {MAX_SEED}")
    if len(set(seeds)) < len(seeds):
        raise SpecError("seeds: a seed is named twice")
    return cast("list[int]", seeds)


def flat(table: Table, prefix: str = "") -> Table:
    """`[grid.training] lr = […]` and `training.lr = […]` say what `"training.lr" = […]` says."""
    below: Table = {}
    for key, value in table.items():
        if isinstance(value, dict):
            below |= flat(cast("Table", value), f"{prefix}{key}.")
        else:
            below[f"{prefix}{key}"] = value
    return below


def _choices(grid: Table) -> dict[str, list[Any]]:
    grid = flat(grid)
    for dotted, values in grid.items():
        head = dotted.split(".")[0]
        if head not in _TABLES:
            raise SpecError(f"[grid] unknown key '{dotted}'{did_you_mean(head, _TABLES)}")
        if not isinstance(values, list) or not values:
            raise SpecError(f'[grid] "{dotted}" must be a list with at least one value')
    return cast("dict[str, list[Any]]", grid)


def apply_setting(table: Table, setting: str) -> None:
    """Put a "dotted.key=value" into a table; see `load_spec_file`.

    Raises:
        SpecError: it is not understood.
    """
    dotted, equals, text = setting.partition("=")
    if not equals or not dotted.strip():
        raise SpecError(f"--set {setting}: write it as key=value, for example training.epochs=3")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        value = text.strip()
    if dotted.strip().startswith("grid."):
        grid = table.setdefault("grid", {})
        if not isinstance(grid, dict):
            raise SpecError("'grid' must be a table: [grid]")
        grid[dotted.strip().removeprefix("grid.")] = value
    else:
        _put(table, dotted.strip(), value)


def _put(table: Table, dotted: str, value: Any) -> None:
    *path, last = dotted.split(".")
    here = table
    for part in path:
        inner = here.setdefault(part, {})
        if not isinstance(inner, dict):
            raise SpecError(f"'{dotted}': '{part}' is not a table")
        here = cast("Table", inner)
    here[last] = _copied(value)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _copied(v) for k, v in cast("Table", value).items()}
    return value


def _inline(value: Any) -> Any:
    """A value of a grid as TOML in one place: tables in braces, long lists a line a value."""
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        for key, inner in cast("Table", value).items():
            table.append(key, _inline(inner))
        return table
    if isinstance(value, list):
        array: Any = tomlkit.array()
        for inner in cast("list[Any]", value):
            array.append(_inline(inner))
        array.multiline(len(array.as_string()) > _WIDTH)
        return array
    return value


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        items = cast("Table", value).items()
        return {k: _without_none(v) for k, v in items if v is not None}
    if isinstance(value, (list, tuple)):
        return [_without_none(v) for v in cast("list[Any]", value)]
    return value
