"""What a comparison of variants says: of each how it stands to its baseline."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.analysis.cost import CostRatio
from engine.analysis.intervals import Interval, PairedDifference
from engine.analysis.wording import Verdict

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
    def baselines(self) -> frozenset[str]:
        """The digests of what others stand against, whether or not a run of it counts."""
        return frozenset(
            each.digest for each in (*self.groups, *self.pending) if each.verdict == "baseline"
        )

    @property
    def baseline_label(self) -> str:
        """What the baseline is called."""
        return self.labels.get(self.baseline, self.baseline)


def baseline_of(comparison: Comparison, group: Group) -> Group | None:
    """The group that `group` stands against; None for a baseline and where there is none."""
    if group.verdict == "baseline":
        return None
    return next(
        (g for g in comparison.groups if g.context == group.context and g.verdict == "baseline"),
        None,
    )
