"""Predicting with a bundle: onnxruntime, Pillow and numpy, no torch, nothing of the training.

Formats of other runtimes are opened elsewhere, and asked here.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.datasets.images import read_image
from engine.exports.onnx_file import ANSWERS, PIXELS, THRESHOLDS, open_onnx, run_onnx
from engine.spec.errors import ExportError, StudioError
from engine.spec.suggest import did_you_mean

TOP = 5
ONNX = ".onnx"
FILES = ("model.onnx", "model.early_exit.onnx", "model.int8.onnx")
"""What answers where nothing is said, the first that is there; else the bundle's first file."""
LEAVE_FROM = 0.9
"""Of a file that images may leave early: from such a confidence on they do."""

Reporting = Callable[[int, int, str], None]


class Chosen(NamedTuple):
    """The file of a bundle that is to answer.

    Attributes:
        format: its format, empty where no certificate says so.
        file: its name.
        options: with which it was written.
    """

    format: str
    file: str
    options: Mapping[str, Any]

    @property
    def is_onnx(self) -> bool:
        """Whether onnxruntime opens it, and `open_file` does."""
        return self.file.endswith(ONNX)


class Opened(NamedTuple):
    """A file that was opened, whatever its runtime.

    Attributes:
        file: its name.
        takes_pixels: it takes uint8 pixels, not normalised images.
        ask: an image as the file takes it → logits (1, K) of every output; of a file that images
            may leave early, of the exits that this one passed.
        num_exits: by which images may leave; 0: they may not.
    """

    file: str
    takes_pixels: bool
    ask: Callable[[NDArray[np.generic]], tuple[NDArray[np.float32], ...]]
    num_exits: int = 0


def choose_file(folder: Path, name: str = "") -> Chosen:
    """The file of a bundle that is to answer.

    Args:
        folder: the bundle's.
        name: of its format; empty leaves it to `FILES`.

    Raises:
        ExportError: there is no such folder, or no such file in it.
    """
    if not folder.is_dir():
        raise ExportError(f"there is no folder {folder}")
    formats = _files_of(read_certificate(folder))
    if name and name not in formats:
        raise ExportError(f"{folder} holds no file of the format '{name}'"
                          f"{did_you_mean(name, formats)}")
    usual = [told["file"] for told in formats.values()]
    if name:
        file = formats[name]["file"]
    else:
        file = next((each for each in (*FILES, *usual) if (folder / each).is_file()), FILES[0])
    of = name or next((key for key, told in formats.items() if told["file"] == file), "")
    return Chosen(of, file, formats.get(of, {}).get("options", {}))


def read_certificate(folder: Path) -> Mapping[str, Any]:
    """A bundle's certificate as it lies there, sealed or not; empty where it cannot be read."""
    try:
        told = json.loads((folder / "certificate.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _files_of(certificate: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What a certificate says of the files, by format."""
    try:
        formats: Mapping[str, Mapping[str, Any]] = certificate["formats"]
        return {name: {**told, "file": Path(told["file"]).name} for name, told in formats.items()}
    except (KeyError, TypeError, AttributeError):
        return {}


def open_file(path: Path, leave_from: float = LEAVE_FROM) -> Opened:
    """Open an ONNX file, to ask it about images.

    Args:
        path: the file.
        leave_from: from which confidence on images leave a file that they may leave early.

    Raises:
        ExportError: it is missing or damaged.
    """
    session = open_onnx(path)
    takes_pixels = session.get_inputs()[0].type == PIXELS
    may_leave = [each for each in session.get_inputs() if each.name == THRESHOLDS]
    if not may_leave:
        return Opened(path.name, takes_pixels, partial(run_onnx, session))
    thresholds = np.full(may_leave[0].shape, leave_from, np.float32)

    def ask(image: NDArray[np.generic]) -> tuple[NDArray[np.float32], ...]:
        (answers_kBK,) = session.run([ANSWERS], {"image": image, THRESHOLDS: thresholds})
        return tuple(np.asarray(answers_kBK))

    return Opened(path.name, takes_pixels, ask, len(thresholds) + 1)


class Bundle:
    """An opened bundle."""

    def __init__(self, folder: Path, opens: Callable[[], Opened] | None = None) -> None:
        """Open the bundle in `folder`.

        Args:
            folder: the bundle's.
            opens: opens the file that answers; None: an ONNX file of the bundle.

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
            if not np.isfinite([self._scale, *self._mean, *self._std]).all() or not all(self._std):
                raise ValueError("scale, mean and std are to be numbers, and std not 0")
        except FileNotFoundError as error:
            name = Path(str(error.filename)).name
            raise ExportError(f"{folder} is no bundle: {name} is missing") from None
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise ExportError(
                f"{folder}: preprocess.json or labels.txt is damaged ({error})"
            ) from None
        self.folder = folder
        self._opened = opens() if opens else open_file(folder / choose_file(folder).file)
        self._try_out()

    @property
    def file(self) -> str:
        """Name of the file that answers."""
        return self._opened.file

    @property
    def channels(self) -> int:
        """Of the images that it takes."""
        return self._channels

    @property
    def data_digest(self) -> str:
        """Identity of the data that its network was trained on; empty where it does not say so."""
        told = read_certificate(self.folder).get("data")
        return str(told.get("digest", "")) if isinstance(told, dict) else ""

    def _try_out(self) -> None:
        """Run the network once on nothing, so that files that do not fit together are found."""
        height, width = self._size
        nothing_HWC = np.zeros((max(height, 0), max(width, 0), self._channels), np.uint8)
        try:
            if not self._mean.shape == self._std.shape == (self._channels,):
                raise ValueError("mean and std are not one value a channel")
            shape = self._opened.ask(self._input(nothing_HWC))[-1].shape
        except Exception as error:  # runtimes raise whatever their operators raise
            line = (str(error).splitlines() or [type(error).__name__])[0]
            raise ExportError(
                f"{self.folder}: preprocess.json and {self.file} do not fit together ({line})"
            ) from None
        if shape != (1, len(self.labels)):
            raise ExportError(
                f"{self.folder}: labels.txt has {len(self.labels)} labels, {self.file} answers "
                f"{shape}"
            )

    def _input(self, pixels_HWC: NDArray[np.uint8]) -> NDArray[np.generic]:
        """An image as the file takes it."""
        if self._opened.takes_pixels:
            return pixels_HWC[None]
        x_HWC = (pixels_HWC.astype(np.float32) * self._scale - self._mean) / self._std
        return np.ascontiguousarray(x_HWC.transpose(2, 0, 1)[None], dtype=np.float32)

    def predict(self, image: Path) -> dict[str, Any]:
        """Top classes of one image.

        Returns:
            `{file, top: [{label, probability}], ms, model}`, the file that answered last; where
            images may leave early, `exit`, the number of the one it left by, and `num_exits`.

        Raises:
            DataError: the image cannot be read.
        """
        x = self._input(read_image(image, self._size, self._channels))
        start = time.perf_counter()
        outputs = self._opened.ask(x)
        elapsed_ms = 1e3 * (time.perf_counter() - start)
        probs_K = _softmax(outputs[-1][0])
        order = np.argsort(-probs_K)[:TOP]
        top = [{"label": self.labels[k], "probability": float(probs_K[k])} for k in order]
        num_exits = self._opened.num_exits
        left = {"exit": len(outputs), "num_exits": num_exits} if num_exits else {}
        return {"file": str(image), "top": top, "ms": elapsed_ms, "model": self.file, **left}


def silent(done: int, total: int, doing: str) -> None:
    """Report to nobody."""
    del done, total, doing


def predict_all(
    bundle: Bundle, images: Sequence[Path], progress: Reporting = silent
) -> list[dict[str, Any]]:
    """Predict every image; one that cannot be read yields `{file, error}` instead."""
    answers: list[dict[str, Any]] = []
    for done, image in enumerate(images):
        progress(done, len(images), f"asking {bundle.file}")
        try:
            answers.append(bundle.predict(image))
        except StudioError as error:
            answers.append({"file": str(image), "error": str(error)})
    return answers


def _softmax(logits_K: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(logits_K - logits_K.max())
    return powers / powers.sum()
