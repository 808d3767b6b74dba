"""What a training will cost, seen in a few of its real steps."""

import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from engine.methods.method import Loss
from engine.training.data import Drawn
from engine.training.device import autocast, default_generator, peak_memory_mib
from engine.training.evaluate import EVALUATION_BATCH, PREDICTED_EPOCHS
from engine.training.job import Job
from engine.training.loop import make_batch, update
from engine.training.optim import learning_rate, set_learning_rate

STEPS, WARM = 12, 2
LIMIT_S = 5.0
"""No further step is begun after so long."""
POINT_BYTES = 9
"""What a number of a curve takes in the store, about (`benchmarks/points.py`)."""
ANSWER_BYTES = 5
"""What the network says of one image takes no more than this in its file."""
OTHER_SERIES = 4
"""Series of every step beside the terms of the loss: their sum, top-1, learning rate, speed."""


@dataclass(frozen=True)
class Cost:
    """What one run will take.

    Attributes:
        seconds: of training and evaluation, as quick as the steps that were taken.
        step_ms: the middle one of those steps.
        memory_mib: peak since the training was built: of tensors on a GPU, else of the process.
        disk_bytes: checkpoints, weights and curves that the completed run keeps.
        num_steps: steps that were timed.
    """

    seconds: float
    step_ms: float
    memory_mib: float
    disk_bytes: int
    num_steps: int


def probe_job(job: Job, report: Callable[[int, int], None]) -> Cost:
    """Take a few steps of a training that is thrown away afterwards.

    Args:
        job: fresh, on its device; its weights are changed.
        report: told how many steps of how many are done.
    """
    taken: list[float] = []
    num_terms, begun = 0, time.perf_counter()
    for seconds, loss in _steps(job):
        taken.append(seconds)
        num_terms = len(loss.terms)
        report(len(taken), STEPS)
        if len(taken) == STEPS or time.perf_counter() - begun > LIMIT_S:
            break
    timed = taken[min(WARM, len(taken) - 1):]
    step_s = statistics.median(timed)
    evaluation_s = _image_s(job) * (
        job.spec.training.epochs * len(job.validation) + 2 * len(job.test)
    )
    return Cost(
        seconds=step_s * job.num_steps + evaluation_s, step_ms=1e3 * step_s,
        memory_mib=peak_memory_mib(job.device), disk_bytes=_disk_bytes(job, num_terms),
        num_steps=len(timed),
    )


def _steps(job: Job) -> Iterator[tuple[float, Loss]]:
    """Train; yield the seconds and the loss of each step."""
    noise, precision = default_generator(job.device), autocast(job.spec.training, job.device)
    job.system.train()
    since = time.perf_counter()
    for step, drawn in enumerate(_drawn(job)):
        set_learning_rate(job.optimizer, learning_rate(job.spec.training, step, job.num_steps))
        loss = update(job, make_batch(job, drawn, step, noise), precision)
        _finish(job.device)
        now = time.perf_counter()
        yield now - since, loss
        since = now


def _drawn(job: Job) -> Iterator[Drawn]:
    """The batches of the training in their order."""
    for epoch in range(job.spec.training.epochs):
        yield from job.batches.epoch(epoch)


@torch.inference_mode()
def _image_s(job: Job) -> float:
    """Seconds that looking at one image takes when the network is evaluated."""
    network = job.system.deployable().eval()
    some = torch.arange(min(EVALUATION_BATCH, len(job.test)))
    x_BCHW = job.normalise(job.test.take(some)[0])
    network(x_BCHW)
    _finish(job.device)
    since = time.perf_counter()
    network(x_BCHW)
    _finish(job.device)
    return (time.perf_counter() - since) / len(some)


def _disk_bytes(job: Job, num_terms: int) -> int:
    recipe = job.spec.training
    system, optimizer = (_bytes(part.state_dict()) for part in (job.system, job.optimizer))
    kept = math.ceil(recipe.epochs / recipe.keep_every) if recipe.keep_every else 1
    weights = 2 if len(job.validation) else 1  # the last, and the best by validation
    points = job.num_steps * (OTHER_SERIES + num_terms) * POINT_BYTES
    epochs = min(recipe.epochs, PREDICTED_EPOCHS)
    answers = ANSWER_BYTES * (len(job.validation) * epochs + len(job.test) * weights)
    return (system + optimizer) * kept + system * weights + points + answers


def _bytes(state: Mapping[str, Any]) -> int:
    return sum(leaf.nbytes for leaf in tree_leaves(state) if isinstance(leaf, Tensor))


def _finish(device: torch.device) -> None:
    """Wait for what a GPU was told to do."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
