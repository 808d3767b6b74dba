"""What a step of every method costs beside a step of plain training, as a ratio.

Forward, backward and optimiser step on a resident batch; every round takes one step of each method
in turn in one process, and each is held against plain's step of the same round. What is promised
of a method is its bound; the others are told beside what their cards say.

    python benchmarks/method_cost.py --backbone resnet20 --threads 1 --method sila --method dml
"""

import argparse
import statistics
import time
from collections.abc import Callable

import table
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

SIZE, NUM_CLASSES, WARM = 32, 10, 3
TAUGHT = {"kd": {"teacher": "run:1"}, "tf_kd_self": {"teacher": "run:1"}}
VARIANTS = {
    "sila, SiLa-T": ("sila", {"alpha": 0.0, "beta": 1.0}),
    "sila, both": ("sila", {"beta": 1.0}),
    "sila, SiLa-T, another view": ("sila", {"alpha": 0.0, "beta": 1.0, "teacher_view": True}),
}
BOUNDS = {"sila": 1.03, "sila, SiLa-T": 1.08, "dml": 1.95, "sila_dml": 2.1}


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


def measure(wanted: argparse.Namespace, threads: int) -> list[table.Line]:
    """Take steps of every method in turn; a line for each but plain."""
    torch.set_num_threads(threads)
    network = next(e.card for e in entries("backbone") if e.card.name == wanted.backbone)
    methods = {entry.card.name: entry.card for entry in entries("method")}
    cases: dict[str, tuple[str, dict[str, object]]] = {
        name: (name, {}) for name, card in methods.items() if not objections([card, network])
    }
    cases |= VARIANTS
    if wanted.method:
        cases = {name: cases[name] for name in ("plain", *wanted.method)}
    steps = {name: stepping(*case, wanted) for name, case in cases.items()}
    times: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(wanted.rounds + WARM):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            if number >= WARM:
                times[name].append(time.perf_counter() - start)
    plain = times.pop("plain")
    title = f"{wanted.backbone}, {wanted.precision}, {threads} thread{'s' * (threads > 1)}"
    lines = [table.Line(f"step of plain: {title}", 1e3 * statistics.median(plain), "ms", None,
                        len(plain))]
    for name, taken in times.items():
        cost = methods[cases[name][0]].facts["cost"] if name in methods else ""
        note = f"card {cost}" if cost and name not in BOUNDS else ""
        if name == "dml" and threads == 1:
            note = "two networks on one core share their images and nothing else"
        lines.append(table.ratio(f"  {name} / plain", taken, plain, BOUNDS.get(name), note))
    return lines


def main() -> None:
    """Measure and print."""
    parser = table.arguments(__doc__)
    parser.add_argument("--backbone", default="resnet20")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, action="append", help="again for another number")
    parser.add_argument("--precision", default="float32", choices=("float32", "bfloat16"))
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--method", action="append", help="again for another one; else all")
    wanted = parser.parse_args()
    lines = [line for threads in wanted.threads or (1, 2) for line in measure(wanted, threads)]
    table.report(lines, wanted)


if __name__ == "__main__":
    main()
