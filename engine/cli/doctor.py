"""`sila doctor`: is everything there that the studio needs, and does a kill lose nothing?"""

import importlib
import importlib.metadata
import json
import platform
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass

from engine.cli import present
from engine.cli.drift import Comparison, compare_runs
from engine.cli.drill import Drill, Kill, drill_spec, drill_store
from engine.spec.bundled import bundled
from engine.spec.errors import StudioError
from engine.spec.workspace import Workspace
from engine.store.connect import open_store

GIB = 2**30
MIN_FREE_GIB = 1.0
MAX_DRILL_SEED = 2**32 - 1


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
    names = ("sila-studio", "numpy", "scipy", "SQLAlchemy", "alembic", "pydantic",
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
        with closing(open_store(workspace)) as store:
            store.check_whole()
    except StudioError as error:
        return Check("workspace", False, str(error), "name another with --workspace")
    return Check("workspace", True, str(workspace.root))


def _disk(workspace: Workspace) -> Check:
    free = shutil.disk_usage(workspace.root).free / GIB
    ok = free >= MIN_FREE_GIB
    return Check("disk", ok, f"{free:.1f} GiB free", "" if ok else "free some space")


# ---- the drill --------------------------------------------------------------------------------


def run_drill(
    workspace: Workspace, kills: int, seed: int | None, device: str, *, as_json: bool
) -> int:
    """Do the drill and print what came of it.

    Args:
        workspace: on whose disk.
        kills: how many, in one run.
        seed: of the random moments; None takes any.
        device: to train on, as in a spec.
        as_json: print one JSON document instead of lines.

    Returns:
        0 if the killed run is bit-identical to the one left alone, 1 if it is not or if no kill
        came before its end.

    Raises:
        StudioError: the drill could not be done.
    """
    seed = random.SystemRandom().randint(0, MAX_DRILL_SEED) if seed is None else seed
    spec = drill_spec(kills, device)
    workspace.make()
    with _noting_the_end() as pressed, drill_store(workspace.root) as store:
        _tell(f"one run is left alone, one is killed up to {kills} time(s) (--drill-seed {seed})")
        drill = Drill(store, random.Random(seed), _tell, pressed)
        undisturbed, _ = drill.train(spec)
        _tell(f"{undisturbed.num_steps} steps on {undisturbed.device} without a kill")
        killed, hits = drill.train(spec, drill.some_time(undisturbed, kills))
        comparison = compare_runs(store, undisturbed.id, killed.id)
    lines = verdict(comparison, hits, kills, undisturbed.device)
    identical = bool(hits) and not comparison.drift
    present.say("\n".join(lines) if not as_json else json.dumps({
        "identical": identical, "verdict": lines[0], "drill_seed": seed,
        "device": undisturbed.device, "kills": [asdict(kill) for kill in hits],
        **asdict(comparison),
    }, indent=2, ensure_ascii=False))
    return 0 if identical else 1


def verdict(
    comparison: Comparison, hits: Sequence[Kill], planned: int, device: str
) -> list[str]:
    """What the drill came to: one line if nothing was lost, else the drift."""
    if not hits and not comparison.drift:
        return ["nothing is proved: the run ended before the first kill; try another --drill-seed"]
    kills = f"{len(hits)} kill(s) ({', '.join(f'{k.victim} at step {k.step}' for k in hits)})"
    if len(hits) < planned:
        kills += f" of {planned}: the run ended before the others"
    if not comparison.drift:
        return [
            f"bit-identical: {kills}, {comparison.num_values:,} values of weights and "
            f"{comparison.num_curves} curves agree"
        ]
    if device != "cpu":
        kills += f"; on {device} an operation may have no algorithm that repeats its result"
    return [f"drift: {kills}", *comparison.drift]


def _tell(text: str) -> None:
    sys.stderr.write(f"drill: {text}\n")
    sys.stderr.flush()


@contextmanager
def _noting_the_end() -> Generator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed or the process told to end; the drill cleans up before it does."""
    told: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda number, _: told.append(number)) for number in numbers]
    try:
        yield lambda: bool(told)
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
