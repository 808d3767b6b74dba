"""What every export format offers."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engine.backbones.backbone import Backbone

Predictor = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Normalised images (B, C, H, W) → logits (B, K), in the format's own runtime."""


class Format(Protocol):
    """One file format of a deployable network."""

    file_name: str

    def write(self, network: Backbone, example_BCHW: Tensor, path: Path) -> None:
        """Write the network, in eval mode and on the CPU, to a file.

        Raises:
            ExportError: it cannot be written in this format; the line says why.
        """
        ...

    def open(self, path: Path, blank: Callable[[], Backbone]) -> Predictor:
        """Open a written file for prediction; `blank` makes the plain, untrained backbone.

        Raises:
            ExportError: the file is damaged.
        """
        ...
