"""Predicting with a bundle: onnxruntime, Pillow and numpy, no torch, nothing of the training."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.datasets.images import read_image
from engine.exports.onnx_file import open_onnx
from engine.spec.errors import ExportError, StudioError

TOP = 5


class Bundle:
    """An opened bundle."""

    def __init__(self, folder: Path) -> None:
        """Open the bundle in `folder`.

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
        self._session = open_onnx(folder / "model.onnx")
        self._try_out(folder)

    def _try_out(self, folder: Path) -> None:
        """Run the network once on nothing, so that files that do not fit together are found."""
        height, width = self._size
        nothing_1CHW = np.zeros((1, self._channels, max(height, 0), max(width, 0)), np.float32)
        try:
            if not self._mean.shape == self._std.shape == (self._channels,):
                raise ValueError("mean and std are not one value a channel")
            shape = np.asarray(self._session.run(None, {"image": nothing_1CHW})[-1]).shape
        except Exception as error:  # onnxruntime's exceptions have no common base of their own
            line = (str(error).splitlines() or [type(error).__name__])[0]
            raise ExportError(
                f"{folder}: preprocess.json and model.onnx do not fit together ({line})"
            ) from None
        if shape != (1, len(self.labels)):
            raise ExportError(
                f"{folder}: labels.txt has {len(self.labels)} labels, model.onnx answers {shape}"
            )

    def predict(self, image: Path) -> dict[str, Any]:
        """Top classes of one image: `{file, top: [{label, probability}], ms}`.

        Raises:
            DataError: the image cannot be read.
        """
        pixels = read_image(image, self._size, self._channels).astype(np.float32)
        x_HWC = (pixels * self._scale - self._mean) / self._std
        x_1CHW = np.ascontiguousarray(x_HWC.transpose(2, 0, 1)[None], dtype=np.float32)
        start = time.perf_counter()
        logits_K = np.asarray(self._session.run(None, {"image": x_1CHW})[-1])[0]
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
