"""Proving a file: it answers like the trained network, and is no larger or slower than a plain one.

Legend: N images, O outputs, K classes, B batch.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.exports.content import Content, evenly
from engine.exports.failure import first_line
from engine.exports.format import Asked, Format, Predictor
from engine.exports.parity import deviation, parity, warnings_of
from engine.exports.plain_file import (
    PlainFile,
    other_helper,
    said_otherwise,
    surplus,
    times_beside,
    worn,
    write_plain,
)
from engine.exports.shipment import Shipment
from engine.metrics.ece import ece
from engine.metrics.top1 import top1
from engine.spec.errors import ExportError
from engine.training.data import Images

IMAGES = 1000
"""Of a larger test part so many are taken, evenly from all of it, unless more are asked for.

Fewer would not tell one misjudged image in a thousand.
"""
ASKED_AT_ONCE = 100
"""Images; of larger batches the maps leave the processor's caches, and each takes longer."""


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Real test images, and what the trained network says of them.

    Attributes:
        images: the test part.
        rows_N: which of its images.
        logits_ONK: what the trained network says, float32.
    """

    images: Images
    rows_N: Tensor
    logits_ONK: NDArray[np.float32]

    @property
    def labels(self) -> NDArray[np.int64]:
        """The images' classes."""
        return self.images.labels_N[self.rows_N].numpy()

    def some(self, size: int) -> Tensor:
        """So many of the images, (size, H, W, C), from the first on, again and again."""
        return self.images.take(self.rows_N[torch.arange(size) % len(self.rows_N)])[0]

    def pixels(self, size: int = ASKED_AT_ONCE) -> Iterator[Tensor]:
        """The images, (B, H, W, C), batch by batch."""
        for rows in self.rows_N.split(size):
            yield self.images.take(rows)[0]

    def asked(
        self, logits_ONK: NDArray[np.float32], feed: Callable[[Tensor], Tensor]
    ) -> Asked:
        """The images as a file takes them, with what it said of them."""

        def image(place: int) -> NDArray[np.generic]:
            return feed(self.images.take(self.rows_N[place, None])[0]).numpy()

        return Asked(logits_ONK, self.labels, image)


@torch.inference_mode()
def held_out(shipment: Shipment, limit: int = IMAGES) -> HeldOut:
    """Ask the trained network about test images, evenly from all of those that the part is for.

    Raises:
        ExportError: no test image takes the path that ships.
    """
    able_N = _rows_it_is_for(shipment)
    if not len(able_N):
        raise ExportError(f"no test image takes {shipment.part.name}: nothing to prove it on")
    rows_N = able_N[evenly(len(able_N), limit)]
    answers = [
        torch.stack(shipment.answer(_input(shipment, rows_B))).float()
        for rows_B in rows_N.split(ASKED_AT_ONCE)
    ]
    return HeldOut(shipment.test, rows_N, torch.cat(answers, dim=1).numpy())


def _rows_it_is_for(shipment: Shipment) -> Tensor:
    """The test images of the part that ships: all, or those that take its path."""
    takes, rows_N = shipment.part.takes, torch.arange(len(shipment.test))
    if takes is None:
        return rows_N
    return torch.cat([
        rows_B[takes(shipment.network, _input(shipment, rows_B))]
        for rows_B in rows_N.split(ASKED_AT_ONCE)
    ])


def _input(shipment: Shipment, rows_B: Tensor) -> Tensor:
    return shipment.normalise(shipment.test.take(rows_B)[0]).contiguous()


def answers_of(
    predict: Predictor, batches: Iterator[Tensor], feed: Callable[[Tensor], Tensor]
) -> NDArray[np.float32]:
    """Logits (O, N, K) of a file for all images."""
    return np.concatenate([np.stack(predict(feed(x).numpy())) for x in batches], axis=1)


def accuracy(logits_ONK: NDArray[np.float32], labels_N: NDArray[np.int64]) -> dict[str, Any]:
    """Top-1 and calibration error of the last output, %; of several, top-1 of each."""
    labels, last = torch.from_numpy(labels_N), torch.from_numpy(logits_ONK[-1])
    every = [float(top1(torch.from_numpy(logits_NK), labels)) for logits_NK in logits_ONK]
    return {
        "test_top1": every[-1], "test_ece": float(ece(last, labels)),
        **({"test_top1_of_outputs": every} if len(every) > 1 else {}),
    }


class Prover:
    """Proves files against the trained network, and against the plain backbone, written likewise.

    Args:
        shipment: what they are of.
        content: what was written.
        held: images, and what the trained network says of them.
    """

    def __init__(self, shipment: Shipment, content: Content, held: HeldOut) -> None:
        self._shipment, self._content, self._held = shipment, content, held
        self._plain = shipment.content(worn(shipment.blank_part()))

    def prove(self, form: Format, path: Path) -> dict[str, Any]:
        """What is found of a file, for the certificate.

        Raises:
            ExportError: it answers otherwise than the trained network, or holds more than the plain
                backbone does.
        """
        content = self._content.with_normalisation if form.takes_pixels else self._content
        own = form.open_as_used(path, self._shipment.blank_part, path)
        try:
            logits_ONK = answers_of(own.predict, self._held.pixels(), content.feed)
        except Exception as error:  # runtimes raise whatever their operators raise
            said = first_line(error)
            raise ExportError(f"{path.name} was written, but cannot be run: {said}") from error
        said = parity(logits_ONK, self._held.logits_ONK)
        off = deviation(said)
        if off and form.is_exact:
            raise ExportError(
                f"{path.name} answers otherwise than the trained network ({off}): not exported"
            )
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            plain = self._write_plain(form, Path(folder))
            graph = own.graph()
            if more := surplus(graph, plain) or other_helper(form, path, plain):
                raise ExportError(
                    f"{path.name} holds more than the plain backbone does ({more}): not exported"
                )
            if odd := said_otherwise(form, own, self._content, plain, alike=True):
                raise ExportError(f"{path.name} says {odd}: not exported")
            times = times_beside(form, own, plain, self._held.some)
        return {
            **said, **accuracy(logits_ONK, self._held.labels),
            "graph": {**graph.summary(), "beyond_plain": 0},
            "latency": times, "latency_ms_batch1": times[0]["ms"], "warnings": warnings_of(said),
            **form.measure(path, content, self._held.asked(logits_ONK, content.feed)),
        }

    def _write_plain(self, form: Format, folder: Path) -> PlainFile:
        """Write the plain backbone; ExportError says where to if it cannot be."""
        try:
            return write_plain(form, self._plain, self._shipment.blank_part, folder)
        except OSError as error:  # another disk, perhaps, than the one that takes the bundle
            raise ExportError(
                f"{form.file_name} cannot be set against the plain backbone's, which is written "
                f"into {folder.parent} for that: {error.strerror or error}"
            ) from None
