"""What a file says beside its operators and numbers: of itself, in words, and in remarks."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

from engine.exports.failure import first_line
from engine.spec.errors import ExportError

_EXTRA = "/extra/"
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


def archive_words(path: Path, tensor_bytes: int) -> Words:
    """What one of PyTorch's archives says: its extra files.

    Args:
        path: the archive.
        tensor_bytes: how much of it is tensors.

    Raises:
        ExportError: it is damaged.
    """
    try:
        with ZipFile(path) as file:
            records = file.infolist()
            told = [
                (info.filename.split(_EXTRA, 1)[1], file.read(info).decode("utf-8", "replace"))
                for info in records if _EXTRA in info.filename
            ]
    except (BadZipFile, OSError, ValueError, RuntimeError) as error:
        raise ExportError(f"{path} is damaged ({first_line(error)})") from None
    size = max(path.stat().st_size, sum(info.file_size for info in records))
    return Words(tuple(told), size - tensor_bytes)


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
