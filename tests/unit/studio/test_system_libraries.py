"""The set-up's own doors: a system that lacks something is told what to do."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from studio import system_libraries

ROOT = Path(__file__).parents[3]
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="apt and ldd")


def put(folder, name, *lines):
    """A program of our own making, found before the system's."""
    path = folder / name
    path.write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A system whose ldd and apt-get are ours."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{Path('/bin')}:{Path('/usr/bin')}")
    put(tmp_path, "ldd", 'echo "libEGL.so.1 => not found"', 'echo "libc.so.6 => /lib/libc.so.6"')
    put(tmp_path, "apt-get", f'echo "$@" >> {tmp_path}/asked')
    return tmp_path


@linux_only
def test_that_a_system_with_all_libraries_is_left_alone(capsys):
    assert system_libraries.main() == 0
    assert capsys.readouterr().err == ""


@linux_only
def test_that_a_user_is_told_the_line_to_type(system, monkeypatch, capsys):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert system_libraries.main() == 1
    said = capsys.readouterr().err
    assert said.startswith("Qt lacks libEGL.so.1. Type: sudo apt-get install libegl1 ")
    assert said.count("\n") == 1
    assert not (system / "asked").exists()


@linux_only
def test_that_root_gets_the_libraries_installed(system, monkeypatch):
    put(system, "apt-get", f'echo "$@" >> {system}/asked',
        f"printf '#!/bin/sh\\n' > {system}/ldd")  # from now on ldd misses nothing
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert system_libraries.main() == 0
    assert "install -q -y libegl1" in (system / "asked").read_text()


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
@pytest.mark.parametrize("target", ["run", "test"])
def test_that_an_old_python_is_refused_in_words(tmp_path, target):
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "pyproject.toml").touch()
    old = put(tmp_path, "python-old", 'test "$1" = --version && echo "Python 3.9.2" && exit 0',
              "exit 1")
    done = subprocess.run(
        ["make", target, f"PYTHON={old}"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "SiLa Studio needs Python 3.11 or newer" in done.stdout
    assert "Python 3.9.2" in done.stdout
    assert f"make PYTHON=python3.12 {target}" in done.stdout
    assert not (tmp_path / ".venv").exists()
