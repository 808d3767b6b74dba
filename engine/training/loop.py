"""The training loop."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import numpy as np
import torch

from engine.losses.targets import Targets
from engine.methods.batch import Batch, Moment
from engine.methods.method import Loss
from engine.methods.peers import keep_graphs
from engine.training.checkpoint import Progress
from engine.training.compiled import Compiled
from engine.training.data import Drawn
from engine.training.device import autocast, default_generator
from engine.training.gradients import GradientWatch
from engine.training.job import Job
from engine.training.optim import learning_rate, set_learning_rate
from engine.training.recorder import Recorder
from engine.training.sharpness import perturbed
from engine.training.streams import NOISE, REGULARIZERS


class Stopped(Exception):
    """The training was asked to pause or stop, and did; the argument says which."""


def train(
    job: Job,
    progress: Progress,
    recorder: Recorder,
    after_epoch: Callable[[], None],
    checkpoint: Callable[[], None],
    is_due: Callable[[], bool],
) -> None:
    """Train from `progress` to the end of the last epoch.

    Args:
        job: what is trained, on what, and how.
        progress: where to begin; kept up to date.
        recorder: takes the numbers of every step, and brings requests.
        after_epoch: validates and writes a checkpoint.
        checkpoint: writes one between two steps, when the training is asked to stop or one is due.
        is_due: says whether one is.

    Raises:
        Stopped: somebody asked for it.
        NonFiniteLoss: a term of the loss was not finite.
    """
    recipe, steps_per_epoch = job.spec.training, len(job.batches)
    noise, precision = default_generator(job.device), autocast(recipe, job.device)
    compiled, watching = Compiled(job), GradientWatch(job)
    job.system.train()
    while progress.step < job.num_steps:
        epoch, first = divmod(progress.step, steps_per_epoch)
        since = time.monotonic() - progress.seconds
        with compiled.in_use():
            for drawn in _timed(job.batches.epoch(epoch, first), recorder):
                if recorder.request is not None or is_due():
                    recorder.settle()
                    checkpoint()
                    if recorder.request is not None:
                        raise Stopped(recorder.request)
                lr = learning_rate(recipe, progress.step, job.num_steps)
                set_learning_rate(job.optimizer, lr)
                batch = make_batch(job, drawn, progress.step, noise)
                look = watching.look_at(recorder, progress.step)
                with compiled.step(recorder.note):
                    loss = update(job, batch, precision, look)
                progress.step += 1
                progress.seconds = recorder.trained_s = time.monotonic() - since
                recorder.step(progress.step, loss, batch.targets, lr)
                if recorder.problem is not None:
                    raise recorder.problem
        recorder.settle()
        after_epoch()


def _timed(batches: Iterator[Drawn], recorder: Recorder) -> Iterator[Drawn]:
    """The batches; how long they let the training wait is added up."""
    while True:
        since = time.perf_counter()
        drawn = next(batches, None)
        recorder.waited_s += time.perf_counter() - since
        if drawn is None:
            return
        yield drawn


def make_batch(job: Job, drawn: Drawn, step: int, noise: torch.Generator) -> Batch:
    """What the method is given in a step: the images as the regularizers leave them."""
    views, targets, partner = drawn.views, Targets(drawn.y_B), drawn.partner_BCHW
    if job.regularizers:
        draws = np.random.default_rng(job.streams.key(REGULARIZERS, step))
        # Partners are mixed like the images, so that they stay of the same classes.
        seen = views if partner is None else (*views, partner)
        for regularizer in job.regularizers:
            seen, targets = regularizer(seen, targets, draws)
        views, partner = (seen, None) if partner is None else (seen[:-1], seen[-1])
    moment = Moment(step, job.num_steps, step // len(job.batches), job.spec.training.epochs)
    return Batch(views, targets, drawn.index_B, moment, noise, partner)


def update(
    job: Job, batch: Batch, precision: AbstractContextManager[object],
    look: Callable[[Loss], None] | None = None,
) -> Loss:
    """One optimiser step; returns the loss where the weights were.

    Args:
        job: what is trained.
        batch: of this step.
        precision: of forward and loss.
        look: is shown the loss before gradients are taken, with a graph that backward may run
            through several times.
    """
    loss = _backward(job, batch, precision, look)
    if job.spec.training.sharpness != "none":
        with perturbed(job.system, job.spec.training):
            _backward(job, batch, precision)
    job.optimizer.step()
    job.system.after_step(batch, loss)
    if job.average is not None:
        job.average.update()
    return loss


def _backward(
    job: Job, batch: Batch, precision: AbstractContextManager[object],
    look: Callable[[Loss], None] | None = None,
) -> Loss:
    job.streams.reseed(batch.noise, NOISE, batch.moment.step)
    with precision, keep_graphs(look is not None):
        loss = job.system.loss(batch)
    if look is not None:
        look(loss)
    job.optimizer.zero_grad(set_to_none=True)
    loss.total.backward()
    return loss
