"""Networks that learn from each other: how good each is, and what they would be together."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.analysis.intervals import MeanStd, mean_std

Ints = NDArray[np.int64]


class PeerAnswers(Protocol):
    """What P networks said of N images; the first one ships."""

    @property
    def labels(self) -> Ints: ...  # noqa: D102

    @property
    def predicted_PN(self) -> Ints: ...  # noqa: D102, N802

    @property
    def together(self) -> Ints: ...  # noqa: D102


@dataclass(frozen=True)
class Ensemble:
    """The peers of a variant, in percent of the test images, over its seeds.

    Attributes:
        each: accuracy of every peer; the first one ships.
        together: accuracy of the mean of their probabilities: the ceiling that they could learn
            from each other up to.
        gain: together less the one that ships, seed by seed.
        disagreement: images of which two peers say something else, mean over pairs of peers.
    """

    each: tuple[MeanStd, ...]
    together: MeanStd
    gain: MeanStd
    disagreement: MeanStd


def ensemble(answers: Sequence[PeerAnswers]) -> Ensemble:
    """Return what the peers of a variant reach, each and together.

    Source: Zhang, Xiang, Hospedales, Lu, "Deep Mutual Learning", CVPR 2018 (arXiv:1706.00384),
    section 3.5, which averages the probabilities of the peers.

    Args:
        answers: of each seed, at least one; all of the same number of peers.
    """
    each_SP = [_percent(said.predicted_PN == said.labels) for said in answers]
    together_S = [float(100 * (said.together == said.labels).mean()) for said in answers]
    apart_S = [
        float(np.mean([_percent(a != b) for a, b in combinations(said.predicted_PN, 2)]))
        for said in answers
    ]
    return Ensemble(
        each=tuple(mean_std(list(seeds)) for seeds in zip(*each_SP, strict=True)),
        together=mean_std(together_S),
        gain=mean_std([mine - each[0] for mine, each in zip(together_S, each_SP, strict=True)]),
        disagreement=mean_std(apart_S),
    )


def _percent(right: NDArray[np.bool_]) -> list[float]:
    """100 × the mean over images, of one or several rows."""
    return (100 * np.atleast_2d(right).mean(axis=1)).tolist()
