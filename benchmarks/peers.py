"""A whole training step of ours over that of the loops one would otherwise use.

ResNet-20 on images of CIFAR's shape. Ours is the real loop with recorder and store; after each of
its epochs, a few steps long, every other loop takes as many steps, all in one process. Packages
that are not installed may lie in a folder of their own, named by PYTHONPATH.

    python benchmarks/peers.py
"""

import importlib.util
import statistics
import time
from collections.abc import Callable
from copy import deepcopy
from typing import Protocol

import processes
import stored
import table
import torch
from other_loops import BATCH, LR, Lightning, Ordinary, Samples, Torchdistill
from table import Line

from engine.build import make_backbone, make_job
from engine.spec.run_spec import BackboneSpec, DatasetSpec, RunSpec, TrainingSpec
from engine.training.checkpoint import Progress
from engine.training.job import Job
from engine.training.loop import train

BACKBONE = BackboneSpec(name="resnet20")
THREADS = (1, 2)
LAST = torch.channels_last


class Loop(Protocol):
    """One that takes blocks of steps."""

    def block(self, num_steps: int) -> float:
        """Take steps; returns the seconds of one."""
        ...


PEERS: dict[str, tuple[str, Callable[[torch.nn.Module, Samples, Samples], Loop]]] = {
    "DataLoader, PIL": ("torchvision", lambda net, pil, _: Ordinary(net, pil)),
    "DataLoader, PIL, channels last":
        ("torchvision", lambda net, pil, _: Ordinary(net.to(memory_format=LAST), pil, LAST)),
    "DataLoader, PIL, 2 workers":
        ("torchvision", lambda net, pil, _: Ordinary(net, pil, workers=2)),
    "DataLoader, transforms.v2 on tensors":
        ("torchvision", lambda net, _, tensors: Ordinary(net, tensors)),
    "PyTorch Lightning": ("lightning", lambda net, pil, _: Lightning(net, pil)),
    "torchdistill": ("torchdistill", lambda net, pil, _: Torchdistill(net, pil)),
}
"""Other loops, each with the package that it needs; in the memory format that one finds there,
channels first, but for the one that says otherwise. Ours is channels last."""


def make_peers(job: Job) -> dict[str, Loop]:
    """Every other loop that is installed, with a copy of one network and our images."""
    split = job.data.train
    pil = Samples(split.images_NHWC, split.labels_N, as_tensors=False)
    tensors = Samples(split.images_NHWC, split.labels_N, as_tensors=True)
    network = make_backbone(BACKBONE, len(job.data.classes), 3)
    return {
        name: make(deepcopy(network), pil, tensors)
        for name, (package, make) in PEERS.items() if importlib.util.find_spec(package)
    }


def measure(data: str, threads: int, num_steps: int, rounds: int) -> dict[str, list[float]]:
    """Seconds of a step in each round, by loop; ours is ""."""
    torch.set_num_threads(threads)
    spec = RunSpec(
        dataset=DatasetSpec(name="cifar10", root=data, train_images=num_steps * BATCH),
        backbone=BACKBONE,
        training=TrainingSpec(epochs=rounds + 1, batch_size=BATCH, lr=LR, device="cpu"),
    )
    times: dict[str, list[float]] = {"": []}
    with stored.temporary_store() as store:
        job = make_job(spec, store.workspace)
        peers = make_peers(job)
        begun = time.perf_counter()

        def after_epoch() -> None:
            nonlocal begun
            times[""].append((time.perf_counter() - begun) / num_steps)
            for name, peer in peers.items():
                times.setdefault(name, []).append(peer.block(num_steps))
            begun = time.perf_counter()

        with stored.recorder(store, stored.begin(store, spec)) as recorder:
            train(job, Progress(threads=threads), recorder, after_epoch, lambda: None,
                  lambda: False)
    return {name: seen[1:] for name, seen in times.items()}  # the first epoch warms up


def lines_of(times: dict[str, list[float]], threads: int) -> list[Line]:
    """Ours over each of the others."""
    of = f"{threads} thread{'s' if threads > 1 else ''}"
    ms = 1e3 * statistics.median(times[""])
    lines = [Line(f"{of}: our whole step, ResNet-20, batch {BATCH}", ms, "ms", None,
                  len(times[""]))]
    for name, (package, _) in PEERS.items():
        what = f"{of}: our step / {name}"
        if name in times:
            lines.append(table.ratio(what, times[""], times[name], 1.0))
        else:
            lines.append(Line(what, None, "", 1.0, 0, f"{package} is not installed"))
    return lines


def main() -> None:
    """Measure and print."""
    parser = table.arguments(__doc__)
    parser.add_argument("--steps", type=int, default=5, help="steps of a block")
    parser.add_argument("--rounds", type=int, default=6)
    wanted = parser.parse_args()
    lines: list[Line] = []
    with processes.temporary_folder() as folder:
        processes.write_cifar10(folder, num_test=BATCH)
        for threads in THREADS:
            times = measure(str(folder), threads, wanted.steps, wanted.rounds)
            lines += lines_of(times, threads)
    table.report(lines, wanted)


if __name__ == "__main__":
    main()
