r"""Mathematics from LaTeX to SVG. No Qt here, and nothing quick: a line takes some 20 ms."""

from functools import lru_cache
from threading import Lock
from typing import NamedTuple

_BREAK, _MAY_BREAK = r"\\", r"\allowbreak"
_MARGIN = 1.0  # for the edges of letters
_turn = Lock()


class Formula(NamedTuple):
    """A stretch of mathematics that stays on one line.

    Attributes:
        svg: its drawing.
        width: in pixels.
        ascent: pixels above the line that letters stand on.
        descent: pixels below it.
    """

    svg: bytes
    width: float
    ascent: float
    descent: float


@lru_cache(maxsize=128)
def typeset(latex: str, size: int, colour: str) -> tuple[tuple[Formula, ...], ...]:
    r"""Return the lines of an equation, each as the stretches between which it may be broken.

    Args:
        latex: lines end at `\\`, and may be broken at `\allowbreak`.
        size: of the letters, in pixels.
        colour: as in "#102030".
    """
    with _turn:  # the library keeps its fonts and settings for all
        return tuple(
            tuple(
                _formula(("{} " if at else "") + stretch.strip(), size, colour)
                for at, stretch in enumerate(line.split(_MAY_BREAK))
            )
            for line in latex.split(_BREAK)
        )


def _formula(latex: str, size: int, colour: str) -> Formula:
    """A stretch; the empty group before one lets a leading + stand as between two terms."""
    # 0.1 s and a font: only for whoever looks at an equation.
    from ziamath.config import config
    from ziamath.zmath import Latex

    config.svg2 = False  # Qt draws SVG 1.1
    drawn = Latex(latex, size=size, color=colour, margin=_MARGIN)
    width, height = drawn.getsize()
    descent = -drawn.getyofst()
    return Formula(
        drawn.svg().encode(), width + 2 * _MARGIN, height - descent + _MARGIN, descent + _MARGIN
    )
