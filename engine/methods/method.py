"""What every training method offers: a loss for a batch, and the network that ships."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.backbones.backbone import Backbone, count_parameters


@dataclass(frozen=True)
class Setting:
    """What a method is built into.

    Attributes:
        num_classes: K.
        make_backbone: returns the backbone of peer i, initialised from the run's backbone
            stream: peer 0 starts from the same weights under every method.
        auxiliary_stream: a context in which the training-only parts of peer i are initialised;
            what is drawn in it does not disturb any other stream.
    """

    num_classes: int
    make_backbone: Callable[[int], Backbone]
    auxiliary_stream: Callable[[int], AbstractContextManager[None]]


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
    """A training system: one or more peers and whatever else helps only while training."""

    peers: nn.ModuleList

    def loss(self, x_BCHW: Tensor, y_B: Tensor, noise: torch.Generator) -> Loss:
        """Return the loss of a batch.

        Args:
            x_BCHW: normalised images.
            y_B: class indices.
            noise: the method's own random stream, on the device of `x_BCHW`.
        """
        raise NotImplementedError

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


def _only_holds_others(module: nn.Module) -> bool:
    whole = isinstance(module, Backbone | nn.Sequential)
    owns = next(module.parameters(recurse=False), None) is not None
    return not whole and not owns and any(True for _ in module.children())
