"""The verdict in the window's language; in English it is, word for word, what the engine says.

The words are those of `engine.analysis`; reasons why times and pairs cannot be compared stay as the
engine gives them.
"""

from PySide6.QtCore import QCoreApplication

from engine.analysis.comparison import Comparison, Group, LeftOut, Pending, Which
from engine.analysis.cost import CostRatio
from engine.analysis.intervals import Interval, PairedDifference
from engine.analysis.mcnemar import PairTest
from engine.analysis.wording import MIN_SEEDS, Verdict, number, seconds_text

_translate = QCoreApplication.translate


def verdict_word(verdict: Verdict) -> str:
    """One of the closed set of verdicts."""
    return {
        "baseline": _translate("verdict", "baseline"),
        "better": _translate("verdict", "better"),
        "worse": _translate("verdict", "worse"),
        "no difference shown": _translate("verdict", "no difference shown"),
        "not enough seeds": _translate("verdict", "not enough seeds"),
        "no baseline": _translate("verdict", "no baseline"),
    }[verdict]


def range_text(interval: Interval, unit: str) -> str:
    """The interval of a difference: "+0.31 to +2.09"."""
    low, high = (number(end, unit, signed=True) for end in (interval.low, interval.high))
    return _translate("verdict", "{low} to {high}").format(low=low, high=high)


def verdict_text(comparison: Comparison, group: Group) -> str:
    """How a variant stands to its baseline at equal epochs, in one line."""
    if group.verdict != "baseline":
        return _sentence(comparison, group, group.verdict, group.difference, group.cost)
    text = _translate("verdict", "{label} is the baseline")
    if group.seeds_missing:
        text = _translate("verdict", "{label} is the baseline; {need} seeds needed, {there} there")
    there = MIN_SEEDS - group.seeds_missing
    return text.format(label=group.label, need=MIN_SEEDS, there=there)


def equal_time_text(comparison: Comparison, group: Group) -> str:
    """How it stands at equal training time, in one line; empty where that was not asked."""
    found = group.equal_time
    if found is None:
        return ""
    why = found.problems[0] if found.problems else ""
    if found.difference is None or found.seconds is None:
        none = _translate("verdict", "no seed in common with {rival}")
        why = why or none.format(rival=group.rival)
        return _translate("verdict", "no comparison at equal training time: {why}").format(why=why)
    text = _translate("verdict", "at equal training time ({time}, {metric}): {sentence}")
    if why:
        text = _translate(
            "verdict",
            "at equal training time ({time}, {metric}): {sentence}; {num} seed(s) left out: {why}",
        )
    return text.format(
        time=seconds_text(found.seconds), metric=found.metric, num=len(found.problems), why=why,
        sentence=_sentence(comparison, group, found.verdict, found.difference, None),
    )


def pending_text(comparison: Comparison, pending: Pending) -> str:
    """What there is to say of a variant of which no run counts."""
    text = _translate("verdict", "{label} has no completed run with {metric} yet")
    return text.format(label=pending.label, metric=comparison.metric)


def left_out_text(comparison: Comparison, out: LeftOut) -> str:
    """Why a run does not count, as part of a sentence."""
    text = {
        "not completed": _translate("verdict", "it is {state}, not completed"),
        "no value": _translate("verdict", "it has no {metric} ({which})"),
        "not finite": _translate("verdict", "its {metric} ({which}) is {value}"),
        "repeated": _translate("verdict", "run {counted} repeats its seed {seed}"),
    }[out.why]
    return text.format(
        state=_state_word(out.state), metric=comparison.metric, which=_which_word(comparison.which),
        value=out.value, counted=out.counted, seed=out.seed,
    )


def _state_word(state: str) -> str:
    """A state within a sentence; of what was cancelled the window says that it was stopped."""
    return {
        "queued": _translate("verdict", "queued"), "running": _translate("verdict", "running"),
        "paused": _translate("verdict", "paused"), "failed": _translate("verdict", "failed"),
        "cancelled": _translate("verdict", "stopped"),
        "interrupted": _translate("verdict", "interrupted"),
    }.get(state, state)


def _which_word(which: Which) -> str:
    """The weights that were asked for."""
    return {"last": _translate("verdict", "last"), "best": _translate("verdict", "best")}[which]


def pair_text(test: PairTest) -> str:
    """McNemar's test of one pair, in one line."""
    return _translate(
        "verdict",
        "seed {seed}: of {images:,} images {label} alone has {ours:,} right, {rival} alone "
        "{rivals:,} (McNemar's exact p = {p:.2g})",
    ).format(
        seed=test.seed, images=test.num_images, label=test.label, rival=test.rival,
        ours=test.only_ours, rivals=test.only_rivals, p=test.p_value,
    )


def _sentence(
    comparison: Comparison, group: Group, verdict: Verdict, apart: PairedDifference | None,
    cost: CostRatio | None,
) -> str:
    who = {"label": group.label, "rival": group.rival}
    if group.parent is not None:
        return _parent_text(group.label, *group.parent)
    if apart is None:
        return _translate(
            "verdict", "{label} has no completed {rival} run of equal settings to stand against"
        ).format(**who)
    if apart.mean is None or apart.n < MIN_SEEDS:
        return _translate(
            "verdict", "{label}: {need} seeds in common with {rival} needed, {there} there"
        ).format(**who, need=MIN_SEEDS, there=apart.n)
    unit = comparison.unit
    if apart.interval is None:
        return _agreed_text(verdict).format(
            **who, amount=_amount(apart.mean, unit), seeds=apart.n, cost=_at_cost(cost)
        )
    facts = {
        "amount": _amount(apart.mean, unit), "range": range_text(apart.interval, unit),
        "seeds": apart.n, "cost": _at_cost(cost),
    }
    if verdict == "no difference shown":
        text = _translate(
            "verdict",
            "{label} shows no difference from {rival}: {amount} (95 % interval {range}, {seeds} "
            "seeds){cost}",
        )
    elif apart.mean > 0:
        text = _translate(
            "verdict",
            "{label} is {amount} (95 % interval {range}, {seeds} seeds) above {rival}{cost}",
        )
    else:
        text = _translate(
            "verdict",
            "{label} is {amount} (95 % interval {range}, {seeds} seeds) below {rival}{cost}",
        )
    return text.format(**who, **facts)


def _agreed_text(verdict: Verdict) -> str:
    """What is said where the difference is the same in every seed."""
    if verdict == "no difference shown":
        return _translate(
            "verdict",
            "{label} shows no difference from {rival}: both have the same value in each of "
            "{seeds} seeds{cost}",
        )
    return _translate(
        "verdict",
        "{label}: the difference from {rival} is {amount} in each of {seeds} seeds: without "
        "spread there is no interval; more seeds tell",
    )


def cost_texts(cost: CostRatio | None) -> tuple[str, str]:
    """A cost ratio, and what its seeds range over: "1.10 ×", "1.08–1.12"."""
    if cost is None:
        return "", ""
    if cost.mean is None:
        return "–", ""
    text = _translate("verdict", "{low:.2f}–{high:.2f}")
    if cost.n == 1:
        text = _translate("verdict", "1 seed")
    return f"{cost.mean:.2f} ×", text.format(low=cost.low, high=cost.high)


def _at_cost(cost: CostRatio | None) -> str:
    if cost is None:
        return ""
    if cost.mean is None:
        text = _translate("verdict", "; training times cannot be compared: {why}")
        return text.format(why=cost.problems[0])
    left_out = ""
    if cost.problems:
        left_out = _translate("verdict", "; {num} seed(s) left out: {why}").format(
            num=len(cost.problems), why=cost.problems[0]
        )
    if cost.n > 1:
        text = _translate(
            "verdict",
            ", at {ratio:.2f} × its training time ({low:.2f} to {high:.2f}, {seeds} seeds"
            "{left_out})",
        )
    else:
        text = _translate("verdict", ", at {ratio:.2f} × its training time (1 seed{left_out})")
    return text.format(
        ratio=cost.mean, low=cost.low, high=cost.high, seeds=cost.n, left_out=left_out
    )


def _amount(mean: float, unit: str) -> str:
    amount = number(mean, unit, signed=True)
    if unit == "%":
        return _translate("verdict", "{amount} points").format(amount=amount)
    return f"{amount} {unit}" if unit else amount


def _parent_text(label: str, parent: str, changed: str) -> str:
    """Why a fork is not set against what it was forked from."""
    text = _translate(
        "verdict",
        "{label} is not set seed by seed against {parent}, from which it was forked: its recipe "
        "is another",
    )
    if changed:
        text = _translate(
            "verdict",
            "{label} is not set seed by seed against {parent}, from which it was forked: its "
            "recipe is another ({changed})",
        )
    return text.format(label=label, parent=parent, changed=changed)
