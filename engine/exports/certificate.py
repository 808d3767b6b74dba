"""The certificate: what a bundle is, what was stripped, how every file was proved; sealed."""

import hashlib
import json
import platform
import time
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.backbones.backbone import count_parameters
from engine.backbones.flops import multiply_adds
from engine.exports.certificate_shape import check_shape
from engine.exports.folded import BEFORE
from engine.exports.lines import as_a_line
from engine.exports.shipment import Shipment
from engine.registry import entries, lookup
from engine.spec.errors import ExportError
from engine.spec.run_spec import BackboneSpec, RunSpec
from engine.training.weights import file_sha256

CERTIFICATE = "certificate.json"
VERSION = 6
"""Of what it holds; those of version 1 had none. Other versions cannot be verified."""
_TOLD = (
    "sila-studio", "torch", "safetensors", "onnx", "onnxscript", "onnxruntime", "openvino",
    "executorch",
)
_SEAL = "seal"


def certificate_of(
    shipment: Shipment, stripped: nn.Module, written: Mapping[str, Any]
) -> dict[str, Any]:
    """All of a certificate but the files' hashes and the seal.

    Raises:
        ExportError: another number of parameters would ship than the plain backbone has.
    """
    training, deployed = count_parameters(shipment.system), count_parameters(stripped)
    network, plain = count_parameters(shipment.network), count_parameters(shipment.blank_part())
    if deployed != plain:
        raise ExportError(f"{deployed} parameters would ship, the plain backbone has {plain}")
    spec, backbone = shipment.spec, shipment.shipped_backbone
    height, width, channels = shipment.image_shape
    return {
        "version": VERSION,
        "run": shipment.run, "name": as_a_line(shipment.name), "seed": spec.seed,
        "digest": shipment.digest or spec.digest(),
        "method": spec.method.name, "backbone": backbone.name, "dataset": spec.dataset.name,
        "backbone_options": portable_backbone(backbone)["options"],
        "spec": portable(spec), "data": _data(shipment),
        "license": shipment.license,
        "weights": shipment.weights, "step": shipment.step,
        "num_classes": len(shipment.classes),
        "input": dict(zip(("height", "width", "channels"), shipment.image_shape, strict=True)),
        "params_training": training, "params_deployed": deployed, "params_plain": plain,
        "params_removed": training - network,
        "removed_modules": shipment.removed_modules(),
        "part": {
            "name": shipment.part.name, "recipe": shipment.part.recipe,
            "params_left_out": network - shipment.part.facts.get(BEFORE, deployed),
            "multiply_adds": multiply_adds(stripped, channels, (height, width)),
            **shipment.part.facts,
        },
        **({"teacher": portable_backbone(shipment.teacher)} if shipment.teacher else {}),
        **shipment.notes,
        "results": dict(shipment.results), "metrics": metrics_of(shipment.results),
        "formats": dict(written),
        "versions": versions_here(),
        "machine": f"{platform.system()} {platform.machine()}",
        "threads": torch.get_num_threads(),
        "created_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def portable(spec: RunSpec) -> dict[str, Any]:
    """A spec as it may be passed on: without the folders of the machine that trained it."""
    told = spec.model_dump(mode="json", exclude={"dataset": {"root"}})
    told["name"], told["backbone"] = as_a_line(spec.name), portable_backbone(spec.backbone)
    teacher = told["method"]["options"].get("teacher")
    if isinstance(teacher, str) and Path(teacher).is_absolute():
        told["method"]["options"]["teacher"] = Path(teacher).name
    return told


def portable_backbone(spec: BackboneSpec) -> dict[str, Any]:
    """What a network is, as it may be passed on: of a file of weights the name alone."""
    told = spec.model_dump(mode="json")
    weights = told["options"].get("weights")
    if isinstance(weights, str) and Path(weights).is_absolute():
        told["options"]["weights"] = Path(weights).name
    return told


def _data(shipment: Shipment) -> dict[str, Any]:
    """What the network learned, and what it was held against."""
    spec = shipment.spec.dataset
    entry = lookup("dataset", spec.name)
    part = entry.parse_options(spec.options).model_dump().get("test_part")
    return {
        "options": spec.options, "digest": shipment.data_digest, "title": entry.card.title,
        "summary": entry.card.summary, **({} if part is None else {"test_part": part}),
        "images": {
            "training": len(shipment.training), "validation": shipment.num_validation,
            "test": len(shipment.test),
        },
    }


def metrics_of(results: Iterable[str]) -> dict[str, dict[str, str]]:
    """What people call the results, and their units."""
    cards = {f"test/{entry.card.name}": entry.card for entry in entries("metric")}
    return {
        name: {"title": cards[name].title, "unit": cards[name].facts["unit"]}
        for name in results if name in cards
    }


def versions_here() -> dict[str, str]:
    """What a file that is written here depends on."""
    found = {"python": platform.python_version()}
    for name in _TOLD:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # it is an extra, or the studio itself, run from a checkout
            continue
    return found


def write_sealed(folder: Path, certificate: dict[str, Any]) -> None:
    """Add the hash of every file in `folder`, and of the certificate itself; write it there."""
    certificate["files"] = {
        file.name: {"sha256": file_sha256(file), "bytes": file.stat().st_size}
        for file in sorted(folder.iterdir()) if file.name != CERTIFICATE
    }
    seal_again(folder, certificate)


def seal_again(folder: Path, certificate: dict[str, Any]) -> None:
    """Seal a certificate that lists its files, and write it to `folder`."""
    certificate[_SEAL] = _seal(certificate)
    (folder / CERTIFICATE).write_text(_text(certificate), encoding="utf-8")


def read_sealed(folder: Path) -> dict[str, Any]:
    """The certificate of a bundle.

    Raises:
        ExportError: there is none, it was changed since the export, or it makes no sense.
    """
    try:
        text = (folder / CERTIFICATE).read_text(encoding="utf-8")
        certificate = json.loads(text)
        version = int(certificate.get("version", 1))
    except FileNotFoundError:
        raise ExportError(f"{folder} is no bundle: {CERTIFICATE} is missing") from None
    except (OSError, ValueError, AttributeError, TypeError, OverflowError, RecursionError) as error:
        raise ExportError(f"{CERTIFICATE} cannot be read ({error})") from None
    if version != VERSION:
        raise ExportError(
            f"{CERTIFICATE} is of version {version}, and this program verifies version {VERSION}: "
            "export the run again"
        )
    if certificate.get(_SEAL) != _seal(certificate) or text != _text(certificate):
        raise ExportError(f"{CERTIFICATE} was changed since the export: its seal is broken")
    check_shape(certificate)
    return certificate


def _seal(certificate: Mapping[str, Any]) -> str:
    """It finds accidents and careless edits; who forges files can forge it as well."""
    text = _text({key: value for key, value in certificate.items() if key != _SEAL})
    return hashlib.sha256(text.encode()).hexdigest()


def _text(certificate: Mapping[str, Any]) -> str:
    return json.dumps(certificate, indent=2) + "\n"
