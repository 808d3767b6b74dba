"""The bundle: a folder with the deployable network, how to feed it, and the proof of both.

It is written beside its final place and renamed, so there is never half a bundle.
"""

import glob
import json
import os
import platform
import shutil
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.backbones.backbone import Backbone, count_parameters
from engine.exports.format import Format, Predictor
from engine.exports.model_card import model_card
from engine.exports.part import Part, whole
from engine.methods.method import Method
from engine.spec.errors import ExportError
from engine.spec.run_spec import RunSpec
from engine.training.data import Images, Normalise
from engine.training.evaluate import EVALUATION_BATCH
from engine.training.weights import file_sha256

MAX_PARITY_IMAGES = 1000
MIN_AGREEMENT = 0.995
"""Rounding may turn a tie; more than that is another network."""
MAX_DIFFERENCE = 1e-3
"""How far logits may be apart, as a part of the largest logit (or of 1, if that is smaller)."""
LATENCY_CALLS = 30


@dataclass(frozen=True)
class Shipment:
    """What is exported, and what it is held against.

    Attributes:
        run: number of the run.
        name: its name.
        spec: what it was.
        step: optimiser step of the weights.
        weights: "best" (by validation) or "last".
        system: the training system with those weights, on the CPU.
        blank: makes the plain, untrained backbone.
        classes: label of every output.
        test: real images that were never trained on.
        image_shape: (H, W, C) of what the network is fed.
        normalise: pixels to input.
        results: stored test numbers of these weights, by metric.
        part: what of the network ships.
    """

    run: int
    name: str
    spec: RunSpec
    step: int
    weights: str
    system: Method
    blank: Callable[[], Backbone]
    classes: Sequence[str]
    test: Images
    image_shape: tuple[int, int, int]
    normalise: Normalise
    results: Mapping[str, float]
    part: Part = field(default_factory=whole)

    def blank_part(self) -> nn.Module:
        """What ships, untrained, in eval mode."""
        return self.part.cut(self.blank()).eval()


def write_bundle(
    shipment: Shipment, formats: Mapping[str, Format], folder: Path,
    progress: Callable[[int, int, str], None],
) -> dict[str, Any]:
    """Strip, write every format, prove, and put the bundle at `folder`; returns the certificate.

    Raises:
        ExportError: something could not be written or proved; there is no bundle then.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportError(f"{folder} exists already: name an empty or a new folder")
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    _sweep(folder)
    try:
        temporary.mkdir(parents=True)
        certificate = _fill(shipment, formats, temporary, progress)
        if folder.exists():
            folder.rmdir()
        temporary.rename(folder)
    except OSError as error:
        raise ExportError(
            f"cannot write the bundle {folder}: {error.strerror or error}; nothing was left there"
        ) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return certificate


def _sweep(folder: Path) -> None:
    """Remove what exports that were killed left beside `folder`."""
    for left in folder.parent.glob(f".{glob.escape(folder.name)}.*.partial"):
        pid = left.name.split(".")[-2]
        if pid == str(os.getpid()) or not (pid.isdecimal() and psutil.pid_exists(int(pid))):
            shutil.rmtree(left, ignore_errors=True)


def _fill(
    shipment: Shipment, formats: Mapping[str, Format], folder: Path,
    progress: Callable[[int, int, str], None],
) -> dict[str, Any]:
    x_NCHW, reference_ONK = _held_out(shipment)
    stripped = strip(shipment, x_NCHW[:4])
    written: dict[str, Any] = {}
    for done, (name, form) in enumerate(formats.items()):
        progress(done, len(formats), f"writing {name}")
        path = folder / form.file_name
        form.write(stripped, _pair(x_NCHW), path, shipment.part)
        progress(done, len(formats), f"proving {name} on {len(x_NCHW)} images")
        written[name] = _prove(form, path, shipment, x_NCHW.numpy(), reference_ONK)
    certificate = _certificate(shipment, stripped, written)
    (folder / "labels.txt").write_text("\n".join(shipment.classes) + "\n", encoding="utf-8")
    _write_json(folder / "preprocess.json", preprocessing(shipment))
    (folder / "README.md").write_text(model_card(certificate, shipment.classes), encoding="utf-8")
    certificate["files"] = {
        file.name: {"sha256": file_sha256(file), "bytes": file.stat().st_size}
        for file in sorted(folder.iterdir())
    }
    _write_json(folder / "certificate.json", certificate)
    progress(len(formats), len(formats), "done")
    return certificate


def strip(shipment: Shipment, some_BCHW: Tensor) -> nn.Module:
    """What ships of the plain backbone with the trained weights; nothing of the training system.

    Args:
        shipment: what is exported.
        some_BCHW: images that it and the trained network must agree on: to the last bit if the
            whole network ships, to rounding if a part of it does.

    Raises:
        ExportError: weights are left over or missing, or its outputs differ.
    """
    network, part = shipment.blank(), shipment.part
    trained = shipment.system.deployable()
    try:
        network.load_state_dict(trained.state_dict())
    except RuntimeError as error:
        raise ExportError(f"the trained network is not the plain backbone: {error}") from None
    network.eval()
    trained.eval()
    stripped = part.cut(network).eval()
    with torch.inference_mode():
        got, expected = _outputs(stripped(some_BCHW)), part.answer(trained, some_BCHW)
    same = torch.equal if part.is_whole else partial(torch.allclose, rtol=1e-4, atol=1e-4)
    if not all(same(a, b) for a, b in zip(got, expected, strict=True)):
        raise ExportError("the stripped network and the trained one disagree: not exported")
    return stripped


def _outputs(answer: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return answer if isinstance(answer, tuple) else (answer,)


def _pair(x_NCHW: Tensor) -> Tensor:
    """Two images: an exporter takes a batch of one for a batch that is always of one."""
    return x_NCHW[:2] if len(x_NCHW) > 1 else torch.cat([x_NCHW, x_NCHW])


def preprocessing(shipment: Shipment) -> dict[str, Any]:
    """How an image becomes the network's input, as stored in `preprocess.json`."""
    height, width, channels = shipment.image_shape
    return {
        "height": height, "width": width, "channels": channels, "layout": "NCHW",
        "resize": "shorter side to the target, centre crop", "scale": 1 / 255,
        "mean": list(shipment.normalise.mean), "std": list(shipment.normalise.std),
        "input": "image", "outputs": list(shipment.part.outputs),
    }


@torch.no_grad()
def _held_out(shipment: Shipment) -> tuple[Tensor, NDArray[np.float32]]:
    """Real test images as network input, and what the network inside the system says of them.

    Images (N, C, H, W); logits (O, N, K) for each of the O outputs.

    Raises:
        ExportError: no test image takes the path that ships.
    """
    part, trained = shipment.part, shipment.system.deployable().eval()
    images_NHWC, _ = shipment.test.take(torch.arange(min(len(shipment.test), MAX_PARITY_IMAGES)))
    x_NCHW = shipment.normalise(images_NHWC).contiguous()
    if part.takes is not None:
        taken = [part.takes(trained, x_BCHW) for x_BCHW in x_NCHW.split(EVALUATION_BATCH)]
        x_NCHW = x_NCHW[torch.cat(taken)]
        if not len(x_NCHW):
            raise ExportError(f"no test image takes {part.name}: nothing to prove it on")
    answers = [torch.stack(part.answer(trained, x)) for x in x_NCHW.split(EVALUATION_BATCH)]
    return x_NCHW, torch.cat(answers, dim=1).numpy()


def _prove(
    form: Format, path: Path, shipment: Shipment, x_NCHW: NDArray[np.float32],
    reference_ONK: NDArray[np.float32],
) -> dict[str, Any]:
    predict = form.open(path, shipment.blank_part)
    pieces = np.array_split(x_NCHW, len(x_NCHW) // 100 + 1)
    logits_ONK = np.concatenate([np.stack(predict(x)) for x in pieces], axis=1)
    agreement = float((logits_ONK.argmax(2) == reference_ONK.argmax(2)).mean())
    difference = float(np.abs(logits_ONK - reference_ONK).max())
    size = max(1.0, float(np.abs(reference_ONK).max()))
    if agreement < MIN_AGREEMENT or difference > MAX_DIFFERENCE * size:
        raise ExportError(
            f"{path.name} answers otherwise than the trained network (the same class for "
            f"{agreement:.2%} of {len(x_NCHW)} images, logits up to {difference:.2g} apart): "
            "not exported"
        )
    return {
        "file": path.name, "sha256": file_sha256(path), "bytes": path.stat().st_size,
        "top1_agreement": agreement,
        "max_abs_logit_diff": difference,
        "max_rel_logit_diff": difference / size,
        "num_images": len(x_NCHW),
        "latency_ms_batch1": _latency_ms(predict, x_NCHW[:1]),
    }


def _latency_ms(predict: Predictor, x_1CHW: NDArray[np.float32]) -> float:
    """Median time of one image, after a few calls that warm up."""
    times: list[float] = []
    for _ in range(LATENCY_CALLS + 5):
        start = time.perf_counter()
        predict(x_1CHW)
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times[5:])


def _certificate(
    shipment: Shipment, stripped: nn.Module, written: dict[str, Any]
) -> dict[str, Any]:
    training, deployed = count_parameters(shipment.system), count_parameters(stripped)
    network = count_parameters(shipment.system.deployable())
    plain = count_parameters(shipment.blank_part())
    if deployed != plain:
        raise ExportError(f"{deployed} parameters would ship, the plain backbone has {plain}")
    spec = shipment.spec
    return {
        "run": shipment.run, "name": shipment.name, "digest": spec.digest(), "seed": spec.seed,
        "method": spec.method.name, "backbone": spec.backbone.name, "dataset": spec.dataset.name,
        "backbone_options": spec.backbone.options,
        "weights": shipment.weights, "step": shipment.step,
        "num_classes": len(shipment.classes),
        "params_training": training, "params_deployed": deployed, "params_plain": plain,
        "params_removed": training - network,
        "removed_modules": shipment.system.removed_modules(),
        "part": {
            "name": shipment.part.name, "recipe": shipment.part.recipe,
            "params_left_out": network - deployed, **shipment.part.facts,
        },
        "results": dict(shipment.results),
        "formats": written,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("sila-studio", "torch", "onnx", "onnxruntime")},
        },
        "machine": f"{platform.system()} {platform.machine()}",
        "created_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
