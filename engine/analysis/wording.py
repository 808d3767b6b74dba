"""Numbers and verdicts as people read them."""

from typing import Literal

from engine.analysis.cost import CostRatio
from engine.analysis.intervals import Interval, PairedDifference

MIN_SEEDS = 3
"""Common seeds below which no winner is named."""

Verdict = Literal[
    "baseline", "better", "worse", "no difference shown", "not enough seeds", "no baseline"
]
MINUS = "−"  # as wide as the plus, so columns of signed numbers line up


def number(value: float, unit: str, *, signed: bool = False) -> str:
    """Write a value with 2 decimals in per cent, 4 otherwise."""
    decimals = 2 if unit == "%" else 4
    text = f"{value:+.{decimals}f}" if signed else f"{value:.{decimals}f}"
    return text.replace("-", MINUS)


def mean_text(mean: float, std: float | None, unit: str, *, signed: bool = False) -> str:
    """Write a mean over seeds: "91.11 ± 0.11", of one seed without a spread."""
    spread = f" ± {number(std, unit)}" if std is not None else ""
    return number(mean, unit, signed=signed) + spread


def signed_range(interval: Interval, unit: str) -> str:
    """Write the interval of a difference: "+0.31 to +2.09"."""
    low, high = (number(end, unit, signed=True) for end in (interval.low, interval.high))
    return f"{low} to {high}"


def seconds_text(seconds: float) -> str:
    """Write a duration: "0.93 s", "41 s", "2 h 05 min"."""
    if seconds < 10:
        return f"{seconds:.2g} s"
    if seconds < 600:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def num_seeds(n: int) -> str:
    """Write a number of seeds."""
    return "1 seed" if n == 1 else f"{n} seeds"


def cost_text(cost: CostRatio | None, n: int) -> str:
    """Write a cost ratio with what its seeds range over: "1.10 × (1.08 to 1.12)".

    Args:
        cost: None is nothing to say.
        n: number of seeds that is told beside it; where it is of others, it says so.
    """
    if cost is None or cost.mean is None:
        return ""
    text = f"{cost.mean:.2f} ×"
    if cost.n == 1:
        return f"{text} (1 seed)"
    seeds = "" if cost.n == n else f", {num_seeds(cost.n)}"
    return f"{text} ({cost.low:.2f} to {cost.high:.2f}{seeds})"


def verdict_on(difference: PairedDifference | None, sign: int) -> Verdict:
    """The word for a difference to a baseline.

    Args:
        difference: variant − baseline; None where there is no baseline.
        sign: 1 where more is better, −1 where less is.
    """
    if difference is None:
        return "no baseline"
    if difference.n < MIN_SEEDS or difference.mean is None:
        return "not enough seeds"
    if difference.interval is None:  # the seeds agree, and show no spread to tell chance by
        return "not enough seeds" if difference.mean else "no difference shown"
    if 0 in difference.interval:
        return "no difference shown"
    return "better" if sign * difference.mean > 0 else "worse"


def seeds_missing(n: int, difference: PairedDifference | None) -> int:
    """How many more seeds a comparison needs: where all agree, one that may not.

    Args:
        n: seeds that are there, of a variant and its baseline in common.
        difference: over these; None where there is no baseline.
    """
    agree = difference is not None and difference.is_constant and difference.mean != 0
    return max(MIN_SEEDS - n, int(agree))


def sentence(
    label: str,
    rival: str,
    verdict: Verdict,
    difference: PairedDifference | None,
    cost: CostRatio | None,
    seeds_missing: int,
    unit: str,
    parent: tuple[str, str] | None = None,
) -> str:
    """Say in one line how a variant stands to its baseline.

    Args:
        label: the variant.
        rival: its baseline, or the baseline asked for where its context has none.
        verdict: see `compare`.
        difference: variant − baseline; None where there is nothing to subtract.
        cost: its training time over the baseline's; None where it is not spoken of.
        seeds_missing: common seeds still needed.
        unit: of the metric; differences of "%" are points.
        parent: of a fork that has no baseline: what it was forked from, and what of its recipe
            was changed ("epochs: 12 → 18").
    """
    if verdict == "baseline":
        missing = f"; {_needed('', MIN_SEEDS - seeds_missing)}" if seeds_missing else ""
        return f"{label} is the baseline{missing}"
    if parent is not None:
        name, changed = parent
        return (
            f"{label} is not set seed by seed against {name}, from which it was forked: its recipe "
            "is another" + (f" ({changed})" if changed else "")
        )
    if verdict == "no baseline" or difference is None:
        return f"{label} has no completed {rival} run of equal settings to stand against"
    if difference.mean is None or difference.n < MIN_SEEDS:
        return f"{label}: {_needed(f' in common with {rival}', difference.n)}"
    amount = number(difference.mean, unit, signed=True)
    amount += {"%": " points", "": ""}.get(unit, f" {unit}")
    if difference.interval is None:
        each = f"in each of {difference.n} seeds"
        if verdict == "no difference shown":
            same = f"both have the same value {each}"
            return f"{label} shows no difference from {rival}: {same}{_at_cost(cost)}"
        return (
            f"{label}: the difference from {rival} is {amount} {each}: without spread there is no "
            "interval; more seeds tell"
        )
    evidence = f"95 % interval {signed_range(difference.interval, unit)}, {difference.n} seeds"
    if verdict == "no difference shown":
        return f"{label} shows no difference from {rival}: {amount} ({evidence}){_at_cost(cost)}"
    side = "above" if difference.mean > 0 else "below"
    return f"{label} is {amount} ({evidence}) {side} {rival}{_at_cost(cost)}"


def _at_cost(cost: CostRatio | None) -> str:
    """What a verdict at equal epochs says of training time, with why seeds are left out."""
    if cost is None:
        return ""
    why = cost.problems[0] if cost.problems else ""
    if cost.mean is None:
        return f"; training times cannot be compared: {why}"
    ratio = f"{cost.mean:.2f}"
    seeds = f"{cost.low:.2f} to {cost.high:.2f}, {cost.n} seeds" if cost.n > 1 else "1 seed"
    left_out = f"; {len(cost.problems)} seed(s) left out: {why}" if why else ""
    return f", at {ratio} × its training time ({seeds}{left_out})"


def _needed(where: str, there: int) -> str:
    return f"{MIN_SEEDS} seeds{where} needed, {there} there"
