"""What a fork takes over from the checkpoint of the run that it was forked from.

The fork may be trained by another method: what both training systems have is taken over, the rest
of the checkpoint is left behind, and parts that only the fork has start as they were initialised.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from engine.spec.errors import DataError
from engine.training.checkpoint import Checkpoint

_TEACHER = "teacher."
"""What teaches is what the fork's own options name, whoever taught its parent."""
_SHIP = "peers.0."


def begun_anew(checkpoint: Checkpoint) -> Checkpoint:
    """The checkpoint without its best weights: a fork's best are looked for among its own epochs.

    Those of its parent may be of another training system, or gone.
    """
    summaries = {
        key: {**summary, "best": None, "best_step": None}
        for key, summary in checkpoint.ledger["summaries"].items()
    }
    return replace(
        checkpoint, best_sha256="", ledger={**checkpoint.ledger, "summaries": summaries},
        progress=replace(checkpoint.progress, best=-1.0, best_step=0),
    )


def take_over(
    system: nn.Module, optimizer: torch.optim.Optimizer, checkpoint: Checkpoint
) -> list[str]:
    """Give a training system and its optimiser all of a checkpoint that fits them.

    Returns:
        What was taken over and what was not, in lines for the run's log.

    Raises:
        DataError: the checkpoint has not all of the network that ships.
    """
    own: dict[str, Tensor] = system.state_dict()
    held: dict[str, Tensor] = {
        name: value for name, value in checkpoint.system.items() if not name.startswith(_TEACHER)
    }
    fits = {
        name: value for name, value in held.items()
        if name in own and own[name].shape == value.shape
    }
    wanted = [name for name in own if not name.startswith(_TEACHER)]
    for name in wanted:
        if name.startswith(_SHIP) and name not in fits:
            raise DataError(
                f"the checkpoint that was forked is of another network (see {name}): was the "
                "backbone changed since? Nothing of it was lost"
            )
    system.load_state_dict({**own, **fits})
    lines = [f"taken over: {len(fits)} of {len(wanted)} tensors of the training system"]
    for said, names in (
        ("left behind, as this run has no such parts", held.keys() - own.keys()),
        ("of other shapes now, begun anew", (held.keys() & own.keys()) - fits.keys()),
        ("new, as initialised", set(wanted) - held.keys()),
    ):
        if names:
            lines.append(f"{said}: {_parts(names)}")
    same_parts = held.keys() == set(wanted)
    return [*lines, _take_over_state(optimizer, checkpoint.optimizer, same_parts=same_parts)]


def _take_over_state(
    optimizer: torch.optim.Optimizer, held: Mapping[str, Any], *, same_parts: bool
) -> str:
    """Take over momentum and the like by the parameters' names; hyperparameters stay the fork's."""
    own = optimizer.state_dict()
    names = _names(own)
    # A checkpoint of an earlier version names no parameters; those of the same parts are the same.
    held_names = _names(held) or (names if same_parts else [])
    if not held_names:
        return "the optimiser begins anew: the checkpoint does not say whose its state is"
    if _is_adam(held) != isinstance(optimizer, torch.optim.AdamW):
        return "the optimiser begins anew: it is another than before"
    by_name = {name: held["state"].get(at, {}) for at, name in enumerate(held_names)}
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    fits = {
        at: by_name[name]
        for at, (name, parameter) in enumerate(zip(names, parameters, strict=True))
        if by_name.get(name) and _is_of(by_name[name], parameter)
    }
    optimizer.load_state_dict({**own, "state": fits})
    return f"taken over: the optimiser's state of {len(fits)} of {len(names)} parameters"


def _names(state: Mapping[str, Any]) -> list[str]:
    """The parameters of an optimiser's state dict, in its order."""
    return [name for group in state["param_groups"] for name in group.get("param_names", ())]


def _is_adam(state: Mapping[str, Any]) -> bool:
    return any("exp_avg" in each for each in state["state"].values())


def _is_of(state: Mapping[str, Any], parameter: Tensor) -> bool:
    """Whether an optimiser's state is of a parameter of this shape; counts have no dimensions."""
    tensors = [value for value in state.values() if isinstance(value, Tensor) and value.ndim]
    return all(tensor.shape == parameter.shape for tensor in tensors)


def _parts(names: Iterable[str]) -> str:
    """The parts that tensors belong to, with how many each has: "peers.1 (64)"."""
    counts = Counter(".".join(name.split(".")[:2]) for name in names)
    return ", ".join(f"{part} ({count})" for part, count in sorted(counts.items()))
