"""What every regularizer offers: a change of images and labels, below whatever method trains."""

from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from engine.losses.targets import Targets

ONE_MIXTURE = "images are mixed in one way at a time"


class Regularizer(Protocol):
    """Changes a batch before the method sees it."""

    def __call__(
        self, views: tuple[Tensor, ...], targets: Targets, draws: np.random.Generator
    ) -> tuple[tuple[Tensor, ...], Targets]:
        """Return the views and targets to train on.

        Args:
            views: the same normalised images, (B, C, H, W), under different augmentations.
            targets: their labels.
            draws: the run's random stream of this step: the same under every method.
        """
        ...


def shuffled(y_B: Tensor, draws: np.random.Generator) -> Tensor:
    """A random order of the batch, as indices on its device."""
    return torch.from_numpy(draws.permutation(len(y_B))).to(y_B.device)
