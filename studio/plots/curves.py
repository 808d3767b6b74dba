"""The series of one run as they grow, and which of them are drawn together. No widgets."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from studio.bridge.feed import NewBlock, Points

Floats = NDArray[np.float64]
STEP, EPOCH, TIME = "step", "epoch", "time"
SYSTEM, GRADIENT = "system/", "gradient/"
TERMS, MAIN = "terms", "train/loss/main"
_ORDER = ("loss", TERMS, "top1")
_MEASURED = ("train/", "val/", SYSTEM, GRADIENT)
_PEAK = f"{SYSTEM}peak_"
_PLACES = {"stem": -1, "final": 1, "head": 2, "heads": 2, "gating": 3}
"""Where parts of a network stand beside its stages, which are numbered."""
_UNITS = (("s", 1, 120), ("min", 60, 7200), ("h", 3600, math.inf))
"""Units of time, their seconds, and up to how many seconds they are used."""


@dataclass
class RunCurves:
    """What was logged of one run.

    Attributes:
        run: its id.
        series: points by key.
    """

    run: int
    series: "dict[str, Points]" = field(default_factory=dict)

    def apply(self, blocks: "Iterable[NewBlock]") -> bool:
        """Take what is new of this run; returns whether there was any."""
        changed = False
        for block in blocks:
            if block.run == self.run and len(block.points.steps):
                before = self.series.get(block.key)
                self.series[block.key] = before.then(block.points) if before else block.points
                changed = True
        return changed

    def x(self, key: str, axis: str, steps_per_epoch: int) -> Floats:
        """Return a series' x: steps, epochs, or `time_unit`s since the run's first point."""
        points = self.series[key]
        if axis == TIME:
            return (points.times - self._begin) / self.time_unit[1]
        return points.steps / (steps_per_epoch if axis == EPOCH and steps_per_epoch else 1)

    @property
    def time_unit(self) -> tuple[str, int]:
        """The unit that suits so long a run, and its seconds."""
        last = max((float(one.times[-1]) for one in self.series.values()), default=0.0)
        span = last - self._begin if self.series else 0.0
        return next((name, seconds) for name, seconds, most in _UNITS if span < most)

    @property
    def _begin(self) -> float:
        return min(float(one.times[0]) for one in self.series.values())


@dataclass(frozen=True)
class PanelKeys:
    """Series that share a panel.

    Attributes:
        name: what the panel is known by: a metric, or "terms".
        keys: the series, in the order they are drawn.
    """

    name: str
    keys: tuple[str, ...]


def panels_of(keys: Iterable[str]) -> list[PanelKeys]:
    """Return which series are drawn together: train and validation of a metric, terms of the loss.

    Test numbers are no curves and are left out, and so is what is said of the machine.
    """
    panels: dict[str, list[str]] = {}
    for key in keys:
        if not key.startswith(("test/", SYSTEM, GRADIENT)):
            panels.setdefault(panel_name(key), []).append(key)
    known = [name for name in _ORDER if name in panels]
    others = sorted(name for name in panels if name not in _ORDER)
    return [
        PanelKeys(name, tuple(sorted(panels[name], key=lambda key: (key != MAIN, key))))
        for name in (*known, *others)
    ]


def is_noisy(key: str) -> bool:
    """Whether a series is measured with chance in it; schedules and peaks are known exactly."""
    return key.startswith(_MEASURED) and not key.startswith(_PEAK)


def system_panels_of(keys: Iterable[str]) -> list[PanelKeys]:
    """Return the panels of what is said of the machine; the peak of memory stands with memory."""
    panels: dict[str, list[str]] = {}
    for key in keys:
        if key.startswith(SYSTEM):
            panels.setdefault(key.removeprefix(SYSTEM).removeprefix("peak_"), []).append(key)
    return [PanelKeys(name, tuple(sorted(panels[name]))) for name in sorted(panels)]


def gradient_panels_of(keys: Iterable[str]) -> list[PanelKeys]:
    """Return the panels of what is said of gradients: cosine and ratio.

    Each has a curve for every stage, in the order of the network, whichever was stored first.
    """
    panels: dict[str, list[str]] = {}
    for key in keys:
        if key.startswith(GRADIENT):
            panels.setdefault(key.split("/")[1], []).append(key)
    return [PanelKeys(name, tuple(sorted(panels[name], key=_place))) for name in sorted(panels)]


def _place(key: str) -> tuple[int, str, int]:
    """Where in the network the stage of a series of gradients stands."""
    part, _, number = key.rpartition("/")[2].partition(".")
    return _PLACES.get(part, 0), part, int(number) if number.isdigit() else 0


def panel_name(key: str) -> str:
    """The panel a series belongs to: `val/top1` → `top1`, `train/loss/kl` → `terms`."""
    pieces = key.split("/")
    if pieces[0] not in ("train", "val"):
        return pieces[0]
    return TERMS if pieces[:2] == ["train", "loss"] and len(pieces) > 2 else pieces[1]


def short_name(key: str) -> str:
    """What a series is called inside its panel: `val/top1` → `val`, `train/loss/kl` → `kl`."""
    if key.startswith(SYSTEM):
        return key.removeprefix(SYSTEM).replace("_", " ")
    pieces = key.split("/")
    return pieces[0] if len(pieces) == 2 else pieces[-1]
