"""What recording every step takes from a training: its time with a recorder over without.

One thread, the real loop's step on a resident batch; blocks of steps that a run's recorder is told
of take turns with others, and end as an epoch does: when every loss has been looked at. ResNet-20
on images of CIFAR's size, and the worst case: ResNet-8 on digits, whose steps take milliseconds.

    python benchmarks/throughput.py
"""

import time
from collections.abc import Callable

import stored
import table
import torch
from floor import SIZE, random_images
from floor import make_job as random_job

from engine.build import make_job
from engine.methods.method import Loss
from engine.spec.run_spec import BackboneSpec, DatasetSpec, RunSpec, TrainingSpec
from engine.store.connect import Store
from engine.training.device import autocast, default_generator
from engine.training.job import Job
from engine.training.loop import make_batch, update
from engine.training.recorder import Recorder

TERMS = [f"term{i}" for i in range(stored.NUM_TERMS)]
BOUND = 1.01


Spent = tuple[float, float]
"""Seconds of wall, and of CPU in all threads."""


def now() -> Spent:
    """Both clocks."""
    return time.perf_counter(), time.process_time()


def since(begun: Spent) -> Spent:
    """What was spent."""
    return time.perf_counter() - begun[0], time.process_time() - begun[1]


class Training:
    """A small training on one resident batch."""

    def __init__(self, job: Job, recorder: Recorder) -> None:
        """Train `job`, and tell `recorder` of some of it."""
        self._recorder, self._step, self._job = recorder, 0, job
        self._job.system.train()
        self._precision = autocast(job.spec.training, self._job.device)
        drawn = next(self._job.batches.epoch(0))
        self._batch = make_batch(self._job, drawn, 0, default_generator(self._job.device))

    def bare(self, num_steps: int) -> Spent:
        """Take steps and keep nothing of them."""
        begun = now()
        for _ in range(num_steps):
            _loss = update(self._job, self._batch, self._precision)  # lives a step, as in any loop
        return since(begun)

    def recorded(self, num_steps: int) -> Spent:
        """Take steps and record what a method with several terms tells of each."""
        begun = now()
        for _ in range(num_steps):
            loss = update(self._job, self._batch, self._precision)
            terms = dict.fromkeys(TERMS, loss.terms["ce"])
            self._step += 1
            told = Loss(terms, loss.logits_BK)
            self._recorder.step(self._step, told, self._batch.targets, 0.01)
        self._recorder.settle()
        return since(begun)


def tiny(store: Store) -> Job:
    """ResNet-8 on digits."""
    recipe = TrainingSpec(batch_size=stored.BATCH, device="cpu", lr=0.01)
    return make_job(RunSpec(training=recipe), store.workspace)


def usual(_: Store) -> Job:
    """ResNet-20 on images of CIFAR's size."""
    recipe = TrainingSpec(batch_size=stored.BATCH, device="cpu", lr=0.01)
    spec = RunSpec(
        dataset=DatasetSpec(name="cifar10"), backbone=BackboneSpec(name="resnet20"), training=recipe
    )
    return random_job(spec, random_images(10 * stored.BATCH, SIZE))


CASES: dict[str, tuple[Callable[[Store], Job], int, str]] = {
    f"resnet20, 32×32, batch {stored.BATCH}": (usual, 20, ""),
    f"resnet8, 8×8, batch {stored.BATCH}":
        (tiny, 300, "storing twice a second takes 0.3 %, whatever the step"),
}
"""What is trained, how many steps a block has, and what is to be said."""


def measure(name: str, rounds: int) -> list[table.Line]:
    """Blocks with and without recording, in turn."""
    make, steps, note = CASES[name]
    recorded: list[Spent] = []
    bare: list[Spent] = []
    with (
        stored.temporary_store() as store,
        stored.recorder(store, stored.begin(store)) as recorder,
    ):
        training = Training(make(store), recorder)
        arms = ((training.recorded, recorded), (training.bare, bare))
        for number in range(rounds + 1):
            for block, seen in arms if number % 2 else reversed(arms):
                spent = block(steps)
                if number:  # the first ones warm up
                    seen.append(spent)
    what = f"{name}, {stored.NUM_SERIES} series recorded at every step / none"
    return [
        table.ratio(
            f"{what}, {clock}", [spent[column] for spent in recorded],
            [spent[column] for spent in bare], BOUND, note, noise=True,
        )
        for column, clock in enumerate(("wall", "CPU of all threads"))
    ]


def main() -> None:
    """Measure and print."""
    parser = table.arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=12)
    wanted = parser.parse_args()
    torch.set_num_threads(1)
    table.report([line for name in CASES for line in measure(name, wanted.rounds)], wanted)


if __name__ == "__main__":
    main()
