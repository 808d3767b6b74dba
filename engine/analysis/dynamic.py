"""Networks with several exits: what accuracy costs, at any time and within a budget.

Legend: E exits, N images, Q budgets.

Anytime: the accuracy of each exit against its cost. Budgeted batch (Huang et al. 2018,
arXiv 1703.09844, section 5; settings as in the authors' code): an image leaves at the first exit
whose confidence reaches that exit's threshold. For each q the exits are to see shares ∝ q^k of the
images; the thresholds that bring it about are chosen on images held out from training, and applied
to the test images. Costs are multiply-adds per image.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.analysis.intervals import mean_std
from engine.analysis.labels import variant_labels
from engine.analysis.results import RunResult

Floats = NDArray[np.float64]
Kind = Literal["anytime", "budgeted"]

BUDGETS = tuple(round(0.05 * i, 2) for i in range(1, 40))
"""q = 0.05 … 1.95: from nearly all images at the first exit to most at the last."""


@dataclass(frozen=True)
class ExitAnswers:
    """What the exits of a network say of some images.

    Attributes:
        confidence_EN: the largest softmax probability.
        correct_EN: whether its class is the right one.
    """

    confidence_EN: Floats
    correct_EN: NDArray[np.bool_]


@dataclass(frozen=True)
class CostCurve:
    """Accuracy against cost.

    Attributes:
        kind: anytime (a point for each exit) or budgeted (a point for each q).
        cost: multiply-adds per image, in ascending order for anytime.
        top1: %, of the test images.
        shares: budgeted: the part of the test images that left at each exit, a row for each q.
        thresholds: budgeted: the confidence asked for at each exit, a row for each q.
    """

    kind: Kind
    cost: tuple[float, ...]
    top1: tuple[float, ...]
    shares: tuple[tuple[float, ...], ...] = ()
    thresholds: tuple[tuple[float, ...], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain values, for storing."""
        return {
            "kind": self.kind, "cost": list(self.cost), "top1": list(self.top1),
            "shares": [list(row) for row in self.shares],
            "thresholds": [list(row) for row in self.thresholds],
        }


def from_json(stored: Mapping[str, Any]) -> CostCurve:
    """A curve as `to_json` gave it."""
    return CostCurve(
        stored["kind"], tuple(stored["cost"]), tuple(stored["top1"]),
        tuple(tuple(row) for row in stored["shares"]),
        tuple(tuple(row) for row in stored["thresholds"]),
    )


def anytime(answers: ExitAnswers, cost_E: Sequence[float]) -> CostCurve:
    """The accuracy of every exit on all images against what running it costs."""
    top1_E = 100 * answers.correct_EN.mean(axis=1)
    return CostCurve("anytime", tuple(map(float, cost_E)), tuple(top1_E.tolist()))


def exit_shares(num_exits: int, q: float) -> Floats:
    """The part of the images meant for each exit, (E,): ∝ q^k, k = 1 … E, summing to 1."""
    share_E = np.power(q, np.arange(1, num_exits + 1, dtype=np.float64))
    return share_E / share_E.sum()


def choose_thresholds(confidence_EN: Floats, share_E: Floats) -> Floats:
    """Thresholds (E,) that make the exits take their shares of these images.

    The exits choose in turn: each takes, of the images that are left, the most confident ones, as
    many as its share. An exit that takes none gets a threshold above 1; the last takes what is
    left, at 0.

    Args:
        confidence_EN: of images held out from training.
        share_E: parts that sum to 1.
    """
    num_exits, num_images = confidence_EN.shape
    left_N = np.ones(num_images, dtype=bool)
    threshold_E = np.full(num_exits, 2.0)
    for k in range(num_exits - 1):
        wanted = int(np.floor(num_images * share_E[k]))
        confidence = np.sort(confidence_EN[k, left_N])[::-1]
        if wanted and len(confidence):
            threshold_E[k] = confidence[min(wanted, len(confidence)) - 1]
            left_N &= confidence_EN[k] < threshold_E[k]
    threshold_E[-1] = 0.0
    return threshold_E


def exits_taken(confidence_EN: Floats, threshold_E: Floats) -> NDArray[np.intp]:
    """The exit (N,) at which each image leaves: the first whose confidence is enough."""
    return (confidence_EN >= threshold_E[:, None]).argmax(axis=0)


def budgeted(
    held_out: ExitAnswers, test: ExitAnswers, cost_E: Sequence[float],
    budgets: Sequence[float] = BUDGETS,
) -> CostCurve:
    """Accuracy on test against the mean cost of an image, a point for each q.

    Args:
        held_out: answers on images held out from training, which alone choose the thresholds.
        test: answers on test.
        cost_E: multiply-adds of an image that leaves at each exit.
        budgets: the values of q.
    """
    num_exits, num_images = test.confidence_EN.shape
    cost, top1 = np.empty(len(budgets)), np.empty(len(budgets))
    shares: list[tuple[float, ...]] = []
    thresholds: list[tuple[float, ...]] = []
    for i, q in enumerate(budgets):
        threshold_E = choose_thresholds(held_out.confidence_EN, exit_shares(num_exits, q))
        taken_N = exits_taken(test.confidence_EN, threshold_E)
        share_E = np.bincount(taken_N, minlength=num_exits) / num_images
        cost[i] = share_E @ np.asarray(cost_E, dtype=np.float64)
        top1[i] = 100 * test.correct_EN[taken_N, np.arange(num_images)].mean()
        shares.append(tuple(share_E.tolist()))
        thresholds.append(tuple(threshold_E.tolist()))
    return CostCurve(
        "budgeted", tuple(cost.tolist()), tuple(top1.tolist()), tuple(shares), tuple(thresholds)
    )


@dataclass(frozen=True)
class CurvePoint:
    """One point of the curve of a variant: means over its seeds.

    Attributes:
        cost: multiply-adds per image.
        top1: %.
        low: lower end of the 95 % t interval of the mean; None for one seed and equal values.
        high: its upper end.
        n: number of seeds.
    """

    cost: float
    top1: float
    low: float | None
    high: float | None
    n: int


def over_seeds(curves: Sequence[CostCurve]) -> list[CurvePoint]:
    """The mean curve of one variant's seeds, with intervals, point by point.

    Points are matched by exit or by q; seeds whose curve has another number of points are a fault.

    Raises:
        ValueError: the curves do not have the same points.
    """
    points: list[CurvePoint] = []
    columns = zip(*(zip(c.cost, c.top1, strict=True) for c in curves), strict=True)
    for seeds in columns:
        top1 = [value for _, value in seeds]
        spread = mean_std(top1).interval
        low, high = (spread.low, spread.high) if spread else (None, None)
        points.append(CurvePoint(
            fmean(cost for cost, _ in seeds), fmean(top1), low, high, len(top1)
        ))
    return points


@dataclass(frozen=True)
class VariantCurve:
    """The curve of one variant over its seeds.

    Attributes:
        label: tells it from the others of its backbone and dataset.
        digest: identity of the variant.
        backbone: its network.
        dataset: its data.
        seeds: ascending.
        points: means over the seeds.
    """

    label: str
    digest: str
    backbone: str
    dataset: str
    seeds: tuple[int, ...]
    points: tuple[CurvePoint, ...]


def variant_curves(
    runs: Sequence[RunResult], stored: Sequence[tuple[int, Mapping[str, Any]]],
    kind: Kind, which: Literal["last", "best"] = "last",
    labels: Mapping[str, str] | None = None,
) -> list[VariantCurve]:
    """The curves of runs, by variant, the one begun first first; runs without one are left out.

    Args:
        runs: in any state; of two runs of one variant and seed the later counts.
        stored: (run, facts) as kept with the runs: a curve as JSON, and of which weights it is.
        kind: anytime or budgeted.
        which: of the last weights, or of the best by validation; where these are the last, only
            one is stored.
        labels: of the variants, by digest; without them they are told apart as well as can be.
    """
    curves: dict[tuple[int, str], CostCurve] = {
        (run, str(facts["weights"])): from_json(facts)
        for run, facts in stored if facts["kind"] == kind
    }
    by_variant: dict[str, dict[int, tuple[RunResult, CostCurve]]] = {}
    for run in sorted(runs, key=lambda r: r.run):
        curve = curves.get((run.run, which)) or curves.get((run.run, "last"))
        if curve is not None:
            by_variant.setdefault(run.digest, {})[run.seed] = (run, curve)
    latest = [max((r for r, _ in seeds.values()), key=lambda r: r.run)
              for seeds in by_variant.values()]
    labels = labels or variant_labels(latest)
    return [
        VariantCurve(
            labels[run.digest], run.digest, run.backbone, run.dataset, tuple(sorted(seeds)),
            tuple(over_seeds([curve for _, curve in seeds.values()])),
        )
        for run, seeds in zip(latest, by_variant.values(), strict=True)
    ]
