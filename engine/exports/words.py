"""What a file says in words beside its operators and numbers; needs no torch."""

import json
from collections.abc import Mapping
from typing import NamedTuple

ROOM, SOME = 2, 1000
"""So many times the plain backbone's bytes beside tensors a file may have, and so many more.

The names of operators and of what they pass on depend on the exporter's version.
"""


class Words(NamedTuple):
    """What a file says, and how much it has beside tensors.

    Attributes:
        told: keys and values, with one that is there twice.
        bytes_beside: of names, operators and all else that is no tensor.
    """

    told: tuple[tuple[str, str], ...]
    bytes_beside: int


def other_words(found: Words, expected: Mapping[str, str], plain: Words | None) -> str:
    """What a file says that is not written of the plain backbone, in a clause; or empty.

    Args:
        found: in the file.
        expected: what this program lets such a file say: texts, or JSON in any order of its keys.
        plain: in the plain backbone's file, if it could be written here.
    """
    told = dict(found.told)
    if len(told) < len(found.told):
        return "something of itself twice"
    for key in sorted({*told, *expected}):
        if key not in told or key not in expected or not _alike(told[key], expected[key]):
            return f"otherwise of its '{key}' than is written here"
    if plain and found.bytes_beside > (most := ROOM * plain.bytes_beside + SOME):
        return f"more beside its tensors ({found.bytes_beside:,} bytes, {most:,} would be many)"
    return ""


def _alike(one: str, other: str) -> bool:
    if one == other or len(one) != len(other):
        return one == other
    try:
        return json.loads(one) == json.loads(other)
    except (ValueError, RecursionError):
        return False
