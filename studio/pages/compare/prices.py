"""What the networks of a comparison cost, run by run, and what they reach for it. No Qt here."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import TYPE_CHECKING, Any, Literal

from engine.analysis.compare import Comparison, Group
from engine.analysis.intervals import Interval
from engine.analysis.pareto import pareto_front
from engine.spec.catalog import Catalog
from engine.spec.errors import SpecError
from engine.spec.rows import RunRow
from engine.spec.run_spec import BackboneSpec, RunSpec
from engine.spec.teaching import WHOLE

if TYPE_CHECKING:
    from studio.bridge.client import Client

Price = Literal["params", "multiply_adds", "latency", "seconds"]
PRICES: tuple[Price, ...] = ("params", "multiply_adds", "latency", "seconds")
_TIMED_FORMAT = "onnx"
"""Of a bundle's files, the one whose latency is compared, as its certificate has it."""

ByRun = Mapping[int, float]


@dataclass(frozen=True)
class Prices:
    """What runs cost, by run; runs of which it is not known are left out.

    Attributes:
        of: parameters that ship; multiply-adds per image; milliseconds per image at batch 1;
            seconds of training.
        image_sizes: sides of the images for which multiply-adds were counted, in pixels.
    """

    of: Mapping[Price, ByRun] = field(default_factory=dict[Price, ByRun])
    image_sizes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Spot:
    """A variant in the plane of price and value.

    Attributes:
        group: the variant.
        price: mean over its runs of which it is known.
        seeds: (price, value) of each of these runs.
        on_front: whether no other variant of its dataset costs no more and reaches no less.
    """

    group: Group
    price: float
    seeds: tuple[tuple[float, float], ...]
    on_front: bool = False

    @property
    def interval(self) -> Interval | None:
        """Of the value, over seeds."""
        return self.group.interval


def read_prices(
    client: "Client", catalog: Catalog, rows: Sequence[RunRow], specs: Mapping[str, RunSpec]
) -> Prices:
    """Look up what runs cost.

    Args:
        client: the workspace.
        catalog: its cards.
        rows: the runs.
        specs: by variant.
    """
    adds: dict[int, float] = {}
    sizes: set[int] = set()
    for row in rows:
        found = _multiply_adds(catalog, specs[row.digest].backbone)
        if found is not None:
            adds[row.id], size = found
            sizes.add(size)
    return Prices({
        "params": {row.id: float(row.params_deployed) for row in rows if row.params_deployed},
        "multiply_adds": adds,
        "latency": _latencies(client.facts([row.id for row in rows], "bundle")),
        "seconds": {row.id: row.seconds for row in rows if row.seconds},
    }, tuple(sorted(sizes)))


def spots(comparison: Comparison, prices: ByRun) -> list[Spot]:
    """The variants whose price is known, the cheapest first, of equals the lowest first."""
    found: list[Spot] = []
    for group in comparison.groups:
        known = tuple(
            (prices[run], value) for run, value in zip(group.runs, group.values, strict=True)
            if prices.get(run, 0) > 0
        )
        if known and math.isfinite(group.mean):
            found.append(Spot(group, fmean(price for price, _ in known), known))
    found.sort(key=lambda spot: (spot.price, spot.group.mean))
    sign = 1 if comparison.direction == "up" else -1
    front: set[str] = set()
    for dataset in {spot.group.dataset for spot in found}:
        part = [spot for spot in found if spot.group.dataset == dataset]
        on = pareto_front([s.price for s in part], [s.group.mean for s in part], sign)
        front.update(part[at].group.digest for at in on)
    return [replace(spot, on_front=spot.group.digest in front) for spot in found]


def _multiply_adds(catalog: Catalog, backbone: BackboneSpec) -> tuple[int, int] | None:
    """Of one image and the side of it; None where the card has counted another network."""
    try:
        facts = catalog.card("backbone", backbone.name).facts
    except SpecError:  # its plug-in was taken away since
        return None
    if backbone.options or not facts.get("multiply_adds"):
        return None
    return int(facts["multiply_adds"][-1]), int(facts.get("input_size", 0))


def _latencies(bundles: Sequence[tuple[int, dict[str, Any]]]) -> dict[int, float]:
    """Milliseconds by run, of its latest bundle that holds the whole network."""
    found: dict[int, float] = {}
    for run, facts in bundles:
        certificate = facts.get("certificate", {})
        form = certificate.get("formats", {}).get(_TIMED_FORMAT, {})
        part = certificate.get("part", {})
        if "latency_ms_batch1" in form and part.get("name") == WHOLE:
            found[run] = float(form["latency_ms_batch1"])
    return found


