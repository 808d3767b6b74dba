"""Which of the networks that learned together can ship. No Qt widgets here."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from engine.spec.card import Card
from engine.spec.rows import RunRow
from studio.pages.export.controls import Entry

_translate = QCoreApplication.translate
BEST, ENSEMBLE = "best", "ensemble"


def peer_backbones(row: RunRow, method: Card) -> list[str]:
    """Return the backbone of every network that a run trained together, the method's own first."""
    if int(method.facts.get("num_peers", 1)) < 2:
        return [row.backbone]
    options = {**method.facts, **method.option_defaults, **row.options}
    others = list(options.get("peer_backbones") or ())
    return [row.backbone, *(others or [row.backbone] * (int(options["num_peers"]) - 1))]


def peer_entries(backbones: Sequence[str], *, validated: bool, whole: bool) -> list[Entry]:
    """Return what can ship of peers; nothing where there is one network.

    Args:
        backbones: of the peers.
        validated: whether there are validation images to choose by.
        whole: whether the whole of a network is to ship, and not a part.
    """
    total = len(backbones)
    if total < 2:
        return []
    unknown = "" if validated else _translate(
        "ExportOptions", "This run held out no validation images to choose by."
    )
    partial = "" if whole else _translate(
        "ExportOptions", "An ensemble ships whole: choose the whole network first."
    )
    each = [
        _translate("ExportOptions", "Peer {number} of {total}, {backbone}").format(
            number=number, total=total, backbone=backbone
        )
        for number, backbone in enumerate(backbones, start=1)
    ]
    first = _translate(
        "ExportOptions", "{peer}: the one that the method ships"
    ).format(peer=each[0])
    best = _translate("ExportOptions", "The best peer by validation")
    every = _translate(
        "ExportOptions", "All {total} as one: the mean of their probabilities"
    ).format(total=total)
    return [
        Entry(first, None),
        Entry(best, BEST, unknown),
        *(Entry(text, number) for number, text in enumerate(each[1:], start=2)),
        Entry(every, ENSEMBLE, partial),
    ]


def shipped_backbone(backbones: Sequence[str], peer: int | str | None) -> str:
    """Return the backbone of what ships: the first where it is not known before."""
    return backbones[peer - 1] if isinstance(peer, int) else backbones[0]
