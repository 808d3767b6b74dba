"""What the compare page shows, worked out of the store in one go. No Qt here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from engine.analysis.compare import compare
from engine.analysis.comparison import Comparison, Direction, Which
from engine.analysis.config_diff import Difference, settings_by_variant, settings_that_differ
from engine.analysis.curves import Band
from engine.analysis.dynamic import Kind as CostKind
from engine.analysis.dynamic import VariantCurve, variant_curves
from engine.analysis.equal_time import STEPS, Series, validation_key, with_equal_time
from engine.analysis.labels import Settings
from engine.analysis.mcnemar import PairTest, pair_tests
from engine.analysis.results import from_row
from engine.spec.catalog import Catalog
from engine.spec.clock import Clock
from engine.spec.errors import SpecError
from engine.spec.rows import RunRow
from studio.item_models.wording import arm
from studio.pages.compare.answers import AnswersReader
from studio.pages.compare.histories import Curve
from studio.pages.compare.prices import Prices, read_prices

if TYPE_CHECKING:
    from studio.bridge.client import Client
    from studio.pages.compare.known import Known

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
        pair_problems: why some of these tests are missing, a line each.
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
    pair_problems: tuple[str, ...] = ()

    def names(self, parts: Sequence[str] = ("backbone", "dataset")) -> dict[str, str]:
        """What the variants are called in a legend, by digest.

        Args:
            parts: what is said of where they stand, as far as not all of them share it.
        """
        telling = [
            part for part in parts if len({getattr(each, part) for each in self.variants}) > 1
        ]
        return {
            each.digest: ", ".join(filter(None, (
                each.shown, " · ".join(getattr(each, part) for part in telling)
            )))
            for each in self.variants
        }

    def run_names(self) -> dict[int, str]:
        """What the runs are called in a legend."""
        names = self.names()
        return {r.id: f"{names[r.digest]} s{r.seed} (run {r.id})" for r in self.rows}


def metric_keys(rows: Iterable[RunRow]) -> list[str]:
    """The metrics that runs can be compared by, test before validation, accuracy first."""
    keys = {key for row in rows for key in row.summaries if key.startswith(("test/", "val/"))}
    return sorted(keys, key=lambda k: (k.startswith("val/"), not k.endswith("top1"), k))


def make_study(known: "Known", question: Question) -> Study:
    """Read what is not known of the runs, and compare them; a strange baseline is passed over."""
    client = known.client
    rows = client.runs(question.runs)[::-1]
    catalog = known.catalog()
    clocks = client.clocks([row.id for row in rows])
    specs = known.specs(rows)
    differing = settings_that_differ(list(specs.values()), catalog)
    settings = settings_by_variant(list(specs), differing)
    comparison = _compare(rows, question, catalog, clocks, settings)
    curve = validation_key(question.metric)
    known.keep_series((curve, STEPS))
    series = known.series(rows, curve)
    judged = known.judged(comparison)
    if judged is None:
        reader = AnswersReader(client, rows, question.which)
        tests, problems = pair_tests(comparison, reader.read)
        timed = _with_equal_time(known, comparison, rows, clocks, series)
        judged = timed, tests, (*reader.problems, *problems)
        known.keep_judgement(comparison, judged)
    comparison, tests, problems = judged
    variants = _variants(rows, comparison.labels)
    curves, bands = known.curves(rows, series, comparison)
    return Study(
        question, comparison, variants, tuple(rows),
        tuple(differing), bands, curve, curves,
        _costs(client, rows, question.which, comparison.labels),
        any(_WITH_COSTS & set(_traits(catalog, row.backbone)) for row in rows),
        read_prices(client, catalog, rows, specs), tests, problems,
    )


def grown(known: "Known", study: Study) -> Study:
    """Return a study with what its runs have logged since; itself where that is nothing."""
    series = known.series(study.rows, study.band_key)
    curves, bands = known.curves(study.rows, series, study.comparison)
    before = study.curves
    if curves.keys() == before.keys() and all(curves[run] is before[run] for run in curves):
        return study
    return replace(study, curves=curves, bands=bands)


def _with_equal_time(
    known: "Known", comparison: Comparison, rows: Sequence[RunRow], clocks: Mapping[int, Clock],
    validation: Mapping[int, Series],
) -> Comparison:
    """Read what that takes only where there is something to be held against something else."""
    if all(group.difference is None for group in comparison.groups):
        return comparison
    ids = [run for group in comparison.groups for run in group.runs]
    done = [row for row in rows if row.id in set(ids)]
    return with_equal_time(comparison, rows, clocks, known.series(done, STEPS), validation)


def _traits(catalog: Catalog, backbone: str) -> tuple[str, ...]:
    try:
        return catalog.card("backbone", backbone).traits
    except SpecError:  # its plug-in was taken away since
        return ()


def _costs(
    client: "Client", rows: Sequence[RunRow], which: Which, labels: Mapping[str, str]
) -> dict[CostKind, tuple[VariantCurve, ...]]:
    stored = client.facts([row.id for row in rows], "curve")
    results = [from_row(row) for row in rows]
    return {
        kind: tuple(curves) for kind in COST_KINDS
        if (curves := variant_curves(results, stored, kind, which, labels))
    }


def _compare(
    rows: Sequence[RunRow], question: Question, catalog: Catalog, clocks: Mapping[int, Clock],
    settings: Settings,
) -> Comparison:
    results = [from_row(row, clocks.get(row.id)) for row in rows]
    direction = cast("Direction", catalog.direction(question.metric))
    unit = catalog.unit(question.metric)
    rest = (question.metric, question.which, direction, unit, settings)
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
            label=labels[digest],
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
