"""Accuracy against price as a table."""

from collections.abc import Sequence

from engine.analysis.compare import Group
from engine.analysis.text_tables import Table
from engine.analysis.wording import mean_text

_COLUMNS = (
    "dataset", "backbone", "label", "digest", "price_of", "price", "metric", "mean", "std", "low",
    "high", "n", "on_pareto_front",
)
_PRICES = {
    "params": "parameters that ship", "multiply_adds": "multiply-adds per image",
    "latency": "latency (ms, batch 1)", "seconds": "training time (s)",
}


def price_table(
    metric: str, unit: str, price_of: str, rows: Sequence[tuple[Group, float, bool]]
) -> Table:
    """Return a row per variant.

    Args:
        metric: key of the metric.
        unit: of the metric.
        price_of: key of the price.
        rows: each variant, its price, and whether it is on the Pareto front; the cheapest first.
    """
    value = f"{metric} ({unit})" if unit else metric
    header = [
        "Dataset", "Backbone", "Method", _PRICES[price_of], value, "Seeds", "Pareto front",
    ]
    return Table(
        _COLUMNS,
        [
            (
                group.dataset, group.backbone, group.label, group.digest, price_of, price, metric,
                group.mean, group.std,
                *((group.interval.low, group.interval.high) if group.interval else (None, None)),
                group.n, int(on_front),
            )
            for group, price, on_front in rows
        ],
        header,
        [
            (
                group.dataset, group.backbone, group.label, _price_text(price),
                mean_text(group.mean, group.std, unit), str(group.n), "yes" if on_front else "",
            )
            for group, price, on_front in rows
        ],
        header[3:],
    )


def _price_text(price: float) -> str:
    return f"{price:,.0f}" if price >= 1000 else f"{price:.3g}"
