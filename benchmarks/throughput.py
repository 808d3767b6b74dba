"""What recording every step takes from a training: its time with a recorder over without.

ResNet-8 on digits, one thread, the real loop's step on a resident batch; blocks of steps that a
run's recorder is told of take turns with others, and end as an epoch does: when every loss has been
looked at.

    python benchmarks/throughput.py
"""

import time

import stored
import table
import torch

from engine.build import make_job
from engine.methods.method import Loss
from engine.spec.run_spec import RunSpec, TrainingSpec
from engine.store.connect import Store
from engine.training.device import autocast, default_generator
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

    def __init__(self, store: Store, recorder: Recorder) -> None:
        """Build it the way a worker does."""
        self._recorder, self._step = recorder, 0
        recipe = TrainingSpec(batch_size=stored.BATCH, device="cpu", lr=0.01)
        self._job = make_job(RunSpec(training=recipe), store.workspace)
        self._job.system.train()
        self._precision = autocast(recipe, self._job.device)
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


def main() -> None:
    """Measure and print."""
    parser = table.arguments(__doc__)
    parser.add_argument("--steps", type=int, default=300, help="steps of a block")
    parser.add_argument("--rounds", type=int, default=12)
    wanted = parser.parse_args()
    torch.set_num_threads(1)
    recorded: list[Spent] = []
    bare: list[Spent] = []
    with (
        stored.temporary_store() as store,
        stored.recorder(store, stored.begin(store)) as recorder,
    ):
        training = Training(store, recorder)
        arms = ((training.recorded, recorded), (training.bare, bare))
        for number in range(wanted.rounds + 1):
            for block, seen in arms if number % 2 else reversed(arms):
                spent = block(wanted.steps)
                if number:  # the first ones warm up
                    seen.append(spent)
    what = f"training with {stored.NUM_SERIES} series recorded at every step / without"
    lines = [
        table.ratio(
            f"{what}, {clock}", [spent[column] for spent in recorded],
            [spent[column] for spent in bare], BOUND, noise=True,
        )
        for column, clock in enumerate(("wall", "CPU of all threads"))
    ]
    table.report(lines, wanted)


if __name__ == "__main__":
    main()
