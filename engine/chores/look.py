"""The tasks "inspect" and "add": what a dataset holds, and what is wrong with it."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.build import Reporting, load_data, make_augment, split
from engine.datasets.dataset import ImageData
from engine.datasets.inspect import inspect
from engine.datasets.recognise import is_archive, recognise, unpack
from engine.spec.options import parse
from engine.spec.run_spec import DatasetSpec
from engine.store import runs
from engine.store.connect import Store

MOST_IMAGES = 400


def inspect_dataset(
    store: Store, arguments: dict[str, Any], progress: Reporting
) -> dict[str, Any]:
    """Read a dataset and describe it.

    Args:
        store: the workspace's store.
        arguments: `dataset`, a `DatasetSpec` as a table.
        progress: told how far it is.

    Returns:
        Name, root, size on disk (None where it comes with the program), classes, counts, how many
        training images are held out for validation, statistics, problems, duplicates, and a sample
        grid as it lies on disk and as the network is fed it; images are base64 of raw uint8
        (N, H, W, C).

    Raises:
        DataError, SpecError: it is not there, or cannot be read.
    """
    spec = parse(DatasetSpec, arguments["dataset"], "dataset")
    data = load_data(spec, store.workspace, progress)
    return _described(spec, data)


def add_dataset(
    store: Store, arguments: dict[str, Any], progress: Reporting
) -> dict[str, Any]:
    """Recognise a folder or file that is to be trained on, and describe what it holds.

    The user's files are only read; an archive is unpacked into the workspace.

    Args:
        store: the workspace's store.
        arguments: `path`.
        progress: told how far it is.

    Returns:
        `dataset`, a `DatasetSpec` as a table; `title`; `found`, as `inspect_dataset` returns it.

    Raises:
        DataError: it is nothing that can be read; the line says what was looked for.
    """
    path = Path(arguments["path"]).expanduser()
    found = (
        unpack(path, store.workspace.downloads, progress) if is_archive(path) else recognise(path)
    )
    dataset = {"name": found.name, "root": str(found.root), "options": {}}
    looked = inspect_dataset(store, {"dataset": dataset}, progress)
    return {"dataset": dataset, "title": found.title, "found": looked}


def _described(spec: DatasetSpec, data: ImageData) -> dict[str, Any]:
    seen = inspect(data)
    augment = make_augment(spec, data)
    draws = torch.Generator().manual_seed(0)
    count = len(seen.samples)
    shift_N2 = torch.randint(0, 2 * augment.shift + 1, (count, 2), generator=draws)
    flip_N = torch.rand(count, generator=draws) < 0.5
    augmented = augment(torch.from_numpy(np.array(seen.samples)), shift_N2, flip_N).numpy()
    return {
        "name": data.name, "root": data.root, "classes": list(data.classes),
        "train_counts": seen.train_counts.tolist(), "test_counts": seen.test_counts.tolist(),
        "image_shape": list(seen.image_shape), "mean": list(data.mean), "std": list(data.std),
        "samples": _packed(seen.samples, seen.sample_labels),
        "augmented": _packed(augmented, seen.sample_labels),
        "problems": [{"path": p.path, "reason": p.reason} for p in seen.problems],
        "duplicates": seen.num_duplicates, "notes": list(seen.notes),
        "held_out": len(split(spec, data)[1]), "num_bytes": _size_on_disk(data.root),
    }


def held_out_images(
    store: Store, arguments: dict[str, Any], progress: Reporting
) -> dict[str, Any]:
    """Images of a run's validation or test part.

    Args:
        store: the workspace's store.
        arguments: `run`; `part`, "val" or "test"; `indices` within it, at most `MOST_IMAGES`.
        progress: told how far it is.

    Returns:
        `asked`, the arguments; `classes`, their names; `images`, base64 of raw uint8 (N, H, W, C)
        with their labels.

    Raises:
        DataError, SpecError, StoreError: the dataset is not there any more, or is another one.
    """
    run = int(arguments["run"])
    spec = runs.get_spec(store, run)
    data = load_data(spec.dataset, store.workspace, progress)
    runs.check_data(store, run, data.digest())
    rows = np.array(arguments["indices"][:MOST_IMAGES], np.int64)
    part = data.test
    if arguments["part"] == "val":
        part, rows = data.train, split(spec.dataset, data)[1][rows]
    return {
        "asked": arguments, "classes": list(data.classes),
        "images": _packed(part.images_NHWC[rows], part.labels_N[rows]),
    }


def _size_on_disk(root: str) -> int | None:
    """Bytes of a dataset's file, or of all files in its folder."""
    if not root:
        return None
    path = Path(root)
    files = [path] if path.is_file() else [f for f in path.rglob("*") if f.is_file()]
    return sum(file.stat().st_size for file in files)


def _packed(images: NDArray[np.uint8], labels: NDArray[np.int64]) -> dict[str, Any]:
    data = base64.b64encode(np.ascontiguousarray(images).tobytes()).decode()
    return {"shape": list(images.shape), "data": data, "labels": labels.tolist()}
