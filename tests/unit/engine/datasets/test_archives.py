"""Downloads, from a server on this machine."""

import hashlib
import io
import socket
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from engine.datasets.archives import Archive, Layout, Remote, obtain
from engine.datasets.dataset import DataPlaces
from engine.spec.errors import DataError

LAYOUT = Layout(("a.bin", "b.bin"), ("", "made-1"))


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
        pass


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, str]]:
    """A folder and the address at which its files are served, past any proxy."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    folder = tmp_path / "served"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def put_tar(path: Path, names: tuple[str, ...]) -> str:
    """Write an archive with files of those names; return its MD5."""
    with tarfile.open(path, "w:gz") as tar:
        for name in names:
            member = tarfile.TarInfo(f"made-1/{name}")
            member.size = len(name)
            tar.addfile(member, io.BytesIO(name.encode()))
    return md5(path)


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


def archive(url: str, checksum: str) -> Archive:
    return Archive("Made", (LAYOUT,), (Remote(f"{url}/made.tar.gz", checksum),), "made-1")


def places(tmp_path: Path, root: Path | None = None) -> DataPlaces:
    return DataPlaces(root, (tmp_path / "new" / "downloads",), tmp_path / "packed")


def test_that_a_download_is_unpacked_and_then_found_without_the_network(
    served: tuple[Path, str], tmp_path: Path
) -> None:
    folder, url = served
    made = archive(url, put_tar(folder / "made.tar.gz", LAYOUT.files))
    found = obtain(made, places(tmp_path))
    assert found == (tmp_path / "new/downloads/made-1", LAYOUT)
    assert (found[0] / "b.bin").read_text() == "b.bin"
    (folder / "made.tar.gz").unlink()
    assert obtain(made, places(tmp_path)) == found
    assert [p.name for p in (tmp_path / "new/downloads").iterdir()] == ["made-1"]


def test_that_plain_files_are_downloaded_into_the_folder(
    served: tuple[Path, str], tmp_path: Path
) -> None:
    folder, url = served
    for name in LAYOUT.files:
        (folder / name).write_text(name)
    remotes = tuple(Remote(f"{url}/{name}", md5(folder / name)) for name in LAYOUT.files)
    found, _ = obtain(Archive("Made", (LAYOUT,), remotes, "made-1"), places(tmp_path))
    assert (found / "a.bin").read_text() == "a.bin"


def test_that_a_wrong_checksum_leaves_nothing_behind(
    served: tuple[Path, str], tmp_path: Path
) -> None:
    folder, url = served
    put_tar(folder / "made.tar.gz", LAYOUT.files)
    with pytest.raises(DataError, match=r"made.tar.gz failed \(.*corrupted"):
        obtain(archive(url, "0" * 32), places(tmp_path))
    assert not any((tmp_path / "new/downloads").iterdir())


def test_that_an_archive_without_the_files_is_told(
    served: tuple[Path, str], tmp_path: Path
) -> None:
    folder, url = served
    made = archive(url, put_tar(folder / "made.tar.gz", ("other.bin",)))
    with pytest.raises(DataError, match="did not hold"):
        obtain(made, places(tmp_path))


def test_that_no_network_is_told_with_what_to_do_instead(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(DataError) as caught:
            obtain(archive(url, ""), places(tmp_path))
    line = str(caught.value)
    assert "\n" not in line
    for said in ("Made was not found in", str(tmp_path / "new/downloads"), "a.bin … b.bin",
                 "put them there", "where there is a network", url):
        assert said in line
    assert socket.getdefaulttimeout() is None


def test_that_nothing_is_downloaded_when_a_folder_is_named(
    served: tuple[Path, str], tmp_path: Path
) -> None:
    folder, url = served
    made = archive(url, put_tar(folder / "made.tar.gz", LAYOUT.files))
    (tmp_path / "mine").mkdir()
    with pytest.raises(DataError, match="name none to have them downloaded"):
        obtain(made, places(tmp_path, tmp_path / "mine"))
    assert not (tmp_path / "new").exists()
