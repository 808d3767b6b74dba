"""A card: what the catalogue says of one backbone, method, dataset, metric or export format."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

Kind = Literal["backbone", "method", "regularizer", "dataset", "metric", "export"]
PLUGIN_GROUP = "sila_studio.plugins"
"""Entry points of this group name modules of other packages that register something."""

KINDS: tuple[Kind, ...] = ("backbone", "method", "regularizer", "dataset", "metric", "export")

NO_NATIVE_HEADS = (
    "head = 'native': this backbone was published without auxiliary heads; choose linear or conv"
)


class Card(BaseModel):
    r"""One catalogue entry, torch-free, as published into the store by the engine.

    Attributes:
        kind: what it is.
        name: the name used in specs.
        title: the name people say.
        summary: one paragraph.
        paper: citation, or empty.
        equation: plain-text equation of a method's loss, or empty.
        latex: the same in LaTeX: a line break is `\\`, and `\allowbreak` says where a line
            may be broken; empty where the plain text has to do.
        evidence: what was measured here of a method, in which regime, or empty.
        parts: training-only parts of a method ("projector", "second peer").
        traits: what others may refuse it for. Backbones: "exits", "widths" or "paths" (dynamic
            networks), "single_exit" (all others but those with paths, and these), "unbranched"
            (cannot be cut before its last stage), "any_width" (trained at random widths, too).
            Regularizers: "mixes_images". And what a backbone can be asked for:
            "reparameterizable" (its branches can be folded to ship), "native_heads" (has the
            auxiliary heads that it was published with).
        refuses: traits of others that it cannot be combined with, and why, as a clause.
        options: JSON Schema of its options.
        facts: whatever else is known of this kind: parameters of a backbone by number of
            classes, direction and unit of a metric, number of peers of a method, the package
            that an export format `needs` and the `pip` line that installs it, if it is not there…
    """

    model_config = ConfigDict(frozen=True)

    kind: Kind
    name: str
    title: str
    summary: str
    paper: str = ""
    equation: str = ""
    latex: str = ""
    evidence: str = ""
    parts: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    refuses: dict[str, str] = {}
    options: dict[str, Any] = {}
    facts: dict[str, Any] = {}

    @property
    def option_defaults(self) -> dict[str, Any]:
        """The default of every option, by name."""
        properties: dict[str, Any] = self.options.get("properties", {})
        return {name: schema.get("default") for name, schema in properties.items()}

    @property
    def install_line(self) -> str:
        """What installs the package that it lacks here; empty where it lacks none."""
        return str(self.facts.get("pip", ""))


def objections(cards: Iterable[Card]) -> list[str]:
    """Why these cannot be combined in one run, a line each; empty where they can."""
    chosen = list(cards)
    return [
        f"{one.title} cannot be combined with {other.title}: {reason}"
        for one in chosen
        for trait, reason in one.refuses.items()
        for other in chosen
        if other is not one and trait in other.traits
    ]


class Problem(NamedTuple):
    """An option that cannot be as it is, and why, as a clause."""

    option: str
    reason: str


def heads_problem(method: Card, options: Mapping[str, Any], backbone: Card) -> Problem | None:
    """Why a backbone has not the auxiliary heads that a method's options want.

    Networks with several exits need no heads.
    """
    wanted = options.get("head", method.option_defaults.get("head")) == "native"
    lacking = "native_heads" not in backbone.traits and backbone.facts.get("num_exits", 1) == 1
    return Problem("head", NO_NATIVE_HEADS) if wanted and lacking else None


def peers_problem(peers: Sequence[Card]) -> Problem | None:
    """Why networks cannot learn from each other, exit by exit.

    Args:
        peers: their cards, first that of the backbone that ships.
    """
    reason = _disagreement(peers)
    return Problem("peer_backbones", reason) if reason else None


def _disagreement(peers: Sequence[Card]) -> str:
    names = ", ".join(peer.name for peer in peers)
    exits = [int(peer.facts.get("num_exits", 1)) for peer in peers]
    if len(set(exits)) > 1:
        return (
            f"the peers ({names}) have {', '.join(map(str, exits))} exits; they need the same "
            "number of them"
        )
    kinds = list(dict.fromkeys(_kind_of_exits(peer) for peer in peers))
    if len(kinds) > 1:
        return (
            f"the peers ({names}) have {' and '.join(kinds)}, which do not answer to each other; "
            "choose networks of one kind"
        )
    return ""


def _kind_of_exits(card: Card) -> str:
    if "any_width" in card.traits:
        return "widths drawn anew for every step"
    if "widths" in card.traits:
        return "fixed widths"
    return "exits" if "exits" in card.traits else "one exit"


def options_problem(card: Card, options: Mapping[str, Any]) -> Problem | None:
    """Why a method's options do not go together; None where they do.

    A method with a `teacher` needs one named; `peer_backbones` are one for each peer but the first
    of `num_peers`.
    """
    values = {**card.option_defaults, **options}
    teacher = values.get("teacher")
    if isinstance(teacher, str) and not teacher.strip():
        return Problem("teacher", "name a teacher, such as run:12, a completed run")
    names = values.get("peer_backbones")
    if not names or "num_peers" not in values or len(names) == values["num_peers"] - 1:
        return None
    count = len(names)
    others = "1 other peer's backbone is" if count == 1 else f"{count} other peers' backbones are"
    return Problem(
        "peer_backbones",
        f"{others} named: that makes {count + 1} peers, not {values['num_peers']}",
    )
