"""The referee: variants against a baseline, seed by seed, with no winner from too few seeds."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from engine.analysis.cost import CostRatio, cost_ratio
from engine.analysis.intervals import Interval, PairedDifference, mean_std, paired_difference
from engine.analysis.results import RunResult
from engine.analysis.wording import MIN_SEEDS, Verdict, sentence, verdict_on
from engine.spec.errors import SpecError
from engine.spec.run_state import RunState
from engine.spec.suggest import did_you_mean

DEFAULT_BASELINE = "plain"
Which = Literal["last", "best"]
Direction = Literal["up", "down"]


@dataclass(frozen=True)
class LeftOut:
    """A run that does not count, and why."""

    run: int
    name: str
    reason: str


@dataclass(frozen=True)
class EqualTime:
    """How a variant stands to its baseline at equal training time; see `equal_time`.

    Attributes:
        metric: on validation, as test is measured at the end alone.
        seconds: of training, at which the two were held against each other, mean over seeds.
        difference: variant − baseline; None where no seed can be compared.
        verdict: as of a group.
        problems: why seeds were left out, a line each.
        sentence: all of it in one line.
    """

    metric: str
    seconds: float | None
    difference: PairedDifference | None
    verdict: Verdict
    problems: tuple[str, ...]
    sentence: str


@dataclass(frozen=True)
class Group:
    """One variant: its seeds together, and how it stands to the baseline.

    Attributes:
        label: tells the variant from the others with its backbone and dataset.
        method: name of the method.
        backbone: name of the backbone.
        dataset: name of the dataset.
        digest: identity of the variant.
        context: identity of everything but the method; only groups that share it are compared.
        runs: ids of the runs, by seed.
        seeds: ascending.
        values: the metric, by seed.
        mean: over seeds.
        std: standard deviation (n − 1); None for one seed.
        interval: 95 % t interval of the mean; None for one seed.
        params_training: parameters while training, of the latest run.
        params_deployed: parameters that ship, of the latest run.
        seconds: mean training time of the runs whose time is known.
        cost: its training time over the baseline's, seed by seed; None for the baseline itself
            and where no seed is common.
        difference: paired difference to the baseline of its context; None for the baseline
            itself and where there is none.
        verdict: "better" and "worse" only if the interval of the difference excludes 0 and at
            least `MIN_SEEDS` seeds are common.
        seeds_missing: how many more (common) seeds `MIN_SEEDS` asks for.
        sentence: the verdict in one line.
        equal_time: the same at equal training time; None where that was not asked.
    """

    label: str
    method: str
    backbone: str
    dataset: str
    digest: str
    context: str
    runs: tuple[int, ...]
    seeds: tuple[int, ...]
    values: tuple[float, ...]
    mean: float
    std: float | None
    interval: Interval | None
    params_training: int | None
    params_deployed: int | None
    seconds: float | None
    cost: CostRatio | None
    difference: PairedDifference | None
    verdict: Verdict
    seeds_missing: int
    sentence: str
    equal_time: EqualTime | None = None

    @property
    def n(self) -> int:
        """Number of seeds."""
        return len(self.seeds)


@dataclass(frozen=True)
class _Variant:
    """The runs of one variant that count, by seed, and their values."""

    runs: tuple[RunResult, ...]
    values: Mapping[int, float]

    @property
    def by_seed(self) -> dict[int, RunResult]:
        return {run.seed: run for run in self.runs}

    @property
    def latest(self) -> RunResult:
        return max(self.runs, key=lambda r: r.run)

    @property
    def seconds(self) -> float | None:
        known = [r.seconds for r in self.runs if r.seconds is not None]
        return fmean(known) if known else None


@dataclass(frozen=True)
class Comparison:
    """Variants side by side: by context, the best mean first.

    Attributes:
        metric: key of the metric.
        which: whether of the last weights or of the best by validation.
        direction: whether "up" or "down" is better.
        unit: of the metric.
        baseline: method (or digest of the variant) that the others stand against.
        groups: one per variant.
        left_out: the runs that do not count.
    """

    metric: str
    which: Which
    direction: Direction
    unit: str
    baseline: str
    groups: tuple[Group, ...]
    left_out: tuple[LeftOut, ...]


def compare(
    runs: Sequence[RunResult],
    baseline: str | None = None,
    metric: str = "test/top1",
    which: Which = "last",
    direction: Direction = "up",
    unit: str = "%",
) -> Comparison:
    """Group runs by variant and set each variant against the baseline of its context.

    Two variants share seeds, and with them initial weights, data order and augmentation, so
    differences are taken seed by seed and tested by a paired t test. Intervals are not corrected
    for the number of variants: among twenty, one is expected to stand out by chance.

    Args:
        runs: in any order and state; what cannot be compared is reported, not refused.
        baseline: a method, or the digest of one variant. Where several variants of a context
            have that method, the one with most seeds counts, of those the one begun first; a fork
            only where there is no other. Default: "plain" if any run but a fork has it, else the
            method of the first run that counts.
        metric: key of the metric; `direction` and `unit` belong to it.
        which: value of the last weights, or of the best by validation.
        direction: whether "up" or "down" is better.
        unit: of the metric; differences of "%" are called points.

    Raises:
        SpecError: no run has the method or digest that `baseline` names.
    """
    variants, left_out = _variants(runs, metric, which)
    name = _baseline_name(runs, variants, baseline)
    labels = variant_labels([variant.latest for variant in variants])
    rivals = _rivals(variants, name)
    sign = 1 if direction == "up" else -1
    groups: list[Group] = []
    for variant in variants:
        rival = rivals.get(variant.latest.context)
        label = labels[variant.latest.digest]
        rival_label = labels[rival.latest.digest] if rival else name
        groups.append(_group(variant, rival, label, rival_label, sign, unit))
    groups.sort(key=lambda g: (g.dataset, g.backbone, g.context, -sign * g.mean))
    return Comparison(metric, which, direction, unit, name, tuple(groups), tuple(left_out))


def baseline_of(comparison: Comparison, group: Group) -> Group | None:
    """The group that `group` stands against; None for a baseline and where there is none."""
    if group.verdict == "baseline":
        return None
    return next(
        (g for g in comparison.groups if g.context == group.context and g.verdict == "baseline"),
        None,
    )


def _baseline_name(
    runs: Sequence[RunResult], variants: Sequence[_Variant], baseline: str | None
) -> str:
    methods = {r.method for r in runs}
    if baseline is None:
        # Plain runs that are not done yet still are what the others are to be held against.
        known = not variants or any(r.method == DEFAULT_BASELINE and not r.is_fork for r in runs)
        arms = [variant.latest.method for variant in variants]
        plain = [arm for arm in arms if arm.startswith(f"{DEFAULT_BASELINE}+")]  # with regularizers
        return DEFAULT_BASELINE if known else [*plain, *arms][0]
    if runs and baseline not in methods and all(r.digest != baseline for r in runs):
        raise SpecError(f"unknown baseline '{baseline}'{did_you_mean(baseline, methods)}")
    return baseline


def _variants(
    runs: Sequence[RunResult], metric: str, which: Which
) -> tuple[list[_Variant], list[LeftOut]]:
    """Sort runs into variants, in order of their first run; and those that do not count."""
    by_variant: dict[str, dict[int, RunResult]] = {}
    left_out: list[LeftOut] = []
    for run in sorted(runs, key=lambda r: r.run, reverse=True):
        by_seed = by_variant.setdefault(run.digest, {})
        reason = _objection(run, metric, which)
        if not reason and run.seed in by_seed:
            reason = f"run {by_seed[run.seed].run} repeats its seed {run.seed}"
        if reason:
            left_out.append(LeftOut(run.run, run.name, reason))
        else:
            by_seed[run.seed] = run
    variants: list[_Variant] = []
    for by_seed in by_variant.values():
        if by_seed:
            counted = tuple(by_seed[seed] for seed in sorted(by_seed))
            values = {r.seed: float(r.metrics[metric][which]) for r in counted}
            variants.append(_Variant(counted, values))
    variants.sort(key=lambda v: min(r.run for r in v.runs))
    return variants, left_out[::-1]


def _objection(run: RunResult, metric: str, which: Which) -> str:
    if run.state != RunState.COMPLETED:
        return f"it is {run.state}, not completed"
    value = run.metrics.get(metric, {}).get(which)
    if value is None:
        return f"it has no {metric} ({which})"
    return "" if math.isfinite(value) else f"its {metric} ({which}) is {value}"


def variant_labels(runs: Sequence[RunResult]) -> dict[str, str]:
    """A label for each digest: the run's or the method, told apart by the digest where needed.

    Args:
        runs: one of each variant.
    """
    shown = [(r.label or r.method, r.backbone, r.dataset) for r in runs]
    return {
        run.digest: key[0] if shown.count(key) == 1 else f"{key[0]} ({run.digest[:6]})"
        for run, key in zip(runs, shown, strict=True)
    }


def _rivals(variants: Sequence[_Variant], baseline: str) -> dict[str, _Variant]:
    """The baseline variant of each context that has one."""
    rivals: dict[str, _Variant] = {}
    for variant in variants:
        run = variant.latest
        if baseline in (run.method, run.digest):
            rival = rivals.setdefault(run.context, variant)
            rivals[run.context] = max(rival, variant, key=_weight_as_baseline)
    return rivals


def _weight_as_baseline(variant: _Variant) -> tuple[bool, int]:
    """A fork begins with what its parent had learned: whatever began by itself goes before."""
    return not variant.latest.is_fork, len(variant.runs)


def _group(
    variant: _Variant, rival: _Variant | None, label: str, rival_label: str, sign: int, unit: str
) -> Group:
    run = variant.latest
    compared = None if rival is None or rival is variant else rival
    difference = paired_difference(variant.values, compared.values) if compared else None
    cost = cost_ratio(variant.by_seed, compared.by_seed) if compared else None
    missing = max(0, MIN_SEEDS - (difference.n if difference else len(variant.runs)))
    verdict = "baseline" if rival is variant else verdict_on(difference, sign)
    found = mean_std(list(variant.values.values()))
    return Group(
        label=label, method=run.method, backbone=run.backbone, dataset=run.dataset,
        digest=run.digest, context=run.context, runs=tuple(r.run for r in variant.runs),
        seeds=tuple(variant.values), values=tuple(variant.values.values()),
        mean=fmean(variant.values.values()), std=found.std, interval=found.interval,
        params_training=run.params_training, params_deployed=run.params_deployed,
        seconds=variant.seconds, cost=cost, difference=difference, verdict=verdict,
        seeds_missing=missing,
        sentence=sentence(label, rival_label, verdict, difference, cost, missing, unit),
    )
