"""A comparison as JSON, CSV, Markdown and LaTeX: the same rows, for other hands."""

import csv
import io
import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, cast

from engine.analysis.compare import Comparison, Group
from engine.analysis.intervals import Interval
from engine.analysis.wording import number, signed_range

_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "_": r"\_", "%": r"\%", "&": r"\&",
        "#": r"\#", "$": r"\$", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
        "<": r"\textless{}", ">": r"\textgreater{}", "\n": " ",
        "[": "{[}",  # at the start of a row it would be an argument of the line break before
        "±": r"$\pm$", "×": r"$\times$", "−": "$-$", "–": "--",
        "α": r"$\alpha$", "β": r"$\beta$", "γ": r"$\gamma$", "λ": r"$\lambda$", "τ": r"$\tau$",
    }
)  # fmt: skip


def _joined(numbers: tuple[float, ...]) -> str:
    return " ".join(map(repr, numbers))


def _apart(group: Group) -> Interval | None:
    return group.difference and group.difference.interval


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
    "cost_ratio": lambda g: g.cost_ratio,
}
_NUMERIC = frozenset({"Seeds", "Parameters"})


def to_json(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as plain dictionaries and lists; what is not a number is None."""
    document = asdict(comparison)
    for table, group in zip(document["groups"], comparison.groups, strict=True):
        table["n"] = group.n
        if group.difference:
            table["difference"]["n"] = group.difference.n
    return _jsonable(document)


def to_csv(comparison: Comparison) -> str:
    """Return one line per variant in full precision; cells that do not apply are empty."""
    question = {name: getattr(comparison, name) for name in _QUESTION}
    out = io.StringIO()
    writer = csv.DictWriter(out, [*_QUESTION, *_COLUMNS], lineterminator="\n")
    writer.writeheader()
    for group in comparison.groups:
        writer.writerow(question | {name: cell(group) for name, cell in _COLUMNS.items()})
    return out.getvalue()


def to_markdown(comparison: Comparison) -> str:
    """Return a GitHub table, rounded for reading."""
    header, rows = _rounded(comparison, _markdown_text)
    rule = ["--:" if name in _NUMERIC else "---" for name in header]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (header, rule, *rows))


def to_latex(comparison: Comparison) -> str:
    r"""Return a `tabular` that needs \usepackage{booktabs} and nothing else."""
    header, rows = _rounded(comparison, _latex_text)
    columns = "".join("r" if name in _NUMERIC else "l" for name in header)
    lines = [
        r"% needs \usepackage{booktabs}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        " & ".join(header) + r" \\",
        r"\midrule",
        *(" & ".join(cells) + r" \\" for cells in rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _jsonable(inner) for key, inner in cast("dict[str, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(inner) for inner in cast("list[Any]", value)]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _rounded(
    comparison: Comparison, text: Callable[[str], str]
) -> tuple[list[str], list[list[str]]]:
    """Header and rows for reading, every cell passed through `text`."""
    unit = comparison.unit
    metric = f"{comparison.metric} {comparison.which}" + (f" ({unit})" if unit else "")
    header = [
        "Dataset", "Backbone", "Method", metric, "Seeds", "Difference", "95 % interval",
        "Verdict", "Training time", "Parameters",
    ]  # fmt: skip
    rows = [_cells(group, unit) for group in comparison.groups]
    return [text(name) for name in header], [[text(cell) for cell in row] for row in rows]


def _cells(group: Group, unit: str) -> list[str]:
    spread = f" ± {number(group.std, unit)}" if group.std is not None else ""
    apart = group.difference
    return [
        group.dataset,
        group.backbone,
        group.label,
        number(group.mean, unit) + spread,
        str(group.n),
        number(apart.mean, unit, signed=True) if apart and apart.mean is not None else "",
        signed_range(apart.interval, unit) if apart and apart.interval else "",
        group.verdict,
        f"{group.cost_ratio:.2f} ×" if group.cost_ratio is not None else "",
        f"{group.params_deployed:,}" if group.params_deployed is not None else "",
    ]


def _markdown_text(cell: str) -> str:
    return cell.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")


def _latex_text(cell: str) -> str:
    return cell.translate(_LATEX)
