"""Checkpoints: everything that is needed to go on as if nothing had happened.

The random streams have no state (they are keyed by seed and step), so weights, optimiser and
position are all of it. Files are written beside and renamed: a kill leaves the old one or the new
one, never half of one. Nothing but tensors and plain values is ever unpickled.
"""

import hashlib
import os
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engine.spec.errors import DataError, SpecError
from engine.spec.rows import RunRow

LAST, PREVIOUS = "last.pt", "previous.pt"
BEST_WEIGHTS, LAST_WEIGHTS = "best.safetensors", "last.safetensors"


@dataclass
class Progress:
    """Where a training is.

    Attributes:
        step: optimiser updates done.
        seconds: wall time spent training, over all attempts.
        best: best validation top-1 so far, %; −1 before the first.
        best_step: the step at which it was reached.
        threads: CPU threads of the first attempt; later ones use as many, since sums over
            another number of threads round differently.
    """

    step: int = 0
    seconds: float = 0.0
    best: float = -1.0
    best_step: int = 0
    threads: int = 0


def save_checkpoint(
    folder: Path, system: nn.Module, optimizer: torch.optim.Optimizer, progress: Progress,
    run: str, ledger: dict[str, Any],
) -> Path:
    """Write the resumable checkpoint; the one before it is kept too.

    Args:
        folder: where to.
        system: the training system.
        optimizer: its optimiser.
        progress: where the training is.
        run: whose checkpoint it is: a new run never goes on with another's.
        ledger: numbers that may not have reached the store yet.

    Returns:
        Its path.
    """
    state = {
        "version": 1, "system": system.state_dict(), "optimizer": optimizer.state_dict(),
        "progress": asdict(progress), "run": run, "ledger": ledger,
    }
    folder.mkdir(parents=True, exist_ok=True)
    last = folder / LAST
    _write(last, lambda path: torch.save(state, path), keep=folder / PREVIOUS)
    return last


def load_checkpoint(folder: Path) -> tuple[dict[str, Any], list[str]] | None:
    """The newest checkpoint that can be read, and what was wrong with newer ones.

    None where there is none at all.

    Raises:
        DataError: there are checkpoints, and none of them can be read.
    """
    complaints: list[str] = []
    for name in (LAST, PREVIOUS):
        path = folder / name
        if not path.exists():
            continue
        try:
            return _read(path), complaints
        except Exception as error:  # unpickling damaged bytes raises about everything
            complaints.append(f"checkpoint {path} is damaged ({_first_line(error)})")
    if complaints:
        raise DataError("; ".join(complaints) + ": the run has to start again")
    return None


def _read(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:  # torch writes checksums, and does not look at them
        torn = archive.testzip()
    if torn is not None:
        raise ValueError(f"its part {torn} does not have its checksum")
    state = torch.load(path, map_location="cpu", weights_only=True)
    Progress(**state["progress"])
    if missing := {"system", "optimizer"} - state.keys():
        raise ValueError(f"it lacks {', '.join(sorted(missing))}")
    return state


def save_weights(
    path: Path, system: nn.Module, metadata: Mapping[str, str] | None = None
) -> None:
    """Write the state dict of a training system (auxiliary parts included) as safetensors.

    Args:
        path: where to.
        system: the training system, or a network alone.
        metadata: what else the file says.
    """
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in
             system.state_dict().items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, lambda temporary: save_file(state, temporary, dict(metadata or {})))


def load_weights(path: Path) -> dict[str, Tensor]:
    """Read a state dict written by `save_weights`.

    Raises:
        DataError: the file is missing or damaged.
    """
    try:
        return load_file(path)
    except FileNotFoundError:
        raise DataError(f"the weights {path} are missing: was the run's folder moved?") from None
    except (SafetensorError, OSError) as error:
        raise DataError(f"the weights {path} are damaged ({_first_line(error)})") from None


def stored_weights(folder: Path, row: RunRow, weights: str) -> tuple[Path, int]:
    """The file of a completed run's weights, and their step.

    Args:
        folder: the run's.
        row: the run.
        weights: "best" (by validation; without a validation part the last are the best) or "last".

    Raises:
        SpecError: another word.
    """
    if weights not in ("best", "last"):
        raise SpecError(f"weights '{weights}': it is best or last")
    summary = row.summaries.get("test/top1")
    if weights == "best" and summary is not None and summary.best_step != summary.last_step:
        return folder / BEST_WEIGHTS, summary.best_step or 0
    return folder / LAST_WEIGHTS, row.num_steps


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, write: Callable[[Path], object], keep: Path | None = None) -> None:
    temporary = path.with_name(path.name + ".new")
    write(temporary)
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    if keep is not None and path.exists():
        path.replace(keep)
    temporary.replace(path)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
