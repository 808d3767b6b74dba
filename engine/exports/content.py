"""What is written to a file: the network, what it is fed, and what is to be known of both.

Legend: B batch, C channels, H height, W width.
"""

import json
import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import Tensor, nn

from engine.exports.failure import exporting
from engine.exports.part import Part
from engine.spec.errors import ExportError
from engine.training.data import Images, Normalise

if TYPE_CHECKING:
    from torch.export import ExportedProgram

Made = TypeVar("Made")


LABELS, PREPROCESS = "labels.txt", "preprocess.json"
"""Files of a bundle: a label a line, and how an image becomes the network's input."""


def in_a_line(label: str) -> str:
    """A label as it stands in `labels.txt`: folders may have line breaks in their names."""
    return re.sub(r"[\r\n]+", " ", label)


class FromPixels(nn.Module):
    """A network behind its own normalisation: it takes uint8 pixels (B, H, W, C)."""

    scale_C: Tensor
    shift_C: Tensor

    def __init__(self, network: nn.Module, normalise: Normalise) -> None:
        """Wrap `network`."""
        super().__init__()
        self.network = network
        std_C = torch.tensor(normalise.std)
        self.register_buffer("scale_C", 1.0 / (255.0 * std_C))
        self.register_buffer("shift_C", torch.tensor(normalise.mean) / std_C)

    def forward(self, pixels_BHWC: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Return what the network says of the pixels."""
        x_BHWC = pixels_BHWC.float() * self.scale_C - self.shift_C
        return self.network(x_BHWC.permute(0, 3, 1, 2))


@dataclass(frozen=True)
class Content:
    """What goes into a file.

    Attributes:
        network: what ships, in eval mode, on the CPU and without gradients.
        image_shape: (H, W, C) of what the network is fed.
        training: images it was trained on, to calibrate integer arithmetic with.
        normalise: pixels to network input.
        part: what of the trained network it is; names the outputs.
        classes: label of every output.
        from_pixels: the network normalises by itself.
    """

    network: nn.Module
    image_shape: tuple[int, int, int]
    training: Images
    normalise: Normalise
    part: Part
    classes: Sequence[str]
    from_pixels: bool = False
    _made: dict[Hashable, Any] = field(
        default_factory=dict[Hashable, Any], init=False, repr=False, compare=False
    )

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What several formats need of this, made for the first of them; or why it cannot be."""
        if key not in self._made:
            try:
                self._made[key] = make()
            except ExportError as error:
                self._made[key] = error
        if isinstance(made := self._made[key], ExportError):
            raise made
        return made

    @property
    def pixels(self) -> Tensor:
        """Two blank images (2, H, W, C), uint8: exporters trace on them, and may write them down.

        One alone would make any number of images a constant.
        """
        return torch.zeros((2, *self.image_shape), dtype=torch.uint8)

    @cached_property
    def with_normalisation(self) -> "Content":
        """The same with the normalisation in front of the network."""
        network = FromPixels(self.network, self.normalise).eval()
        return replace(self, network=network, from_pixels=True)

    @property
    def preprocessing(self) -> dict[str, Any]:
        """How an image becomes the network's input, as stored in `preprocess.json`."""
        height, width, channels = self.image_shape
        return {
            "height": height, "width": width, "channels": channels, "layout": "NCHW",
            "resize": "shorter side to the target, centre crop", "scale": 1 / 255,
            "mean": list(self.normalise.mean), "std": list(self.normalise.std),
            "input": "image", "outputs": list(self.part.outputs),
        }

    @property
    def preprocessing_text(self) -> str:
        """The text of `preprocess.json`."""
        return json.dumps(self.preprocessing, indent=2) + "\n"

    @property
    def metadata(self) -> dict[str, str]:
        """What a file says of itself, where its format has room: values are JSON."""
        told: Mapping[str, Any] = {
            "labels": list(self.classes), "preprocess": self.preprocessing,
            **({"sila": dict(self.part.facts)} if self.part.facts else {}),
        }
        return {key: json.dumps(value, ensure_ascii=False) for key, value in told.items()}

    def feed(self, pixels_BHWC: Tensor) -> Tensor:
        """Images as the network takes them."""
        return pixels_BHWC if self.from_pixels else self.normalise(pixels_BHWC).contiguous()

    def training_batches(self, limit: int, most: int = 32) -> Iterator[Tensor]:
        """Training images, evenly from among all, as the network takes them in evaluation.

        Args:
            limit: how many there are, unless there are fewer.
            most: how many a batch may have; all have as many.
        """
        rows_N = evenly(len(self.training), limit)
        size = max(size for size in range(1, most + 1) if len(rows_N) % size == 0)
        for rows in rows_N.split(size):
            yield self.feed(self.training.take(rows)[0])

    @property
    def program(self) -> "ExportedProgram":
        """The network as a graph of ATen operators, for any batch size.

        Raises:
            ExportError: it cannot be traced.
        """
        return self.once("program", self._trace)

    def _trace(self) -> "ExportedProgram":
        x_BCHW = self.feed(self.pixels)
        with exporting("traced", self.network, x_BCHW, traced):
            return traced(self.network, (x_BCHW,))


def traced(network: nn.Module, inputs: tuple[Tensor, ...]) -> "ExportedProgram":
    """A module as a graph of ATen operators, for any batch size.

    Neither the inputs stay in it nor where each operator stands in the code, folders and all.
    """
    from torch.export import Dim, export

    batch = {0: Dim("batch", min=1)}
    program = export(network, inputs, dynamic_shapes=(batch,) * len(inputs))
    program.example_inputs = None
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)
    return program


def evenly(count: int, limit: int) -> Tensor:
    """At most `limit` of `count` places, evenly spaced: files are often sorted by class."""
    return torch.arange(min(count, limit)) * count // max(1, min(count, limit))
