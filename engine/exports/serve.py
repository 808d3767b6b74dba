"""Predicting with a bundle: onnxruntime, Pillow and numpy, no torch, nothing of the training."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.datasets.images import read_image
from engine.exports.onnx_file import PIXELS, open_onnx, run_onnx
from engine.spec.errors import ExportError, StudioError

TOP = 5
FILES = ("model.onnx", "model.early_exit.onnx", "model.int8.onnx")
"""What can be run, the most exact first."""


class Bundle:
    """An opened bundle."""

    def __init__(self, folder: Path) -> None:
        """Open the bundle in `folder`, with the most exact of its ONNX files.

        Raises:
            ExportError: it is no bundle, holds no ONNX file, or is damaged.
        """
        if not folder.is_dir():
            raise ExportError(f"there is no folder {folder}")
        try:
            how = json.loads((folder / "preprocess.json").read_text(encoding="utf-8"))
            labels = (folder / "labels.txt").read_text(encoding="utf-8")
            self.labels = labels.removesuffix("\n").split("\n")
            self._size = (int(how["height"]), int(how["width"]))
            self._channels = int(how["channels"])
            self._scale = float(how["scale"])
            self._mean = np.array(how["mean"], np.float32)
            self._std = np.array(how["std"], np.float32)
        except FileNotFoundError as error:
            name = Path(str(error.filename)).name
            raise ExportError(f"{folder} is no bundle: {name} is missing") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ExportError(
                f"{folder}: preprocess.json or labels.txt is damaged ({error})"
            ) from None
        file = next((folder / name for name in FILES if (folder / name).is_file()),
                    folder / FILES[0])
        self._session = open_onnx(file)
        self._takes_pixels = self._session.get_inputs()[0].type == PIXELS
        self._try_out(file)

    def _try_out(self, file: Path) -> None:
        """Run the network once on nothing, so that files that do not fit together are found."""
        height, width = self._size
        nothing_HWC = np.zeros((max(height, 0), max(width, 0), self._channels), np.uint8)
        try:
            if not self._mean.shape == self._std.shape == (self._channels,):
                raise ValueError("mean and std are not one value a channel")
            shape = self._logits(self._input(nothing_HWC)).shape
        except Exception as error:  # onnxruntime's exceptions have no common base of their own
            line = (str(error).splitlines() or [type(error).__name__])[0]
            raise ExportError(
                f"{file.parent}: preprocess.json and {file.name} do not fit together ({line})"
            ) from None
        if shape != (1, len(self.labels)):
            raise ExportError(
                f"{file.parent}: labels.txt has {len(self.labels)} labels, {file.name} answers "
                f"{shape}"
            )

    def _input(self, pixels_HWC: NDArray[np.uint8]) -> NDArray[np.generic]:
        """An image as the file takes it."""
        if self._takes_pixels:
            return pixels_HWC[None]
        x_HWC = (pixels_HWC.astype(np.float32) * self._scale - self._mean) / self._std
        return np.ascontiguousarray(x_HWC.transpose(2, 0, 1)[None], dtype=np.float32)

    def _logits(self, image: NDArray[np.generic]) -> NDArray[np.float32]:
        """Of an image as the file takes it, (1, K)."""
        return run_onnx(self._session, image)[-1]

    def predict(self, image: Path) -> dict[str, Any]:
        """Top classes of one image: `{file, top: [{label, probability}], ms}`.

        Raises:
            DataError: the image cannot be read.
        """
        x = self._input(read_image(image, self._size, self._channels))
        start = time.perf_counter()
        (logits_K,) = self._logits(x)
        elapsed_ms = 1e3 * (time.perf_counter() - start)
        probs_K = _softmax(logits_K)
        order = np.argsort(-probs_K)[:TOP]
        top = [{"label": self.labels[k], "probability": float(probs_K[k])} for k in order]
        return {"file": str(image), "top": top, "ms": elapsed_ms}


def predict_all(folder: Path, images: Sequence[Path]) -> list[dict[str, Any]]:
    """Predict every image; one that cannot be read yields `{file, error}` instead.

    Raises:
        ExportError: the bundle cannot be used.
    """
    bundle = Bundle(folder)
    answers: list[dict[str, Any]] = []
    for image in images:
        try:
            answers.append(bundle.predict(image))
        except StudioError as error:
            answers.append({"file": str(image), "error": str(error)})
    return answers


def _softmax(logits_K: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(logits_K - logits_K.max())
    return powers / powers.sum()
