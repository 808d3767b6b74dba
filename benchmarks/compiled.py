"""What a compiled network gains: a step with torch.compile over one without, and what that costs.

Both take steps on the same resident batch in turn (on a GPU, blocks of steps), in a process of its
own for each case, with an empty cache, so that the first step compiles everything. The last line
holds bfloat16 against float32, both uncompiled: a CPU gains where it has AMX.

    python benchmarks/compiled.py --device cuda
"""

import argparse
import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import floor
import table
import torch

from engine.spec.errors import SpecError
from engine.spec.run_spec import BackboneSpec, DatasetSpec, RunSpec, TrainingSpec
from engine.training.compiled import Compiled
from engine.training.device import autocast, choose_algorithms, default_generator
from engine.training.loop import make_batch, update

NUM_IMAGES, WARM = 256, 2
Arm = tuple[str, str]
"""How it is compiled, and its precision."""


def stepping(wanted: argparse.Namespace, arm: Arm) -> Callable[[int], float]:
    """A function that takes so many steps and returns the seconds of one."""
    how, precision = arm
    recipe = TrainingSpec.model_validate({
        "device": wanted.device, "compile": how, "precision": precision, "deterministic": False,
    })
    spec = RunSpec(dataset=DatasetSpec(name="cifar10"), training=recipe,
                   backbone=BackboneSpec(name=wanted.backbone))
    job = floor.make_job(spec, floor.random_images(NUM_IMAGES, floor.SIZE))
    choose_algorithms(recipe, job.device)
    job.system.train()
    compiled, casting = Compiled(job), autocast(recipe, job.device)
    batch = make_batch(job, next(job.batches.epoch(0)), 0, default_generator(job.device))

    def take(count: int) -> float:
        since = time.perf_counter()
        with compiled.in_use():
            for _ in range(count):
                with compiled.step(lambda _: None):
                    update(job, batch, casting)
        if job.device.type == "cuda":
            torch.cuda.synchronize(job.device)
        return (time.perf_counter() - since) / count

    return take


def in_turn(wanted: argparse.Namespace, one: Arm, other: Arm
            ) -> tuple[list[float], list[float], list[float]]:
    """Seconds of steps of both arms, and of the first step of each."""
    torch.set_num_threads(1)
    arms = [stepping(wanted, arm) for arm in (one, other)]
    first = [take(1) for take in arms]
    block = 1 if wanted.device == "cpu" else floor.GPU_BLOCK
    rows = [[take(block) for take in arms] for _ in range(wanted.rounds + WARM)][WARM:]
    return [row[0] for row in rows], [row[1] for row in rows], first


def compare(wanted: argparse.Namespace, how: str, precision: str) -> list[table.Line]:
    """A step with torch.compile over one without, and when what it took is made good."""
    where = "1 thread" if wanted.device == "cpu" else wanted.device
    title = f"{wanted.backbone}, batch 128, {precision}, {where}: step with compile = {how}"
    try:
        on, off, (first, _) = in_turn(wanted, (how, precision), ("off", precision))
    except SpecError as error:
        return [table.Line(f"{title} / off", None, "", None, 0, str(error))]
    step, gain = statistics.median(on), statistics.median(off) - statistics.median(on)
    paid = "never paid for"
    if gain > 0:
        paid = f"paid for after {math.ceil((first - step) / gain):,} steps"
    note = f"off {1e3 * statistics.median(off):.1f} ms"
    return [table.ratio(f"{title} / off", on, off, None, note),
            table.Line("  its first step, compiling included", first, "s", None, 1, paid)]


def precisions(wanted: argparse.Namespace) -> list[table.Line]:
    """A step in bfloat16 over one in float32."""
    half, single, _ = in_turn(wanted, ("off", "bfloat16"), ("off", "float32"))
    what = f"{wanted.backbone}, batch 128, uncompiled: step in bfloat16 / float32"
    return [table.ratio(what, half, single, None)]


def alone(measure: Callable[..., list[table.Line]], *given: object) -> list[table.Line]:
    """What `measure` returns in a process of its own, with nothing compiled before."""
    with tempfile.TemporaryDirectory(prefix="sila-bench-") as folder:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            return pool.submit(measure, *given).result()


def main() -> None:
    """Measure and print."""
    parser = table.arguments(__doc__)
    parser.add_argument("--backbone", default="resnet20")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--precision", action="append", choices=("float32", "bfloat16"))
    wanted = parser.parse_args()
    lines: list[table.Line] = []
    for precision in wanted.precision or ("float32", "bfloat16"):
        for how in ("default",) if wanted.device == "cpu" else ("default", "cuda_graphs"):
            lines += alone(compare, wanted, how, precision)
    table.report([*lines, *alone(precisions, wanted)], wanted)


if __name__ == "__main__":
    main()
