"""Accuracy against price as text, under the names that people choose from."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

from engine.analysis.compare import Group
from engine.analysis.text_tables import latex_table, markdown_table
from engine.analysis.wording import number

_COLUMNS = (
    "dataset", "backbone", "label", "digest", "price_of", "price", "metric", "mean", "std", "low",
    "high", "n", "on_pareto_front",
)
_PRICES = {
    "params": "parameters that ship", "multiply_adds": "multiply-adds per image",
    "latency": "latency (ms, batch 1)", "seconds": "training time (s)",
}


@dataclass(frozen=True)
class PriceTable:
    """Variants with their prices, the cheapest first.

    Attributes:
        metric: key of the metric.
        unit: of the metric.
        price: key of the price.
        rows: each variant, its price, and whether it is on the Pareto front.
    """

    metric: str
    unit: str
    price: str
    rows: tuple[tuple[Group, float, bool], ...]


def to_csv(table: PriceTable) -> str:
    """Return one line per variant in full precision; cells that do not apply are empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for group, price, on_front in table.rows:
        ends = (group.interval.low, group.interval.high) if group.interval else (None, None)
        writer.writerow((
            group.dataset, group.backbone, group.label, group.digest, table.price, price,
            table.metric, group.mean, group.std, *ends, group.n, int(on_front),
        ))
    return out.getvalue()


def to_markdown(table: PriceTable) -> str:
    """Return a GitHub table, rounded for reading."""
    header, rows = _rounded(table)
    return markdown_table(header, rows, header[3:])


def to_latex(table: PriceTable) -> str:
    r"""Return a `tabular` that needs \usepackage{booktabs} and nothing else."""
    header, rows = _rounded(table)
    return latex_table(header, rows, header[3:])


PRICE_WRITERS: dict[str, tuple[str, Callable[[PriceTable], str]]] = {
    "CSV": ("csv", to_csv),
    "Markdown": ("md", to_markdown),
    "LaTeX": ("tex", to_latex),
}
"""Ending and writer of each format."""


def _rounded(table: PriceTable) -> tuple[list[str], list[list[str]]]:
    metric = f"{table.metric} ({table.unit})" if table.unit else table.metric
    header = ["Dataset", "Backbone", "Method", _PRICES[table.price], metric, "Seeds",
              "Pareto front"]
    return header, [
        [
            group.dataset, group.backbone, group.label, _price_text(price),
            number(group.mean, table.unit)
            + (f" ± {number(group.std, table.unit)}" if group.std is not None else ""),
            str(group.n), "yes" if on_front else "",
        ]
        for group, price, on_front in table.rows
    ]


def _price_text(price: float) -> str:
    return f"{price:,.0f}" if price >= 1000 else f"{price:.3g}"
