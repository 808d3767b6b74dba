"""`sila compare`: which runs are meant, and the referee's answer."""

from collections.abc import Sequence
from typing import Literal, cast

from engine.analysis.answers import Answers, step_of_test
from engine.analysis.compare import compare
from engine.analysis.comparison import Comparison
from engine.analysis.config_diff import settings_by_variant, settings_that_differ
from engine.analysis.equal_time import STEPS, validation_key, with_equal_time
from engine.analysis.labels import Settings
from engine.analysis.mcnemar import PairTest, pair_tests
from engine.analysis.results import from_row
from engine.cli.present import complain
from engine.spec.errors import SpecError, StoreError
from engine.spec.rows import RunRow
from engine.spec.suggest import did_you_mean
from engine.store.cards import read_catalog
from engine.store.clocks import read_clocks
from engine.store.connect import Store
from engine.store.points import read_series
from engine.store.predictions import load_predictions, stored_predictions
from engine.store.runs import get_spec, list_runs


def compare_runs(
    store: Store, named: Sequence[str], baseline: str | None, metric: str, weights: str
) -> Comparison:
    """Compare runs given by number or by the name of their experiment.

    Raises:
        StoreError: there is no such run or experiment.
        SpecError: there is no such baseline or metric.
    """
    catalog = read_catalog(store)
    rows = chosen_runs(list_runs(store), named)
    measured = {key for row in rows for key in row.summaries if key.startswith(("val/", "test/"))}
    if measured and metric not in measured:
        hint = did_you_mean(metric, measured)
        raise SpecError(f"none of these runs has the metric '{metric}'{hint}")
    clocks = read_clocks(store, [row.id for row in rows])
    found = compare(
        [from_row(row, clocks.get(row.id)) for row in rows],
        baseline=baseline, metric=metric, which=cast("Literal['last', 'best']", weights),
        direction=cast("Literal['up', 'down']", catalog.direction(metric)),
        unit=catalog.unit(metric), settings=settings_of(store, rows),
    )
    ids = [run for group in found.groups for run in group.runs]
    return with_equal_time(
        found, rows, clocks, read_series(store, ids, STEPS),
        read_series(store, ids, validation_key(metric)),
    )


def paired_tests(store: Store, comparison: Comparison) -> tuple[PairTest, ...]:
    """Test each run against its baseline's of the same seed, where both kept what they said.

    What cannot be read or compared is named on stderr.
    """
    ids = [run for group in comparison.groups for run in group.runs]
    rows = {row.id: row for row in list_runs(store, ids)}

    def read(run: int) -> Answers | None:
        step = step_of_test(rows[run], comparison.which)
        path = stored_predictions(store.workspace.run_folder(run), "test").get(step or 0)
        return load_predictions(path) if path else None

    tests, problems = pair_tests(comparison, read)
    for problem in problems:
        complain(problem)
    return tests


def settings_of(store: Store, rows: Sequence[RunRow]) -> Settings:
    """In which settings the variants of runs differ, by digest."""
    first = {row.digest: row.id for row in sorted(rows, key=lambda row: row.id, reverse=True)}
    specs = [get_spec(store, run) for run in reversed(first.values())]
    return settings_by_variant(
        [*reversed(first)], settings_that_differ(specs, read_catalog(store))
    )


def chosen_runs(rows: Sequence[RunRow], named: Sequence[str]) -> list[RunRow]:
    """The runs of these numbers or experiments, each once.

    Raises:
        StoreError: there is no such run or experiment.
    """
    chosen: dict[int, RunRow] = {}
    experiments = {row.experiment for row in rows}
    for name in named:
        found = [row for row in rows if str(row.id) == name or row.experiment == name]
        if not found:
            hint = did_you_mean(name, experiments)
            raise StoreError(f"there is no run or experiment '{name}'{hint}")
        chosen.update((row.id, row) for row in found)
    return list(chosen.values())
