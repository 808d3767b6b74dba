"""Asking the files of a bundle again about the images that they were proved on.

Legend: N images, O outputs, M images whose answers the bundle holds, K classes.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.exports.consistent import ECE_POINTS, EXACT_POINTS, LOSSY_POINTS, apart
from engine.exports.content import Content, evenly
from engine.exports.failure import first_line
from engine.exports.format import Format, Opened
from engine.exports.parity import deviation, parity
from engine.exports.plain_file import PlainFile, times_beside
from engine.exports.proof import HeldOut, accuracy, answers_of
from engine.exports.reference import fingerprint
from engine.spec.errors import DataError, ExportError

SLOWER = 3.0
"""So many times as long as the plain backbone's, in turns, at every batch size: not as exported.

Judged by the lower end of the interval: other work on the machine hits now one file, now the other.
"""

FURTHER = 3.0
"""So many times as far the logits of integers may be apart on another processor."""


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
            for key, points in (("test_top1", EXACT_POINTS), ("test_ece", ECE_POINTS)):
                if apart(own[key], reference[key], points, kept):
                    raise ExportError(
                        f"the reference answers have {key} {own[key]:.2f} %, and the certificate "
                        f"says {reference[key]:.2f} %"
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
            fault = self._answer_fault(said, proof, form) or form.measure_again(
                self._folder / form.file_name, proof, self._held.asked(logits_ONK, plain.feed)
            )
        except Exception as error:  # runtimes raise whatever their operators raise
            raise ExportError(f"{proof['file']} cannot be run: {first_line(error)}") from error
        if fault:
            raise ExportError(f"{proof['file']} does not do what the certificate says: {fault}")
        if written is None:
            return said
        said["latency"] = times_beside(form, opened, written, self._held.some)
        if all(row["ratio_interval"][0] > SLOWER for row in said["latency"]):
            raise ExportError(
                f"{proof['file']} takes more than {SLOWER:g} times as long as the plain backbone's"
            )
        return said

    def _answer_fault(
        self, said: Mapping[str, Any], proof: Mapping[str, Any], form: Format
    ) -> str:
        """What of a file's answers is not as it was, or empty."""
        if form.is_exact and (off := deviation(said)):
            return off
        count = len(self._held.rows_N)
        points = EXACT_POINTS if form.is_exact else LOSSY_POINTS
        if apart(said["test_top1"], proof["test_top1"], points, count):
            return f"test top-1 {said['test_top1']:.2f} %, not {proof['test_top1']:.2f} %"
        if apart(said["test_ece"], proof["test_ece"], 2 * points, count):
            return f"calibration error {said['test_ece']:.2f} %, not {proof['test_ece']:.2f} %"
        moved, told = said["max_abs_logit_diff"], proof["max_abs_logit_diff"]
        if moved > FURTHER * told + said["tolerance"]:
            return f"logits up to {moved:.2g} apart, not {told:.2g}"
        agreement, told = said["top1_agreement"], proof["top1_agreement"]
        if apart(100 * agreement, 100 * told, points, said["num_images"]):
            return f"top-1 agreement {agreement:.2%}, not {told:.2%}"
        return ""


def beside(latency: Sequence[Mapping[str, Any]]) -> str:
    """Latency as a clause: how many times the plain backbone's, by batch size."""
    return ", ".join(
        f"{row['ms'] / row['plain_ms']:.2f} × the plain backbone's time for {row['batch']}"
        for row in latency
    )
