"""Variants at equal training time: what each had reached when the cheaper of a pair had ended.

At equal epochs a method may win by training longer. Here the dearer run of each pair is read where
it stood when the cheaper one was done, in its last validation until then. So late in a schedule a
learning rate that has not fallen yet counts against it: that is what it would have shipped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.analysis.clocks import objection_to, objection_to_pair
from engine.analysis.comparison import Comparison, EqualTime, Group, baseline_of
from engine.analysis.intervals import paired_difference
from engine.analysis.wording import MIN_SEEDS, seconds_text, sentence, verdict_on
from engine.spec.clock import Clock
from engine.spec.errors import DataError
from engine.spec.rows import RunRow

Floats = NDArray[np.float64]
_ROUNDING = 1e-9
STEPS = "train/loss"
"""The series that has a point for every step, and so tells when each was taken."""


class Series(Protocol):
    """Points of a series in step order; times are seconds since the epoch."""

    @property
    def steps(self) -> NDArray[np.int64]: ...  # noqa: D102

    @property
    def times(self) -> Floats: ...  # noqa: D102

    @property
    def values(self) -> Floats: ...  # noqa: D102


@dataclass(frozen=True)
class Timeline:
    """What a run's validation said, by the seconds that it had trained.

    Attributes:
        run: its id.
        clock: when and on what it trained.
        seconds: of training, in all, without evaluation.
        seconds_E: at each validation, ascending.
        values_E: of the metric.
    """

    run: int
    clock: Clock
    seconds: float
    seconds_E: Floats
    values_E: Floats

    def until(self, seconds: float, *, best: bool, sign: int) -> float | None:
        """The last or the best value that was there by then; None before the first."""
        there_E = self.values_E[self.seconds_E <= seconds * (1 + _ROUNDING)]
        if not len(there_E):
            return None
        return float(sign * np.max(sign * there_E)) if best else float(there_E[-1])


def validation_key(metric: str) -> str:
    """The metric's name on validation, the one that is known while a run trains."""
    return "val/" + metric.partition("/")[2]


def training_seconds(
    steps_S: NDArray[np.int64], times_S: Floats, seconds: float, steps_per_epoch: int
) -> Floats:
    """Return the seconds that a run had trained after each step, (S,).

    Between two epochs the clock on the wall goes on while the network is evaluated. What the run
    has trained in all, less what its steps within epochs took, is therefore shared equally among
    the epochs: their first steps, with the wait for their first images.

    Args:
        steps_S: 1, 2, … S.
        times_S: when each was done.
        seconds: of training in all.
        steps_per_epoch: how many steps an epoch has.

    Raises:
        DataError: steps are missing, or the clock on the wall was set meanwhile.
    """
    if not len(steps_S) or not np.array_equal(steps_S, np.arange(1, len(steps_S) + 1)):
        raise DataError("it has not kept when each of its steps was taken")
    gap_S = np.diff(times_S, prepend=times_S[0])
    first_S = (steps_S - 1) % steps_per_epoch == 0
    gap_S[first_S] = 0.0
    rest = seconds - float(gap_S.sum())
    if (gap_S < 0).any() or rest < 0:
        raise DataError("the computer's clock was set while it trained")
    gap_S[first_S] = rest / int(first_S.sum())
    return np.cumsum(gap_S)


def timeline(row: RunRow, clock: Clock | None, steps: Series, validation: Series) -> Timeline:
    """Put a run's validation on its clock.

    Raises:
        DataError: its clock says nothing of how long it trains.
    """
    problem = objection_to(clock if row.steps_per_epoch else None)
    if problem or clock is None:
        raise DataError(problem)
    if len(steps.times) and steps.times[0] < clock.started_at - 1:
        raise DataError("it goes on from another run")
    trained_S = training_seconds(steps.steps, steps.times, row.seconds, row.steps_per_epoch)
    known_E = (validation.steps >= 1) & (validation.steps <= len(trained_S))
    return Timeline(
        row.id, clock, row.seconds, trained_S[validation.steps[known_E] - 1],
        validation.values[known_E],
    )


def with_equal_time(
    comparison: Comparison, rows: Sequence[RunRow], clocks: Mapping[int, Clock],
    steps: Mapping[int, Series], validation: Mapping[int, Series],
) -> Comparison:
    """Say of every variant how it stands to its baseline at equal training time.

    Args:
        comparison: at equal epochs.
        rows: at least the runs that count.
        clocks: of the runs.
        steps: the series `STEPS` of the runs.
        validation: the series `validation_key(comparison.metric)` of the runs.
    """
    known = {row.id: row for row in rows}
    found: dict[int, Timeline | str] = {}

    def look(run: int) -> Timeline | str:
        if run not in found:
            try:
                if run not in validation or run not in steps:
                    raise DataError("it has not kept its curves")
                found[run] = timeline(known[run], clocks.get(run), steps[run], validation[run])
            except DataError as error:
                found[run] = f"run {run}: {error}"
        return found[run]

    groups: list[Group] = []
    for group in comparison.groups:
        rival = baseline_of(comparison, group)
        if rival is not None:
            mine, theirs = (
                {seed: look(run) for seed, run in zip(each.seeds, each.runs, strict=True)}
                for each in (group, rival)
            )
            group = replace(group, equal_time=_equal_time(comparison, group, rival, mine, theirs))
        groups.append(group)
    return replace(comparison, groups=tuple(groups))


def _equal_time(
    comparison: Comparison, group: Group, rival: Group, mine: Mapping[int, Timeline | str],
    theirs: Mapping[int, Timeline | str],
) -> EqualTime:
    sign = 1 if comparison.direction == "up" else -1
    a: dict[int, float] = {}
    b: dict[int, float] = {}
    budgets: list[float] = []
    problems: list[str] = []
    for seed in sorted(mine.keys() & theirs.keys()):
        ours, rivals = mine[seed], theirs[seed]
        problem = _objection(ours, rivals)
        if isinstance(ours, str) or isinstance(rivals, str) or problem:
            problems.append(problem)
            continue
        budget = min(ours.seconds, rivals.seconds)
        best = comparison.which == "best"
        values = [each.until(budget, best=best, sign=sign) for each in (ours, rivals)]
        if values[0] is None or values[1] is None:
            problems.append(f"seed {seed}: after {seconds_text(budget)} one had not validated yet")
            continue
        a[seed], b[seed] = values[0], values[1]
        budgets.append(budget)
    metric, apart = validation_key(comparison.metric), paired_difference(a, b)
    if not apart.n:
        why = problems[0] if problems else f"no seed in common with {rival.label}"
        said = f"no comparison at equal training time: {why}"
        return EqualTime(metric, None, None, "not enough seeds", tuple(problems), said)
    verdict, seconds = verdict_on(apart, sign), fmean(budgets)
    missing = max(0, MIN_SEEDS - apart.n)
    said = f"at equal training time ({seconds_text(seconds)}, {metric}): " + sentence(
        group.label, rival.label, verdict, apart, None, missing, comparison.unit
    )
    if problems:
        said += f"; {len(problems)} seed(s) left out: {problems[0]}"
    return EqualTime(metric, seconds, apart, verdict, tuple(problems), said)


def _objection(ours: Timeline | str, rivals: Timeline | str) -> str:
    """Why the seconds of two runs cannot be held against each other; empty where they can."""
    if isinstance(ours, str):
        return ours
    if isinstance(rivals, str):
        return rivals
    return objection_to_pair(ours.run, ours.clock, rivals.run, rivals.clock)
