"""What a device makes of a training: images a second, share of its peak, and where the time goes.

ResNet-18 on images of CIFAR's shape through the real loop, against a large matrix product in the
same precision, measured in turn; then the operations that take most time in the profiler.

    python benchmarks/device.py --device cuda
"""

import argparse
import statistics
import time

import floor
import stored
import table
import torch
from torch.profiler import ProfilerActivity, profile

from engine.backbones.flops import exit_multiply_adds
from engine.spec.run_spec import BackboneSpec, DatasetSpec, RunSpec, TrainingSpec
from engine.training import loop
from engine.training.checkpoint import Progress
from engine.training.device import choose_algorithms
from engine.training.job import Job

WARM, PASSES = 3, 3
"""Steps that are not counted. Forward once, backward twice: to the inputs and to the weights."""
TOP, WATCHED = 6, 20
"""Operations that are told, and steps that are looked at: going through more takes minutes."""


def steps_per_s(job: Job, num_steps: int) -> float:
    """Take steps of the real loop, with recorder and store; the first few are not counted."""
    marks: list[float] = []

    def on_time() -> bool:
        if job.device.type == "cuda" and len(marks) in (WARM, num_steps + WARM):
            torch.cuda.synchronize(job.device)
        marks.append(time.perf_counter())
        if len(marks) > num_steps + WARM:
            raise floor.Enough
        return False

    with stored.temporary_store() as store:
        recorder = stored.recorder(store, stored.begin(store))
        try:
            with recorder:
                loop.train(job, Progress(), recorder, floor.nothing, floor.nothing, on_time)
        except floor.Enough:
            pass
    return num_steps / (marks[WARM + num_steps] - marks[WARM])


def peak_flops(device: torch.device, dtype: torch.dtype, size: int, rounds: int) -> float:
    """Floating-point operations a second of a product of square matrices.

    On a GPU, float32 is what convolutions make of it: TF32, unless that was switched off.
    """
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32
    a, b = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    taken: list[float] = []
    for _ in range(rounds + 1):
        since = time.perf_counter()
        a @ b
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        taken.append(time.perf_counter() - since)
    return 2 * size**3 / min(taken[1:])


def hottest(job: Job, steps: int) -> list[table.Line]:
    """The operations that take most time of some steps."""
    on_gpu = job.device.type == "cuda"
    kinds = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_gpu else [])]
    with profile(activities=kinds) as seen:
        steps_per_s(job, steps)
    key = "self_device_time_total" if on_gpu else "self_cpu_time_total"
    ops = sorted(seen.key_averages(), key=lambda op: getattr(op, key), reverse=True)
    total = sum(getattr(op, key) for op in ops)
    return [
        table.Line(f"  of its time {op.key[:60]}", 100 * getattr(op, key) / total, "%", None, steps)
        for op in ops[:TOP]
    ]


def measure(wanted: argparse.Namespace, precision: str) -> list[table.Line]:
    """Images a second and share of the peak in one precision."""
    training = TrainingSpec(
        device=wanted.device, epochs=10_000, precision=precision, batch_size=wanted.batch,
        deterministic=False,
    )
    backbone, dataset = BackboneSpec(name=wanted.backbone), DatasetSpec(name="cifar10")
    spec = RunSpec(dataset=dataset, backbone=backbone, training=training)
    job = floor.make_job(spec, floor.random_images(floor.NUM_IMAGES, floor.SIZE))
    choose_algorithms(training, job.device)
    network = job.system.deployable()
    adds = exit_multiply_adds(network, floor.SIZE)[-1]
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    rates, peaks = [], []
    for _ in range(wanted.rounds):
        rates.append(steps_per_s(job, wanted.steps) * wanted.batch)
        peaks.append(peak_flops(job.device, dtype, wanted.size, 5))
    shares = [200 * PASSES * adds * rate / peak for rate, peak in zip(rates, peaks, strict=True)]
    title = f"{wanted.backbone}, batch {wanted.batch}, {precision}, {job.device}"
    return [
        table.Line(f"{title}: training", statistics.median(rates), "images/s", None, len(rates)),
        table.Line(
            f"{title}: share of the peak of a {wanted.size} matrix product",
            statistics.median(shares), "%", None, len(shares),
            f"peak {statistics.median(peaks) / 1e12:.2f} TFLOP/s",
        ),
        *hottest(job, min(wanted.steps, WATCHED)),
    ]


def main() -> None:
    """Measure and print."""
    parser = table.arguments(__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--backbone", default="resnet18")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=2, help="of a round; some hundred on a GPU")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--size", type=int, default=2048, help="of the matrices; 8192 on a GPU")
    parser.add_argument("--precision", action="append", choices=("float32", "bfloat16"))
    wanted = parser.parse_args()
    lines: list[table.Line] = []
    for precision in wanted.precision or ("float32", "bfloat16"):
        lines += measure(wanted, precision)
    table.report(lines, wanted)


if __name__ == "__main__":
    main()
