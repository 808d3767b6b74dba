"""Making the catalogue: the registry's cards, with what only torch can tell (parameters)."""

import torch

from engine.backbones.backbone import Backbone, count_parameters
from engine.build import catalogue_entries
from engine.registry import Entry, lookup
from engine.service import code_stamp
from engine.spec.card import Card
from engine.store import cards
from engine.store.connect import Store

COUNTED_CLASSES = (10, 100)


def publish_catalog(store: Store) -> None:
    """Write the cards of everything registered into the store."""
    cards.publish(store, [_card(entry) for entry in catalogue_entries()], code_stamp())


def count_of(backbone: str, num_classes: int, in_channels: int = 3) -> int:
    """Parameters of a backbone.

    Raises:
        SpecError: there is no backbone of that name.
    """
    return _count(lookup("backbone", backbone), num_classes, in_channels)


def _card(entry: Entry) -> Card:
    if entry.card.kind != "backbone":
        return entry.card
    counts = {str(k): _count(entry, k, 3) for k in COUNTED_CLASSES}
    return entry.card.model_copy(update={"facts": {**entry.card.facts, "params": counts}})


def _count(entry: Entry, num_classes: int, in_channels: int) -> int:
    with torch.device("meta"):  # shapes only: nothing is allocated or initialised
        network: Backbone = entry.make(num_classes, in_channels, entry.parse_options({}))
    return count_parameters(network)
