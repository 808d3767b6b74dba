"""Whether a certificate agrees with itself: numbers that follow from others, or must be alike."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, isclose
from typing import Any

from engine.analysis.intervals import Interval, wilson
from engine.exports.folded import BEFORE
from engine.exports.format import Format
from engine.exports.latency import is_of_another_pace
from engine.exports.leave_early import LEAST_IMAGES, rows_to_measure
from engine.exports.parity import contradiction, deviation, warnings_of
from engine.spec.errors import ExportError

RESULT_POINTS, LOSSY_POINTS, ECE_POINTS = 0.25, 2.0, 1.0
"""How far accuracy, agreement and calibration error may be apart, %, on another processor."""
OF_A_SAMPLE = 1 - 1e-6
"""So sure must be that a result is not what some of the images say, before it is called wrong."""
ANOTHER_PACE = 10.0
"""So many times apart may be two times of one file, which were taken one after the other."""
_ROUNDING = 1e-6
_PERCENT = 1e-3
"""Shares of images are kept as percentages with the 24 bits of float32."""
_SAME = {"test/top1": ("test_top1", RESULT_POINTS), "test/ece": ("test_ece", ECE_POINTS)}
"""Results that are also measured while a bundle is written, and how far both may be apart."""
_OF_OUTPUTS = "test_top1_of_outputs"
_LEAVING = "leave_early"


def check_numbers(certificate: Mapping[str, Any], forms: Mapping[str, Format]) -> None:
    """Check that no number of a certificate contradicts another.

    Args:
        certificate: it.
        forms: the formats that are known here.

    Raises:
        ExportError: one does.
    """
    for fault in _faults(certificate, forms):
        raise ExportError(f"the certificate contradicts itself: {fault}")


def _faults(certificate: Mapping[str, Any], forms: Mapping[str, Format]) -> Iterator[str]:
    reference = certificate["reference"]
    yield from _parameters(certificate)
    yield from _steps(certificate)
    yield from _outputs(certificate)
    yield from _budgets(certificate)
    yield from results_faults(certificate)
    for name, proof in certificate["formats"].items():
        yield from _proof(proof, reference, forms.get(name))
        yield from _answers(proof, reference)
        yield from _times(proof)
        if _LEAVING in proof:
            yield from _leaving(proof, certificate)


def results_faults(certificate: Mapping[str, Any]) -> list[str]:
    """Which stored results the network does not reach on the same images, or on some of them."""
    reference, results = certificate["reference"], certificate["results"]
    if not is_of_all(certificate):
        bounds, top1 = sampled(certificate), results.get("test/top1")
        return [] if top1 is None or bounds is None or top1 in bounds else [
            f"test/top1 is {top1:.2f} %, but on {reference['num_images']:,} images, evenly from "
            f"among all, the network has {reference['test_top1']:.2f} %"
        ]
    return [
        f"{key} is {results[key]:.2f} %, but the network has {reference[name]:.2f} %"
        for key, (name, points) in _SAME.items()
        if key in results and apart(results[key], reference[name], points, reference["num_images"])
    ]


def is_of_all(certificate: Mapping[str, Any]) -> bool:
    """Whether the files were proved on all test images, of which the results are, too."""
    reference = certificate["reference"]
    return reference["num_images"] == reference["of"]


def sampled(certificate: Mapping[str, Any]) -> Interval | None:
    """What top-1 of all test images may be, %, after that of some; None: they are not like all."""
    if "path" in certificate["part"]:
        return None
    reference = certificate["reference"]
    found = wilson(min(1.0, reference["test_top1"] / 100), reference["num_images"], OF_A_SAMPLE)
    return Interval(100 * found.low - RESULT_POINTS, 100 * found.high + RESULT_POINTS)


def unchecked_results(certificate: Mapping[str, Any]) -> list[str]:
    """The results that nothing else is held against, or how closely, where not all are asked."""
    unchecked: list[str] = []
    for key in certificate["results"]:
        if key in _SAME and is_of_all(certificate):
            continue
        bounds = sampled(certificate) if key == "test/top1" else None
        unchecked.append(key if bounds is None else (
            f"{key} (only that it is from {max(0.0, bounds.low):.1f} to "
            f"{min(100.0, bounds.high):.1f} %, as {certificate['reference']['num_images']:,} of "
            "the images say)"
        ))
    return unchecked


def apart(one: float, other: float, points: float, count: int) -> bool:
    """Whether two percentages of `count` images are further apart than rounding makes them."""
    return abs(one - other) > max(points, 200 / count)  # two images may fall otherwise


def top1_of_outputs(said: Mapping[str, Any]) -> list[float]:
    """Top-1 of every output, %, of what is told of a network or a file."""
    return said.get(_OF_OUTPUTS) or [said["test_top1"]]


def turned(one: Mapping[str, Any], other: Mapping[str, Any], count: int) -> float:
    """How many of so many images at least are right by one account and wrong by the other.

    Args:
        one: what `accuracy` tells of a network or a file.
        other: the same of another, with as many outputs.
        count: of how many images.
    """
    both = zip(top1_of_outputs(one), top1_of_outputs(other), strict=True)
    return max(abs(a - b) for a, b in both) * count / 100


def _parameters(certificate: Mapping[str, Any]) -> Iterator[str]:
    removed, deployed = certificate["params_removed"], certificate["params_deployed"]
    part = certificate["part"]
    before = part.get(BEFORE, deployed)  # what folding made disappear was not left out
    if removed != (total := sum(certificate["removed_modules"].values())):
        yield f"{removed:,} parameters were removed, but the modules have {total:,}"
    if before + removed + part["params_left_out"] != certificate["params_training"]:
        yield "parameters shipped, removed and left out are not those of the training"
    if deployed != certificate["params_plain"]:
        yield "more or fewer parameters ship than the plain backbone has"
    told, held = certificate.get("temperature"), certificate["data"]["images"]["validation"]
    if told and told["num_images"] != held:
        yield f"a temperature that was fitted on others than the {held:,} validation images"


def _steps(certificate: Mapping[str, Any]) -> Iterator[str]:
    """A training has no more steps than its epochs have batches."""
    training, images = certificate["spec"]["training"], certificate["data"]["images"]["training"]
    most = training["epochs"] * ceil(images / training["batch_size"])
    if certificate["step"] > most:
        yield f"weights of step {certificate['step']:,}, of {most:,} at most"


def _outputs(certificate: Mapping[str, Any]) -> Iterator[str]:
    """What is told output by output is told of every output, and where there are several."""
    costs = certificate["part"]["multiply_adds"]
    expected = len(costs) if isinstance(costs, list) else 0
    for said in (certificate["reference"], *certificate["formats"].values()):
        every = said.get(_OF_OUTPUTS, [])
        if len(every) != expected or (every and every[-1] != said["test_top1"]):
            yield "an accuracy for each output, of other outputs than ship"
            return  # nothing else can be said of outputs then


def _budgets(certificate: Mapping[str, Any]) -> Iterator[str]:
    """What the budgets of a network with several exits cost follows from where images leave."""
    part = certificate["part"]
    for budget in part.get(_LEAVING, ()):
        costs, shares = part["multiply_adds"], budget["exit_shares"]
        if not isinstance(costs, list) or len(costs) != len(shares):
            yield "budgets of other exits than ship"
            return
        cost = sum(share * each for share, each in zip(shares, costs, strict=True))
        if not isclose(cost, budget["expected_multiply_adds"], rel_tol=_ROUNDING):
            yield (
                f"{budget['expected_multiply_adds']:,.0f} multiply-adds of an image, where exits "
                f"and shares make {cost:,.0f}"
            )


def _proof(
    proof: Mapping[str, Any], reference: Mapping[str, Any], form: Format | None
) -> Iterator[str]:
    """What of a file's proof cannot be."""
    file, count = proof["file"], reference["num_images"]
    if proof["num_images"] != count:
        yield f"{file} was asked about other images than the trained network"
    if form is None:
        return
    if form.takes_pixels != proof["takes_pixels"]:
        yield f"{file} is said to take another input than it does"
    if (_LEAVING in form.tells) != (_LEAVING in proof):
        yield f"{file} can{'' if _LEAVING in form.tells else 'not'} be left early"
    if form.is_exact:
        if off := deviation(proof):
            yield f"{file} answers otherwise than the trained network ({off})"
        others = 1 + proof["disagreeing"]["num_images"]  # one may fall into the next bin
        if apart(proof["test_ece"], reference["test_ece"], 200 * others / count, count):
            yield f"{file} has another calibration error than the network it agrees with"


def _answers(proof: Mapping[str, Any], reference: Mapping[str, Any]) -> Iterator[str]:
    """What of a file's answers, as they are told, cannot be."""
    file, count = proof["file"], reference["num_images"]
    if odd := contradiction(proof):
        yield f"{odd}, of {file}"
    if proof["warnings"] != warnings_of(proof):
        yield f"{file} is warned of without a reason, or not in spite of one"
    differing = proof["disagreeing"]["num_images"]
    if turned(proof, reference, count) > differing + _PERCENT * count / 100:
        yield f"{file} has another accuracy than the network, and the same class for more images"


def _times(proof: Mapping[str, Any]) -> Iterator[str]:
    """What of a file's times cannot be."""
    if proof["latency_ms_batch1"] != proof["latency"][0]["ms"]:
        yield f"two latencies of {proof['file']}"
    if any(map(is_of_another_pace, proof["latency"])):
        yield f"{proof['file']} takes another time than the plain backbone's, of as many operators"


def _leaving(proof: Mapping[str, Any], certificate: Mapping[str, Any]) -> Iterator[str]:
    """What of a file that images may leave early cannot be."""
    file, rows, part = proof["file"], proof[_LEAVING], certificate["part"]
    measured = rows_to_measure(part.get(_LEAVING, ()), len(top1_of_outputs(proof)))
    kept = "thresholds", "expected_multiply_adds"
    if [{key: row[key] for key in kept if key in row} for row in rows] != measured:
        yield f"{file} was measured by other budgets than ship"
        return
    count = proof["num_images"]
    if any(row["num_images"] != count for row in rows) or len(_timed(rows)) > 1 or not (
        min(LEAST_IMAGES, count) <= rows[0]["timed_images"] <= count
    ):
        yield f"images that leave {file} early are others, or timed on fewer, than is done"
    if any(abs(sum(row["exit_shares"]) - 1) > _ROUNDING for row in rows):
        yield f"the images that leave {file} early are more or fewer than all"
    never = rows[-1]
    if abs(never["test_top1"] - proof["test_top1"]) > _PERCENT or never["exit_shares"][-1] != 1:
        yield f"images that never leave {file} are taken for something else than by its last exit"
    one = proof["latency_ms_batch1"]
    if not 1 / ANOTHER_PACE <= never["ms"] / one <= ANOTHER_PACE:
        yield f"an image takes {never['ms']:.3g} ms and {one:.3g} ms in {file}"


def _timed(rows: Sequence[Mapping[str, Any]]) -> set[int]:
    return {row["timed_images"] for row in rows}
