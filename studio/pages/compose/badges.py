"""What a card says of itself in a word or two. No Qt widgets here."""

from math import inf

from PySide6.QtCore import QCoreApplication

from engine.spec.card import Card
from studio.item_models.wording import count

_translate = QCoreApplication.translate
_PICKY = 1e-3  # of equals, those that go with everything come first


def badges(card: Card) -> list[str]:
    """Return the badges of a card: size of a backbone, price of a method, extent of a dataset."""
    facts = card.facts
    found: list[str] = []
    params = deployed_parameters(card, 10)
    if params is not None:
        found.append(_translate("badges", "{0} params").format(count(params)))
    if facts.get("multiply_adds"):  # of the last exit, or the full width
        adds = count(facts["multiply_adds"][-1])
        found.append(_translate("badges", "{0} MAdds").format(adds))
    found += dynamic_badges(card)
    if int(facts.get("num_peers", 1)) > 1:
        found.append(_translate("badges", "{0} peers").format(facts["num_peers"]))
    if facts.get("cost", 1) != 1:
        found.append(cost_badge(facts["cost"]))
    if facts.get("num_classes"):
        found.append(_translate("badges", "{0} classes").format(facts["num_classes"]))
    if facts.get("train_images"):
        found.append(_translate("badges", "{0} images").format(count(facts["train_images"])))
    if facts.get("needs_root"):
        found.append(_translate("badges", "your folder"))
    return found


def dynamic_badges(card: Card) -> list[str]:
    """Return what is dynamic about a network: exits, widths, or blocks that it skips."""
    several = int(card.facts.get("num_exits", 1))
    if "paths" in card.traits:
        return [_translate("badges", "skips blocks")]
    if several < 2:
        return []
    if "widths" in card.traits:
        return [_translate("badges", "{0} widths").format(several)]
    return [_translate("badges", "{0} exits").format(several)]


def size_lines(card: Card) -> list[str]:
    """Return the size of a backbone in full, a line each; none where it is not counted."""
    facts = card.facts
    said: list[str] = []
    params = deployed_parameters(card, 10)
    if params is not None:
        said.append(_translate("badges", "{0:,} parameters for 10 classes").format(params))
    widths = ", ".join(f"{width:g}" for width in facts.get("widths", []))
    what = _translate("badges", "widths {0}").format(widths) if widths else "".join(
        dynamic_badges(card)
    )
    if costs := facts.get("multiply_adds"):
        text = _translate("badges", "{0} multiply-adds at {1} × {1} pixels").format(
            ", ".join(map(count, costs)), facts.get("input_size", "")
        )
        what = f"{what}: {text}" if len(costs) > 1 else "\n".join(filter(None, (text, what)))
    return [*said, what] if what else said


def cost_badge(cost: float) -> str:
    """Return training time beside plain training: 1.03 → "+3 % time"."""
    return _translate("badges", "{0:+.0f} % time").format((cost - 1) * 100)


def deployed_parameters(card: Card, num_classes: int) -> int | None:
    """Parameters of a backbone for a number of classes; None where the card does not say.

    Cards say it for 10 and 100 classes; the head grows by the same for each class more.
    """
    known = {int(k): int(v) for k, v in card.facts.get("params", {}).items()}
    if num_classes in known:
        return known[num_classes]
    if len(known) < 2:
        return None
    (few, least), (many, most) = sorted(known.items())[:2]
    per_class, rest = divmod(most - least, many - few)
    return None if rest else least + per_class * (num_classes - few)


def size(card: Card) -> float:
    """Return what cards are ordered by: parameters, cost, how much one has to fetch first."""
    if card.kind == "dataset":
        return 2 * bool(card.facts.get("needs_root")) + (not card.facts.get("bundled"))
    if card.kind == "backbone":  # those that are not counted yet come last
        params = deployed_parameters(card, 10)
        return inf if params is None else float(params)
    return float(card.facts.get("cost", 0)) + _PICKY * bool(card.refuses)

