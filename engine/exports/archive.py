"""What PyTorch's archives say beside their graph."""

from collections.abc import Callable, Iterable
from pathlib import Path
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from engine.exports.failure import first_line
from engine.exports.words import Words
from engine.spec.errors import ExportError

_EXTRA = "/extra/"


def archive_words(
    path: Path, tensor_bytes: int, names: Callable[[ZipFile], Iterable[str]] = lambda _: ()
) -> Words:
    """What one of PyTorch's archives says: its extra files.

    Args:
        path: the archive.
        tensor_bytes: how much of it is tensors.
        names: finds what else it has in words.

    Raises:
        ExportError: it is damaged, or packed, which leaves room for what nothing reads.
    """
    try:
        with ZipFile(path) as file:
            records = file.infolist()
            if packed := [each for each in records if each.compress_type != ZIP_STORED]:
                raise ExportError(f"{path.name} is packed ({packed[0].filename})")
            told = [
                (info.filename.split(_EXTRA, 1)[1], file.read(info).decode("utf-8", "replace"))
                for info in records if _EXTRA in info.filename
            ]
            called = frozenset(names(file))
    except (BadZipFile, OSError, ValueError, RuntimeError) as error:
        raise ExportError(f"{path} is damaged ({first_line(error)})") from None
    size = max(path.stat().st_size, sum(info.file_size for info in records))
    return Words(tuple(told), size - tensor_bytes, called)
