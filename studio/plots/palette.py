"""The ten colours of runs: a run keeps its index, and so its colour, on every page and export.

Where more than ten variants are told apart, those that share a colour differ in their dashes.

Okabe and Ito (2008), "Color Universal Design", without black, shifted to be seen on white as on
dark grounds, extended by three that stay apart for the common kinds of colour blindness.
"""

from PySide6.QtGui import QColor

RUN_COLOURS = (
    "#1a7fc4",  # blue
    "#e07000",  # orange
    "#009e73",  # green
    "#cc5f9f",  # pink
    "#56b4e9",  # sky
    "#cf4a30",  # vermilion
    "#948300",  # olive
    "#8b63cf",  # violet
    "#7b8494",  # grey
    "#a06a3a",  # brown
)

DASHES: tuple[tuple[float, ...], ...] = ((), (7, 4), (2, 3), (10, 3, 2, 3), (10, 3, 2, 3, 2, 3))
"""Lengths of lines and gaps in turns, in pixels: they tell lines of one colour apart."""


def run_colour(index: int) -> str:
    """The colour of a run, as "#rrggbb", by the index in its row."""
    return RUN_COLOURS[index % len(RUN_COLOURS)]


def deeper(colour: str, text: str) -> str:
    """A colour half-way to that of the text: another one on the same ground, seen as well."""
    a, b = QColor(colour), QColor(text)
    pairs = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round((one + other) / 2) for one, other in pairs)).name()


def run_dash(index: int) -> tuple[float, ...]:
    """The dashes of the first (0) that has a colour, of the second, and so on."""
    return DASHES[index % len(DASHES)]
