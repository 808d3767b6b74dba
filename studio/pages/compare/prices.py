"""What the networks of a comparison cost, run by run, and what they reach for it. No Qt here."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING, Any, Literal

from engine.analysis.comparison import Comparison, Group
from engine.analysis.intervals import Interval
from engine.analysis.pareto import Priced, Standing, standings
from engine.spec.catalog import Catalog
from engine.spec.errors import SpecError
from engine.spec.rows import RunRow
from engine.spec.run_spec import BackboneSpec, RunSpec
from engine.spec.teaching import WHOLE

if TYPE_CHECKING:
    from studio.bridge.client import Client

Price = Literal["params", "multiply_adds", "latency", "seconds"]
PRICES: tuple[Price, ...] = ("params", "multiply_adds", "latency", "seconds")
_MEASURED = ("latency", "seconds")
"""Prices that differ from run to run of one variant."""
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
        standing: to the Pareto front of its images.
    """

    group: Group
    price: float
    seeds: tuple[tuple[float, float], ...]
    standing: Standing

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


def spots(comparison: Comparison, prices: Prices, price: Price) -> list[Spot]:
    """The variants whose price is known, the cheapest first, of equals the lowest first."""
    by_run = prices.of.get(price, {})
    known: dict[str, tuple[tuple[float, float], ...]] = {}
    for group in comparison.groups:
        seeds = tuple(
            (by_run[run], value) for run, value in zip(group.runs, group.values, strict=True)
            if by_run.get(run, 0) > 0
        )
        if seeds and math.isfinite(group.mean):
            known[group.digest] = seeds
    sign = 1 if comparison.direction == "up" else -1
    found: list[Spot] = []
    for data in dict.fromkeys(group.data for group in comparison.groups):
        part = [
            Priced(group, tuple(each for each, _ in known[group.digest]))
            for group in comparison.groups if group.data == data and group.digest in known
        ]
        for each, standing in zip(
            part, standings(part, sign, is_measured=price in _MEASURED), strict=True
        ):
            seeds = known[each.group.digest]
            found.append(Spot(each.group, fmean(each.prices), seeds, standing))
    return sorted(found, key=lambda spot: (spot.price, spot.group.mean))


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


