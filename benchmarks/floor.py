"""What the engine adds to a step: the whole of it over forward, backward and optimiser alone.

The real loop trains on images of CIFAR's shape, with its data, augmentation, recorder and store.
After each step (on a GPU, after each block of steps) the same number of bare steps follows, on one
resident batch, with the same network, optimiser and settings.

    python benchmarks/floor.py --backbone resnet20 --threads 1
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import stored
import table
import torch
import torch.nn.functional as F

from engine.build import make_augment, make_system
from engine.datasets.dataset import ImageData, ImageSet
from engine.losses.targets import Targets
from engine.methods.method import Loss
from engine.spec.run_spec import BackboneSpec, DatasetSpec, RunSpec, TrainingSpec
from engine.training import loop
from engine.training.checkpoint import Progress
from engine.training.data import Drawn, Images, Normalise, TrainingBatches
from engine.training.device import autocast, choose_device
from engine.training.job import Job
from engine.training.ledger import Ledger
from engine.training.optim import make_optimizer
from engine.training.recorder import Recorder
from engine.training.splits import Indices
from engine.training.streams import Streams

NUM_IMAGES, SIZE, NUM_CLASSES = 20_000, 32, 10
WARM = 2
GPU_BLOCK = 25
BOUNDS = {1: 1.05, 2: 1.08}
GPU_BOUND = 1.02
ROUNDS = {"resnet20": 30, "resnet18": 8}


class Enough(Exception):
    """As many rounds as were wanted."""


def random_images(count: int, size: int) -> ImageSet:
    """So many square images in three channels, with labels."""
    draws = np.random.default_rng(0)
    pixels_NHWC = draws.integers(0, 256, (count, size, size, 3), np.uint8)
    return ImageSet(pixels_NHWC, draws.integers(0, NUM_CLASSES, count))


def make_job(spec: RunSpec, images: ImageSet, rows: Indices | None = None) -> Job:
    """A training on the images (at `rows`, where told), built as the engine builds it."""
    classes = tuple(str(label) for label in range(NUM_CLASSES))
    data = ImageData("random", images, images, classes, (0.5,) * 3, (0.25,) * 3, "")
    device, streams = choose_device(spec.training.device), Streams(spec.seed)
    split = Images(images.images_NHWC, images.labels_N, rows, device)
    system = make_system(spec.method, spec.backbone, NUM_CLASSES, 3, streams, len(split))
    system.to(device).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    normalise = Normalise(data.mean, data.std)
    batches = TrainingBatches(
        split, spec.training.batch_size, make_augment(spec.dataset, data), normalise, streams
    )
    optimizer = make_optimizer(system, spec.training)
    return Job(spec, data, system, optimizer, batches, split, split, normalise, {}, streams)


class Clock:
    """Times the parts of the real loop, and bare steps between its steps."""

    def __init__(self, job: Job, rounds: int) -> None:
        """Hang clocks on the parts that the loop calls."""
        self._job, self._rounds = job, rounds
        self._cuda = job.device.type == "cuda"
        self.block = GPU_BLOCK if self._cuda else 1
        self.whole: list[float] = []
        self.floor: list[float] = []
        self.parts: dict[str, list[float]] = {}
        first = next(job.batches.epoch(0))
        self._resident = first.views[0], first.y_B
        self._precision = autocast(job.spec.training, job.device)
        self._steps = 0
        draw = job.batches.epoch
        job.batches.epoch = lambda epoch, first=0: self._drawing(draw(epoch, first))
        self._hang("mixing labels", "make_batch")
        self._hang("forward, backward, step", "update")
        self._since = self._now()

    def _hang(self, name: str, function: str) -> None:
        original: Callable[..., Any] = getattr(loop, function)

        def timed(*given: Any) -> Any:
            since = time.perf_counter()
            result = original(*given)
            self._add(name, since)
            return result

        setattr(loop, function, timed)

    def _drawing(self, drawn: Iterator[Drawn]) -> Iterator[Drawn]:
        while True:
            since = time.perf_counter()
            item = next(drawn, None)
            if item is None:
                return
            self._add("data", since)
            yield item

    def _add(self, part: str, since: float) -> None:
        self.parts.setdefault(part, []).append(time.perf_counter() - since)

    def recorded(self, since: float) -> None:
        """The loop has finished a step: perhaps it is the bare ones' turn."""
        self._add("recording", since)
        self._steps += 1
        if self._steps % self.block:
            return
        now = self._now()
        self.whole.append((now - self._since) / self.block)
        for _ in range(self.block):
            self._bare_step()
        self._since = self._now()
        self.floor.append((self._since - now) / self.block)
        if len(self.whole) == self._rounds + WARM:
            raise Enough

    def _bare_step(self) -> None:
        x_BCHW, y_B = self._resident
        with self._precision:
            loss = F.cross_entropy(self._job.system.deployable()(x_BCHW), y_B)
        self._job.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._job.optimizer.step()

    def _now(self) -> float:
        if self._cuda:
            torch.cuda.synchronize(self._job.device)
        return time.perf_counter()

    def lines(self, title: str, bound: float | None) -> list[table.Line]:
        """The ratio, and what the engine's own parts take of a step."""
        whole, floor = self.whole[WARM:], self.floor[WARM:]
        bare_ms = 1e3 * statistics.median(floor)
        lines = [table.ratio(f"{title}: whole step / floor", whole, floor, bound,
                             f"floor {bare_ms:.1f} ms")]
        for part, times in self.parts.items():
            middle_ms = 1e3 * statistics.median(times[WARM * self.block:])
            lines.append(table.Line(f"  of it {part}", middle_ms, "ms", None, len(times)))
        return lines


def measure(wanted: argparse.Namespace, backbone: str, threads: int) -> list[table.Line]:
    """Train until there are enough rounds."""
    torch.set_num_threads(threads)
    training = TrainingSpec(device=wanted.device, epochs=1000, precision=wanted.precision)
    dataset = DatasetSpec(name="cifar10")
    spec = RunSpec(dataset=dataset, backbone=BackboneSpec(name=backbone), training=training)
    job = make_job(spec, random_images(NUM_IMAGES, SIZE))
    kept = loop.make_batch, loop.update
    with stored.temporary_store() as store:
        claimed = stored.begin(store)
        clock = Clock(job, wanted.rounds or ROUNDS.get(backbone, 10))

        class Clocked(Recorder):
            def step(self, step: int, loss: Loss, targets: Targets, lr: float) -> None:
                since = time.perf_counter()
                super().step(step, loss, targets, lr)
                clock.recorded(since)

        ledger = Ledger(store, claimed.run, lambda _: "down", {})
        recorder = Clocked(store, claimed.run, ledger, training.batch_size)
        try:
            with recorder:
                loop.train(job, Progress(), recorder, nothing, nothing, lambda: False)
        except Enough:
            pass
        finally:
            loop.make_batch, loop.update = kept
    gpu = job.device.type == "cuda"
    where = str(job.device) if gpu else f"{threads} thread{'s' * (threads > 1)}"
    title = f"{backbone}, batch {training.batch_size}, {wanted.precision}, {where}"
    return clock.lines(title, GPU_BOUND if gpu else BOUNDS.get(threads))


def nothing() -> None:
    """What is left out after an epoch, and instead of a checkpoint."""


def main() -> None:
    """Measure and print."""
    parser = table.arguments(__doc__)
    parser.add_argument("--backbone", action="append", help="again for another one")
    parser.add_argument("--threads", type=int, action="append", help="again for another number")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="float32", choices=("float32", "bfloat16"))
    parser.add_argument("--rounds", type=int, default=0)
    wanted = parser.parse_args()
    lines: list[table.Line] = []
    for backbone in wanted.backbone or ROUNDS:
        for threads in wanted.threads or ([1] if wanted.device != "cpu" else BOUNDS):
            lines += measure(wanted, backbone, threads)
    table.report(lines, wanted)


if __name__ == "__main__":
    main()
