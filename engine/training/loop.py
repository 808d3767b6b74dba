"""The training loop."""

import time
from collections.abc import Callable

from engine.training.checkpoint import Progress
from engine.training.device import autocast, default_generator
from engine.training.job import Job
from engine.training.optim import learning_rate, set_learning_rate
from engine.training.recorder import Recorder
from engine.training.streams import NOISE


class Stopped(Exception):
    """The training was asked to pause or stop, and did; the argument says which."""


def train(
    job: Job,
    progress: Progress,
    recorder: Recorder,
    after_epoch: Callable[[], None],
    checkpoint: Callable[[], None],
) -> None:
    """Train from `progress` to the end of the last epoch.

    Args:
        job: what is trained, on what, and how.
        progress: where to begin; kept up to date.
        recorder: takes the numbers of every step, and brings requests.
        after_epoch: validates and writes a checkpoint.
        checkpoint: writes one when the training is asked to stop between two steps.

    Raises:
        Stopped: somebody asked for it.
        NonFiniteLoss: a term of the loss was not finite.
    """
    recipe, steps_per_epoch = job.spec.training, len(job.batches)
    noise, precision = default_generator(job.device), autocast(recipe, job.device)
    job.system.train()
    while progress.step < job.num_steps:
        epoch, first = divmod(progress.step, steps_per_epoch)
        since = time.monotonic() - progress.seconds
        for x_BCHW, y_B in job.batches.epoch(epoch, first):
            if recorder.request is not None:
                recorder.settle()
                checkpoint()
                raise Stopped(recorder.request)
            job.streams.reseed(noise, NOISE, progress.step)
            lr = learning_rate(recipe, progress.step, job.num_steps)
            set_learning_rate(job.optimizer, lr)
            with precision:
                loss = job.system.loss(x_BCHW, y_B, noise)
            job.optimizer.zero_grad(set_to_none=True)
            loss.total.backward()
            job.optimizer.step()
            progress.step += 1
            progress.seconds = time.monotonic() - since
            recorder.step(progress.step, loss, y_B, lr)
            if recorder.problem is not None:
                raise recorder.problem
        recorder.settle()
        after_epoch()
