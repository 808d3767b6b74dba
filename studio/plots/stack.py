"""Terms of a sum, one upon the other."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from studio.plots.curve import Curve, Floats


def can_stack(curves: Sequence[Curve]) -> bool:
    """Whether what lies upon a curve can never reach below it: whether none is negative."""
    return not any((curve.y < 0).any() for curve in curves)


def stacked(curves: Sequence[Curve]) -> list[Curve]:
    """Return each curve upon those before it: the last one is the sum of all.

    A term that says nothing at a step adds nothing there.
    """
    if not curves:
        return []
    x = curves[0].x
    if not all(np.array_equal(curve.x, x) for curve in curves):
        x = np.unique(np.concatenate([curve.x for curve in curves]))
    is_smooth = any(curve.smooth is not None for curve in curves)
    height, smooth_height = np.zeros(len(x)), np.zeros(len(x))
    layers: list[Curve] = []
    for curve in curves:
        height = height + _at(x, curve.x, curve.y)
        smooth_height = smooth_height + _at(x, curve.x, curve.shown)
        layers.append(
            replace(curve, x=x, y=height, smooth=smooth_height if is_smooth else None)
        )
    return layers


def _at(x: Floats, own_x: Floats, values: Floats) -> Floats:
    spread = np.zeros(len(x))
    spread[np.searchsorted(x, own_x)] = values
    return spread
