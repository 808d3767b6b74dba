"""From an image file to pixels, with numpy and Pillow alone.

Beside an exported network this text is `read_image.py`, with what is to be known of that network at
its end. Copyright The SiLa Studio developers, Apache License 2.0.
"""

from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 89_478_485
"""Larger images are refused: Pillow's own limit, a quarter of a GiB as RGB."""

# Named, so that a file with a picture's ending cannot reach Pillow's rarer readers.
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "PPM")

_SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I;16N", "I")
_WITH_ALPHA = ("LA", "La", "PA", "RGBA", "RGBa")

# Pillow is imported where it is used: pixels that are there already need none.


def read_pixels(
    path_or_file: str | Path | IO[bytes], size: tuple[int, int] | None, channels: int
) -> NDArray[np.uint8]:
    """Read an image upright, in the channels wanted; transparent parts become white.

    Args:
        path_or_file: a file in one of `FORMATS`.
        size: (height, width) to scale the shorter side to and crop from the centre; None leaves
            the size as it is.
        channels: 1 for grey, 3 for RGB.

    Returns:
        Pixels (H, W, C). Sixteen-bit grey is scaled to eight bits.
    """
    from PIL import Image, ImageOps

    with Image.open(path_or_file, formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise Image.DecompressionBombError
        if size is not None:
            # JPEGs are decoded at a fraction of their size, never below twice of what is wanted.
            image.draft(None, (2 * max(size), 2 * max(size)))
        upright = _plain(ImageOps.exif_transpose(image)).convert("L" if channels == 1 else "RGB")
    if size is not None:
        height, width = size
        upright = ImageOps.fit(upright, (width, height), Image.Resampling.BICUBIC)
    return np.array(upright, np.uint8).reshape(upright.height, upright.width, channels)


def _plain(image: "Image.Image") -> "Image.Image":
    """Eight bits, no transparency."""
    from PIL import Image

    if image.mode in _SIXTEEN_BIT:
        values = np.asarray(image).astype(np.int64)
        if values.min() < 0 or values.max() > 65535:
            raise ValueError("its 32-bit pixels have no stated range; save it with 8 or 16 bits")
        return Image.fromarray(np.rint(values / 257).astype(np.uint8))
    if image.mode == "F":
        raise ValueError("its floating-point pixels have no stated range; save it with 8 bits")
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer)
    return image
