"""What the trained network said of some test images: a file of the bundle, to verify it by."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save
from torch import Tensor

from engine.exports.content import evenly
from engine.exports.proof import HeldOut
from engine.spec.errors import ExportError
from engine.training.data import Images

REFERENCE = "reference.safetensors"
KEPT_IMAGES = 1000
"""Of so many the answers are kept: a few hundred KiB."""
_ROOM = 64
"""Bytes by which versions of safetensors may differ."""


def keep_reference(folder: Path, held: HeldOut) -> str:
    """Write the answers; returns a hash of the images' pixels and labels."""
    kept = evenly(len(held.rows_N), KEPT_IMAGES).numpy()
    logits_OMK = np.ascontiguousarray(held.logits_ONK[:, kept])
    # Not save_file, which lets nobody else read what it writes.
    (folder / REFERENCE).write_bytes(save(_arrays(held.rows_N, logits_OMK)))
    return fingerprint(held)


def read_reference(folder: Path, test: Images) -> tuple[HeldOut, NDArray[np.int64]]:
    """The images that a bundle was proved on, and the answers to some of them.

    Returns:
        All of the images, with the answers (O, M, K) to M of them; places (M,) of those.

    Raises:
        ExportError: they cannot be read, or are none of the test part's.
    """
    rows_N, logits_OMK = _read(folder)
    if not len(rows_N) or int(rows_N.min()) < 0 or int(rows_N.max()) >= len(test):
        raise ExportError(f"{REFERENCE} is about other test images than these {len(test):,}")
    return HeldOut(test, rows_N, logits_OMK), evenly(len(rows_N), KEPT_IMAGES).numpy()


def check_reference(folder: Path) -> None:
    """Check that a bundle keeps answers of the trained network there, and nothing else.

    Raises:
        ExportError: it does not.
    """
    _read(folder)


def _read(folder: Path) -> tuple[Tensor, NDArray[np.float32]]:
    """Rows (N,) of the test part, and answers (O, M, K)."""
    try:
        written = (folder / REFERENCE).read_bytes()
        held = load(written)
        rows_N, logits_OMK = torch.from_numpy(held["rows"]).long(), held["logits"]
    except (SafetensorError, OSError, KeyError, TypeError) as error:
        raise ExportError(f"{REFERENCE} is damaged ({error})") from None
    if rows_N.ndim != 1 or logits_OMK.ndim != 3 or logits_OMK.dtype != np.float32:
        raise ExportError(f"{REFERENCE} is damaged (its arrays are none of rows and logits)")
    if len(written) > len(save(_arrays(rows_N, logits_OMK))) + _ROOM:
        raise ExportError(f"{REFERENCE} holds more than rows and logits")
    return rows_N, logits_OMK


def _arrays(rows_N: Tensor, logits_OMK: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
    return {"rows": rows_N.numpy().astype(np.int32), "logits": logits_OMK}


def fingerprint(held: HeldOut) -> str:
    """SHA-256 of the images' pixels and labels."""
    parts = hashlib.sha256(held.labels.astype("<i8").tobytes())
    for pixels_BHWC in held.pixels():
        parts.update(pixels_BHWC.numpy().tobytes())
    return parts.hexdigest()
