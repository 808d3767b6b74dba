"""The ramp over which branches begin to learn from each other."""

import math

from engine.methods.batch import Moment
from engine.spec.options import Options, option

LONGEST = 0.5
"""The largest part of a training that a ramp takes."""


class RampOptions(Options):
    """Options of methods whose branches learn little from each other at first."""

    ramp_epochs: int = option(
        80, "Epochs over which what the branches learn from each other grows to its full weight; "
        "at most half of the training. 0 does without.",
        title="Ramp", unit="epochs", source="Lan et al. 2018: 80 of 300; Laine and Aila 2017",
        ge=0, le=10_000,
    )


def ramp_weight(moment: Moment, ramp_epochs: int) -> float:
    """w(e) = exp(−5 (1 − e/E)²), from .0067 at the start to 1 when E epochs are done, then 1.

    Laine and Aila 2017, arXiv 1610.02242. E is `ramp_epochs`, or half of the training if that is
    shorter, so that a short training too has a second half at full weight. e counts parts of
    epochs, where the papers' code takes one weight for each epoch.

    Args:
        moment: where the training stands.
        ramp_epochs: 0 for no ramp.
    """
    length = min(ramp_epochs, LONGEST * moment.num_epochs)
    epoch = moment.done * moment.num_epochs
    return 1.0 if epoch >= length else math.exp(-5 * (1 - epoch / length) ** 2)
