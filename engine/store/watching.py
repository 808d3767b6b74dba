"""Whether a window looks on while runs train: then what is measured is stored more often."""

import time

from engine.store.cards import get_setting, put_setting
from engine.store.connect import Store

WATCHED_UNTIL = "watched/until"
HOLDS_S = 6.0
"""For so long a window's word holds; it gives it anew while it looks on."""


def look_on(store: Store) -> None:
    """Say that somebody follows runs now."""
    put_setting(store, WATCHED_UNTIL, time.time() + HOLDS_S)


def is_watched(store: Store) -> bool:
    """Whether somebody does. A clock that was set back does not make it so for ever."""
    until = get_setting(store, WATCHED_UNTIL, 0.0)
    return isinstance(until, float) and 0 < until - time.time() <= HOLDS_S
