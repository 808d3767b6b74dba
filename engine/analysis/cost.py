"""How much longer a variant trains than its baseline, seed by seed, where clocks agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import geometric_mean

from engine.analysis.clocks import objection_to, objection_to_pair
from engine.analysis.results import RunResult


@dataclass(frozen=True)
class CostRatio:
    """Seconds of training over the baseline's, of pairs of runs of one seed.

    Attributes:
        seeds: the common seeds whose clocks can be compared, ascending.
        mean: geometric mean of the ratios, so that the inverse comparison gives the inverse;
            None where no seed can be compared.
        low: the least ratio of a seed.
        high: the greatest.
        problems: why common seeds were left out, a line each.
    """

    seeds: tuple[int, ...]
    mean: float | None
    low: float | None
    high: float | None
    problems: tuple[str, ...]

    @property
    def n(self) -> int:
        """Number of seeds."""
        return len(self.seeds)


def cost_ratio(
    runs: Mapping[int, RunResult], rivals: Mapping[int, RunResult]
) -> CostRatio | None:
    """Hold the training times of two variants against each other; None without a common seed.

    Args:
        runs: of the variant, by seed.
        rivals: of its baseline, by seed.
    """
    common = sorted(runs.keys() & rivals.keys())
    if not common:
        return None
    ratios: dict[int, float] = {}
    problems: list[str] = []
    for seed in common:
        ours, theirs = runs[seed], rivals[seed]
        problem = _objection(ours, theirs)
        if problem:
            problems.append(problem)
        elif ours.seconds and theirs.seconds:
            ratios[seed] = ours.seconds / theirs.seconds
    values = list(ratios.values())
    return CostRatio(
        tuple(ratios), geometric_mean(values) if values else None, min(values, default=None),
        max(values, default=None), tuple(problems),
    )


def _objection(ours: RunResult, theirs: RunResult) -> str:
    """Why the seconds of a pair cannot be held against each other; empty where they can."""
    for run in (ours, theirs):
        problem = objection_to(run.clock)
        if run.is_fork:
            problem = "it goes on from another run"
        elif not run.seconds:
            problem = "it has not kept how long it trained"
        if problem:
            return f"run {run.run}: {problem}"
    assert ours.clock is not None
    assert theirs.clock is not None
    return objection_to_pair(ours.run, ours.clock, theirs.run, theirs.clock)
