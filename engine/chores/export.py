"""The "export" task: from a stored run to a proven bundle."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from engine.build import (
    Reporting,
    evaluation_metrics,
    load_data,
    make_backbone,
    make_system,
    split,
)
from engine.exports.bundle import Shipment, write_bundle
from engine.exports.part import (
    Part,
    all_exits,
    most_common_path,
    one_exit,
    one_path,
    reparameterized,
    whole,
)
from engine.registry import lookup
from engine.spec.errors import ExportError
from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from engine.store import artifacts, runs
from engine.store.connect import Store
from engine.teachers import Teachers
from engine.training.data import Images, Normalise
from engine.training.evaluate import evaluate
from engine.training.streams import Streams
from engine.training.weights import load_weights, stored_weights

DEFAULT_FORMATS = ("onnx", "safetensors")
PATH_IMAGES = 1000


def export_run(
    store: Store, arguments: dict[str, Any], progress: Reporting
) -> dict[str, Any]:
    """Export a completed run.

    Args:
        store: the workspace's store.
        arguments: `run`; `formats` (default onnx and safetensors); `weights` "best" (default)
            or "last"; `out`, a folder (default: one in the workspace); of a dynamic network
            `exit`, the number of an exit (or width) from 1 on, or "all"; or `path`, which blocks
            run, as ones and zeros, or "common" for the one most held-out images take;
            `reparameterize`, whether branches of the training time are folded.
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
    shipment, held_out = _shipment(store, row, weights)
    part = _part(store, shipment, held_out, arguments)
    results = _results_of(store, shipment, part, progress)
    shipment = replace(shipment, part=part, results=results)
    certificate = write_bundle(shipment, formats, folder.resolve(), progress)
    num_bytes = runs.folder_bytes(folder)
    artifacts.record(
        store, run, "bundle", folder.resolve(), step=certificate["step"], num_bytes=num_bytes,
        facts={"certificate": certificate},
    )
    return {"folder": str(folder.resolve()), "certificate": certificate}


def _shipment(store: Store, row: RunRow, weights: str) -> tuple[Shipment, Images]:
    """What is exported, and images that were held out of its training."""
    spec = runs.get_spec(store, row.id)
    data = load_data(spec.dataset, store.workspace)
    runs.check_data(store, row.id, data.digest())
    height, width, channels = data.test.images_NHWC.shape[1:]
    num_classes = len(data.classes)
    kept, held = split(spec.dataset, data)
    system = make_system(
        spec.method, spec.backbone, num_classes, channels, Streams(spec.seed), len(kept),
        Teachers(store, row.id),
    )
    path, step = stored_weights(store.workspace.run_folder(row.id), row, weights)
    try:
        system.load_state_dict(load_weights(path, artifacts.sha256_of(store, row.id, path)))
    except RuntimeError as error:
        raise ExportError(f"{path} does not fit run {row.id}: {error}") from None
    results = {
        key: value for key, summary in row.summaries.items()
        if key.startswith("test/") and (value := getattr(summary, weights)) is not None
    }
    cpu, train = torch.device("cpu"), data.train
    held_out = Images(train.images_NHWC, train.labels_N, held if len(held) else kept, cpu)
    return Shipment(
        run=row.id, name=row.name, spec=spec, step=step, weights=weights, system=system.eval(),
        blank=lambda: make_backbone(spec.backbone, num_classes, channels),
        classes=data.classes,
        test=Images(data.test.images_NHWC, data.test.labels_N, None, cpu),
        image_shape=(height, width, channels), normalise=Normalise(data.mean, data.std),
        results=results,
    ), held_out


def _part(
    store: Store, shipment: Shipment, held_out: Images, arguments: Mapping[str, Any]
) -> Part:
    """What of the network ships; see `export_run`."""
    network, size = shipment.system.deployable(), shipment.image_shape[0]
    exit_, path, fold = (arguments.get(key) for key in ("exit", "path", "reparameterize"))
    if sum((exit_ is not None, path is not None, bool(fold))) > 1:
        raise ExportError("one of an exit, a path and the re-parameterised network ships, not two")
    if fold:
        return reparameterized(network)
    if path is not None:
        return one_path(network, _taken(shipment, held_out, str(path)), size)
    if exit_ is None:
        return whole()
    if exit_ == "all":
        return all_exits(network, size, _curve(store, shipment, "budgeted"))
    try:
        return one_exit(network, int(exit_), size)
    except ValueError:
        raise ExportError(f"exit '{exit_}': it is a number from 1 on, or all") from None


def _results_of(
    store: Store, shipment: Shipment, part: Part, progress: Reporting
) -> Mapping[str, float]:
    """The test numbers that hold for what ships: stored ones, or of a path measured now."""
    if "path" in part.facts:
        progress(0, 0, f"testing {part.name} on {len(shipment.test):,} images")
        network = part.cut(shipment.system.deployable())
        return {
            f"test/{name}": value for name, value in evaluate(
                network, shipment.test, shipment.normalise, evaluation_metrics()
            ).items()
        }
    if "exit" not in part.facts:
        return shipment.results
    anytime = _curve(store, shipment, "anytime")
    return {} if anytime is None else {"test/top1": anytime["top1"][part.facts["exit"] - 1]}


def _curve(store: Store, shipment: Shipment, kind: str) -> dict[str, Any] | None:
    """The run's stored curve of these weights; where the best are the last, one is stored."""
    kept = {facts["weights"]: facts for _, facts in
            artifacts.facts_of(store, [shipment.run], "curve") if facts["kind"] == kind}
    return kept.get(shipment.weights) or kept.get("last")


def _taken(shipment: Shipment, held_out: Images, path: str) -> tuple[bool, ...]:
    """The blocks of a path as the user names it."""
    network = shipment.system.deployable()
    if path == "common":
        some = torch.arange(min(len(held_out), PATH_IMAGES))
        with torch.no_grad():
            return most_common_path(network, shipment.normalise(held_out.take(some)[0]))
    if not path or set(path) - {"0", "1"}:
        raise ExportError(f"path '{path}': it is a row of ones and zeros, or common")
    return tuple(block == "1" for block in path)


def _default_folder(store: Store, row: RunRow, weights: str) -> Path:
    """A new folder in the workspace, named after the run."""
    stem = re.sub(r"[^\w.-]+", "-", row.name)
    parent = store.workspace.export_folder(row.id)
    number = 1
    while (folder := parent / f"{stem}-{weights}-{number}").exists():
        number += 1
    return folder
