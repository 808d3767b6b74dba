"""Verifying a bundle: is it what was exported, and does it still do what its certificate says?"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from engine.backbones.backbone import count_parameters
from engine.exports.content import PREPROCESS
from engine.exports.format import Format
from engine.exports.proof import HeldOut, accuracy, answers_of, deviation, parity
from engine.exports.reference import fingerprint, read_reference
from engine.exports.verify_files import formats_here
from engine.spec.errors import DataError, ExportError
from engine.training.data import Images, Normalise

EXACT_POINTS, LOSSY_POINTS = 0.5, 2.0
"""How far accuracy or agreement may be from the certificate's, %, on another processor."""


def verify_graphs(
    folder: Path, certificate: Mapping[str, Any], blank: Callable[[], nn.Module]
) -> None:
    """Check that the files hold the operators and tensors that were set against a plain backbone's.

    Args:
        folder: the bundle's.
        certificate: its.
        blank: makes what ships of the plain backbone, untrained.

    Raises:
        ExportError: they do not, or the plain backbone has another number of parameters.
    """
    own, told = count_parameters(blank()), certificate["params_deployed"]
    if own != told:
        plain_name = certificate["backbone"]
        raise ExportError(f"the plain {plain_name} has {own:,} parameters, not {told:,}")
    for name, form in formats_here(certificate).items():
        proof = certificate["formats"][name]
        found = form.open(folder / proof["file"], blank).graph().summary()
        if any(proof["graph"][key] != value for key, value in found.items()):
            raise ExportError(
                f"{proof['file']} holds other operators or tensors than the certificate says"
            )


class Asking:
    """Asks the files of a bundle again about the images that they were proved on.

    Args:
        folder: the bundle's.
        certificate: its.
        test: the test part of the data it was proved on.
        blank: makes what ships of the plain backbone, untrained.

    Raises:
        DataError: these are other images.
        ExportError: the bundle's reference answers cannot be used.
    """

    def __init__(
        self, folder: Path, certificate: Mapping[str, Any], test: Images,
        blank: Callable[[], nn.Module],
    ) -> None:
        self._folder, self._certificate, self._blank = folder, certificate, blank
        self._held, self._answered = read_reference(folder, test)
        if fingerprint(self._held) != certificate["reference"]["images_sha256"]:
            raise DataError("the test images are not those of the export: name the same data set")
        told = json.loads((folder / PREPROCESS).read_text(encoding="utf-8"))
        self._normalise = Normalise(tuple(told["mean"]), tuple(told["std"]))

    def ask(self, name: str, form: Format) -> dict[str, Any]:
        """What the file of a format says now: its parity and accuracy.

        Raises:
            ExportError: it is not what the certificate says.
        """
        proof = self._certificate["formats"][name]
        logits_ONK = answers_of(
            form.open(self._folder / proof["file"], self._blank).predict, self._held.pixels(100),
            _as_is if form.takes_pixels else self._feed,
        )
        said = {
            **parity(logits_ONK[:, self._answered], self._held.logits_ONK),
            **accuracy(logits_ONK, self._held.labels),
        }
        fault = _fault(said, proof, form, self._held)
        if fault:
            raise ExportError(f"{proof['file']} does not do what the certificate says: {fault}")
        return said

    def _feed(self, pixels_BHWC: Tensor) -> Tensor:
        return self._normalise(pixels_BHWC).contiguous()


def _as_is(pixels_BHWC: Tensor) -> Tensor:
    return pixels_BHWC


def _fault(
    said: Mapping[str, Any], proof: Mapping[str, Any], form: Format, held: HeldOut
) -> str:
    """What is not as it was, or empty."""
    if form.is_exact and (off := deviation(said)):
        return off
    one_image = 100 / len(held.rows_N)
    points = max(EXACT_POINTS if form.is_exact else LOSSY_POINTS, one_image)
    if abs(said["test_top1"] - proof["test_top1"]) > points:
        return f"test top-1 {said['test_top1']:.2f} %, not {proof['test_top1']:.2f} %"
    if 100 * (proof["top1_agreement"] - said["top1_agreement"]) > points:
        return f"top-1 agreement {said['top1_agreement']:.2%}, not {proof['top1_agreement']:.2%}"
    return ""

