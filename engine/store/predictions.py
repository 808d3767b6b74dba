"""What a run's network said of every held-out image, kept as files in the run's folder.

A file for each epoch of validation, and for the weights that were tested; where several networks
learned from each other, another one tells what all of them said in the test. No torch here.
"""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.spec.errors import DataError

FOLDER = "predictions"
Split = Literal["val", "test"]
_PEERS = "peers"


class Predictions(NamedTuple):
    """Of N images, in the order of their split."""

    labels: NDArray[np.int64]
    predicted: NDArray[np.int64]
    confidence: NDArray[np.float32]

    def confusion(self, num_classes: int) -> NDArray[np.int64]:
        """Return (K, K) counts: label by row, prediction by column."""
        cells = self.labels * num_classes + self.predicted
        counts = np.bincount(cells, minlength=num_classes**2)
        return counts.reshape(num_classes, num_classes)

    def mistakes(self) -> NDArray[np.int64]:
        """Indices of the images that are taken for something else, the most confident first."""
        wrong = np.flatnonzero(self.predicted != self.labels)
        return wrong[np.argsort(-self.confidence[wrong], kind="stable")]

    def in_cell(self, label: int, predicted: int) -> NDArray[np.int64]:
        """Indices of the images of one class that are taken for another, most confident first."""
        found = np.flatnonzero((self.labels == label) & (self.predicted == predicted))
        return found[np.argsort(-self.confidence[found], kind="stable")]


class PeerPredictions(NamedTuple):
    """Of N test images and P networks that learned from each other; the first one ships."""

    labels: NDArray[np.int64]
    predicted_PN: NDArray[np.int64]
    together: NDArray[np.int64]
    """The classes that the mean of their probabilities says."""


def save_predictions(run_folder: Path, split: Split, step: int, said: Predictions) -> Path:
    """Keep what the network of a step said; returns the file.

    Raises:
        OSError: it cannot be written; what was there before is kept.
    """
    classes = _small(labels=said.labels, predicted=said.predicted)
    confidence = said.confidence.astype(np.float16)
    return _save(run_folder, split, step, {**classes, "confidence": confidence})


def save_peers(run_folder: Path, step: int, said: PeerPredictions) -> Path:
    """Keep what all peers said of the test images; returns the file.

    Raises:
        OSError: it cannot be written; what was there before is kept.
    """
    return _save(run_folder, _PEERS, step, _small(**said._asdict()))


def stored_predictions(run_folder: Path, split: Split) -> dict[int, Path]:
    """The files of a run by step, in order."""
    return _stored(run_folder, split)


def stored_peers(run_folder: Path) -> dict[int, Path]:
    """The files of a run's peers by step, in order; none where it had one network only."""
    return _stored(run_folder, _PEERS)


def _stored(run_folder: Path, what: str) -> dict[int, Path]:
    found = (run_folder / FOLDER).glob(f"{what}-*.npz")
    steps = {path.stem.partition("-")[2]: path for path in found}
    return {int(step): steps[step] for step in sorted(steps) if step.isdecimal()}


def load_predictions(path: Path) -> Predictions:
    """Read a file.

    Raises:
        DataError: it is missing or damaged.
    """
    labels, predicted, confidence = _load(path, Predictions._fields)
    if not labels.ndim == 1 or not labels.shape == predicted.shape == confidence.shape:
        raise DataError(f"the predictions {path} are no three rows of equal length")
    return Predictions(
        labels.astype(np.int64), predicted.astype(np.int64), confidence.astype(np.float32)
    )


def load_peers(path: Path) -> PeerPredictions:
    """Read a file of peers.

    Raises:
        DataError: it is missing or damaged.
    """
    labels, predicted_PN, together = _load(path, PeerPredictions._fields)
    if not labels.ndim == 1 or not predicted_PN.ndim == 2 or not (
        predicted_PN.shape[1:] == labels.shape == together.shape
    ):
        raise DataError(f"the predictions {path} are not of as many images each")
    return PeerPredictions(
        labels.astype(np.int64), predicted_PN.astype(np.int64), together.astype(np.int64)
    )


def _small(**classes: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """Classes in the smallest type that holds them all."""
    most = max(int(part.max(initial=0)) for part in classes.values())
    return {name: part.astype(np.min_scalar_type(most)) for name, part in classes.items()}


def _save(run_folder: Path, what: str, step: int, arrays: dict[str, Any]) -> Path:
    path = run_folder / FOLDER / f"{what}-{step:08}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    with temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)
    temporary.replace(path)
    return path


def _load(path: Path, names: Sequence[str]) -> list[NDArray[Any]]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            return [held[name] for name in names]
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise DataError(f"the predictions {path} cannot be read ({error})") from None
