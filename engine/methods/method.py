"""What every training method offers: a loss for a batch, and the network that ships."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor, nn

from engine.backbones.backbone import Backbone, Features, count_parameters
from engine.losses.targets import Targets
from engine.methods.batch import Batch
from engine.spec.errors import SpecError

STUDY = (
    "benchmarks/accuracy, paired seeds on parts of CIFAR; test top-1 of ResNet-8 with flips, where "
    "nothing else is said. "
)
"""What the evidence of a method begins with."""


class MakePeer(Protocol):
    """What makes the networks of a training system."""

    def __call__(self, peer: int, name: str = "") -> Backbone:
        """Return the backbone of a peer; `name` is another than the run's own."""
        ...


def no_teacher(source: str) -> Backbone:
    """What a setting has in place of teachers where it knows none.

    Raises:
        SpecError: always.
    """
    raise SpecError(f"teacher '{source}': there is no store to find it in here")


@dataclass(frozen=True)
class Setting:
    """What a method is built into.

    Attributes:
        num_classes: K.
        make_backbone: returns the backbone of peer i, initialised from the run's backbone
            stream: peer 0 starts from the same weights under every method.
        auxiliary_stream: a context in which the training-only parts of peer i are initialised;
            what is drawn in it does not disturb any other stream.
        num_images: how many images there are to train on.
        make_teacher: returns a trained network, in eval mode and without gradients; its argument
            says which, as `teacher` options do.
    """

    num_classes: int
    make_backbone: MakePeer
    auxiliary_stream: Callable[[int], AbstractContextManager[None]]
    num_images: int = 0
    make_teacher: Callable[[str], Backbone] = no_teacher


@dataclass(frozen=True)
class Loss:
    """The loss of one batch.

    Attributes:
        terms: weighted addends by name, each a scalar; the total is their sum.
        logits_BK: logits of the network that ships, for the training accuracy.
    """

    terms: dict[str, Tensor]
    logits_BK: Tensor

    @property
    def total(self) -> Tensor:
        """Sum of the terms, first term first."""
        first, *rest = self.terms.values()
        for term in rest:
            first = first + term
        return first


class Method(nn.Module):
    """A training system: one or more peers and whatever else helps only while training.

    Attributes:
        peers: the networks; the first one ships.
        num_views: how many independent augmentations of every image `loss` wants to see.
        wants_partners: whether it wants another image of the same class to every image.
    """

    peers: nn.ModuleList
    num_views: int = 1
    wants_partners: bool = False

    def loss(self, batch: Batch) -> Loss:
        """Return the loss of a batch. It may be asked for twice in a step, so it keeps nothing."""
        raise NotImplementedError

    def after_step(self, batch: Batch, loss: Loss) -> None:
        """Take note of a step, after the optimiser: moving averages, memories. Does nothing."""

    def deployable(self) -> Backbone:
        """The network that ships: the first peer, and nothing of the rest."""
        ship = self.peers[0]
        assert isinstance(ship, Backbone)
        return ship

    def removed_modules(self) -> dict[str, int]:
        """The modules that do not ship, with their parameters.

        A whole peer, layer or stack of layers is one module; what only holds others is opened.
        """
        ship = self.deployable()
        removed: dict[str, int] = {}

        def visit(module: nn.Module, path: str) -> None:
            for name, child in module.named_children():
                where = f"{path}{name}"
                if child is ship:
                    continue
                if _only_holds_others(child):
                    visit(child, f"{where}.")
                else:
                    removed[where] = count_parameters(child)

        visit(self, "")
        return removed


def supervised(features: Features, targets: Targets) -> dict[str, Tensor]:
    """The terms that every method begins with: "ce", summed over the exits, and penalties.

    Args:
        features: what a network saw.
        targets: what it should have said.
    """
    first, *rest = (targets.cross_entropy(logits_BK) for logits_BK in features.logits)
    for term in rest:
        first = first + term
    return {"ce": first, **features.penalties}


def add_terms(*parts: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Terms of one name added up, in the order in which the names appear."""
    total: dict[str, Tensor] = {}
    for terms in parts:
        for name, term in terms.items():
            total[name] = total[name] + term if name in total else term
    return total


def _only_holds_others(module: nn.Module) -> bool:
    whole = isinstance(module, Backbone | nn.Sequential)
    owns = next(module.parameters(recurse=False), None) is not None
    return not whole and not owns and any(True for _ in module.children())
