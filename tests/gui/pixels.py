"""What a picture says: its colours, whatever fonts and antialiasing make of them."""

import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage

from studio.plots.palette import RUN_COLOURS

_LIKE = 10
"""So far, in any of red, green and blue, a colour is taken for another."""
COLOURFUL = tuple(c for c in RUN_COLOURS if QColor(c).hsvSaturationF() > 0.2)
"""Those of runs that the edges of grey letters do not have."""


def picture(widget, place=None):
    """(H, W, 3) of what is seen of a widget, or of a place on it."""
    return pixels_of((widget.grab() if place is None else widget.grab(place)).toImage())


def pixels_of(image):
    """(H, W, 3) of an image."""
    image = image.convertToFormat(QImage.Format.Format_RGBX8888)
    bytes_B = np.frombuffer(image.constBits(), np.uint8)
    rows_HB = bytes_B.reshape(image.height(), image.bytesPerLine())
    return rows_HB[:, : 4 * image.width()].reshape(image.height(), -1, 4)[..., :3].astype(int)


def rgb(colour):
    """(3,) of "#rrggbb"."""
    return np.array(QColor(colour).getRgb()[:3])


def shows(pixels_HW3, colour, at_least=1):
    """Whether so many pixels have a colour."""
    return is_like(pixels_HW3, rgb(colour)).sum() >= at_least


def run_colours_in(pixels_HW3, at_least=3, among=COLOURFUL):
    """The colours of runs that a picture has."""
    return {colour for colour in among if shows(pixels_HW3, colour, at_least)}


def is_like(pixels_HW3, rgb_3):
    """(H, W), whether each pixel has a colour."""
    return (np.abs(pixels_HW3 - rgb_3) <= _LIKE).all(axis=-1)


def tint(pixels_3, ground_3, colour_3):
    """How far pixels (…, 3) lie from the ground towards a colour, and how far beside that way."""
    way_3 = colour_3 - ground_3
    part = (pixels_3 - ground_3) @ way_3 / (way_3 @ way_3)
    return part, np.abs(pixels_3 - ground_3 - part[..., None] * way_3).max(axis=-1)


def drawn_on(pixels_HW3):
    """The share of pixels that are unlike the most frequent one, the ground."""
    codes_HW = pixels_HW3 @ (1 << 16, 1 << 8, 1)  # rows of three sort slowly
    _, first_C, count_C = np.unique(codes_HW, return_index=True, return_counts=True)
    ground_3 = pixels_HW3.reshape(-1, 3)[first_C[count_C.argmax()]]
    return 1 - float(is_like(pixels_HW3, ground_3).mean())


def place_of(widget, inner):
    """Where a widget lies on one that holds it."""
    return QRect(inner.mapTo(widget, QPoint()), inner.size())
