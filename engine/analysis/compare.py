"""The referee: variants against a baseline, seed by seed, with no winner from too few seeds."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from engine.analysis.baselines import DEFAULT_BASELINE, baselines, parents_of
from engine.analysis.comparison import (
    Comparison,
    Direction,
    Group,
    LeftOut,
    Pending,
    Which,
    WhyNot,
)
from engine.analysis.cost import cost_ratio
from engine.analysis.intervals import mean_std, paired_difference
from engine.analysis.labels import (
    Settings,
    changes,
    context_labels,
    context_settings,
    data_labels,
    variant_labels,
)
from engine.analysis.results import RunResult
from engine.analysis.wording import seeds_missing, sentence, verdict_on
from engine.spec.errors import SpecError
from engine.spec.run_state import RunState
from engine.spec.suggest import did_you_mean


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
