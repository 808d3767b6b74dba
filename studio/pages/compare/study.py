"""What the compare page shows, worked out of the store in one go. No Qt here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from engine.analysis.compare import Comparison, Direction, Which, compare
from engine.analysis.config_diff import Difference, settings_that_differ
from engine.analysis.curves import Band, band
from engine.analysis.dynamic import Kind as CostKind
from engine.analysis.dynamic import VariantCurve, variant_curves
from engine.analysis.equal_time import STEPS, Series, validation_key, with_equal_time
from engine.analysis.mcnemar import PairTest, pair_tests
from engine.analysis.results import from_row
from engine.spec.catalog import Catalog
from engine.spec.errors import SpecError
from engine.spec.rows import RunRow
from studio.item_models.wording import arm
from studio.pages.compare.answers import AnswersReader
from studio.pages.compare.prices import Prices, read_prices

if TYPE_CHECKING:
    from studio.bridge.client import Client

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Epochs, and what there was at their ends."""

NUM_COLOURS = 10
COST_KINDS: tuple[CostKind, ...] = ("anytime", "budgeted")
_WITH_COSTS = {"exits", "widths"}


@dataclass(frozen=True)
class Question:
    """What is asked of the chosen runs.

    Attributes:
        runs: their ids.
        metric: key of the metric.
        which: of the last weights, or of the best by validation.
        baseline: method or digest that the others stand against; None leaves it to the referee.
    """

    runs: tuple[int, ...]
    metric: str = "test/top1"
    which: Which = "last"
    baseline: str | None = None


@dataclass(frozen=True)
class Variant:
    """One variant among the chosen runs, done or not.

    Attributes:
        digest: its identity.
        label: what it is called.
        backbone: name of its backbone.
        dataset: name of its dataset.
        method: name of its method.
        colour: colour index of one of its runs, its own among the first ten variants.
        dash: how many variants before it have this colour.
        num_done: completed runs.
        num_runs: all of its chosen runs.
    """

    digest: str
    label: str
    backbone: str
    dataset: str
    method: str
    colour: int
    num_done: int
    num_runs: int
    dash: int = 0

    @property
    def shown(self) -> str:
        """The label, with room for lines to break."""
        return arm(self.label)

    @property
    def detail(self) -> str:
        """Backbone and dataset."""
        return f"{self.backbone} · {self.dataset}"


@dataclass(frozen=True)
class Study:
    """The answer.

    Attributes:
        question: what was asked.
        comparison: the referee's answer.
        variants: in the order of their first runs.
        rows: the runs.
        settings: what the variants differ in.
        bands: mean curves by digest.
        band_key: the metric of these curves.
        curves: (epochs, values) of this metric by run.
        costs: accuracy against cost by variant, of the kinds that there are.
        is_dynamic: whether any network among them has a cost to choose.
        prices: what the runs cost.
        pairs: McNemar's tests of runs of one seed, variant by variant.
    """

    question: Question
    comparison: Comparison
    variants: tuple[Variant, ...]
    rows: tuple[RunRow, ...]
    settings: tuple[Difference, ...] = ()
    bands: Mapping[str, Band] = field(default_factory=dict)
    band_key: str = ""
    curves: Mapping[int, Curve] = field(default_factory=dict[int, Curve])
    costs: Mapping[CostKind, tuple[VariantCurve, ...]] = field(default_factory=dict)
    is_dynamic: bool = False
    prices: Prices = field(default_factory=Prices)
    pairs: tuple[PairTest, ...] = ()

    def names(self) -> dict[str, str]:
        """What the variants are called in a legend, by digest, without what all of them share."""
        labels = [variant.label for variant in self.variants]
        telling = [
            part for part in ("backbone", "dataset")
            if len({getattr(variant, part) for variant in self.variants}) > 1
        ]
        return {
            v.digest: v.shown if labels.count(v.label) == 1
            else f"{v.shown}, {' · '.join(getattr(v, part) for part in telling)}"
            for v in self.variants
        }

    def run_names(self) -> dict[int, str]:
        """What the runs are called in a legend."""
        names = self.names()
        return {r.id: f"{names[r.digest]} s{r.seed} (run {r.id})" for r in self.rows}


def metric_keys(rows: Iterable[RunRow]) -> list[str]:
    """The metrics that runs can be compared by, test before validation, accuracy first."""
    keys = {key for row in rows for key in row.summaries if key.startswith(("test/", "val/"))}
    return sorted(keys, key=lambda k: (k.startswith("val/"), not k.endswith("top1"), k))


def make_study(client: "Client", question: Question) -> Study:
    """Read the runs and compare them; a baseline that is not among them is passed over."""
    rows = client.runs(question.runs)[::-1]
    catalog = client.catalog()
    comparison = _compare(rows, question, catalog)
    curve = validation_key(question.metric)
    series = client.series([row.id for row in rows], curve)
    comparison = _with_equal_time(client, comparison, rows, series)
    labels = {group.digest: group.label for group in comparison.groups}
    variants = _variants(rows, labels)
    first = {row.digest: row.id for row in reversed(rows)}
    specs = {v.digest: client.spec(first[v.digest]) for v in variants}
    curves = _curves(rows, series)
    tests, _ = pair_tests(comparison, AnswersReader(client, rows, question.which).read)
    return Study(
        question, comparison, variants, tuple(rows),
        tuple(settings_that_differ([specs[v.digest] for v in variants], catalog)),
        _bands(rows, curves), curve, curves, _costs(client, rows, question.which),
        any(_WITH_COSTS & set(_traits(catalog, row.backbone)) for row in rows),
        read_prices(client, catalog, rows, specs), tests,
    )


def _with_equal_time(
    client: "Client", comparison: Comparison, rows: Sequence[RunRow],
    validation: Mapping[int, Series],
) -> Comparison:
    """Read what that takes only where there is something to be held against something else."""
    if all(group.difference is None for group in comparison.groups):
        return comparison
    ids = [run for group in comparison.groups for run in group.runs]
    return with_equal_time(
        comparison, rows, client.clocks(ids), client.series(ids, STEPS), validation
    )


def _traits(catalog: Catalog, backbone: str) -> tuple[str, ...]:
    try:
        return catalog.card("backbone", backbone).traits
    except SpecError:  # its plug-in was taken away since
        return ()


def _costs(
    client: "Client", rows: Sequence[RunRow], which: Which
) -> dict[CostKind, tuple[VariantCurve, ...]]:
    stored = client.facts([row.id for row in rows], "curve")
    results = [from_row(row) for row in rows]
    return {
        kind: tuple(curves) for kind in COST_KINDS
        if (curves := variant_curves(results, stored, kind, which))
    }


def _compare(rows: Sequence[RunRow], question: Question, catalog: Catalog) -> Comparison:
    results = [from_row(row) for row in rows]
    direction = cast("Direction", catalog.direction(question.metric))
    rest = (question.metric, question.which, direction, catalog.unit(question.metric))
    try:
        return compare(results, question.baseline, *rest)
    except SpecError:
        return compare(results, None, *rest)


def _variants(rows: Sequence[RunRow], labels: Mapping[str, str]) -> tuple[Variant, ...]:
    grouped: dict[str, list[RunRow]] = {}
    for row in rows:
        grouped.setdefault(row.digest, []).append(row)
    colours = _colours(grouped)
    return tuple(
        Variant(
            digest=digest,
            label=labels.get(digest, runs[0].method),
            backbone=runs[0].backbone,
            dataset=runs[0].dataset,
            method=runs[0].method,
            colour=colours[digest],
            num_done=sum(row.state == "completed" for row in runs),
            num_runs=len(runs),
            dash=at // NUM_COLOURS,
        )
        for at, (digest, runs) in enumerate(grouped.items())
    )


def _colours(grouped: Mapping[str, Sequence[RunRow]]) -> dict[str, int]:
    """A colour of one of its runs for each of ten variants; then they come in this order again."""
    taken: list[int] = []
    for runs in list(grouped.values())[:NUM_COLOURS]:
        wanted = [*(row.colour % NUM_COLOURS for row in runs), *range(NUM_COLOURS)]
        taken.append(next(colour for colour in wanted if colour not in taken))
    return {digest: taken[at % NUM_COLOURS] for at, digest in enumerate(grouped)}


def _curves(rows: Sequence[RunRow], series: Mapping[int, Series]) -> dict[int, Curve]:
    return {
        row.id: (series[row.id].steps / row.steps_per_epoch, series[row.id].values)
        for row in rows if row.id in series and row.steps_per_epoch
    }


def _bands(rows: Sequence[RunRow], curves: Mapping[int, Curve]) -> dict[str, Band]:
    seeds: dict[str, list[Curve]] = {}
    for row in rows:
        if row.id in curves:
            seeds.setdefault(row.digest, []).append(curves[row.id])
    return {digest: band(found) for digest, found in seeds.items()}
