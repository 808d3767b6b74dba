"""`sila doctor`: is everything there that the studio needs?"""

import importlib
import importlib.metadata
import platform
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from engine.spec.bundled import bundled
from engine.spec.errors import StudioError
from engine.spec.workspace import Workspace
from engine.store.connect import open_store

GIB = 2**30
MIN_FREE_GIB = 1.0


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str
    fix: str = ""


def examine(workspace: Workspace) -> list[Check]:
    """Look at everything; nothing raises."""
    looks: list[tuple[str, Callable[[], Check]]] = [
        ("python", _python), ("packages", _packages), ("torch", _torch), ("window", _window),
        ("bundled files", _bundled), ("sqlite", _sqlite),
        ("workspace", lambda: _workspace(workspace)), ("disk", lambda: _disk(workspace)),
    ]
    return [_safely(name, look) for name, look in looks]


def _safely(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except Exception as error:  # a doctor that falls ill is of no use
        return Check(name, ok=False, detail=f"{type(error).__name__}: {error}")


def _python() -> Check:
    ok = sys.version_info >= (3, 11)
    return Check("python", ok, platform.python_version(), "" if ok else "install Python 3.11+")


def _packages() -> Check:
    names = ("sila-studio", "numpy", "scipy", "scikit-learn", "SQLAlchemy", "alembic", "pydantic",
             "safetensors", "onnx", "onnxscript", "onnxruntime", "PySide6-Essentials", "pyqtgraph")
    missing = [name for name in names if _version(name) is None]
    if missing:
        return Check("packages", False, f"missing: {', '.join(missing)}",
                     f"pip install {' '.join(missing)}")
    qt = _version("PySide6-Essentials")
    if qt == "6.12.0" and sys.version_info < (3, 12):
        return Check("packages", False, "PySide6 6.12.0 aborts processes on Python 3.11",
                     "pip install 'PySide6-Essentials!=6.12.0'")
    return Check("packages", True, f"sila-studio {_version('sila-studio')}, PySide6 {qt}")


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _torch() -> Check:
    import torch

    devices = ["cpu"]
    cards = range(torch.cuda.device_count())
    devices += [f"cuda:{i} {torch.cuda.get_device_name(i)}" for i in cards]
    devices += ["mps"] if torch.backends.mps.is_available() else []
    return Check("torch", True, f"torch {torch.__version__} on {', '.join(devices)}")


def _window() -> Check:
    """Can Qt open a window? Asked in a process of its own: a missing library aborts."""
    code = "from PySide6.QtWidgets import QApplication; QApplication([]); print('yes')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode == 0:
        return Check("window", True, "a window can be opened")
    lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    if "display" in done.stderr or "xcb" in done.stderr:
        # Not amiss: a server has no display, and the command line does the same work.
        return Check("window", True, "no display here: the command line does everything too")
    return Check("window", False, lines[-1], "install the shared libraries of Qt (README, Install)")


def _bundled() -> Check:
    folders = [bundled("assets"), bundled("migrations")]
    presets = len(list((folders[0] / "presets").glob("*.toml")))
    revisions = len(list((folders[1] / "versions").glob("*.py")))
    ok = presets > 0 and revisions > 0
    return Check("bundled files", ok, f"{presets} presets, {revisions} revision(s)",
                 "" if ok else "reinstall sila-studio")


def _sqlite() -> Check:
    ok = sqlite3.sqlite_version_info >= (3, 35)
    return Check("sqlite", ok, sqlite3.sqlite_version, "" if ok else "needs SQLite 3.35")


def _workspace(workspace: Workspace) -> Check:
    try:
        open_store(workspace).close()
    except StudioError as error:
        return Check("workspace", False, str(error), "name another with --workspace")
    return Check("workspace", True, str(workspace.root))


def _disk(workspace: Workspace) -> Check:
    free = shutil.disk_usage(workspace.root).free / GIB
    ok = free >= MIN_FREE_GIB
    return Check("disk", ok, f"{free:.1f} GiB free", "" if ok else "free some space")
