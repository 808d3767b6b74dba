"""What of a network can ship, as its card and its run's curve tell. No Qt widgets here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication

from engine.spec.card import Card
from studio.item_models.wording import count

_translate = QCoreApplication.translate
ALL_EXITS: Mapping[str, Any] = {"exit": "all"}
_GAP = "   ·   "


@dataclass(frozen=True)
class Choice:
    """One thing that can ship.

    Attributes:
        text: what it is, and what the run's curve says of it.
        help: a sentence more.
        arguments: of the "export" task.
    """

    text: str
    help: str
    arguments: Mapping[str, Any]


def choices(card: Card, curve: Mapping[str, Any] | None) -> list[Choice]:
    """Return what can ship of a network, the whole first; nothing where it can only ship whole.

    Args:
        card: of the backbone.
        curve: what each of its exits or widths reaches (`CostCurve.to_json`), if it is stored.
    """
    if "paths" in card.traits:
        return _paths(curve)
    if "exits" in card.traits or "widths" in card.traits:
        return _exits(card, curve)
    if "reparameterizable" in card.traits:
        return _branches()
    return []


def anytime_curve(
    stored: Iterable[Mapping[str, Any]], weights: str
) -> Mapping[str, Any] | None:
    """Return the stored curve of these weights; where the best are the last, one is stored."""
    kept = {facts["weights"]: facts for facts in stored if facts["kind"] == "anytime"}
    return kept.get(weights) or kept.get("last")


def cost_text(multiply_adds: float) -> str:
    """Return a cost as "41 M multiply-adds"."""
    return _translate("parts", "{0} multiply-adds").format(count(multiply_adds))


def exit_name(card: Card, index: int, total: int) -> str:
    """Return how an exit is called: "exit 2 of 4", or "width 0.5 ×"."""
    widths: list[float] = card.facts.get("widths", [])
    if index < len(widths):
        return _translate("parts", "width {0:g} ×").format(widths[index])
    if "widths" in card.traits:
        return _translate("parts", "width {0} of {1}").format(index + 1, total)
    return _translate("parts", "exit {0} of {1}").format(index + 1, total)


def _exits(card: Card, curve: Mapping[str, Any] | None) -> list[Choice]:
    said = _said_of_exits(curve)
    total = int(card.facts.get("num_exits") or len(said))
    said += [""] * (total - len(said))
    if "widths" in card.traits:
        whole = _translate("parts", "The whole network")
        whole_help = _translate("parts", "Answers at its full width.")
        every = _translate("parts", "All widths in one file")
        each_help = _translate("parts", "A plain network of this width, equal to the one inside.")
    else:
        whole = _translate("parts", "The whole network")
        whole_help = _translate("parts", "Its last exit answers; the others ship with it.")
        every = _translate("parts", "All exits in one file")
        each_help = _translate(
            "parts", "A plain network that ends here, without the other exits: it may cost a "
            "little less than this exit inside."
        )
    every_help = _translate(
        "parts", "An output for each, in ascending order of cost, with the thresholds for leaving "
        "early, if the run chose them."
    ) if "exits" in card.traits else _translate(
        "parts", "An output for each, in ascending order of cost."
    )
    found = [Choice(_join(whole, said[-1] if said else ""), whole_help, {})]
    for index in range(total):
        name = exit_name(card, index, total)
        text = _join(name[0].upper() + name[1:], said[index])
        found.append(Choice(text, each_help, {"exit": index + 1}))
    return [*found, Choice(every, every_help, ALL_EXITS)]


def _paths(curve: Mapping[str, Any] | None) -> list[Choice]:
    said = _said_of_exits(curve)
    average = _translate("parts", "{0} on average").format(said[0]) if said else ""
    return [
        Choice(
            _join(_translate("parts", "The whole network"), average),
            _translate("parts", "In PyTorch every image takes its own path, and skips the other "
                       "blocks; the ONNX graph computes every block."), {},
        ),
        Choice(
            _translate("parts", "The most common path"),
            _translate("parts", "A plain network of the blocks that most held-out images take; "
                       "images that take others get another answer than in training."),
            {"path": "common"},
        ),
    ]


def _branches() -> list[Choice]:
    return [
        Choice(
            _translate("parts", "As trained, with its branches"),
            _translate("parts", "The network inside the training, to the last bit."), {},
        ),
        Choice(
            _translate("parts", "Fold the branches (re-parameterise)"),
            _translate("parts", "One convolution in place of each block's branches: the same "
                       "answers but for rounding, faster."),
            {"reparameterize": True},
        ),
    ]


def _said_of_exits(curve: Mapping[str, Any] | None) -> list[str]:
    if curve is None:
        return []
    return [
        _join(_translate("parts", "{0:.2f} % test top-1").format(top1), cost_text(cost))
        for top1, cost in zip(curve["top1"], curve["cost"], strict=True)
    ]


def _join(*texts: str) -> str:
    return _GAP.join(filter(None, texts))
