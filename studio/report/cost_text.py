"""Accuracy against cost as a table."""

from collections.abc import Sequence

from engine.analysis.dynamic import CurvePoint, VariantCurve
from engine.analysis.text_tables import Table

_COLUMNS = (
    "kind", "dataset", "backbone", "label", "digest", "seeds", "multiply_adds", "top1", "low",
    "high", "n",
)
_HEADER = (
    "Dataset", "Backbone", "Method", "M multiply-adds", "Top-1 (%)", "95 % interval", "Seeds",
)


def cost_table(curves: Sequence[VariantCurve], kind: str) -> Table:
    """Return a row per point; ends of intervals of one seed are empty."""
    points = [(curve, point) for curve in curves for point in curve.points]
    return Table(
        _COLUMNS,
        [
            (
                kind, curve.dataset, curve.backbone, curve.label, curve.digest,
                " ".join(map(str, curve.seeds)), p.cost, p.top1, p.low, p.high, p.n,
            )
            for curve, p in points
        ],
        _HEADER,
        [
            (
                curve.dataset, curve.backbone, curve.label, f"{p.cost / 1e6:.1f}", f"{p.top1:.2f}",
                _interval(p), str(p.n),
            )
            for curve, p in points
        ],
        _HEADER[3:], note=kind, settings=_HEADER[:2],
    )


def _interval(point: CurvePoint) -> str:
    if point.low is None or point.high is None:
        return ""
    return f"{point.low:.2f} – {point.high:.2f}"
