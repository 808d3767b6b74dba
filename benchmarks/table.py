"""The table that every benchmark prints: what was measured, beside what is promised.

A script of this folder measures one subject and hands its lines to `report`; `run_all.py` runs the
scripts one after another and keeps what they saw in RESULTS.md. Importing this module before torch
makes OpenMP's threads wait as they do in the workers.
"""

import argparse
import json
import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from engine.analysis.intervals import median_ratio
from engine.store.launch import TORCH_ENVIRONMENT

os.environ |= {**TORCH_ENVIRONMENT, **os.environ}

HEAD = ("what", "measured", "bound", "n", "verdict")
PACKAGES = ("torch", "torchvision", "numpy")
PEERS = ("tensorboard", "mlflow", "lightning", "torchdistill")


@dataclass(frozen=True)
class Line:
    """One figure.

    Attributes:
        what: what was measured, and how.
        measured: the figure, a median where n > 1; None: it was not run, and `note` says why.
        unit: of the figure and its bound; "" for a ratio.
        bound: what the figure may be at most; None: it is told for its own sake.
        n: number of measurements.
        note: what else a reader should know.
        spread: from where to where the figure may lie (95 %).
        noise: a difference within the spread is as good as none.
        failed: there is nothing measured because the script broke; `note` says how.
    """

    what: str
    measured: float | None
    unit: str
    bound: float | None
    n: int
    note: str = ""
    spread: tuple[float, float] | None = None
    noise: bool = False
    failed: bool = False

    @property
    def verdict(self) -> str:
        """Whether the bound is kept."""
        if self.failed:
            return "failed"
        if self.measured is None:
            return "not run"
        if self.bound is None:
            return ""
        below_noise = self.noise and self.spread is not None and self.spread[0] <= 1.0
        return "pass" if self.measured <= self.bound or below_noise else "falls short"

    def cells(self) -> tuple[str, ...]:
        """The line as text, a cell for each word of `HEAD`."""
        measured = "–" if self.measured is None else quantity(self.measured, self.unit)
        if self.spread is not None:
            measured += f" ({figure(self.spread[0])} to {figure(self.spread[1])})"
        bound = "–" if self.bound is None else f"≤ {quantity(self.bound, self.unit)}"
        verdict = ": ".join(part for part in (self.verdict, self.note) if part)
        return self.what, measured, bound, str(self.n), verdict


def figure(value: float) -> str:
    """A number to three digits, or to the unit where it is large."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def quantity(value: float, unit: str) -> str:
    """A number with its unit."""
    return f"{figure(value)} {unit}".rstrip()


def ratio(what: str, a: Sequence[float], b: Sequence[float], bound: float | None,
          note: str = "", *, noise: bool = False) -> Line:
    """The line of a ratio a/b of measurements taken in turn."""
    middle, low, high = median_ratio(a, b)
    return Line(what, middle, "", bound, len(a), note, (low, high), noise)


def heading() -> list[str]:
    """What the figures were measured on, and with."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = [f"{name} {_version(name)}" for name in PACKAGES]
    peers = [f"{name} {_version(name)}" for name in PEERS]
    cards = ", ".join(gpus()) or "no GPU"
    return [
        f"{_cpu()}, {cores} cores; {cards}; {platform.system()} {platform.machine()}",
        f"Python {platform.python_version()}, {', '.join(versions)}, "
        f"SQLite {sqlite3.sqlite_version}",
        f"peers: {', '.join(peers)}",
    ]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown CPU"


def gpus() -> list[str]:
    """Names of the GPUs here."""
    import pynvml

    try:
        pynvml.nvmlInit()
        cards = range(pynvml.nvmlDeviceGetCount())
        handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in cards]
        return [str(pynvml.nvmlDeviceGetName(handle)) for handle in handles]
    except pynvml.NVMLError:  # no driver
        return []


def as_text(lines: Sequence[Line]) -> str:
    """The lines in columns."""
    rows = [HEAD, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def as_markdown(lines: Sequence[Line]) -> str:
    """The lines as a table of Markdown."""
    rows = [HEAD, ("---",) * len(HEAD), *(line.cells() for line in lines)]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows)


def from_json(text: str) -> list[Line]:
    """The lines that a script gave with --json."""
    rows = [json.loads(row) for row in text.splitlines() if row.startswith("{")]
    return [Line(**{**row, "spread": row["spread"] and tuple(row["spread"])}) for row in rows]


def arguments(doc: str | None) -> argparse.ArgumentParser:
    """A parser with the first line of a script's text and what every script can be told."""
    parser = argparse.ArgumentParser(description=(doc or "").partition("\n")[0])
    add_arguments(parser)
    return parser


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what every script can be told."""
    parser.add_argument("--json", action="store_true", help="one JSON document a line, no table")


def report(lines: Sequence[Line], wanted: argparse.Namespace) -> None:
    """Print the lines of a script as it was told to."""
    if wanted.json:
        for line in lines:
            print(json.dumps(asdict(line), ensure_ascii=False))
    else:
        print("\n".join([*heading(), "", as_text(lines)]))
