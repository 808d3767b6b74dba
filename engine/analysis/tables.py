"""A comparison as JSON, CSV, Markdown and LaTeX: the same rows, for other hands.

What variants cost and tests of pairs of runs stand with the variant (CSV), or in tables of their
own after the variants, as a page is narrow.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, cast

from engine.analysis import text_tables
from engine.analysis.comparison import Comparison, EqualTime, Group
from engine.analysis.intervals import Interval, PairedDifference
from engine.analysis.mcnemar import PairTest
from engine.analysis.text_tables import Table
from engine.analysis.wording import (
    cost_text,
    mean_text,
    num_seeds,
    number,
    seconds_text,
    signed_range,
)


def _joined(numbers: Sequence[float]) -> str:
    return " ".join(map(repr, numbers))


def _apart(each: Group | EqualTime | None) -> Interval | None:
    return each and each.difference and each.difference.interval


_QUESTION = ("metric", "which", "unit")
_COLUMNS: dict[str, Callable[[Group], Any]] = {
    "dataset": lambda g: g.dataset,
    "backbone": lambda g: g.backbone,
    "method": lambda g: g.method,
    "label": lambda g: g.label,
    "digest": lambda g: g.digest,
    "context": lambda g: g.context,
    "runs": lambda g: _joined(g.runs),
    "n": lambda g: g.n,
    "seeds": lambda g: _joined(g.seeds),
    "values": lambda g: _joined(g.values),
    "mean": lambda g: g.mean,
    "std": lambda g: g.std,
    "low": lambda g: g.interval and g.interval.low,
    "high": lambda g: g.interval and g.interval.high,
    "difference": lambda g: g.difference and g.difference.mean,
    "difference_low": lambda g: (apart := _apart(g)) and apart.low,
    "difference_high": lambda g: (apart := _apart(g)) and apart.high,
    "p_value": lambda g: g.difference and g.difference.p_value,
    "common_seeds": lambda g: g.difference and g.difference.n,
    "verdict": lambda g: g.verdict,
    "params_training": lambda g: g.params_training,
    "params_deployed": lambda g: g.params_deployed,
    "seconds": lambda g: g.seconds,
    "cost_ratio": lambda g: g.cost and g.cost.mean,
    "cost_ratio_low": lambda g: g.cost and g.cost.low,
    "cost_ratio_high": lambda g: g.cost and g.cost.high,
    "cost_ratio_seeds": lambda g: g.cost and g.cost.n,
    "cost_ratio_problems": lambda g: g.cost and "; ".join(g.cost.problems),
    "equal_time_metric": lambda g: g.equal_time and g.equal_time.metric,
    "equal_time_seconds": lambda g: g.equal_time and g.equal_time.seconds,
    "equal_time_difference": lambda g: (
        g.equal_time and g.equal_time.difference and g.equal_time.difference.mean
    ),
    "equal_time_low": lambda g: (apart := _apart(g.equal_time)) and apart.low,
    "equal_time_high": lambda g: (apart := _apart(g.equal_time)) and apart.high,
    "equal_time_seeds": lambda g: (
        g.equal_time and g.equal_time.difference and g.equal_time.difference.n
    ),
    "equal_time_verdict": lambda g: g.equal_time and g.equal_time.verdict,
    "equal_time_problems": lambda g: g.equal_time and "; ".join(g.equal_time.problems),
}
_PAIR_COLUMNS: dict[str, Callable[[PairTest], Any]] = {
    "mcnemar_seeds": lambda t: t.seed,
    "mcnemar_images": lambda t: t.num_images,
    "mcnemar_only_variant": lambda t: t.only_ours,
    "mcnemar_only_baseline": lambda t: t.only_rivals,
    "mcnemar_p": lambda t: t.p_value,
}
_WHO = ("Dataset", "Backbone", "Method")
_COST_HEADER = (*_WHO, "Training time", "Parameters")
_EQUAL_HEADER = (*_WHO, "Metric", "Equal time", "n", "Difference, 95 % interval", "Verdict")
_PAIR_HEADER = (
    *_WHO, "Baseline", "Seed", "Images", "Method alone", "Baseline alone", "McNemar's p",
)
_SETTINGS = frozenset({"Dataset", "Backbone", "Parameters", "Metric"})


def to_json(comparison: Comparison, pairs: Sequence[PairTest] = ()) -> dict[str, Any]:
    """Return the comparison as plain dictionaries and lists; what is not a number is None."""
    document = asdict(comparison)
    for table, group in zip(document["groups"], comparison.groups, strict=True):
        table["n"] = group.n
        for known, found in ((group, table), (group.equal_time, table["equal_time"])):
            if known and known.difference:
                found["difference"]["n"] = known.difference.n
    return _jsonable(document | {"pairs": [asdict(pair) for pair in pairs]})


def comparison_table(comparison: Comparison, pairs: Sequence[PairTest] = ()) -> Table:
    """Return a row per variant; what it costs and tests of pairs stand below where it is read."""
    unit, groups = comparison.unit, comparison.groups
    question = [getattr(comparison, name) for name in _QUESTION]
    metric = f"{comparison.metric} {comparison.which}" + (f" ({unit})" if unit else "")
    header = [*_WHO, metric, "n", "Difference, 95 % interval", "Verdict"]
    equal = [_equal_cells(g, g.equal_time, unit) for g in groups if g.equal_time is not None]
    tests = _pair_rows(comparison, pairs)
    return Table(
        columns=[*_QUESTION, *_COLUMNS, *_PAIR_COLUMNS],
        values=[[*question, *_values(group, pairs)] for group in groups],
        header=header,
        rows=[_cells(group, unit) for group in groups],
        numeric=header[3:6],
        settings=_SETTINGS,
        below=(
            _below(_COST_HEADER, list(map(_cost_cells, groups)), _COST_HEADER[3:]),
            *([_below(_EQUAL_HEADER, equal, _EQUAL_HEADER[4:7], "at equal training time")]
              if equal else []),
            *([_below(_PAIR_HEADER, tests, _PAIR_HEADER[4:])] if tests else []),
        ),
    )


def _below(
    header: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[str], note: str = ""
) -> Table:
    return Table((), (), header, rows, numeric, note, _SETTINGS)


def to_csv(comparison: Comparison, pairs: Sequence[PairTest] = ()) -> str:
    """Return one line per variant in full precision; cells that do not apply are empty."""
    return text_tables.to_csv(comparison_table(comparison, pairs))


def to_markdown(comparison: Comparison, pairs: Sequence[PairTest] = ()) -> str:
    """Return GitHub tables, rounded for reading."""
    return text_tables.to_markdown(comparison_table(comparison, pairs))


def to_latex(comparison: Comparison, pairs: Sequence[PairTest] = ()) -> str:
    r"""Return `tabular`s that need \usepackage{booktabs} and nothing else."""
    return text_tables.to_latex(comparison_table(comparison, pairs))


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _jsonable(inner) for key, inner in cast("dict[str, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(inner) for inner in cast("list[Any]", value)]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _values(group: Group, pairs: Sequence[PairTest]) -> list[Any]:
    """The cells in full, with the tests of the variant's pairs."""
    mine = [pair for pair in pairs if pair.digest == group.digest]
    cells = [cell(group) for cell in _COLUMNS.values()]
    return cells + [_joined([cell(test) for test in mine]) for cell in _PAIR_COLUMNS.values()]


def _pair_rows(comparison: Comparison, pairs: Sequence[PairTest]) -> list[list[str]]:
    groups = {group.digest: group for group in comparison.groups}
    return [
        [
            groups[pair.digest].dataset, groups[pair.digest].backbone, pair.label, pair.rival,
            str(pair.seed), f"{pair.num_images:,}", f"{pair.only_ours:,}",
            f"{pair.only_rivals:,}", f"{pair.p_value:.2g}",
        ]
        for pair in pairs if pair.digest in groups
    ]


def _cells(group: Group, unit: str) -> list[str]:
    return [
        *_who(group), mean_text(group.mean, group.std, unit), str(group.n),
        difference_text(group.difference, unit, group.n), group.verdict,
    ]


def _cost_cells(group: Group) -> list[str]:
    parameters = f"{group.params_deployed:,}" if group.params_deployed is not None else ""
    return [*_who(group), cost_text(group.cost, group.n), parameters]


def _equal_cells(group: Group, found: EqualTime, unit: str) -> list[str]:
    who, apart = [*_who(group), found.metric], found.difference
    if apart is None or found.seconds is None:
        return [*who, "", "0", "", "cannot be compared"]
    return [
        *who, seconds_text(found.seconds), str(apart.n), difference_text(apart, unit, apart.n),
        found.verdict,
    ]


def _who(group: Group) -> tuple[str, str, str]:
    return group.dataset, group.backbone, group.label


def difference_text(apart: PairedDifference | None, unit: str, n: int) -> str:
    """Write a difference: "+0.31 (−0.20 to +0.82)", "+0.22 in each seed".

    Args:
        apart: None is nothing to say.
        unit: of the metric.
        n: number of seeds that is told beside it; where it is of others, it says so.
    """
    if apart is None or apart.mean is None:
        return ""
    text = number(apart.mean, unit, signed=True)
    seeds = "" if apart.n == n else num_seeds(apart.n)
    if apart.is_constant:
        return f"{text} in each {f'of {seeds}' if seeds else 'seed'}"
    inner = ", ".join(filter(None, (apart.interval and signed_range(apart.interval, unit), seeds)))
    return f"{text} ({inner})" if inner else text
