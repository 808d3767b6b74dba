"""Whether a workspace's catalogue speaks of this code, and the quick way to one that does."""

import sys
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path

from engine import user_cache
from engine.spec.card import KINDS, PLUGIN_GROUP, Card
from engine.store import cards
from engine.store.connect import Store

CARDS, COUNTS = "cards", "counts"
"""What is kept with the user's caches: the cards, and what every backbone costs."""
LIBRARIES = ("torch", "torchvision", "timm", "openvino", "executorch")
"""Their networks have cards too."""


def code_stamp(folder: str = "") -> str:
    """Changes whenever a file of the engine, or of a folder of it, or a library changes.

    The catalogue is published anew when the engine's does, backbones are counted anew when theirs.
    """
    files = list((Path(__file__).parent / folder).rglob("*.py"))
    newest = max(file.stat().st_mtime_ns for file in files)
    plugins = sorted(str(point) for point in entry_points(group=PLUGIN_GROUP))
    libraries = [_version(name) for name in LIBRARIES]
    return f"{sys.version_info[:2]} {libraries} {len(files)} {newest} {plugins}"


def catalog_is_current(store: Store) -> bool:
    """Whether the published catalogue speaks of this code."""
    return cards.get_setting(store, cards.STAMP) == code_stamp()


def catalog_is_complete(store: Store) -> bool:
    """Whether it does, and says what every backbone costs."""
    return catalog_is_current(store) and not cards.backbones_to_count(store)


def publish_kept(store: Store) -> bool:
    """Publish the cards that were made for another workspace; False where there are none.

    Making them takes torch and seconds; these take neither.
    """
    try:
        kept = [Card.model_validate(card) for card in user_cache.read(CARDS, code_stamp(), list)]
    except ValueError:  # damaged: they can be made again
        return False
    if not kept:
        return False
    counted = code_stamp("backbones")
    cards.publish(store, kept, code_stamp(), counted)
    cards.add_facts(store, user_cache.read(COUNTS, counted, dict), counted)
    return True


def keep_published(store: Store) -> None:
    """Keep the cards of a workspace whose catalogue is current for others."""
    catalog = cards.read_catalog(store)
    every = [card.model_dump(mode="json") for kind in KINDS for card in catalog.all(kind)]
    user_cache.keep(CARDS, code_stamp(), every)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
