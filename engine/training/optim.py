"""Optimiser and learning-rate schedule."""

import math
from bisect import bisect_right

import torch
from torch import nn

from engine.spec.run_spec import TrainingSpec

ONE_CYCLE_RISE, ONE_CYCLE_START, ONE_CYCLE_END = 0.3, 1 / 25, 1e-5


def make_optimizer(system: nn.Module, spec: TrainingSpec) -> torch.optim.Optimizer:
    """The optimiser of a training system: backbone and auxiliary parameters share it.

    What asks for no gradient, a teacher, is left out. The optimiser knows its parameters' names:
    so does a checkpoint, and a fork with other parts finds the state of those that it keeps.
    """
    parameters = [(name, p) for name, p in system.named_parameters() if p.requires_grad]
    fused = {p.device.type for _, p in parameters} <= {"cpu", "cuda", "mps"}
    if spec.optimizer == "adamw":
        return torch.optim.AdamW(
            parameters, lr=spec.lr, weight_decay=spec.weight_decay, fused=fused
        )
    return torch.optim.SGD(
        parameters, lr=spec.lr, momentum=spec.momentum, weight_decay=spec.weight_decay,
        nesterov=spec.nesterov and spec.momentum > 0, fused=fused,
    )


def learning_rate(spec: TrainingSpec, step: int, num_steps: int) -> float:
    """The learning rate of a step (counted from 0): a function, so that there is no state to lose.

    cosine: lr·(1 + cos πt)/2 (Loshchilov & Hutter 2017, no restarts); multistep: times gamma at
    each milestone; one_cycle: up to lr over 30 % of the steps, then down (Smith & Topin 2018).
    """
    t = step / num_steps
    if spec.schedule == "one_cycle":
        return spec.lr * _one_cycle(t)
    warm = spec.warmup_epochs * num_steps / spec.epochs
    if step < warm:
        return spec.lr * (step + 1) / (warm + 1)
    if spec.schedule == "cosine":
        done = (step - warm) / max(1.0, num_steps - warm)
        return spec.lr * 0.5 * (1 + math.cos(math.pi * done))
    if spec.schedule == "multistep":
        return spec.lr * spec.gamma ** bisect_right(sorted(spec.milestones), t)
    return spec.lr


def set_learning_rate(optimizer: torch.optim.Optimizer, lr: float) -> None:
    """Set the learning rate of every parameter group."""
    for group in optimizer.param_groups:
        group["lr"] = lr


def _one_cycle(t: float) -> float:
    if t < ONE_CYCLE_RISE:
        return _between(ONE_CYCLE_START, 1.0, t / ONE_CYCLE_RISE)
    return _between(1.0, ONE_CYCLE_END, (t - ONE_CYCLE_RISE) / (1 - ONE_CYCLE_RISE))


def _between(start: float, end: float, part: float) -> float:
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * part))
