"""Holding two runs of one spec against each other: weights bit by bit, curves step by step."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from engine.spec.errors import DataError
from engine.store import artifacts, points, runs
from engine.store.connect import Store
from engine.store.points import Points

NOT_OF_THE_TRAINING = "system/"
"""Series that say what the machine did: no two runs agree in them."""


@dataclass(frozen=True)
class Comparison:
    """What was compared, and a line for whatever differs.

    Attributes:
        num_values: numbers in the weights files of the expected run.
        num_curves: series compared.
        drift: of weights first, then of curves, those that differ first before others.
    """

    num_values: int
    num_curves: int
    drift: list[str]


def compare_runs(store: Store, expected: int, found: int) -> Comparison:
    """Hold the run `found` against the run `expected`, both completed.

    Raises:
        DataError: one of them has no weights, or weights that cannot be read.
    """
    num_values, drift = _compare_files(_weights(store, expected), _weights(store, found))
    keys = _curves(store, expected) | _curves(store, found)
    differing = [
        line for key in keys
        if (line := curve_drift(key, *(_curve(store, run, key) for run in (expected, found))))
    ]
    drift += [text for _, text in sorted(differing)]
    drift += _summary_drift(store, expected, found)
    return Comparison(num_values, len(keys), drift)


def weights_drift(expected: Path, found: Path) -> tuple[int, str]:
    """Numbers in a safetensors file, and how another one differs: "" if in no bit.

    Raises:
        DataError: one of them cannot be read.
    """
    left, right = _load(expected), _load(found)
    num_values = sum(tensor.size for tensor in left.values())
    if odd := sorted(left.keys() ^ right.keys()):
        return num_values, f"{expected.name}: '{odd[0]}' is in one of the two files only"
    differing = {name: _distance(left[name], right[name]) for name in left
                 if not _same_bits(left[name], right[name])}
    if not differing:
        return num_values, ""
    worst = max(differing, key=lambda name: (differing[name], name))
    return num_values, (
        f"{expected.name}: {len(differing)} of {len(left)} tensors differ, '{worst}' most "
        f"(largest |difference| {differing[worst]:.3g})"
    )


def curve_drift(key: str, expected: Points, found: Points) -> tuple[int, str] | None:
    """The first step at which a series differs, and how; None if it does not."""
    steps, counts = np.unique(found.steps, return_counts=True)
    kinds = [
        (steps[counts > 1], "is there twice"),
        (np.setdiff1d(expected.steps, steps), "is missing"),
        (np.setdiff1d(steps, expected.steps), "should not be there"),
    ]
    faults = [(int(at[0]), f"{key}: step {at[0]} {what}") for at, what in kinds if len(at)]
    if faults:
        return min(faults)
    if not np.array_equal(expected.steps, found.steps):
        at = int(np.argmax(expected.steps != found.steps))
        return int(found.steps[at]), f"{key}: step {found.steps[at]} is out of order"
    left, right = expected.values, found.values
    differing = np.flatnonzero((left != right) & ~(np.isnan(left) & np.isnan(right)))
    if not len(differing):
        return None
    at = differing[0]
    step = int(found.steps[at])
    return step, (
        f"{key}: differs first at step {step} ({right[at]:.9g} instead of {left[at]:.9g}), "
        f"at {len(differing)} of {len(left)} steps"
    )


def _compare_files(expected: dict[str, Path], found: dict[str, Path]) -> tuple[int, list[str]]:
    odd = sorted(expected.keys() ^ found.keys())
    num_values, drift = 0, [f"{name}: only one of the two runs has it" for name in odd]
    for name in sorted(expected.keys() & found.keys()):
        count, line = weights_drift(expected[name], found[name])
        num_values += count
        drift += [line] if line else []
    return num_values, drift


def _weights(store: Store, run: int) -> dict[str, Path]:
    rows = artifacts.list_artifacts(store, run, "weights")
    files = [artifacts.locate(store, row) for row in rows]
    if not files:
        raise DataError(f"run {run} has no final weights")
    return {file.name: file for file in files}


def _curves(store: Store, run: int) -> set[str]:
    return {k for k in points.series_keys(store, run) if not k.startswith(NOT_OF_THE_TRAINING)}


def _curve(store: Store, run: int, key: str) -> Points:
    return points.read_series(store, [run], key).get(run, Points.empty())


def _summary_drift(store: Store, expected: int, found: int) -> list[str]:
    left, right = (runs.get_run(store, run).summaries for run in (expected, found))
    return [
        f"{key}: the run's table says {right.get(key)} instead of {left.get(key)}"
        for key in sorted(left.keys() | right.keys())
        if not key.startswith(NOT_OF_THE_TRAINING) and repr(left.get(key)) != repr(right.get(key))
    ]


def _load(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise DataError(f"cannot read the weights {path}: {error}") from None


def _same_bits(left: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> bool:
    same_kind = left.dtype == right.dtype and left.shape == right.shape
    return same_kind and left.tobytes() == right.tobytes()


def _distance(left: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> float:
    """The largest |difference|; infinite between tensors of different shapes, or with NaN."""
    if left.shape != right.shape:
        return float("inf")
    apart = np.abs(left.astype(np.float64) - right.astype(np.float64))
    return float(np.max(np.nan_to_num(apart, nan=np.inf), initial=0.0))
