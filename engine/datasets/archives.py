"""Finding the files of a published dataset, and downloading them where there is a network."""

import http.client
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.datasets.dataset import DataPlaces
from engine.spec.errors import DataError

TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Layout:
    """One way in which the files of a dataset may lie.

    Attributes:
        files: names of the files, all of which are needed.
        folders: where they may be, relative to the folder searched; "" is that folder itself.
    """

    files: tuple[str, ...]
    folders: tuple[str, ...]


@dataclass(frozen=True)
class Remote:
    """A file to download: its address and MD5 checksum."""

    url: str
    md5: str


@dataclass(frozen=True)
class Archive:
    """A published dataset.

    Attributes:
        title: the name people say.
        layouts: in which its files may lie, the preferred one first.
        remotes: what to download; a `.tar.gz` is unpacked.
        folder: the folder that the download makes.
    """

    title: str
    layouts: tuple[Layout, ...]
    remotes: tuple[Remote, ...]
    folder: str

    @property
    def looked_for(self) -> str:
        """What is looked for, for people."""
        return " or ".join(
            f"{x.files[0]} … {x.files[-1]} (there or in its {x.folders[1]})" for x in self.layouts
        )


def obtain(archive: Archive, places: DataPlaces) -> tuple[Path, Layout]:
    """Return the folder that holds the files and their layout.

    A folder that the user named is searched alone, and nothing is downloaded then.

    Raises:
        DataError: not found, not complete, or not to be downloaded.
    """
    if places.root is not None:
        _check_folder(places.root)
    searched = places.search if places.root is None else (places.root,)
    found = locate(archive, searched)
    if found:
        return found
    looked = (
        f"{archive.title} was not found in {' or '.join(map(str, searched))}: looked for "
        f"{archive.looked_for}"
    )
    if places.root is not None:
        raise DataError(
            f"{looked}; name the folder that holds them, or name none to have them downloaded "
            "where there is a network"
        )
    try:
        download(archive, places)
    except (OSError, RuntimeError, http.client.HTTPException) as error:
        reason = str(getattr(error, "reason", error)).partition("\n")[0] or type(error).__name__
        raise DataError(
            f"{looked}; put them there, name the folder that holds them, or try again where there "
            f"is a network: downloading {archive.remotes[0].url} failed ({reason})"
        ) from None
    found = locate(archive, searched)
    if not found:
        raise DataError(f"{looked}, which the download of {archive.remotes[0].url} did not hold")
    return found


def _check_folder(root: Path) -> None:
    if not root.exists():
        raise DataError(f"there is no folder {root}: name the folder that holds the dataset")
    if not root.is_dir():
        raise DataError(f"{root} is a file: name the folder that it was unpacked to")


def locate(archive: Archive, searched: tuple[Path, ...]) -> tuple[Path, Layout] | None:
    """Return the folder that holds the files and their layout, or None where none of them is.

    Raises:
        DataError: some of them are there, but not all.
    """
    incomplete = ""
    for place in searched:
        for layout in archive.layouts:
            for folder in (place / name for name in layout.folders):
                missing = [name for name in layout.files if not (folder / name).is_file()]
                if not missing:
                    return folder, layout
                if len(missing) < len(layout.files):
                    incomplete = incomplete or f"{folder} lacks {', '.join(missing)}"
    if incomplete:
        raise DataError(f"{archive.title} is not complete: {incomplete}; copy or unpack it again")
    return None


def download(archive: Archive, places: DataPlaces) -> None:
    """Download and unpack into the first folder searched; whole or not at all.

    Raises:
        OSError, RuntimeError, http.client.HTTPException: no network, or not the right file.
    """
    # Imports torch and takes seconds, so only when there is something to download.
    from torchvision.datasets.utils import download_url

    into = places.search[0]
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".download-", dir=into) as name, _impatient():
        scratch = Path(name)
        for done, remote in enumerate(archive.remotes):
            places.progress(done, len(archive.remotes), f"downloading {archive.title}")
            packed = remote.url.endswith(".tar.gz")
            folder = scratch if packed else scratch / archive.folder
            download_url(remote.url, folder, md5=remote.md5)
            if packed:
                shutil.unpack_archive(folder / Path(remote.url).name, scratch, filter="data")
        places.progress(1, 1, f"downloading {archive.title}")
        target = into / archive.folder
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.is_dir() or not any(target.iterdir()):  # else another run was faster
            (scratch / archive.folder).replace(target)


@contextmanager
def _impatient() -> Iterator[None]:
    """Sockets that give up: torchvision sets no limit, and a firewall may never answer."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT_S)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
