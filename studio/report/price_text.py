"""Accuracy against price as a table."""

from collections.abc import Sequence

from engine.analysis.comparison import Group
from engine.analysis.pareto import Standing
from engine.analysis.text_tables import Table
from engine.analysis.wording import MIN_SEEDS, mean_text

_COLUMNS = (
    "dataset", "backbone", "label", "digest", "price_of", "price", "metric", "mean", "std", "low",
    "high", "n", "on_front_of_means", "front_is_shown",
)
_PRICES = {
    "params": "parameters that ship", "multiply_adds": "multiply-adds per image",
    "latency": "latency (ms, batch 1)", "seconds": "training time (s)",
}


def price_table(
    metric: str, unit: str, price_of: str, rows: Sequence[tuple[Group, float, Standing]]
) -> Table:
    """Return a row per variant.

    Args:
        metric: key of the metric.
        unit: of the metric.
        price_of: key of the price.
        rows: each variant, its price, and where it stands to the front; the cheapest first.
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
                group.n, int(standing.on_front), int(standing.is_shown),
            )
            for group, price, standing in rows
        ],
        header,
        [
            (
                group.dataset, group.backbone, group.label, _price_text(price),
                mean_text(group.mean, group.std, unit), str(group.n), _standing_text(standing),
            )
            for group, price, standing in rows
        ],
        header[3:6], settings=header[:2],
        note=f"by mean only: fewer than {MIN_SEEDS} seeds, no spread, or no difference shown",
    )


def _standing_text(standing: Standing) -> str:
    text = "yes" if standing.on_front else "no"
    return text if standing.is_shown else f"{text}, by mean only"


def _price_text(price: float) -> str:
    return f"{price:,.0f}" if price >= 1000 else f"{price:.3g}"
