"""Reading one image file, whatever it is, into pixels."""

from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from engine.datasets.pixels import MAX_PIXELS, read_pixels
from engine.spec.errors import DataError


def read_image(
    path_or_file: str | Path | IO[bytes], size: tuple[int, int] | None, channels: int
) -> NDArray[np.uint8]:
    """Read an image; see `read_pixels`.

    Raises:
        DataError: it cannot be read; the line says why.
    """
    try:
        if isinstance(path_or_file, str | Path) and Path(path_or_file).is_fifo():
            raise ValueError("not a file, but a pipe")  # which nobody may ever write to
        return read_pixels(path_or_file, size, channels)
    except Exception as error:  # Pillow's readers raise about everything on damaged files
        name = getattr(path_or_file, "name", None) or "the image"
        where = path_or_file if isinstance(path_or_file, str | Path) else name
        raise DataError(f"cannot read {where}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "not an image, or damaged"
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return f"more than {MAX_PIXELS // 10**6} million pixels"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).partition("\n")[0] or type(error).__name__
