"""What the compose page holds, as a spec table and back. No widgets here.

Dataset, backbone and method are alternatives: one that is picked once is that table of the spec;
picked several times it becomes a list in `[grid]`:

    [grid]
    method = [{ name = "plain" }, { name = "sila", options = { alpha = 0.3 } }]

Regularizers are not: all that are picked go into every run, or into every second one if the same
is to be trained without them, too (`regularizers = [{}, { mixup = {} }]` in `[grid]`).

Whatever else a spec file varies (`"training.lr" = [0.05, 0.1]`) is kept in `varied`.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from PySide6.QtCore import QCoreApplication

from engine.spec.catalog import Catalog
from engine.spec.errors import OptionError, SpecError, StudioError
from engine.spec.run_spec import RunSpec, TrainingSpec
from engine.spec.spec_file import MAX_RUNS, Table, expand, flat
from studio.pages.compose.conflicts import conflicts, first_of

Part = Literal["dataset", "backbone", "method", "regularizer"]
ALTERNATIVES: tuple[Part, ...] = ("dataset", "backbone", "method")
PARTS: tuple[Part, ...] = (*ALTERNATIVES, "regularizer")
_REGULARIZERS = "regularizers"
DEFAULT_SEEDS = (0, 1, 2)
_CHECKED = 50
_translate = QCoreApplication.translate
CheckTeachers = Callable[[list[RunSpec]], None]


@dataclass(frozen=True)
class Draft:
    """An experiment that is being composed.

    Attributes:
        name: of the experiment.
        seeds: replicates of every variant.
        picks: for each part the tables that were picked, each with its `name`.
        bare_too: whether every run is made without the regularizers as well.
        training: the recipe's options that are not the default.
        varied: further dotted keys of the grid, with their values.
    """

    name: str = "experiment"
    seeds: tuple[int, ...] = DEFAULT_SEEDS
    picks: Mapping[Part, tuple[Table, ...]] = field(default_factory=dict)
    bare_too: bool = False
    training: Mapping[str, Any] = field(default_factory=dict)
    varied: Mapping[str, list[Any]] = field(default_factory=dict)

    def names(self, part: Part) -> list[str]:
        """The names that are picked of a part."""
        return [str(pick.get("name", "")) for pick in self.picks.get(part, ())]

    @property
    def with_and_without(self) -> bool:
        """Whether there are regularizers, and every run is made without them as well.

        What is varied of them takes the place of both.
        """
        return (
            self.bare_too and bool(self.picks.get("regularizer"))
            and _REGULARIZERS not in self.varied
        )

    def num_runs(self) -> int:
        """How many runs it makes: picks × varied values × seeds."""
        factors = [len(self.picks.get(part, ())) for part in ALTERNATIVES]
        factors += [len(values) for values in self.varied.values()]
        return math.prod([*factors, 1 + self.with_and_without, len(self.seeds)])

    def num_epochs(self) -> int:
        """How many epochs its runs take together."""
        usual = TrainingSpec().epochs
        lengths = (
            self.varied.get("training.epochs")
            or [recipe.get("epochs", usual) for recipe in self.varied.get("training", ())]
            or [self.training.get("epochs", usual)]
        )
        return sum(lengths) * self.num_runs() // len(lengths)

    def to_table(self) -> Table:
        """The table of a spec file, as `dump_spec` writes it."""
        table: Table = {"name": self.name, "seeds": list(self.seeds)}
        grid: Table = {}
        for part in ALTERNATIVES:
            picked = self.picks.get(part, ())
            if len(picked) == 1:
                table[part] = picked[0]
            elif picked:
                grid[part] = list(picked)
            if (names := f"{part}.name") in self.varied:
                grid[names] = self.varied[names]  # read as picks where nothing else of it varies
        picked = self.picks.get("regularizer", ())
        below = {pick["name"]: pick.get("options", {}) for pick in picked}
        if self.with_and_without:
            grid[_REGULARIZERS] = [{}, below]
        elif below:
            table[_REGULARIZERS] = below
        if self.training:
            table["training"] = dict(self.training)
        if grid or self.varied:
            table["grid"] = {**grid, **self.varied}
        return table

    def specs(self) -> list[RunSpec]:
        """The runs.

        Raises:
            SpecError: nothing is picked of a part, or something in it cannot be.
        """
        for part in ALTERNATIVES:
            picked = self.picks.get(part, ())
            if not picked:
                raise SpecError(_nothing_picked(part))
            twice = next((pick for pick in picked if picked.count(pick) > 1), None)
            if twice is not None:
                text = _translate("Draft", "'{0}' is picked twice with the same options")
                raise SpecError(text.format(twice["name"]))
        if self.num_runs() > MAX_RUNS:
            text = _translate("Draft", "{0:,} runs are more than {1:,}: pick fewer")
            raise SpecError(text.format(self.num_runs(), MAX_RUNS))
        return expand(self.to_table())

    def check(
        self, catalog: Catalog, check_teachers: CheckTeachers | None = None
    ) -> None:
        """Find what `Client.enqueue` would refuse, quickly: one seed, and at most 50 variants.

        Args:
            catalog: what there is.
            check_teachers: asks the store of the runs that are to teach, where there is one.

        Raises:
            SpecError: one line that says what cannot be; an OptionError where one option is to
                blame.
        """
        specs = replace(self, seeds=self.seeds[:1]).specs()
        picked = [catalog.card(part, name) for part in PARTS for name in self.names(part)]
        reasons = conflicts(picked)
        if reasons:
            raise SpecError(first_of(reasons))
        for spec in specs[:_CHECKED]:
            resolved = catalog.resolve(spec)
            try:
                if check_teachers is not None:
                    check_teachers([resolved])
            except StudioError as error:
                raise OptionError(str(error), "method", spec.method, "teacher") from None


def draft_of(table: Table) -> Draft:
    """Read a spec table.

    Raises:
        SpecError: anything in it is not understood.
    """
    expand(table)
    grid: dict[str, list[Any]] = flat(table.get("grid", {}))
    picks: dict[Part, tuple[Table, ...]] = {
        part: _picks(part, table.get(part, {}), grid) for part in ALTERNATIVES
    }
    below, bare_too = _regularizers(table.get(_REGULARIZERS, {}), grid)
    if below:
        picks["regularizer"] = below
    seeds = table.get("seeds", [0])
    return Draft(
        name=str(table.get("name", "experiment")),
        seeds=tuple(seeds) if isinstance(seeds, list) else (seeds,),
        picks=picks,
        bare_too=bare_too,
        training=table.get("training", {}),
        varied=grid,
    )


def _nothing_picked(part: Part) -> str:
    return {
        "dataset": _translate("Draft", "pick at least one dataset"),
        "backbone": _translate("Draft", "pick at least one backbone"),
        "method": _translate("Draft", "pick at least one method"),
    }[part]


def _picks(part: Part, base: Table, grid: dict[str, list[Any]]) -> tuple[Table, ...]:
    """Take from the grid what the lists of the page can show; leave the rest there."""
    picked = tuple(_named(part, pick) for pick in grid.pop(part, [base]))
    only_name = [key for key in grid if key.startswith(f"{part}.")] == [f"{part}.name"]
    if only_name and len(picked) == 1:
        return tuple({**picked[0], "name": name} for name in grid.pop(f"{part}.name"))
    return picked


def _regularizers(base: Table, grid: dict[str, list[Any]]) -> tuple[tuple[Table, ...], bool]:
    """The regularizers, and whether the same is run without them; other lists stay in the grid."""
    choices = grid.get(_REGULARIZERS, [])
    with_and_without = len(choices) == 2 and choices[0] == {}
    if with_and_without:
        base = grid.pop(_REGULARIZERS)[1]
    picks = tuple(
        {"name": name, "options": options} if options else {"name": name}
        for name, options in base.items()
    )
    return picks, with_and_without


def _named(part: Part, table: Table) -> Table:
    default = RunSpec.model_fields[part].default.name
    return {"name": default, **table}
