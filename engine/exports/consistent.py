"""Whether a certificate agrees with itself: numbers that follow from others, or must be alike."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.exports.folded import BEFORE
from engine.exports.format import Format
from engine.exports.parity import contradiction, deviation, warnings_of
from engine.spec.errors import ExportError

EXACT_POINTS, LOSSY_POINTS, ECE_POINTS = 0.5, 2.0, 1.0
"""How far accuracy, agreement and calibration error may be apart, %, on another processor."""
_ROUNDING = 1e-6
_SAME = {"test/top1": ("test_top1", EXACT_POINTS), "test/ece": ("test_ece", ECE_POINTS)}
"""Results that are also measured while a bundle is written, and how far both may be apart."""


def check_numbers(certificate: Mapping[str, Any], forms: Mapping[str, Format]) -> None:
    """Check that no number of a certificate contradicts another.

    Args:
        certificate: it.
        forms: the formats that are installed here.

    Raises:
        ExportError: one does.
    """
    faults = [
        *_parameters(certificate), *results_faults(certificate),
        *(fault for name, proof in certificate["formats"].items()
          for fault in (
              *_proof(proof, certificate["reference"], forms.get(name)), *_answers(proof),
          )),
    ]
    if faults:
        raise ExportError(f"the certificate contradicts itself: {faults[0]}")


def results_faults(certificate: Mapping[str, Any]) -> list[str]:
    """Which stored results the network does not reach on the same images."""
    if not is_of_all(certificate):
        return []
    reference, count = certificate["reference"], certificate["reference"]["num_images"]
    return [
        f"{key} is {certificate['results'][key]:.2f} %, but the network has {reference[name]:.2f} %"
        for key, (name, points) in _SAME.items()
        if key in certificate["results"]
        and apart(certificate["results"][key], reference[name], points, count)
    ]


def is_of_all(certificate: Mapping[str, Any]) -> bool:
    """Whether the files were proved on all test images, of which the results are, too."""
    reference = certificate["reference"]
    return reference["num_images"] == reference["of"]


def unchecked_results(certificate: Mapping[str, Any]) -> list[str]:
    """The results that nothing else is to be held against."""
    return [
        key for key in certificate["results"] if key not in _SAME or not is_of_all(certificate)
    ]


def apart(one: float, other: float, points: float, count: int) -> bool:
    """Whether two percentages of `count` images are further apart than rounding makes them."""
    return abs(one - other) > max(points, 200 / count)  # two images may fall otherwise


def _parameters(certificate: Mapping[str, Any]) -> list[str]:
    removed, deployed = certificate["params_removed"], certificate["params_deployed"]
    part = certificate["part"]
    before = part.get(BEFORE, deployed)  # what folding made disappear was not left out
    faults: list[str] = []
    if removed != (total := sum(certificate["removed_modules"].values())):
        faults.append(f"{removed:,} parameters were removed, but the modules have {total:,}")
    if before + removed + part["params_left_out"] != certificate["params_training"]:
        faults.append("parameters shipped, removed and left out are not those of the training")
    if deployed != certificate["params_plain"]:
        faults.append("more or fewer parameters ship than the plain backbone has")
    return faults


def _proof(
    proof: Mapping[str, Any], reference: Mapping[str, Any], form: Format | None
) -> Sequence[str]:
    """What of a file's proof cannot be."""
    file, faults = proof["file"], list[str]()
    if proof["latency_ms_batch1"] != proof["latency"][0]["ms"]:
        faults.append(f"two latencies of {file}")
    if proof["num_images"] != reference["num_images"]:
        faults.append(f"{file} was asked about other images than the trained network")
    if form is not None and form.takes_pixels != proof["takes_pixels"]:
        faults.append(f"{file} is said to take another input than it does")
    if form is not None and form.is_exact:
        if off := deviation(proof):
            faults.append(f"{file} answers otherwise than the trained network ({off})")
        if apart(proof["test_top1"], reference["test_top1"], EXACT_POINTS, reference["num_images"]):
            faults.append(f"{file} has another accuracy than the network it agrees with")
    for row in proof.get("leave_early") or []:
        if abs(sum(row["exit_shares"]) - 1) > _ROUNDING:
            faults.append(f"the images that leave {file} early are more or fewer than all")
    return faults


def _answers(proof: Mapping[str, Any]) -> Sequence[str]:
    """What of a file's answers, as they are told, cannot be."""
    file, faults = proof["file"], list[str]()
    if odd := contradiction(proof):
        faults.append(f"{odd}, of {file}")
    if bool(proof["warnings"]) != bool(warnings_of(proof)):
        faults.append(f"{file} is warned of without a reason, or not in spite of one")
    return faults
