"""Seeds as people write them: "0-4", "0, 1, 2", "0-2, 10"."""

import re
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from engine.spec.errors import SpecError
from engine.spec.run_spec import MAX_SEED

MAX_SEEDS = 1000

_PIECE = re.compile(r"(\d+)(?:\s*[-–]\s*(\d+))?")
_MAX_DIGITS = len(str(MAX_SEED))
_MOST_QUOTED = 24
_translate = QCoreApplication.translate


def parse_seeds(text: str) -> list[int]:
    """Return the seeds that a text names, in its order.

    Raises:
        SpecError: it is not understood, names a seed twice, or names too many.
    """
    seeds: list[int] = []
    for piece in filter(None, (piece.strip() for piece in text.split(","))):
        match = _PIECE.fullmatch(piece)
        if match is None:
            raise SpecError(_translate(
                "seeds", "seeds: '{0}' is neither a whole number nor a range such as 0-4"
            ).format(_quoted(piece)))
        ends = match[1], match[2] or match[1]
        if max(map(len, ends)) > _MAX_DIGITS:  # int() refuses some thousands of them
            raise SpecError(_translate(
                "seeds", "seeds: {0} has more digits than the highest seed, {1}"
            ).format(_quoted(piece), MAX_SEED))
        first, last = map(int, ends)
        if last < first:
            raise SpecError(
                _translate("seeds", "seeds: the range {0} runs backwards").format(piece)
            )
        if last > MAX_SEED or last - first >= MAX_SEEDS:
            raise SpecError(_translate(
                "seeds", "seeds: {0} names too many seeds or one above {1}"
            ).format(piece, MAX_SEED))
        seeds += range(first, last + 1)
    if not seeds:
        raise SpecError(
            _translate("seeds", "seeds: at least one seed is needed, for example 0-2")
        )
    if len(set(seeds)) < len(seeds):
        raise SpecError(_translate("seeds", "seeds: a seed is named twice"))
    return seeds


def _quoted(piece: str) -> str:
    return piece if len(piece) <= _MOST_QUOTED else f"{piece[:_MOST_QUOTED]}…"


def format_seeds(seeds: Sequence[int]) -> str:
    """Return the shortest text from which `parse_seeds` reads `seeds` back."""
    pieces: list[list[int]] = []
    for seed in seeds:
        if pieces and seed == pieces[-1][-1] + 1:
            pieces[-1].append(seed)
        else:
            pieces.append([seed])
    return ", ".join(
        f"{piece[0]}-{piece[-1]}" if len(piece) > 2 else ", ".join(map(str, piece))
        for piece in pieces
    )
