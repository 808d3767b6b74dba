"""What a file says in words beside its operators and numbers; needs no torch."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

SOME = 300
"""So many bytes beside tensors a file may have more than the plain backbone's by the same packages.

Names have numbers in them, of as many digits as they take, and tensors begin at round places.
"""
ROOM, MORE = 2, 1000
"""Of other packages: so many times the plain backbone's, and so many bytes more.

The names of operators and of what they pass on depend on the exporter's version.
"""
NUMBER = re.compile(r"\d{1,9}")
"""In names: exporters count what they have made and removed again, of one network or of all."""


class Words(NamedTuple):
    """What a file says, and how much it has beside tensors.

    Attributes:
        told: keys and values, with one that is there twice.
        bytes_beside: of names, operators and all else that is no tensor.
        names: of operators, of what they pass on, and whatever else stands in it as text.
    """

    told: tuple[tuple[str, str], ...]
    bytes_beside: int
    names: frozenset[str] = frozenset()


def other_words(
    found: Words, expected: Mapping[str, str], plain: Words | None, *, alike: bool
) -> str:
    """What a file says that is not written of the plain backbone, in a clause; or empty.

    Args:
        found: in the file.
        expected: what this program lets such a file say: texts, or JSON in any order of its keys.
        plain: in the plain backbone's file, if it could be written here.
        alike: the same packages wrote both.
    """
    told = dict(found.told)
    if len(told) < len(found.told):
        return "something of itself twice"
    for key in sorted({*told, *expected}):
        if key not in told or key not in expected or not _alike(told[key], expected[key]):
            return f"otherwise of its '{key}' than is written here"
    if plain is None:
        return ""
    if alike and (names := _without_numbers(found.names) - _without_numbers(plain.names)):
        return f"what the plain backbone's does not ({min(names)[:80]!r})"
    most = plain.bytes_beside + SOME if alike else ROOM * plain.bytes_beside + MORE
    if found.bytes_beside > most:
        return f"more beside its tensors ({found.bytes_beside:,} bytes, {most:,} would be many)"
    return ""


def _without_numbers(names: Iterable[str]) -> set[str]:
    return {NUMBER.sub("#", name) for name in names}


def _alike(one: str, other: str) -> bool:
    if one == other or len(one) != len(other):
        return one == other
    try:
        return json.loads(one) == json.loads(other)
    except (ValueError, RecursionError):
        return False
