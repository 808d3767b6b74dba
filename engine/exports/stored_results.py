"""The stored results of a bundle against what one of its files says of all test images."""

from collections.abc import Mapping
from typing import Any

import torch

from engine.exports.consistent import ECE_POINTS, RESULT_POINTS, apart
from engine.exports.format import Asked
from engine.exports.leave_early import budgets_fault
from engine.metrics.ece import ece
from engine.registry import entries
from engine.training.evaluate import score

_PART, _LEAST = 0.1, 0.02
"""How far a result that is no percentage may be apart on another processor: of it, and at least."""


def stored_fault(certificate: Mapping[str, Any], asked: Asked) -> str:
    """Which stored number is another than a file's answers make, in a clause; or empty.

    Args:
        certificate: of the bundle.
        asked: all test images, and what a file of float32 says of them.
    """
    results, count = certificate["results"], len(asked.labels_N)
    last_NK, labels_N = torch.from_numpy(asked.logits_ONK[-1]), torch.from_numpy(asked.labels_N)
    cards = {f"test/{entry.card.name}": entry for entry in entries("metric")}
    known = {key: cards[key].make for key in results if key in cards}
    for key, value in score(last_NK, labels_N, known).items():
        if cards[key].card.facts["unit"] == "%":
            points = RESULT_POINTS if key == "test/top1" else ECE_POINTS
            differs = apart(value, results[key], points, count)
        else:
            differs = abs(value - results[key]) > _LEAST + _PART * abs(value)
        if differs:
            return f"{key} of all {count:,} test images is {value:.4g}, not {results[key]:.4g}"
    if told := certificate.get("temperature"):
        before = float(ece(last_NK * told["values"][-1], labels_N))
        if apart(before, told["test_ece_before"], ECE_POINTS, count):
            return (
                f"the calibration error before the temperature is {before:.2f} %, not "
                f"{told['test_ece_before']:.2f} %"
            )
    return budgets_fault(certificate["part"].get("leave_early", ()), asked)


def untold_results(certificate: Mapping[str, Any]) -> list[str]:
    """The stored results that are of a kind which is not known here."""
    known = {f"test/{entry.card.name}" for entry in entries("metric")}
    return [key for key in certificate["results"] if key not in known]
