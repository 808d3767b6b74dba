"""Checkpoints: everything that is needed to go on as if nothing had happened.

The random streams have no state (they are keyed by seed and step), so weights, optimiser and
position are all of it. A checkpoint is a folder `step-00001234` of two files:

- `state.safetensors`: every tensor, each once, whoever shares it;
- `checkpoint.json`: all the rest, where the tensors belong, and the SHA-256 of both files.

It is written beside and renamed when it is on the disk: a kill or a power cut leaves a whole
checkpoint or none. Nothing is ever unpickled.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engine.spec.errors import CheckpointError, DataError
from engine.store.checkpoints import CHECKPOINTS as CHECKPOINTS
from engine.store.checkpoints import (
    FACTS,
    STATE,
    VERSION,
    checkpoints,
    facts_sha256,
    read_facts,
    seal,
)
from engine.training.weights import TEMPORARY, reason, sync_file, sync_folder

_TENSOR, _ITEMS, _TUPLE = "$tensor", "$items", "$tuple"


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


@dataclass(frozen=True)
class Checkpoint:
    """What a training goes on from.

    Attributes:
        run: whose it is: a new run never goes on with another's.
        progress: where the training is.
        epoch: epochs completed.
        ledger: numbers that may not have reached the store yet, as plain values.
        system: state dict of the training system.
        optimizer: state dict of its optimiser.
        best_sha256: of the file of the best weights so far; empty where there are none.
        torch_version: of the PyTorch that trained it.
        average: state of the running average of the weights; empty where there is none.
    """

    run: str
    progress: Progress
    epoch: int
    ledger: dict[str, Any]
    system: dict[str, Any]
    optimizer: dict[str, Any]
    best_sha256: str = ""
    torch_version: str = ""
    average: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Snapshot:
    """A checkpoint in host memory, ready to be written while the training goes on.

    Attributes:
        step: optimiser updates done.
        tensors: by their names in the file, contiguous, no two of the same memory.
        facts: all the rest; tensors are named there, with their strides.
    """

    step: int
    tensors: dict[str, Tensor]
    facts: dict[str, Any]

    @classmethod
    def take(
        cls, system: nn.Module, optimizer: torch.optim.Optimizer, progress: Progress, epoch: int,
        run: str, ledger: dict[str, Any], average: Mapping[str, Any] | None = None,
    ) -> "Snapshot":
        """Copy the state of a training; see `Checkpoint` for the arguments."""
        facts = {
            "run": run, "progress": asdict(progress), "epoch": epoch, "ledger": ledger,
            "torch_version": torch.__version__,
        }
        tensors: dict[str, Tensor] = {}
        state = {"system": system.state_dict(), "optimizer": optimizer.state_dict(),
                 **({} if average is None else {"average": average})}
        return cls(progress.step, tensors, {**facts, **_packed(state, "", tensors, {})})

    def weights(self) -> dict[str, Tensor]:
        """The system's state dict."""
        return {
            name: self.tensors[place[_TENSOR]] for name, place in self.facts["system"].items()
            if isinstance(place, dict) and _TENSOR in place
        }


def write_checkpoint(folder: Path, snapshot: Snapshot, best_sha256: str = "") -> Path:
    """Write a checkpoint into `folder`; returns its own folder, complete and on the disk.

    Raises:
        CheckpointError: it cannot be written; those there are stay as they are.
    """
    place = folder / f"step-{snapshot.step:08d}"
    temporary = place.with_name(place.name + TEMPORARY)
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        save_file(snapshot.tensors, temporary / STATE)
        sync_file(temporary / STATE)
        facts = {**snapshot.facts, "best_sha256": best_sha256, "state": seal(temporary / STATE)}
        document = {"version": VERSION, "sha256": facts_sha256(facts), "facts": facts}
        (temporary / FACTS).write_text(json.dumps(document), encoding="utf-8")
        sync_file(temporary / FACTS)
        sync_folder(temporary)
        if place.exists():  # only a damaged one is ever written again
            shutil.rmtree(place)
        temporary.rename(place)
        sync_folder(folder)
        sync_folder(folder.parent)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"the checkpoint {place} cannot be written ({reason(error)}): make room or make the "
            "folder writable"
        ) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return place


def load_checkpoint(folder: Path) -> tuple[Checkpoint, list[str]] | None:
    """The newest checkpoint in `folder` that is whole, and what was wrong with newer ones.

    None where there is none at all.

    Raises:
        DataError: there are checkpoints, and none of them is whole.
    """
    complaints: list[str] = []
    for step, place in sorted(checkpoints(folder).items(), reverse=True):
        try:
            found = read_checkpoint(place)
            if found.progress.step != step:
                raise ValueError(f"it is of step {found.progress.step}")
            return found, complaints
        except Exception as error:  # whatever is in a damaged file raises about everything
            complaints.append(f"checkpoint {place} is damaged ({reason(error)})")
    if complaints:
        raise DataError(
            f"{'; '.join(complaints)}: move {folder} away, and the run starts from its beginning "
            "when it is resumed"
        )
    return None


def prune(folder: Path, newest: int, count: int, every: int = 0) -> list[Path]:
    """Remove checkpoints that are not needed any more; returns those left, oldest first.

    Args:
        folder: where they are.
        newest: step of the newest good one; later ones are leftovers that were found damaged.
        count: so many are kept, the newest ones.
        every: those of every so many steps are kept too; 0 for none.
    """
    there = checkpoints(folder)
    good = sorted(step for step in there if step <= newest)
    keep = {*good[-count:], *(step for step in good if every and step and step % every == 0)}
    for step in there.keys() - keep:
        try:  # first out of the way: a kill must not leave half of one
            gone = there[step].rename(there[step].with_name(there[step].name + TEMPORARY))
        except OSError:  # open elsewhere, on Windows: the next time
            keep.add(step)
        else:
            shutil.rmtree(gone, ignore_errors=True)
    return [there[step] for step in sorted(keep)]


def sweep(folder: Path) -> None:
    """Remove what a kill left half written in `folder`."""
    for left in folder.glob(f"*{TEMPORARY}"):
        shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)


def read_checkpoint(place: Path) -> Checkpoint:
    """The checkpoint in a folder; of a damaged one, whatever that leads to is raised."""
    facts = read_facts(place)
    tensors = load_file(place / STATE)
    for part in facts.keys() & {"system", "optimizer", "average"}:
        facts[part] = _unpacked(facts[part], tensors)
    return Checkpoint(**{**facts, "progress": Progress(**facts["progress"])})


def _packed(
    value: Any, name: str, tensors: dict[str, Tensor], names: dict[object, str]
) -> Any:
    """Take the tensors out of nested containers; what is left can be written as JSON."""
    if isinstance(value, Tensor):
        same = (value.device, value.data_ptr(), value.dtype, value.shape, value.stride())
        known = names.setdefault(same, name)
        if known == name:
            tensors[name] = value.detach().to(
                "cpu", copy=True, memory_format=torch.contiguous_format
            )
        # Fused optimisers read memory as it lies: a momentum must get its strides back.
        return {_TENSOR: known, "stride": torch.empty_like(value, device="meta").stride()}
    if isinstance(value, Mapping):
        prefix = f"{name}." if name else ""
        packed = {k: _packed(v, f"{prefix}{k}", tensors, names) for k, v in value.items()}
        return packed if all(isinstance(k, str) for k in packed) else {_ITEMS: [*packed.items()]}
    if isinstance(value, list | tuple):
        packed = [_packed(v, f"{name}.{i}", tensors, names) for i, v in enumerate(value)]
        return {_TUPLE: packed} if isinstance(value, tuple) else packed
    return value


def _unpacked(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(value, list):
        return [_unpacked(each, tensors) for each in value]
    if not isinstance(value, dict):
        return value
    if _TENSOR in value:
        tensor = tensors[value[_TENSOR]]
        # A copy, for the file is not to be held open, nor written to.
        empty = torch.empty_strided(tensor.shape, value["stride"], dtype=tensor.dtype)
        return empty.copy_(tensor)
    if _ITEMS in value:
        return {key: _unpacked(each, tensors) for key, each in value[_ITEMS]}
    if _TUPLE in value:
        return tuple(_unpacked(each, tensors) for each in value[_TUPLE])
    return {key: _unpacked(each, tensors) for key, each in value.items()}
