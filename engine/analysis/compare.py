"""The referee: variants against a baseline, seed by seed, with no winner from too few seeds."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Literal

from engine.analysis.baselines import DEFAULT_BASELINE, baselines, parents_of
from engine.analysis.cost import CostRatio, cost_ratio
from engine.analysis.intervals import Interval, PairedDifference, mean_std, paired_difference
from engine.analysis.labels import (
    Settings,
    changes,
    context_labels,
    context_settings,
    data_labels,
    variant_labels,
)
from engine.analysis.results import RunResult
from engine.analysis.wording import Verdict, seeds_missing, sentence, verdict_on
from engine.spec.errors import SpecError
from engine.spec.run_state import RunState
from engine.spec.suggest import did_you_mean

Which = Literal["last", "best"]
Direction = Literal["up", "down"]


WhyNot = Literal["not completed", "no value", "not finite", "repeated"]


@dataclass(frozen=True)
class LeftOut:
    """A run that does not count.

    Attributes:
        run: its id.
        name: its experiment.
        seed: its seed.
        state: where it is.
        value: what it has of the metric, where that is no number; "" otherwise.
        counted: the run of its seed that counts in its place.
        why: in a word.
        reason: in a few words.
    """

    run: int
    name: str
    seed: int
    state: str
    value: str
    counted: int | None
    why: WhyNot
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
        data: what its images are called: the dataset, with its folder where others have another.
        digest: identity of the variant.
        context: identity of everything but the method; only groups that share it are compared.
        runs: ids of the runs, by seed.
        seeds: ascending.
        values: the metric, by seed.
        mean: over seeds.
        std: standard deviation (n − 1); None for one seed.
        interval: 95 % t interval of the mean; None for one seed and for equal values.
        params_training: parameters while training, of the latest run.
        params_deployed: parameters that ship, of the latest run.
        seconds: mean training time of the runs whose time is known.
        cost: its training time over the baseline's, seed by seed; None for the baseline itself
            and where no seed is common.
        difference: paired difference to the baseline of its context; None for the baseline
            itself and where there is none.
        verdict: "better" and "worse" only if the interval of the difference excludes 0 and at
            least `MIN_SEEDS` seeds are common.
        seeds_missing: how many more (common) seeds it takes.
        sentence: the verdict in one line.
        equal_time: the same at equal training time; None where that was not asked.
        setting: what its context differs in from others of its backbone and dataset
            ("epochs = 12"), if in anything.
        rival: what it stands against is called, or would be, where that has no completed run.
        rival_digest: identity of that variant, completed or not; empty where there is none.
        parent: of a fork that has no baseline though its parent is there, as its recipe is
            another: what the parent is called, and the change ("epochs: 12 → 18").
    """

    label: str
    method: str
    backbone: str
    dataset: str
    data: str
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
    setting: str = ""
    rival: str = ""
    rival_digest: str = ""
    parent: tuple[str, str] | None = None

    @property
    def n(self) -> int:
        """Number of seeds."""
        return len(self.seeds)


@dataclass(frozen=True)
class Pending:
    """One variant of which no run counts yet.

    Attributes:
        label: as of a group.
        backbone: name of the backbone.
        dataset: name of the dataset.
        digest: identity of the variant.
        context: as of a group.
        runs: ids of its runs, whatever their states.
        verdict: "baseline", or "not enough seeds".
        sentence: what there is to say.
        setting: as of a group.
        rival: as of a group.
        rival_digest: as of a group.
        parent: as of a group.
    """

    label: str
    backbone: str
    dataset: str
    digest: str
    context: str
    runs: tuple[int, ...]
    verdict: Verdict
    sentence: str
    setting: str
    rival: str
    rival_digest: str
    parent: tuple[str, str] | None


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
class _Named:
    """What is said of a variant; see `Group`."""

    label: str
    data: str
    setting: str
    rival: str
    rival_digest: str
    parent: tuple[str, str] | None


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
        labels: what each variant is called, also one without a run that counts, by digest.
        pending: the variants without a run that counts, those begun first first.
    """

    metric: str
    which: Which
    direction: Direction
    unit: str
    baseline: str
    groups: tuple[Group, ...]
    left_out: tuple[LeftOut, ...]
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    pending: tuple[Pending, ...] = ()

    @property
    def baseline_label(self) -> str:
        """What the baseline is called."""
        return self.labels.get(self.baseline, self.baseline)


def compare(
    runs: Sequence[RunResult],
    baseline: str | None = None,
    metric: str = "test/top1",
    which: Which = "last",
    direction: Direction = "up",
    unit: str = "%",
    settings: Settings | None = None,
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
            method of the first run that counts. Contexts without it have another; see `baselines`.
        metric: key of the metric; `direction` and `unit` belong to it.
        which: value of the last weights, or of the best by validation.
        direction: whether "up" or "down" is better.
        unit: of the metric; differences of "%" are called points.
        settings: in which the variants differ, which tell apart those that share a name.

    Raises:
        SpecError: no run has the method or digest that `baseline` names.
    """
    variants, left_out = _variants(runs, metric, which)
    name = _baseline_name(runs, variants, baseline)
    every = _one_of_each(runs)
    labels, contexts = variant_labels(every, settings), context_labels(every, settings)
    data = data_labels(every, settings)
    counted = {variant.latest.digest: variant for variant in variants}
    parents = parents_of(every, runs)
    rivals = baselines(every, {d: len(v.runs) for d, v in counted.items()}, name, parents)
    method = next((run.method for run in every if run.digest == name), name)
    sign = 1 if direction == "up" else -1
    groups: list[Group] = []
    pending: list[Pending] = []
    for run in every:
        rival = rivals.get(run.context)
        parent = parents.get(run.digest) if rival is None else None
        named = _Named(
            labels[run.digest], data[run.context], contexts[run.context],
            labels[rival.digest] if rival else method, rival.digest if rival else "",
            parent and (labels[parent.digest], changes(*(
                context_settings(each.digest, settings) for each in (parent, run)
            ))),
        )
        if run.digest in counted:
            against = counted.get(named.rival_digest)
            groups.append(_group(counted[run.digest], against, named, sign, unit))
        else:
            theirs = tuple(sorted(each.run for each in runs if each.digest == run.digest))
            pending.append(_pending(run, theirs, named, metric))
    begun = [*dict.fromkeys(run.context for run in every)]
    groups.sort(key=lambda g: (g.dataset, g.backbone, begun.index(g.context), -sign * g.mean))
    return Comparison(
        metric, which, direction, unit, name, tuple(groups), tuple(left_out), labels,
        tuple(pending),
    )


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
        objection = _objection(run, metric, which, by_seed.get(run.seed))
        if objection is not None:
            left_out.append(objection)
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


def _objection(
    run: RunResult, metric: str, which: Which, counted: RunResult | None
) -> LeftOut | None:
    """Why a run does not count; None where it does.

    Args:
        run: the run.
        metric: key of the metric.
        which: of which weights.
        counted: a later run of its seed that counts.
    """
    value = run.metrics.get(metric, {}).get(which)
    why: WhyNot
    if run.state != RunState.COMPLETED:
        why, reason = "not completed", f"it is {run.state}, not completed"
    elif value is None:
        why, reason = "no value", f"it has no {metric} ({which})"
    elif not math.isfinite(value):
        why, reason = "not finite", f"its {metric} ({which}) is {value}"
    elif counted is not None:
        why, reason = "repeated", f"run {counted.run} repeats its seed {run.seed}"
    else:
        return None
    return LeftOut(
        run.run, run.name, run.seed, run.state, str(value) if why == "not finite" else "",
        counted.run if why == "repeated" and counted else None, why, reason,
    )


def _one_of_each(runs: Sequence[RunResult]) -> list[RunResult]:
    """The latest run of each variant, in whatever state, those begun first first."""
    latest: dict[str, RunResult] = {}
    for run in sorted(runs, key=lambda r: r.run):
        latest[run.digest] = run
    return list(latest.values())


def _pending(run: RunResult, runs: tuple[int, ...], named: _Named, metric: str) -> Pending:
    return Pending(
        named.label, run.backbone, run.dataset, run.digest, run.context, runs,
        "baseline" if named.rival_digest == run.digest else "not enough seeds",
        f"{named.label} has no completed run with {metric} yet", named.setting, named.rival,
        named.rival_digest, named.parent,
    )


def _group(
    variant: _Variant, rival: _Variant | None, named: _Named, sign: int, unit: str
) -> Group:
    run = variant.latest
    compared = None if rival is None or rival is variant else rival
    difference = paired_difference(variant.values, compared.values) if compared else None
    cost = cost_ratio(variant.by_seed, compared.by_seed) if compared else None
    missing = seeds_missing(difference.n if difference else len(variant.runs), difference)
    verdict = "baseline" if rival is variant else verdict_on(difference, sign)
    found = mean_std(list(variant.values.values()))
    return Group(
        label=named.label, method=run.method, backbone=run.backbone, dataset=run.dataset,
        data=named.data, digest=run.digest, context=run.context,
        runs=tuple(r.run for r in variant.runs),
        seeds=tuple(variant.values), values=tuple(variant.values.values()),
        mean=fmean(variant.values.values()), std=found.std, interval=found.interval,
        params_training=run.params_training, params_deployed=run.params_deployed,
        seconds=variant.seconds, cost=cost, difference=difference, verdict=verdict,
        seeds_missing=missing,
        sentence=sentence(
            named.label, named.rival, verdict, difference, cost, missing, unit, named.parent
        ),
        setting=named.setting, rival=named.rival, rival_digest=named.rival_digest,
        parent=named.parent,
    )
