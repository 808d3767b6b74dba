"""What images on disk take from a training, and how quickly a folder of them is packed.

The real loop trains on a memmap, as packing leaves one, and on the same images in memory: an epoch
of each in turn, on one thread. The file is then in the system's page cache; where the system lets
go of it when asked, a third epoch reads it from the disk.

    python benchmarks/packed.py
"""

import mmap
import os
import statistics
import tempfile
import time
from pathlib import Path

import floor
import numpy as np
import stored
import table
import torch
from PIL import Image

from engine.datasets.dataset import ImageSet
from engine.datasets.folder_listing import list_folder
from engine.datasets.packing import pack
from engine.spec.run_spec import DatasetSpec, RunSpec, TrainingSpec
from engine.store.connect import Store
from engine.training import loop
from engine.training.checkpoint import Progress
from engine.training.job import Job

NUM_IMAGES, SIZE, BATCH, STEPS = 4_000, 64, 64, 10
CACHED, FROM_DISK = "cached", "read from disk"
BOUNDS, NUM_FILES, FILE_SIZE, PACKINGS = {CACHED: 1.02, FROM_DISK: None}, 400, (320, 240), 3


def on_disk(images: ImageSet, file: Path) -> ImageSet:
    """The images as packing leaves them."""
    np.save(file, images.images_NHWC)
    return ImageSet(np.load(file, mmap_mode="c"), images.labels_N)


def drop_pages(images: ImageSet, file: Path) -> None:
    """Let the next reading of a memmap come from the disk."""
    mapped = images.images_NHWC.base
    assert isinstance(mapped, mmap.mmap)
    mapped.madvise(mmap.MADV_DONTNEED)  # what is mapped stays in the cache
    with file.open("rb") as opened:
        os.fsync(opened.fileno())  # nor does the cache let go of what is not written yet
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def seconds_of_a_step(store: Store, job: Job) -> float:
    """Train for an epoch; a step's share of all that it took."""
    claimed, since = stored.begin(store), time.perf_counter()
    with stored.recorder(store, claimed) as recorder:
        loop.train(job, Progress(), recorder, floor.nothing, floor.nothing, lambda: False)
    step_s = (time.perf_counter() - since) / len(job.batches)
    stored.finish(store, claimed)
    return step_s


def training(rounds: int, folder: Path) -> list[table.Line]:
    """Train from memory and from the disk in turn."""
    torch.set_num_threads(1)
    file, here = folder / "train.npy", floor.random_images(NUM_IMAGES, SIZE)
    there = on_disk(here, file)
    recipe = TrainingSpec(device="cpu", epochs=1, batch_size=BATCH, lr=0.01)
    spec = RunSpec(dataset=DatasetSpec(name="image_folder"), training=recipe)
    rows = np.random.default_rng(1).permutation(NUM_IMAGES)[: BATCH * STEPS]
    memory, memmap = (floor.make_job(spec, images, rows) for images in (here, there))
    arms = {"memory": memory, CACHED: memmap}
    arms |= {FROM_DISK: memmap} if hasattr(os, "posix_fadvise") else {}
    times: dict[str, list[float]] = {name: [] for name in arms}
    with stored.temporary_store() as store:
        for number in range(rounds + 1):
            for name in arms if number % 2 else reversed(arms):
                if name == FROM_DISK:
                    drop_pages(there, file)
                times[name].append(seconds_of_a_step(store, arms[name]))
    seen = {name: taken[1:] for name, taken in times.items()}  # the first ones warm up
    base = seen.pop("memory")
    what = f"{spec.backbone.name}, {SIZE}×{SIZE}, batch {BATCH}, 1 thread: whole step from a memmap"
    note = f"from memory {1e3 * statistics.median(base):.0f} ms"
    return [table.ratio(f"{what}, {name} / from memory", taken, base, BOUNDS[name], note)
            for name, taken in seen.items()]


def packing(folder: Path) -> table.Line:
    """Pack a folder of smooth pictures with a little noise, as photos are."""
    draws, pictures = np.random.default_rng(0), folder / "pictures"
    for number in range(NUM_FILES):
        blobs = Image.fromarray(draws.integers(0, 256, (6, 8, 3), np.uint8)).resize(FILE_SIZE)
        noisy_HWC = np.asarray(blobs, np.int16) + draws.integers(-4, 5, (*FILE_SIZE[::-1], 3))
        file = pictures / f"class{number % 2}" / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noisy_HWC.clip(0, 255).astype(np.uint8)).save(file)
    listing, rates, told = list_folder(pictures), list[float](), list[object]()
    for number in range(PACKINGS):
        place, since = folder / f"packed{number}", time.perf_counter()
        pack(listing, (SIZE, SIZE, 3), 0.2, place, lambda *progress: told.append(progress))
        rates.append(NUM_FILES / (time.perf_counter() - since))
    what = f"packing PNG files of {'×'.join(map(str, FILE_SIZE))} to {SIZE}×{SIZE}"
    note = f"told of its progress {len(told) / PACKINGS:g} times for {NUM_FILES} files"
    return table.Line(what, statistics.median(rates), "images/s", None, PACKINGS, note)


def main() -> None:
    """Measure and print."""
    parser = table.arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sila-bench-") as name:
        lines = [*training(wanted.rounds, Path(name)), packing(Path(name))]
    table.report(lines, wanted)


if __name__ == "__main__":
    main()
