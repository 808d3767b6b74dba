"""What a run that goes on from an epoch of another may change, and which variant it is.

A fork takes over what its parent had learned, and sees the batches that its parent saw from there
on. So network, images and seed stay; method, regularizers and the rest of the recipe may change.
"""

import hashlib
from functools import reduce
from typing import Any

from engine.spec.errors import SpecError
from engine.spec.run_spec import RunSpec

STAYS = (
    "seed", "backbone.name", "backbone.options", "dataset.name", "dataset.root",
    "dataset.options", "dataset.validation", "dataset.split_seed", "dataset.train_images",
    "training.batch_size",
)
"""What a fork shares with its parent: the network, the images, and which of them a step sees."""


def check_fork(parent: RunSpec, epoch: int, spec: RunSpec) -> None:
    """Check what a fork of a run is to be.

    Args:
        parent: what the run is.
        epoch: after which of its epochs it is forked.
        spec: what the fork is to be.

    Raises:
        SpecError: it could not go on from there.
    """
    for key in STAYS:
        was, now = _at(parent, key), _at(spec, key)
        if was != now:
            raise SpecError(
                f"a fork keeps the network, the images and the seed of its parent: leave {key} at "
                f"{was!r} (not {now!r}), or train a new run"
            )
    if spec.training.epochs <= epoch:
        raise SpecError(
            f"a fork at epoch {epoch} has nothing left to train of {spec.training.epochs} "
            "epoch(s): set more epochs, or fork it earlier (keep_every keeps checkpoints for that)"
        )


def fork_digest(spec: RunSpec, parent: str, epoch: int) -> str:
    """Identity of a fork's variant: forks of all seeds of a variant, at one epoch, share it.

    Args:
        spec: what the fork is.
        parent: digest of the variant that it was forked from.
        epoch: at which.
    """
    return hashlib.sha256(f"{spec.digest()} {parent} {epoch}".encode()).hexdigest()[:12]


def _at(spec: RunSpec, key: str) -> Any:
    return reduce(getattr, key.split("."), spec)
