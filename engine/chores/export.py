"""The "export" task: from a stored run to a proven bundle."""

import re
from pathlib import Path
from typing import Any

import torch

from engine.build import Reporting, load_data, make_backbone, make_system
from engine.exports.bundle import Shipment, write_bundle
from engine.registry import lookup
from engine.spec.errors import ExportError
from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from engine.store import artifacts, runs
from engine.store.connect import Store
from engine.training.checkpoint import BEST_WEIGHTS, LAST_WEIGHTS, load_weights
from engine.training.data import Images, Normalise
from engine.training.streams import Streams

DEFAULT_FORMATS = ("onnx", "safetensors")


def export_run(
    store: Store, arguments: dict[str, Any], progress: Reporting
) -> dict[str, Any]:
    """Export a completed run.

    Args:
        store: the workspace's store.
        arguments: `run`; `formats` (default onnx and safetensors); `weights` "best" (default)
            or "last"; `out`, a folder (default: one in the workspace).
        progress: told how far it is.

    Returns:
        `{folder, certificate}`.

    Raises:
        ExportError, DataError, StoreError: there is no bundle then.
    """
    run, weights = int(arguments["run"]), arguments.get("weights") or "best"
    row = runs.get_run(store, run)
    if row.state is not RunState.COMPLETED:
        raise ExportError(f"run {run} is {row.state}: only a completed run can be exported")
    formats = {
        name: (entry := lookup("export", name)).make(entry.parse_options({}))
        for name in dict.fromkeys(arguments.get("formats") or DEFAULT_FORMATS)
    }
    folder = Path(arguments.get("out") or _default_folder(store, row, weights)).expanduser()
    progress(0, len(formats), "reading the data")
    certificate = write_bundle(_shipment(store, row, weights), formats, folder.resolve(), progress)
    num_bytes = runs.folder_bytes(folder)
    artifacts.record(
        store, run, "bundle", folder.resolve(), step=certificate["step"], num_bytes=num_bytes,
        facts={"certificate": certificate},
    )
    return {"folder": str(folder.resolve()), "certificate": certificate}


def _shipment(store: Store, row: RunRow, weights: str) -> Shipment:
    spec = runs.get_spec(store, row.id)
    data = load_data(spec.dataset, store.workspace)
    runs.check_data(store, row.id, data.digest())
    height, width, channels = data.test.images_NHWC.shape[1:]
    num_classes = len(data.classes)
    system = make_system(spec.method, spec.backbone, num_classes, channels, Streams(spec.seed))
    path, step = _weights_file(store, row, weights)
    try:
        system.load_state_dict(load_weights(path))
    except RuntimeError as error:
        raise ExportError(f"{path} does not fit run {row.id}: {error}") from None
    results = {
        key: value for key, summary in row.summaries.items()
        if key.startswith("test/") and (value := getattr(summary, weights)) is not None
    }
    return Shipment(
        run=row.id, name=row.name, spec=spec, step=step, weights=weights, system=system.eval(),
        blank=lambda: make_backbone(spec.backbone, num_classes, channels),
        classes=data.classes,
        test=Images(data.test.images_NHWC, data.test.labels_N, None, torch.device("cpu")),
        image_shape=(height, width, channels), normalise=Normalise(data.mean, data.std),
        results=results,
    )


def _weights_file(store: Store, row: RunRow, weights: str) -> tuple[Path, int]:
    """The weights asked for; without a validation part the last are the best."""
    folder = store.workspace.run_folder(row.id)
    summary = row.summaries.get("test/top1")
    if weights == "best" and summary is not None and summary.best_step != summary.last_step:
        return folder / BEST_WEIGHTS, summary.best_step or 0
    if weights not in ("best", "last"):
        raise ExportError(f"weights '{weights}': it is best or last")
    return folder / LAST_WEIGHTS, row.num_steps


def _default_folder(store: Store, row: RunRow, weights: str) -> Path:
    """A new folder in the workspace, named after the run."""
    stem = re.sub(r"[^\w.-]+", "-", row.name)
    parent = store.workspace.export_folder(row.id)
    number = 1
    while (folder := parent / f"{stem}-{weights}-{number}").exists():
        number += 1
    return folder
