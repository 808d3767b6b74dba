"""Texts of a certificate: each is one line, of letters that can be seen, and not endless."""

from collections.abc import Iterator, Mapping
from typing import Any

MAX_TEXT, MAX_REASON = 5000, 500
"""Letters of any text in a certificate, and of one that says why something was not done."""
_BLANKS = "\u00a0\u202f\u200d\u3000"
"""Besides the blank, which alone is printable: of typographers, emoji and the East."""


def as_a_line(text: str, most: int = MAX_TEXT) -> str:
    """A text without line breaks and whatever else is no letter, of so many letters at most."""
    shown = "".join(letter if letter.isprintable() or letter in _BLANKS else " " for letter in text)
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def texts_of(told: Any) -> Iterator[str]:
    """Every text in what is told, keys included."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, Mapping):
        for key, value in told.items():  # pyright: ignore[reportUnknownVariableType]
            yield str(key)  # pyright: ignore[reportUnknownArgumentType]
            yield from texts_of(value)
    elif isinstance(told, list):
        for value in told:  # pyright: ignore[reportUnknownVariableType]
            yield from texts_of(value)
