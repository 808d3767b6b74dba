"""Accuracy against cost as text, under the names that people choose from."""

import csv
import io
from collections.abc import Callable, Sequence

from engine.analysis.dynamic import CurvePoint, VariantCurve
from engine.analysis.text_tables import latex_table, markdown_table

_COLUMNS = (
    "kind", "dataset", "backbone", "label", "digest", "seeds", "multiply_adds", "top1", "low",
    "high", "n",
)
_HEADER = (
    "Dataset", "Backbone", "Method", "M multiply-adds", "Top-1 (%)", "95 % interval", "Seeds",
)
_NUMERIC = frozenset(_HEADER[3:])


def to_csv(curves: Sequence[VariantCurve], kind: str) -> str:
    """Return one line per point in full precision; ends of intervals of one seed are empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for curve in curves:
        seeds = " ".join(map(str, curve.seeds))
        for p in curve.points:
            writer.writerow((
                kind, curve.dataset, curve.backbone, curve.label, curve.digest, seeds, p.cost,
                p.top1, p.low, p.high, p.n,
            ))
    return out.getvalue()


def to_markdown(curves: Sequence[VariantCurve], kind: str) -> str:
    """Return a GitHub table, rounded for reading."""
    del kind
    return markdown_table(_HEADER, _rows(curves), _NUMERIC)


def to_latex(curves: Sequence[VariantCurve], kind: str) -> str:
    r"""Return a `tabular` that needs \usepackage{booktabs} and nothing else."""
    return latex_table(_HEADER, _rows(curves), _NUMERIC, kind)


CURVE_WRITERS: dict[str, tuple[str, Callable[[Sequence[VariantCurve], str], str]]] = {
    "CSV": ("csv", to_csv),
    "Markdown": ("md", to_markdown),
    "LaTeX": ("tex", to_latex),
}
"""Ending and writer of each format."""


def _rows(curves: Sequence[VariantCurve]) -> list[tuple[str, ...]]:
    return [
        (
            curve.dataset, curve.backbone, curve.label, f"{point.cost / 1e6:.1f}",
            f"{point.top1:.2f}", _interval(point), str(point.n),
        )
        for curve in curves for point in curve.points
    ]


def _interval(point: CurvePoint) -> str:
    if point.low is None or point.high is None:
        return ""
    return f"{point.low:.2f} – {point.high:.2f}"
