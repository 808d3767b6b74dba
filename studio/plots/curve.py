"""A curve as it is handed to a panel."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """A curve to be drawn.

    Attributes:
        name: in the read-out.
        colour: "#rrggbb".
        x: (N,) ascending.
        y: (N,) as logged.
        smooth: (N,) drawn instead, with y faint behind it; None draws y.
        width: of the line, in pixels. More than 1 is slow to paint over many points.
    """

    name: str
    colour: str
    x: Floats
    y: Floats
    smooth: Floats | None = None
    width: int = 1

    @property
    def shown(self) -> Floats:
        """What is drawn in full."""
        return self.y if self.smooth is None else self.smooth

    def last_at(self, x: float) -> int | None:
        """Which point is the last one up to x; None where the curve begins later."""
        at = int(np.searchsorted(self.x, x, side="right")) - 1
        return at if at >= 0 else None
