import dataclasses
import hashlib
import json
import shutil

import pytest
import torch
from filelock import FileLock

from engine.build import evaluation_metrics, load_data, make_backbone, make_system, split
from engine.exports import consistent, latency, leave_early
from engine.exports.bundle import write_bundle
from engine.exports.content import Content
from engine.exports.shipment import Shipment
from engine.registry import lookup
from engine.spec.run_spec import BackboneSpec, DatasetSpec, MethodSpec, RunSpec
from engine.spec.workspace import Workspace
from engine.training.data import Images, Normalise
from engine.training.evaluate import score
from engine.training.streams import Streams
from tests.batches import make_batch

FORMATS = ("onnx", "onnx_int8", "safetensors", "torch_export", "torchscript")


@pytest.fixture(scope="session", autouse=True)
def _timed_briefly():
    """A few calls of every file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(latency, "TIMED_S", 0.0)
        patch.setattr(latency, "LEAST_CALLS", 3)
        # So few calls are no measurement.
        patch.setattr(latency, "OTHER_PACE", 1000.0)
        patch.setattr(consistent, "ANOTHER_PACE", 1000.0)
        patch.setattr(leave_early, "OTHER_PROPORTION", 1000.0)
        patch.setattr(leave_early, "TIMED_S", 0.0)
        yield


@pytest.fixture(scope="session", autouse=True)
def _converted_once():
    """The same network is written as ONNX once a process: most tests forge what was written."""
    made, once = {}, Content.once

    def once_of_all(content, key, make):
        if key[0] != "onnx" or not content.part.is_whole:
            return once(content, key, make)
        network = hashlib.sha256(repr(content.network).encode())
        for held in (*content.network.parameters(), *content.network.buffers()):
            network.update(held.numpy())
        whole = (key, content.image_shape, content.from_pixels, network.digest())
        if whole not in made:
            made[whole] = once(content, key, make)
        return made[whole]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Content, "once", once_of_all)
        yield


@pytest.fixture(autouse=True)
def _same_draws():
    """Networks that are made anew have the same weights in every test."""
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def formats():
    """A function: export formats by name."""

    def make(*names, **options):
        return {n: (e := lookup("export", n)).make(e.parse_options(options)) for n in names}

    return make


@pytest.fixture(scope="session")
def shipment(tmp_path_factory):
    """A SiLa training of the digits after a few steps, as the export task hands it over."""
    torch.manual_seed(0)
    spec = RunSpec(seed=3, backbone=BackboneSpec(name="resnet8"), method=MethodSpec(name="sila"))
    data = load_data(DatasetSpec(), Workspace(tmp_path_factory.mktemp("workspace")))
    backbone = BackboneSpec(name="resnet8")
    system = make_system(spec.method, backbone, 10, 1, Streams(3))
    cpu, normalise = torch.device("cpu"), Normalise(data.mean, data.std)
    kept, held = split(spec.dataset, data)
    train = Images(data.train.images_NHWC, data.train.labels_N, kept, cpu)
    optimizer = torch.optim.SGD(system.parameters(), lr=0.05, momentum=0.9)
    for x, y in list(train.batches(64))[:12]:
        optimizer.zero_grad()
        system.loss(make_batch(normalise(x), y)).total.backward()
        optimizer.step()
    return Shipment(
        run=7, name="sila resnet8 digits s3", spec=spec, step=12, weights="best",
        system=system.eval(), blank=lambda: make_backbone(backbone, 10, 1), classes=data.classes,
        test=Images(data.test.images_NHWC, data.test.labels_N, None, cpu), training=train,
        image_shape=(8, 8, 1),
        normalise=normalise, results=results_of(system, data, normalise),
        data_digest=data.digest(), num_validation=len(held),
    )


@torch.inference_mode()
def results_of(system, data, normalise):
    """The test numbers of a run, as it stores them."""
    logits = system.deployable()(normalise(torch.from_numpy(data.test.images_NHWC)))
    measured = score(logits, torch.from_numpy(data.test.labels_N), evaluation_metrics())
    return {f"test/{name}": value for name, value in measured.items()}


@pytest.fixture(scope="session")
def written_once(shipment, formats, tmp_path_factory, worker_id):
    """A function: the folder of a bundle with these formats, written by one process for all."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent

    def write(place, *names):
        folder, said = shared / place / "bundle", shared / f"{place}.json"
        with FileLock(shared / f"{place}.lock"):
            if not folder.exists():
                told = []
                write_bundle(shipment, formats(*names), folder, lambda *now: told.append(now))
                said.write_text(json.dumps(told))
        return folder, json.loads(said.read_text())

    return write


@pytest.fixture(scope="session")
def exported(written_once):
    """A bundle with every format, its certificate, and what was said while it was written."""
    folder, said = written_once("exported", *FORMATS)
    return folder, json.loads((folder / "certificate.json").read_text()), [*map(tuple, said)]


@pytest.fixture(scope="session")
def served(written_once):
    """A bundle with an ONNX file."""
    return written_once("served", "onnx")[0]


@pytest.fixture(scope="session")
def written(written_once):
    """A bundle with safetensors alone: small, and quick to copy and to verify."""
    return written_once("written", "safetensors")[0]


@pytest.fixture
def changed(shipment):
    """A function: the shipment with some of it replaced."""
    return lambda **values: dataclasses.replace(shipment, **values)


@pytest.fixture
def bundle(written, tmp_path):
    """A copy of a bundle, to be changed."""
    return shutil.copytree(written, tmp_path / "bundle")
