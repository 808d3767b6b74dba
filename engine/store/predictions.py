"""What a run's network said of every held-out image, kept as files in the run's folder.

A file for each epoch of validation, and for the weights that were tested. No torch here.
"""

import zipfile
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.spec.errors import DataError

FOLDER = "predictions"
Split = Literal["val", "test"]


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


def save_predictions(run_folder: Path, split: Split, step: int, said: Predictions) -> Path:
    """Keep what the network of a step said; returns the file.

    Raises:
        OSError: it cannot be written; what was there before is kept.
    """
    path = run_folder / FOLDER / f"{split}-{step:08}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    most = int(max(said.labels.max(initial=0), said.predicted.max(initial=0)))
    small: Any = np.min_scalar_type(most)
    with temporary.open("wb") as file:
        np.savez_compressed(
            file, labels=said.labels.astype(small), predicted=said.predicted.astype(small),
            confidence=said.confidence.astype(np.float16),
        )
    temporary.replace(path)
    return path


def stored_predictions(run_folder: Path, split: Split) -> dict[int, Path]:
    """The files of a run by step, in order."""
    found = (run_folder / FOLDER).glob(f"{split}-*.npz")
    steps = {path.stem.partition("-")[2]: path for path in found}
    return {int(step): steps[step] for step in sorted(steps) if step.isdecimal()}


def load_predictions(path: Path) -> Predictions:
    """Read a file.

    Raises:
        DataError: it is missing or damaged.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            labels, predicted = (held[name].astype(np.int64) for name in ("labels", "predicted"))
            confidence = held["confidence"].astype(np.float32)
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise DataError(f"the predictions {path} cannot be read ({error})") from None
    if not labels.ndim == 1 or not labels.shape == predicted.shape == confidence.shape:
        raise DataError(f"the predictions {path} are no three rows of equal length")
    return Predictions(labels, predicted, confidence)
