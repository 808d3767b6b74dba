"""The "verify" task: is a bundle what was exported?"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import nn

from engine.build import Reporting, load_data, make_backbone
from engine.datasets.dataset import ImageData
from engine.exports.ensemble import Ensemble
from engine.exports.part import part_again
from engine.exports.tempered import tempered
from engine.exports.verify import (
    Asking,
    verify_graphs,
)
from engine.exports.verify_files import formats_here, verify_files
from engine.spec.errors import DataError, ExportError
from engine.spec.run_spec import BackboneSpec, DatasetSpec
from engine.spec.workspace import Workspace
from engine.store import runs
from engine.store.connect import Store
from engine.training.data import Images

Load = Callable[[Mapping[str, Any], Reporting], ImageData]
"""Reads the data that a certificate tells of."""


def verify(store: Store, arguments: dict[str, Any], progress: Reporting) -> dict[str, Any]:
    """Verify a bundle.

    Args:
        store: the workspace's store; bundles may lie anywhere.
        arguments: `bundle`, its folder; `data`, the folder of the images it was proved on; or
            `run`, the run that it is of, whose own data are taken, if they are still there.
        progress: told how far it is.

    Returns:
        What `verify_bundle` returns; `not_asked`, why no image was looked at, where the run's data
        cannot be used any more.
    """
    folder, data, run = (arguments.get(name) for name in ("bundle", "data", "run"))
    if run is None:
        return verify_bundle(Path(str(folder)), Path(data) if data else None, progress)
    spec = runs.get_spec(store, int(run)).dataset
    try:
        return _verified(
            Path(str(folder)), lambda _, tell: load_data(spec, store.workspace, tell), progress
        )
    except DataError as error:
        return {**_verified(Path(str(folder)), None, progress), "not_asked": str(error)}


def verify_bundle(folder: Path, data: Path | None, progress: Reporting) -> dict[str, Any]:
    """Check all of a bundle that can be checked here.

    Args:
        folder: the bundle's.
        data: the folder of the images it was proved on; None: no image is looked at.
        progress: told how far it is.

    Returns:
        `{folder, verified, fault, checks, formats, not_opened}`: `fault` is the
        first thing that is not as the certificate says, as a line, or empty; `checks` what was
        found right; `formats` what each file said of the images, if there were any; `not_opened`
        the formats whose runtime is not installed here.

    Raises:
        ExportError: there is no such folder.
        DataError: the images cannot be read, or are others.
    """
    if data is None:
        return _verified(folder, None, progress)
    if not data.exists():
        raise DataError(f"there is no {data}: name the folder of the images")
    # What is packed to be read quickly is of no use later.
    with TemporaryDirectory(ignore_cleanup_errors=True) as packed:
        return _verified(folder, partial(_in_folder, data, Workspace(Path(packed))), progress)


def _verified(folder: Path, load: Load | None, progress: Reporting) -> dict[str, Any]:
    if not folder.is_dir():
        raise ExportError(f"there is no folder {folder}")
    checks: list[str] = []
    said: dict[str, Any] = {"formats": {}, "not_opened": []}
    fault = ""
    try:
        _verify(folder, load, progress, checks, said)
    except ExportError as error:
        fault = str(error)
    return {
        "folder": str(folder), "verified": not fault, "fault": fault, "checks": checks, **said
    }


def _verify(
    folder: Path, load: Load | None, progress: Reporting, checks: list[str], said: dict[str, Any]
) -> None:
    progress(0, 0, "reading the files")
    certificate = verify_files(folder)
    said["not_opened"] = sorted(certificate["formats"].keys() - formats_here(certificate).keys())
    checks.append(
        f"{len(certificate['files'])} files and the certificate are as they were written, and "
        "nothing else lies beside them"
    )
    verify_graphs(folder, certificate, lambda: blank_network(certificate))
    checks.append(
        f"{certificate['params_deployed']:,} parameters, as many as the plain backbone has; "
        "operators and tensors are those that were set against its"
    )
    if load is None:
        return
    found = load(certificate, progress)
    if found.digest() != certificate["data"]["digest"]:
        where = found.root or found.name
        raise DataError(f"{where} holds other data than the export was proved on")
    if not found.root:
        checks.append(f"the images of {found.name} are those that come with the program")
    test = Images(found.test.images_NHWC, found.test.labels_N, None, torch.device("cpu"))
    asking = Asking(folder, certificate, test, lambda: blank_network(certificate))
    _ask(asking, certificate, progress, checks, said["formats"])


def _ask(
    asking: Asking, certificate: Mapping[str, Any], progress: Reporting, checks: list[str],
    formats: dict[str, Any],
) -> None:
    forms = formats_here(certificate)
    for done, (name, form) in enumerate(forms.items()):
        progress(done, len(forms), f"asking {form.file_name}")
        formats[name] = found = asking.ask(name, form)
        checks.append(
            f"{form.file_name}: test top-1 {found['test_top1']:.2f} % on "
            f"{certificate['reference']['num_images']:,} images, top-1 agreement "
            f"{found['top1_agreement']:.2%}, largest logit difference "
            f"{found['max_abs_logit_diff']:.2g} on {found['num_images']:,}"
        )


def _in_folder(
    data: Path, workspace: Workspace, certificate: Mapping[str, Any], progress: Reporting
) -> ImageData:
    spec = DatasetSpec(
        name=certificate["dataset"], root=str(data), options=certificate["data"]["options"]
    )
    return load_data(spec, workspace, progress)


def blank_network(certificate: Mapping[str, Any]) -> nn.Module:
    """What ships of the plain backbone, untrained, in eval mode."""
    size = certificate["num_classes"], certificate["input"]["channels"]
    members = certificate.get("ensemble")
    if members:
        return Ensemble([make_backbone(BackboneSpec(**member), *size) for member in members]).eval()
    spec = BackboneSpec(
        name=certificate["backbone"], options=certificate["backbone_options"]
    )
    network = make_backbone(spec, *size)
    part = part_again(certificate["part"], network, certificate["input"]["height"])
    if "temperature" in certificate:
        part = tempered(part, certificate["temperature"]["values"])
    return part.cut(network).eval()
