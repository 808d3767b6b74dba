"""What a folder or file holds that somebody adds: which dataset reads it."""

import gzip
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from engine.datasets import fashion_mnist, npz
from engine.datasets.archives import locate
from engine.datasets.cifar import CIFAR10, CIFAR100
from engine.datasets.folder_listing import list_folder, shown
from engine.spec.errors import DataError

PUBLISHED = {"cifar10": CIFAR10, "cifar100": CIFAR100, "fashion_mnist": fashion_mnist.ARCHIVE}
LOOKED_FOR = (
    "looked for a folder with one folder of images per class, for the files of CIFAR-10, CIFAR-100 "
    "or Fashion-MNIST or a .tar.gz of them, and for a .npz file"
)
_ARCHIVES = (".tar.gz", ".tgz", ".tar")
MAX_FILE = 2**30
"""Bytes of one file in an archive; the largest of those published has a sixth."""

Progress = Callable[[int, int, str], None]


class Recognised(NamedTuple):
    """A dataset that was found.

    Attributes:
        name: of the dataset that reads it.
        root: where it is.
        title: what to call it.
    """

    name: str
    root: Path
    title: str


def recognise(path: Path) -> Recognised:
    """Say what reads a folder or a .npz file; little of it is read.

    Raises:
        DataError: nothing does; the line says what was looked for.
    """
    if path.is_dir():
        return _published(path) or _image_folder(path)
    if not path.exists():
        raise DataError(f"there is no file or folder {path}")
    if path.suffix.lower() == npz.ENDING:
        return Recognised("npz", path, shown(path.stem))
    if path.name.lower().endswith(_ARCHIVES):
        raise DataError(f"{path} is damaged, or no archive at all: copy or download it again")
    raise DataError(f"{path} is nothing that can be read here: {LOOKED_FOR}")


def is_archive(path: Path) -> bool:
    """Whether a file is a tar archive, packed or not."""
    try:
        return path.is_file() and tarfile.is_tarfile(path)
    except (OSError, EOFError, zlib.error):
        return False


def _published(folder: Path) -> Recognised | None:
    found = {
        name: place for name, archive in PUBLISHED.items()
        if (place := locate(archive, (folder,))) is not None
    }
    if len(found) > 1:
        titles = " and ".join(PUBLISHED[name].title for name in found)
        raise DataError(f"{folder} holds {titles}: add the folder of one of them")
    for name, (place, _) in found.items():
        return Recognised(name, place, PUBLISHED[name].title)
    return None


def _image_folder(folder: Path) -> Recognised:
    try:
        listing = list_folder(folder)
    except DataError as error:
        raise DataError(f"{error} ({LOOKED_FOR})") from None
    if not listing.items:
        raise DataError(f"{folder} holds no image files: {LOOKED_FOR}")
    return Recognised("image_folder", folder, shown(folder.name))


def unpack(path: Path, into: Path, progress: Progress) -> Recognised:
    """Unpack the files of a published dataset from its archive; whole or not at all.

    Of the archive only files of the official names are taken, so nothing is written elsewhere.

    Args:
        path: a tar archive; it is only read.
        into: folder to unpack to; a complete dataset that lies there already stays as it is.
        progress: told (done, total, what is being done).

    Raises:
        DataError: it is damaged, or holds nothing that is known.
    """
    try:
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=into) as name:
            scratch = Path(name)
            for done, file in enumerate(_extract(path, scratch), start=1):
                progress(done, 0, f"unpacking {file}")
            return _publish(path, scratch, into)
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(
            f"{path} is truncated or damaged ({error}); nothing was unpacked: copy or download it "
            "again"
        ) from None
    except OSError as error:
        raise DataError(
            f"cannot unpack {path} to {into}: {error.strerror or error}; nothing was kept"
        ) from None


def _extract(path: Path, scratch: Path) -> Iterator[str]:
    """Write the files that a published dataset may have; yields the name of each."""
    wanted = {
        PurePosixPath(folder, file)
        for archive in PUBLISHED.values() for layout in archive.layouts
        for folder in layout.folders if folder for file in layout.files
    }
    with tarfile.open(path) as tar:
        for member in tar:
            name = PurePosixPath(member.name)
            if not member.isreg() or name not in wanted:
                continue
            if member.size > MAX_FILE:
                raise DataError(f"{path} is no published archive: its {name} is too large")
            source, target = tar.extractfile(member), scratch / name
            assert source is not None  # it is for what is no file
            target.parent.mkdir(parents=True, exist_ok=True)
            with source, target.open("wb") as file:
                shutil.copyfileobj(source, file)
            yield str(name)


def _publish(path: Path, scratch: Path, into: Path) -> Recognised:
    try:
        found = _published(scratch)
    except DataError as error:
        raise DataError(str(error).replace(str(scratch), str(path))) from None
    if found is None:
        raise DataError(
            f"{path} holds nothing that is known: looked for the official archive of CIFAR-10, "
            "CIFAR-100 or Fashion-MNIST"
        )
    target = into / found.root.relative_to(scratch)
    if locate(PUBLISHED[found.name], (target,)) is None:
        target.parent.mkdir(parents=True, exist_ok=True)
        found.root.replace(target)
    return found._replace(root=target)
