"""Seconds to a certified bundle, and how long its files take beside the plain backbone's.

A run of SiLa is trained for a few steps on random images of CIFAR's size and exported by a worker
of the engine, as the window asks for it: the seconds are those from the task's submission to its
result, with the formats that are ticked by default, proved on 1,000 held-out images. Then each
float32 file of the bundle takes turns with the untrained plain backbone, written in the same way.
All of it on two cores, where there are more.

    python benchmarks/exports.py
"""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import processes
import table
import torch
from numpy.typing import NDArray
from table import Line

from engine.build import load_data, make_backbone
from engine.current_catalog import catalog_is_complete
from engine.exports import latency
from engine.exports.content import Content
from engine.exports.format import Format
from engine.exports.part import whole
from engine.registry import entries
from engine.spec.errors import StudioError
from engine.spec.run_spec import BackboneSpec, DatasetSpec, MethodSpec, RunSpec, TrainingSpec
from engine.spec.run_state import RunState
from engine.store import run_queue, runs, tasks
from engine.store.connect import Store
from engine.store.launch import ensure_engine
from engine.training.data import Images, Normalise

CORES = 2
HELD_OUT, TRAINED_ON = 1000, 256
LIMIT_S, SLOWER = 15.0, 1.02
"""What is promised: of the default bundle of ResNet-18, and of any file."""
BOUNDED = "resnet18"


def spec_of(backbone: str, images: Path) -> RunSpec:
    """A training of a few steps."""
    return RunSpec(
        dataset=DatasetSpec(name="cifar10", root=str(images), train_images=TRAINED_ON,
                            validation=0.01),
        backbone=BackboneSpec(name=backbone), method=MethodSpec(name="sila"),
        training=TrainingSpec(epochs=1, batch_size=32, device="cpu"),
    )


def trained(store: Store, spec: RunSpec) -> int:
    """The number of a run, once it is completed."""
    [run] = run_queue.enqueue(store, [spec])
    processes.wait_until(
        lambda: runs.get_run(store, run).state in (RunState.COMPLETED, RunState.FAILED),
        "the run is completed", 0.2,
    )
    if error := runs.get_run(store, run).error:
        raise StudioError(error)
    return run


def exported(store: Store, run: int, formats: Sequence[str] | None) -> tuple[float, dict[str, Any]]:
    """Seconds from the submission of an export to its result, and that."""
    task = tasks.submit(store, "export", {"run": run, "formats": formats})
    seconds = processes.wait_until(
        lambda: tasks.get_task(store, task).state in ("done", "failed"), "it is exported"
    )
    done = tasks.get_task(store, task)
    if done.result is None:
        raise StudioError(done.error)
    return seconds, done.result


def formats_of_float32() -> dict[str, Format]:
    """The formats that are exact, with the options that they have by default."""
    made = {
        entry.card.name: entry.make(entry.parse_options({})) for entry in entries("export")
        if entry.card.facts.get("outputs") != "several" and not entry.card.install_line
    }
    return {name: form for name, form in made.items() if form.is_exact}


def ratios(store: Store, spec: RunSpec, folder: Path, forms: Mapping[str, Format]) -> list[Line]:
    """Each file of a bundle in turns with the plain backbone's."""
    data = load_data(spec.dataset, store.workspace)
    size = len(data.classes), data.test.images_NHWC.shape[-1]
    cpu, normalise = torch.device("cpu"), Normalise(data.mean, data.std)
    test = Images(data.test.images_NHWC, data.test.labels_N, None, cpu)

    def blank() -> torch.nn.Module:
        return make_backbone(spec.backbone, *size).eval().requires_grad_(False)

    height, width, channels = data.test.images_NHWC.shape[1:]
    plain = Content(
        blank(), (height, width, channels), test, normalise, whole(), data.classes
    )

    def images(count: int) -> NDArray[np.generic]:
        return plain.feed(test.take(torch.arange(count))[0]).numpy()

    lines: list[Line] = []
    for name, form in forms.items():
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / form.file_name
            form.write(plain, path)
            pair = (form.open(folder / form.file_name, blank).predict,
                    form.open(path, blank).predict)
            lines += lines_of(spec.backbone.name, name, latency.latency(pair, images))
    return lines


def lines_of(backbone: str, name: str, timed: Sequence[Mapping[str, Any]]) -> list[Line]:
    """A line for each batch size."""
    return [
        Line(
            f"{backbone}, {name}, batch {row['batch']}: the file over the plain backbone's",
            row["ratio"], "", SLOWER, row["calls"], f"{row['ms']:.3g} ms a call",
            tuple(row["ratio_interval"]), noise=True,
        )
        for row in timed
    ]


def measured(
    store: Store, images: Path, backbone: str, rounds: int, forms: Mapping[str, Format]
) -> list[Line]:
    """The lines of a backbone."""
    spec = spec_of(backbone, images)
    run = trained(store, spec)
    seconds = [exported(store, run, None)[0] for _ in range(rounds)]
    _, result = exported(store, run, list(forms))
    took = Line(
        f"{backbone}: export asked for → default bundle, on {HELD_OUT:,} images",
        float(np.median(seconds)), "s", LIMIT_S if backbone == BOUNDED else None, rounds,
        f"the first {seconds[0]:.3g} s", (min(seconds), max(seconds)),
    )
    return [took, *ratios(store, spec, Path(result["folder"]), forms)]


def on_few_cores(count: int) -> None:
    """Let this process, and those that it starts, use so many cores at most."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])
    torch.set_num_threads(count)


def main() -> None:
    """Measure and print."""
    parser = table.arguments(__doc__)
    parser.add_argument("--backbone", action="append", help="may be named more than once")
    parser.add_argument("--rounds", type=int, default=3, help="exports of each backbone")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each pair of files")
    wanted = parser.parse_args()
    on_few_cores(CORES)
    latency.TIMED_S, latency.MOST_CALLS = wanted.seconds, 1000
    forms, lines = formats_of_float32(), list[Line]()
    with processes.temporary_folder() as folder:
        (images := folder / "images").mkdir()
        processes.write_cifar10(images, HELD_OUT)
        with processes.workspace_store(folder / "workspace") as store:
            ensure_engine(store, processes.LIMIT_S)
            processes.wait_until(lambda: catalog_is_complete(store), "the catalogue is complete")
            for backbone in wanted.backbone or ("resnet20", BOUNDED):
                lines += measured(store, images, backbone, wanted.rounds, forms)
    table.report(lines, wanted)


if __name__ == "__main__":
    main()
