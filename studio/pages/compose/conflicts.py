"""Which cards cannot be combined with what is picked, and why. No Qt widgets here."""

from collections.abc import Iterable, Sequence
from itertools import combinations

from PySide6.QtCore import QCoreApplication

from engine.spec.card import Card, objections

_translate = QCoreApplication.translate


def conflicts(picked: Iterable[Card]) -> list[str]:
    """Why picked cards cannot be combined, a line for each pair that cannot."""
    reasons = (_objection(one, other) for one, other in combinations(picked, 2))
    return list(dict.fromkeys(filter(None, reasons)))


def reasons_against(cards: Iterable[Card], picked: Sequence[Card]) -> dict[str, str]:
    """Why cards cannot be combined with those that are picked: lines, by the card's name."""
    found: dict[str, str] = {}
    for card in cards:
        reasons = list(filter(None, (_objection(card, other) for other in picked)))
        if reasons:
            found[card.name] = "\n".join(reasons)
    return found


def first_of(reasons: Sequence[str]) -> str:
    """Return the first of some reasons, and how many more there are."""
    if len(reasons) == 1:
        return reasons[0]
    return _translate("conflicts", "{0} (and {1} more)").format(reasons[0], len(reasons) - 1)


def _objection(one: Card, other: Card) -> str:
    """Why two cards cannot be in one run; alternatives, such as two methods, never are."""
    alternatives = one.kind == other.kind and (one.kind != "regularizer" or one.name == other.name)
    return "" if alternatives else next(iter(objections((one, other))), "")
