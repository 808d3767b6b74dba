"""What every export format offers."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.exports.part import Part

Predictor = Callable[[NDArray[np.float32]], tuple[NDArray[np.float32], ...]]
"""Normalised images (B, C, H, W) → logits (B, K) of every output, in the format's own runtime."""


class Format(Protocol):
    """One file format of a deployable network."""

    file_name: str

    def write(self, network: nn.Module, example_BCHW: Tensor, path: Path, part: Part) -> None:
        """Write the network, in eval mode and on the CPU, to a file.

        Args:
            network: what ships.
            example_BCHW: some images as it is fed them.
            path: where to.
            part: names of the outputs, and facts for the file's metadata if it can hold any.

        Raises:
            ExportError: it cannot be written in this format; the line says why.
        """
        ...

    def open(self, path: Path, blank: Callable[[], nn.Module]) -> Predictor:
        """Open a written file for prediction; `blank` makes the plain, untrained network.

        Raises:
            ExportError: the file is damaged.
        """
        ...
