"""What a method is given in a step.

Legend: B batch, C channels, H height, W width.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.losses.targets import Targets


@dataclass(frozen=True)
class Moment:
    """Where the training stands.

    Attributes:
        step: optimiser updates done before this one.
        num_steps: of the whole training.
        epoch: counted from 0.
        num_epochs: of the whole training.
    """

    step: int
    num_steps: int
    epoch: int
    num_epochs: int

    @property
    def done(self) -> float:
        """The part of the training that is done, 0 to 1."""
        return self.step / self.num_steps


@dataclass(frozen=True)
class Batch:
    """One batch.

    Attributes:
        views: the images, (B, C, H, W), under as many independent augmentations as the method
            asks for; the first is what every method sees.
        targets: their labels.
        index_B: place of every image among the training images.
        moment: where the training stands.
        noise: the method's own random stream, on the device of the images.
        partner_BCHW: to every image another one of its class, if the method asks for them.
    """

    views: tuple[Tensor, ...]
    targets: Targets
    index_B: Tensor
    moment: Moment
    noise: torch.Generator
    partner_BCHW: Tensor | None = None

    @property
    def x_BCHW(self) -> Tensor:
        """The first view."""
        return self.views[0]
