"""Files of weights: safetensors, written whole or not at all."""

import errno
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engine.spec.errors import CheckpointError, DataError, SpecError
from engine.spec.rows import RunRow
from engine.store.checkpoints import file_sha256

BEST_WEIGHTS, LAST_WEIGHTS = "best.safetensors", "last.safetensors"
EMA_WEIGHTS = "ema.safetensors"
TEMPORARY = ".new"
"""Ends the names of what is being written; a kill may leave it behind."""


def save_weights(
    path: Path, system: nn.Module, metadata: Mapping[str, str] | None = None
) -> None:
    """Write the state dict of a training system (auxiliary parts included) as safetensors.

    Args:
        path: where to.
        system: the training system, or a network alone.
        metadata: what else the file says.

    Raises:
        CheckpointError: it cannot be written; what was there before still is.
    """
    state = {name: tensor.detach().cpu() for name, tensor in system.state_dict().items()}
    write_weights(path, state, metadata)


def write_weights(
    path: Path, state: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None
) -> None:
    """Write a state dict that is in host memory; see `save_weights`."""
    own: dict[str, Tensor] = {}
    taken: set[int] = set()
    for name, tensor in state.items():  # what shares memory is written under every name
        address = tensor.untyped_storage().data_ptr()
        own[name] = (tensor.clone() if address in taken else tensor).contiguous()
        taken.add(address)
    temporary = path.with_name(path.name + TEMPORARY)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(own, temporary, dict(metadata or {}))
        sync_file(temporary)
        temporary.replace(path)
        sync_folder(path.parent)
    except (OSError, SafetensorError) as error:
        with suppress(OSError):  # a folder that cannot be written: the next start removes it
            temporary.unlink()
        raise CheckpointError(
            f"the weights {path} cannot be written ({reason(error)}): make room or make the "
            "folder writable, then resume"
        ) from None


def load_weights(path: Path, sha256: str = "") -> dict[str, Tensor]:
    """Read a state dict written by `save_weights`.

    Args:
        path: the file.
        sha256: the hash that it must have, where it is known.

    Raises:
        DataError: the file is missing or damaged.
    """
    try:
        if sha256 and file_sha256(path) != sha256:
            raise DataError(f"the weights {path} are damaged (they do not have their SHA-256)")
        return load_file(path)
    except FileNotFoundError:
        raise DataError(f"the weights {path} are missing: was the run's folder moved?") from None
    except (SafetensorError, OSError) as error:
        raise DataError(f"the weights {path} are damaged ({reason(error)})") from None


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


def sync_file(path: Path) -> None:
    """Wait until a file is on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk; Windows sees to that by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network disks cannot
            raise
    finally:
        os.close(handle)


def reason(error: Exception) -> str:
    """What an error says, in one short line."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return (said.splitlines() or [type(error).__name__])[0][:120]
