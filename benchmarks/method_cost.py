"""What a step of every method costs beside a step of plain training, as a ratio.

Forward, backward and optimiser step on a resident batch; every round takes one step of each method
in turn in one process, and each is held against plain's step of the same round.

    python benchmarks/method_cost.py --backbone resnet20 --threads 1
"""

import argparse
import platform
import statistics
import time
from collections.abc import Callable

import torch

from engine.backbones.backbone import Backbone
from engine.build import make_backbone, make_system
from engine.losses.targets import Targets
from engine.methods.batch import Batch, Moment
from engine.methods.method import Method
from engine.registry import entries
from engine.spec.card import objections
from engine.spec.run_spec import BackboneSpec, MethodSpec, TrainingSpec
from engine.training.device import autocast
from engine.training.optim import make_optimizer
from engine.training.streams import Streams

SIZE, NUM_CLASSES = 32, 10
TAUGHT = {"kd": {"teacher": "run:1"}, "tf_kd_self": {"teacher": "run:1"}}
VARIANTS = {
    "sila, SiLa-T": ("sila", {"alpha": 0.0, "beta": 1.0}),
    "sila, both": ("sila", {"beta": 1.0}),
    "sila, SiLa-T, another view": ("sila", {"alpha": 0.0, "beta": 1.0, "teacher_view": True}),
}


def stepping(method: str, options: dict[str, object], wanted: argparse.Namespace
             ) -> Callable[[], None]:
    """A function that takes one step of a method."""
    backbone = BackboneSpec(name=wanted.backbone)

    def teacher(*_: object) -> Backbone:
        return make_backbone(backbone, NUM_CLASSES, 3).eval().requires_grad_(False)

    spec = TrainingSpec(precision=wanted.precision)
    system = make_system(
        MethodSpec(name=method, options={**TAUGHT.get(method, {}), **options}), backbone,
        NUM_CLASSES, 3, Streams(0), wanted.batch, teacher,
    )
    system.train().to(memory_format=torch.channels_last)
    optimizer, batch = make_optimizer(system, spec), resident(system, wanted.batch)
    precision = autocast(spec, torch.device("cpu"))

    def step() -> None:
        with precision:
            loss = system.loss(batch)
        optimizer.zero_grad(set_to_none=True)
        loss.total.backward()
        optimizer.step()
        system.after_step(batch, loss)

    return step


def resident(system: Method, size: int) -> Batch:
    """A batch with all that a method asks for, in the middle of a training."""
    def images() -> torch.Tensor:
        return torch.randn(size, 3, SIZE, SIZE).to(memory_format=torch.channels_last)

    targets = Targets(torch.randint(NUM_CLASSES, (size,)))
    views = tuple(images() for _ in range(system.num_views))
    partner = images() if system.wants_partners else None
    moment, noise = Moment(50, 100, 5, 10), torch.Generator().manual_seed(0)
    return Batch(views, targets, torch.arange(size), moment, noise, partner)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--backbone", default="resnet20")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precision", default="float32", choices=("float32", "bfloat16"))
    parser.add_argument("--rounds", type=int, default=10)
    wanted = parser.parse_args()
    torch.set_num_threads(wanted.threads)
    network = next(e.card for e in entries("backbone") if e.card.name == wanted.backbone)
    methods = {entry.card.name: entry.card for entry in entries("method")}
    cases: dict[str, tuple[str, dict[str, object]]] = {
        name: (name, {}) for name, card in methods.items() if not objections([card, network])
    }
    cases |= VARIANTS
    steps = {name: stepping(*case, wanted) for name, case in cases.items()}
    times: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(wanted.rounds + 2):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            if number > 1:  # the first ones warm up
                times[name].append(time.perf_counter() - start)
    print(
        f"{wanted.backbone}, {SIZE} × {SIZE} pixels, batch {wanted.batch}, {wanted.precision}, "
        f"{wanted.threads} thread(s), n = {wanted.rounds}; torch {torch.__version__}, "
        f"{platform.machine()}; plain {1e3 * statistics.median(times['plain']):.0f} ms"
    )
    print(f"{'method':<28} {'median':>6} {'(quartiles)':>15} {'card':>6}")
    for name, taken in times.items():
        ratios = [a / b for a, b in zip(taken, times["plain"], strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        card = methods[cases[name][0]].facts["cost"] if name in methods else ""
        print(f"{name:<28} {middle:6.2f} {f'({low:.2f} to {high:.2f})':>15} {card:>6}")


if __name__ == "__main__":
    main()
