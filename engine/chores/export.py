"""The "export" task: from a stored run to a proven bundle."""

import re
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from engine.build import Reporting, load_data, make_backbone, make_system, split
from engine.chores.export_choice import choose
from engine.chores.export_weights import load_into
from engine.exports.bundle import partial_of, sweep, write_bundle
from engine.exports.content import in_a_line
from engine.exports.extra import make_format
from engine.exports.format import Format
from engine.exports.proof import IMAGES
from engine.exports.shipment import Shipment
from engine.registry import entries
from engine.spec.errors import ExportError
from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from engine.store import artifacts, runs
from engine.store.connect import Store
from engine.teachers import Teachers
from engine.training.data import Images, Normalise
from engine.training.streams import Streams

LICENSE_LENGTH = 200


def export_run(
    store: Store, arguments: dict[str, Any], progress: Reporting
) -> dict[str, Any]:
    """Export a completed run.

    Args:
        store: the workspace's store.
        arguments: `run`; `formats` (default: those whose cards say so); `format_options`, values
            by format and option; `weights` "best" (default), "last", "ema" or "average" (of the
            checkpoints kept of the second half); `out`, a folder (default: one in the workspace);
            of networks that learned together `peer`, a number from 1 on,
            "best" (by validation) or "ensemble" (default: the one that the method ships); of a
            dynamic network `exit`, the number of an exit (or width) from 1 on, or "all"; or
            `path`, which blocks run, as ones and zeros, or "common" for the one most held-out
            images take; `reparameterize`, whether branches of the training time are folded;
            `fold_bn`, whether batch norms are folded into the convolutions before them;
            `temperature`, whether logits are divided by one that is fitted on validation;
            `license`, under which the files are passed on, as the model card is to say it;
            `images`, on how many test images, at most, files are proved: 1,000 (the default) or
            more, or all, if there are fewer.
        progress: told how far it is.

    Returns:
        `{folder, certificate}`; of formats that could not be written, the certificate says why.

    Raises:
        ExportError, DataError, StoreError, SpecError: there is no bundle then.
    """
    run, weights = int(arguments["run"]), arguments.get("weights") or "best"
    row = runs.get_run(store, run)
    if row.state is not RunState.COMPLETED:
        raise ExportError(f"run {run} is {row.state}: only a completed run can be exported")
    formats, missing = _formats(arguments)
    images, license_ = _images(arguments), _license(arguments)
    with _folder(store, row, weights, arguments.get("out")) as folder:
        progress(0, len(formats), "reading the data")
        shipment, held_out = _shipment(store, row, weights)
        shipment = replace(shipment, license=license_)
        shipment = choose(store, shipment, held_out, arguments, progress)
        certificate = write_bundle(shipment, formats, folder.resolve(), progress, images, missing)
    num_bytes = runs.folder_bytes(folder)
    artifacts.record(
        store, run, "bundle", folder.resolve(), step=certificate["step"], num_bytes=num_bytes,
        facts={"certificate": certificate},
    )
    return {"folder": str(folder.resolve()), "certificate": certificate}


def _images(arguments: Mapping[str, Any]) -> int:
    """On how many test images files are proved."""
    images = int(arguments.get("images") or IMAGES)
    if images < IMAGES:
        raise ExportError(
            f"images = {images}: files are proved on {IMAGES:,} test images or more, or on "
            "all, if there are fewer"
        )
    return images


def _formats(arguments: Mapping[str, Any]) -> tuple[dict[str, Format], dict[str, str]]:
    """The formats that are asked for, with their options; of those whose package is missing, why.

    Raises:
        ExportError: there is no other.
    """
    usual = [e.card.name for e in entries("export") if e.card.facts.get("default")]
    names = list(dict.fromkeys(arguments.get("formats") or usual))
    options: Mapping[str, Mapping[str, Any]] = arguments.get("format_options") or {}
    if odd := options.keys() - set(names):
        raise ExportError(f"options are given for {min(odd)}, which is not exported")
    formats, missing = dict[str, Format](), dict[str, str]()
    for name in names:
        try:
            formats[name] = make_format(name, options.get(name, {}))
        except ExportError as error:
            missing[name] = str(error)
    if not formats:
        raise ExportError("; ".join(missing.values()))
    return formats, missing


def _license(arguments: Mapping[str, Any]) -> str:
    """What the user says of the licence, if anything."""
    said = str(arguments.get("license") or "").strip()
    if len(said) > LICENSE_LENGTH or not said.isprintable():
        raise ExportError(
            f"the licence is one line of {LICENSE_LENGTH} letters at most, such as CC-BY-4.0"
        )
    return said


def _shipment(store: Store, row: RunRow, weights: str) -> tuple[Shipment, Images | None]:
    """What is exported, and the validation images, if there are any."""
    spec = runs.get_spec(store, row.id)
    data = load_data(spec.dataset, store.workspace)
    runs.check_data(store, row.id, data.digest())
    height, width, channels = data.test.images_NHWC.shape[1:]
    num_classes = len(data.classes)
    kept, held = split(spec.dataset, data)
    teachers = Teachers(store, row.id)
    system = make_system(
        spec.method, spec.backbone, num_classes, channels, Streams(spec.seed), len(kept), teachers
    )
    cpu, train, normalise = torch.device("cpu"), data.train, Normalise(data.mean, data.std)
    training = Images(train.images_NHWC, train.labels_N, kept, cpu)
    loaded = load_into(system, store, row, weights, training, normalise)
    held_out = Images(train.images_NHWC, train.labels_N, held, cpu) if len(held) else None
    return Shipment(
        run=row.id, name=row.name, spec=spec, step=loaded.step, weights=weights,
        system=system.eval(), blank=lambda: make_backbone(spec.backbone, num_classes, channels),
        classes=tuple(map(in_a_line, data.classes)),
        test=Images(data.test.images_NHWC, data.test.labels_N, None, cpu), training=training,
        image_shape=(height, width, channels), normalise=normalise,
        results=loaded.results, data_digest=data.digest(), digest=row.digest,
        notes={**_origin(row), **loaded.notes}, num_validation=len(held), teacher=teachers.backbone,
    ), held_out


def _origin(row: RunRow) -> dict[str, int]:
    """Of which run a fork is one, and from which epoch on."""
    if row.forked_from is None or row.forked_at is None:
        return {}
    return {"forked_from": row.forked_from, "forked_at": row.forked_at}


@contextmanager
def _folder(store: Store, row: RunRow, weights: str, wanted: str | None) -> Generator[Path]:
    """Where the bundle goes: the folder that is wanted, or a new one in the workspace.

    The new one is there, and empty, from now on, so that no other export takes its name meanwhile;
    beside it lies where it is written, so that it is told from one whose export was killed.
    """
    if wanted:
        yield Path(wanted).expanduser()
        return
    stem = re.sub(r"[^\w.-]+", "-", row.name)
    parent = store.workspace.export_folder(row.id)
    sweep(parent)
    folder = _new_folder(parent, f"{stem}-{weights}")
    try:
        partial_of(folder).mkdir(exist_ok=True)
        yield folder
    finally:
        shutil.rmtree(partial_of(folder), ignore_errors=True)
        with suppress(OSError):  # it holds a bundle
            folder.rmdir()


def _new_folder(parent: Path, name: str) -> Path:
    number = 1
    while True:
        folder = parent / f"{name}-{number}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            number += 1
        except OSError as error:
            raise ExportError(
                f"cannot write into {parent}: {error.strerror or error}; nothing was exported"
            ) from None
        else:
            return folder
