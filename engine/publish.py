"""Making the catalogue: the registry's cards, then what only torch can tell of the backbones.

Cards are written at once. What a backbone costs takes a minute to count for all of them, so it
follows, in batches.
"""

import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from engine import user_cache
from engine.backbones.backbone import Backbone, count_parameters
from engine.backbones.flops import exit_multiply_adds
from engine.build import catalogue_entries
from engine.current_catalog import COUNTS, code_stamp
from engine.registry import Entry, lookup
from engine.spec.errors import SpecError
from engine.store import cards
from engine.store.connect import Store

COUNTED_CLASSES = (10, 100)
USUAL_SIZE = 32
"""Images for which multiply-adds are counted, in pixels, where the card does not say."""
BATCH_S = 5.0

Reporting = Callable[[int, int, str], None]


class Cost(NamedTuple):
    """What a backbone costs once it is deployed.

    Attributes:
        params: parameters of all of it.
        size: side of the images for which multiply-adds are counted, in pixels.
        exit_names: what its exits (or widths) are called, the last last.
        exit_params: parameters of each exit (or width), cut out as a network of its own.
        multiply_adds: of one image up to each exit inside the network, or with each width.
    """

    params: int
    size: int
    exit_names: tuple[str, ...]
    exit_params: tuple[int, ...]
    multiply_adds: tuple[int, ...]


def publish_catalog(store: Store) -> None:
    """Write the cards of everything registered into the store; `fill_facts` completes them."""
    every = [entry.card for entry in catalogue_entries()]
    cards.publish(store, every, code_stamp(), code_stamp("backbones"))


def fill_facts(store: Store, progress: Reporting | None = None) -> None:
    """Count what the published cards do not say yet, and write it into them every few seconds.

    Goes on where an earlier call was interrupted, and ends when other code publishes its cards.
    What was counted is kept until a backbone's code changes, and with the user's caches too, so
    that another workspace has it at once.

    Args:
        store: where the catalogue was published.
        progress: told of how many are done, of how many, and what is counted.
    """
    lacking, stamp = cards.backbones_to_count(store), code_stamp("backbones")
    known = user_cache.read(COUNTS, stamp, dict)
    counted: dict[str, dict[str, Any]] = {}
    written = time.monotonic()
    for done, name in enumerate(lacking, start=1):
        if progress is not None:
            progress(done, len(lacking), name)
        counted[name] = known.get(name) or _facts(lookup("backbone", name))
        if done == len(lacking) or time.monotonic() - written >= BATCH_S:
            if not cards.add_facts(store, counted, stamp):
                return
            known |= {name: facts for name, facts in counted.items() if "params" in facts}
            user_cache.keep(COUNTS, stamp, known)
            counted, written = {}, time.monotonic()


def cost_of(
    backbone: str, num_classes: int, in_channels: int = 3, size: int | None = None
) -> Cost:
    """What a backbone costs, counted without allocating it.

    Args:
        backbone: its name.
        num_classes: K.
        in_channels: channels of the images.
        size: their side, in pixels; by default what its card says.

    Raises:
        SpecError: there is no backbone of that name, or it does not read such images.
    """
    entry = lookup("backbone", backbone)
    network = _on_meta(entry, num_classes, in_channels)
    size = size or _usual_size(entry)
    total = count_parameters(network)
    several = network.num_exits > 1
    exits = (count_parameters(network.subnet(k)) for k in range(network.num_exits))
    exit_params = tuple(exits) if several else (total,)
    try:
        adds = exit_multiply_adds(network, size)
    except RuntimeError as error:
        raise SpecError(f"{backbone} reads no images of {size} × {size} pixels: {error}") from None
    names = tuple(network.exit_name(k) for k in range(network.num_exits))
    return Cost(total, size, names, exit_params, adds)


def _facts(entry: Entry) -> dict[str, Any]:
    """What is to be added to the facts of a card; no multiply-adds where counting fails."""
    size = _usual_size(entry)
    facts: dict[str, Any] = {"input_size": size, "multiply_adds": []}
    try:
        few, many = (_on_meta(entry, k, 3) for k in COUNTED_CLASSES)
        facts["params"] = {
            str(network.num_classes): count_parameters(network) for network in (few, many)
        }
        facts["multiply_adds"] = list(exit_multiply_adds(few, size))
    except Exception as error:  # a plug-in's network may fail in any way
        name = entry.card.name
        warnings.warn(f"the cost of '{name}' could not be counted: {error}", stacklevel=2)
    return facts


def _usual_size(entry: Entry) -> int:
    return int(entry.card.facts.get("input_size", USUAL_SIZE))


def _on_meta(entry: Entry, num_classes: int, in_channels: int) -> Backbone:
    with torch.device("meta"):  # shapes only: nothing is allocated or initialised
        return entry.make(num_classes, in_channels, entry.parse_options({}))
