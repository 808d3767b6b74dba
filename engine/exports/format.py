"""What every export format offers.

Legend: B batch, C channels, H height, W width; N images, O outputs, K classes.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.exports.content import Content
from engine.exports.graph import Graph
from engine.exports.words import Words
from engine.spec.options import Options

Predictor = Callable[[NDArray[np.generic]], tuple[NDArray[np.float32], ...]]
"""Images as the file takes them → logits (B, K) of every output, in the format's own runtime."""


class Format:
    """One file format of a deployable network.

    Attributes:
        options: what was chosen.
        file_name: of the file that is written.
        beside: names of files beside it without which it cannot be opened.
        helpers: names of files beside it that help to use it.
        written_with: the packages on whose versions it depends what is written.
        runs_with: what the code of `loading` needs installed, and what else is to be said of it.
        tells: keys of what `measure` returns; of most none.
        takes_pixels: the file takes uint8 pixels (B, H, W, C), not normalised input (B, C, H, W).
        is_exact: it computes in float32, and may differ by rounding only; of any other, what it
            costs in accuracy is told, with a warning where that is much.
    """

    file_name: str
    beside: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    written_with: tuple[str, ...] = ("torch",)
    runs_with: str = ""
    tells: tuple[str, ...] = ()
    takes_pixels: bool = False
    is_exact: bool = True

    def __init__(self, options: Options) -> None:
        """Make it with `options`; most formats have none."""
        self.options = options

    def write(self, content: Content, path: Path) -> None:
        """Write the network to a file.

        Args:
            content: what is written.
            path: where to; files that belong to it may be written beside it.

        Raises:
            ExportError: it cannot be written in this format; the line says why.
        """
        raise NotImplementedError

    def open(self, path: Path, blank: Callable[[], nn.Module]) -> "Opened":
        """Open a written file; `blank` makes the plain, untrained network.

        Raises:
            ExportError: the file is damaged.
        """
        raise NotImplementedError

    def open_as_used(self, path: Path, blank: Callable[[], nn.Module], own: Path) -> "Opened":
        """Open a written file as its users do: where helpers are code, by that code.

        Args:
            path: the file.
            blank: makes the plain, untrained network.
            own: a file of this format that this program wrote a moment ago, `path` itself or
                another: the helpers beside it are run, and never those beside `path`.

        Raises:
            ExportError: the file is damaged.
        """
        del own
        return self.open(path, blank)

    def says(self, content: Content) -> Mapping[str, str]:
        """Return all that a file says of itself, in words; held against what one is found to say.

        Args:
            content: what is written.
        """
        return content.metadata

    def measure(self, path: Path, content: Content, asked: "Asked") -> dict[str, Any]:
        """Return what else the certificate is to tell of a written file; of most nothing.

        Args:
            path: the file.
            content: what was written.
            asked: test images, and what it said of them.

        Raises:
            ExportError: it does not do what it should.
        """
        del path, content, asked
        return {}

    def measure_again(self, path: Path, proof: Mapping[str, Any], asked: "Asked") -> str:
        """Return what of `measure` does not hold any more, in a clause; empty where all does.

        Args:
            path: the file.
            proof: what the certificate tells of it, `tells` among it.
            asked: as `measure` was given it, and what the file says now.
        """
        del path, proof, asked
        return ""

    def loading(self, outputs: Sequence[str]) -> str:
        """Python code for the README, in five lines; empty: none is shown.

        Args:
            outputs: names of the file's outputs.
        """
        del outputs
        return ""


class Opened(NamedTuple):
    """A file that was opened.

    Attributes:
        predict: asks it about images.
        graph: looks what is in it.
        words: looks what it says beside; None: that cannot be told of this format.
        divisors: looks by which single numbers it divides, as by a temperature; None: as above.
    """

    predict: Predictor
    graph: Callable[[], Graph]
    words: Callable[[], Words] | None = None
    divisors: Callable[[], Sequence[float]] | None = None


class Asked(NamedTuple):
    """Test images that a file was asked about.

    Attributes:
        logits_ONK: what every output said of every image.
        labels_N: their classes.
        image: one of them alone, by its place, as the file takes it.
    """

    logits_ONK: NDArray[np.float32]
    labels_N: NDArray[np.int64]
    image: Callable[[int], NDArray[np.generic]]


def predictor(network: Callable[[Tensor], Tensor | tuple[Tensor, ...]]) -> Predictor:
    """A PyTorch network, whatever it was read from, as a predictor."""

    @torch.inference_mode()
    def predict(images: NDArray[np.generic]) -> tuple[NDArray[np.float32], ...]:
        return tuple(out_BK.numpy() for out_BK in outputs_of(network(torch.from_numpy(images))))

    return predict


def outputs_of(answer: Tensor | tuple[Tensor, ...] | list[Tensor]) -> tuple[Tensor, ...]:
    """The outputs of a network that may have one or several."""
    return (answer,) if isinstance(answer, Tensor) else tuple(answer)
