"""The images that the user gives: files, and all that lie in folders. No widgets here."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QMimeData

from engine.spec.image_files import ENDINGS

_translate = QCoreApplication.translate
MAX_IMAGES = 200


class Given(NamedTuple):
    """What was found.

    Attributes:
        images: in the order of their names, `MAX_IMAGES` at most.
        total: how many there are.
        where: the folder that was looked into last, if it was one.
    """

    images: Sequence[Path]
    total: int
    where: Path | None = None

    def line(self) -> str:
        """What is to be said of it; empty where all is as the user meant it."""
        if self.total > len(self.images):
            return _translate("TryIt", "The first {count:,} of {total:,} images are tried.").format(
                count=len(self.images), total=self.total
            )
        if not self.total and self.where is not None:
            said = _translate("TryIt", "There is no image in {folder} or in a folder of it.")
            return said.format(folder=self.where)
        return ""


def gather(paths: Sequence[Path]) -> Given:
    """Find the images among files and in folders, whatever lies within those; reads the disk."""
    images: list[Path] = []
    total, where = 0, None
    for path in paths:
        if path.is_dir():
            where = path
        for image in _inside(path) if path.is_dir() else [path]:
            total += 1
            if len(images) < MAX_IMAGES:
                images.append(image)
    return Given(images, total, where)


def _inside(folder: Path) -> Iterator[Path]:
    """Images of a folder, then those of each folder in it; hidden ones are none of the user's."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in ENDINGS:  # noqa: PTH122
                yield Path(place, name)


def local_paths(held: QMimeData) -> list[Path]:
    """The files and folders that a drag or the clipboard holds."""
    paths = [Path(url.toLocalFile()) for url in held.urls() if url.isLocalFile()]
    return [path for path in paths if path.exists()]


def kinds() -> str:
    """The endings of images, as a file dialog wants them."""
    patterns = " ".join(f"*{ending}" for ending in sorted(ENDINGS))
    return f"{_translate('TryIt', 'Images')} ({patterns})"
