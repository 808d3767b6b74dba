"""Asking the files of a bundle again about the images that they were proved on.

Legend: N images, O outputs, M images whose answers the bundle holds, K classes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.exports.consistent import LOSSY_POINTS, apart, top1_of_outputs, turned
from engine.exports.content import Content, evenly
from engine.exports.failure import first_line
from engine.exports.format import Asked, Format, Opened, Predictor
from engine.exports.latency import OTHER_PACE, is_of_another_pace
from engine.exports.parity import deviation, margins, parity
from engine.exports.plain_file import PlainFile, times_beside
from engine.exports.proof import HeldOut, accuracy, answers_of
from engine.exports.reference import fingerprint
from engine.metrics.ece import NUM_BINS
from engine.spec.errors import DataError, ExportError

FURTHER = 2.0
"""So many times as far the logits of integers may be apart on another processor."""
AFFORDABLE = 10**12
"""Multiply-adds for which one file is asked about all test images: a minute or less."""
_PERCENT = 1e-3
"""Shares of images are kept as percentages with the 24 bits of float32."""
_HALF_BIN = 1 / (2 * NUM_BINS)


class Asking:
    """Asks the files of a bundle.

    Args:
        folder: the bundle's.
        certificate: its.
        plain: what would be written of the plain backbone, untrained; its pixels are test images.
        held: the images that it was proved on and the answers to some, and the places of those.

    Raises:
        DataError: these are other images.
        ExportError: the bundle's reference answers cannot be used, or are others than told.
    """

    def __init__(
        self, folder: Path, certificate: Mapping[str, Any], plain: Content,
        held: tuple[HeldOut, NDArray[np.int64]],
    ) -> None:
        self._folder, self._certificate, self._plain = folder, certificate, plain
        self._held, self._answered = held
        self._exact: _Exact | None = None
        if fingerprint(self._held) != certificate["reference"]["images_sha256"]:
            raise DataError("the test images are not those of the export: name the same data set")
        self._check_reference()

    def _check_reference(self) -> None:
        """Hold the answers of the trained network against what is told of them."""
        reference, logits_OMK = self._certificate["reference"], self._held.logits_ONK
        outputs, kept = len(self._plain.part.outputs), len(self._answered)
        if logits_OMK.shape != (outputs, kept, self._certificate["num_classes"]):
            raise ExportError("the reference answers are not of this network's outputs and images")
        rows_N, total = self._held.rows_N, len(self._held.images)
        told = (len(rows_N), total) == (reference["num_images"], reference["of"])
        whole = "path" not in self._certificate["part"]  # a path is asked about its own images
        if not told or bool((rows_N[1:] <= rows_N[:-1]).any()) or (
            whole and not torch.equal(rows_N, evenly(total, len(rows_N)))
        ):
            raise ExportError("the reference answers are not about the images that are told")
        if kept == len(rows_N):
            own = accuracy(logits_OMK, self._held.labels)
            # The same numbers again: but for rounding, by which one may fall into the next bin.
            if turned(own, reference, kept) > _PERCENT * kept / 100:
                raise ExportError(
                    f"the reference answers have top-1 {_listed(own)} %, and the certificate says "
                    f"{_listed(reference)} %"
                )
            if abs(own["test_ece"] - reference["test_ece"]) > 200 / kept:
                raise ExportError(
                    f"the reference answers have test_ece {own['test_ece']:.2f} %, and the "
                    f"certificate says {reference['test_ece']:.2f} %"
                )

    def ask(
        self, form: Format, proof: Mapping[str, Any], opened: Opened, written: PlainFile | None
    ) -> dict[str, Any]:
        """What a file says and takes now: parity, accuracy, and latency beside the plain backbone.

        Args:
            form: of the file.
            proof: what the certificate tells of it.
            opened: it.
            written: the plain backbone's, if it can be written here.

        Raises:
            ExportError: it is not what the certificate says.
        """
        plain = self._plain.with_normalisation if form.takes_pixels else self._plain
        try:
            logits_ONK = answers_of(opened.predict, self._held.pixels(), plain.feed)
            said = {
                **parity(logits_ONK[:, self._answered], self._held.logits_ONK),
                **accuracy(logits_ONK, self._held.labels),
            }
            fault = self._answer_fault(said, proof, form, logits_ONK) or form.measure_again(
                self._folder / form.file_name, proof, self._held.asked(logits_ONK, plain.feed)
            )
        except Exception as error:  # runtimes raise whatever their operators raise
            raise ExportError(f"{proof['file']} cannot be run: {first_line(error)}") from error
        if fault:
            raise ExportError(f"{proof['file']} does not do what the certificate says: {fault}")
        if form.is_exact and self._exact is None:
            self._exact = _Exact(proof["file"], opened.predict, plain.feed, logits_ONK)
        if written is None:
            return said
        said["latency"] = times_beside(form, opened, written, self._held.some)
        if all(map(is_of_another_pace, said["latency"])):
            raise ExportError(
                f"{proof['file']} takes more than {OTHER_PACE:g} times as long as the plain "
                "backbone's, or less than that part of it"
            )
        return said

    def of_all(self) -> tuple[str, Asked] | None:
        """Which exact file says what of all test images; None: there is none, or it takes long."""
        if self._exact is None:
            return None
        file, predict, feed, logits_ONK = self._exact
        count, costs = len(self._held.images), self._certificate["part"]["multiply_adds"]
        everything = replace(self._held, rows_N=torch.arange(count))
        if len(self._held.rows_N) < count:
            if count * (costs[-1] if isinstance(costs, list) else costs) > AFFORDABLE:
                return None
            logits_ONK = answers_of(predict, everything.pixels(), feed)
        return file, everything.asked(logits_ONK, feed)

    def _answer_fault(
        self, said: Mapping[str, Any], proof: Mapping[str, Any], form: Format,
        logits_ONK: NDArray[np.float32],
    ) -> str:
        """What of a file's answers is not as it was, or empty."""
        if form.is_exact and (off := deviation(said)):
            return off
        count, moved = len(self._held.rows_N), said["max_abs_logit_diff"]
        # Twice as far as a logit here may be from that of the export: so far two may close up.
        reach = 2 * (moved + proof["max_abs_logit_diff"]) + said["tolerance"] / 100
        if len(self._answered) < count:
            reach *= 2  # of the other images it is not known how far
        may_turn = int((margins(logits_ONK) <= reach).any(axis=0).sum())
        if not form.is_exact:
            may_turn = min(may_turn, max(LOSSY_POINTS * count / 100, 2))
        if turned(said, proof, count) > may_turn + _PERCENT * count / 100:
            return f"test top-1 {_listed(said)} %, not {_listed(proof)} %"
        may_move = _may_move(logits_ONK[-1], reach) if form.is_exact else LOSSY_POINTS
        if apart(said["test_ece"], proof["test_ece"], may_move, count):
            return f"calibration error {said['test_ece']:.2f} %, not {proof['test_ece']:.2f} %"
        told = proof["max_abs_logit_diff"]
        if moved > FURTHER * told + said["tolerance"]:
            return f"logits up to {moved:.2g} apart, not {told:.2g}"
        agreement, told = said["top1_agreement"], proof["top1_agreement"]
        if apart(100 * agreement, 100 * told, LOSSY_POINTS, said["num_images"]):
            return f"top-1 agreement {agreement:.2%}, not {told:.2%}"
        return ""


class _Exact(NamedTuple):
    """A file of float32, and what it said of the images that the bundle was proved on."""

    file: str
    predict: Predictor
    feed: Callable[[Tensor], Tensor]
    logits_ONK: NDArray[np.float32]


def _may_move(logits_NK: NDArray[np.float32], reach: float) -> float:
    """How far a calibration error may be from another, %, if logits are `reach` / 2 apart.

    The confidence in an image moves by a quarter of `reach` at most; more does only what falls into
    another bin, or is taken for another class.
    """
    confidence_N = torch.from_numpy(logits_NK).softmax(dim=1).amax(dim=1).numpy()
    to_edge_N = np.abs(confidence_N * NUM_BINS - np.rint(confidence_N * NUM_BINS)) / NUM_BINS
    other_bin_N = (to_edge_N <= reach / 4) & (confidence_N < 1 - _HALF_BIN)
    moving = int((other_bin_N | (margins(logits_NK) <= reach)).sum())
    return 25 * reach + 200 * moving / len(logits_NK)


def _listed(said: Mapping[str, Any]) -> str:
    return ", ".join(f"{top1:.2f}" for top1 in top1_of_outputs(said))


def beside(latency: Sequence[Mapping[str, Any]]) -> str:
    """Latency as a clause: how many times the plain backbone's, by batch size."""
    return ", ".join(
        f"{row['ms'] / row['plain_ms']:.2f} × the plain backbone's time for {row['batch']}"
        for row in latency
    )
