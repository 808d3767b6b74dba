import dataclasses

import pytest
import torch

from engine.build import load_data, make_backbone, make_system
from engine.exports.bundle import Shipment, write_bundle
from engine.registry import lookup
from engine.spec.run_spec import BackboneSpec, DatasetSpec, MethodSpec, RunSpec
from engine.spec.workspace import Workspace
from engine.training.data import Images, Normalise
from engine.training.streams import Streams
from tests.batches import make_batch


@pytest.fixture(scope="session")
def formats():
    """A function: export formats by name."""

    def make(*names):
        return {n: (entry := lookup("export", n)).make(entry.parse_options({})) for n in names}

    return make


@pytest.fixture(scope="session")
def shipment(tmp_path_factory):
    """A SiLa training of the digits after a few steps, as the export task hands it over."""
    torch.manual_seed(0)
    spec = RunSpec(seed=3, method=MethodSpec(name="sila"))
    data = load_data(DatasetSpec(), Workspace(tmp_path_factory.mktemp("workspace")))
    backbone = BackboneSpec(name="resnet8")
    system = make_system(spec.method, backbone, 10, 1, Streams(3))
    cpu, normalise = torch.device("cpu"), Normalise(data.mean, data.std)
    train = Images(data.train.images_NHWC, data.train.labels_N, None, cpu)
    optimizer = torch.optim.SGD(system.parameters(), lr=0.05, momentum=0.9)
    for x, y in list(train.batches(64))[:12]:
        optimizer.zero_grad()
        system.loss(make_batch(normalise(x), y)).total.backward()
        optimizer.step()
    return Shipment(
        run=7, name="sila resnet8 digits s3", spec=spec, step=12, weights="best",
        system=system.eval(), blank=lambda: make_backbone(backbone, 10, 1), classes=data.classes,
        test=Images(data.test.images_NHWC, data.test.labels_N, None, cpu), image_shape=(8, 8, 1),
        normalise=normalise, results={"test/top1": 81.25},
    )


@pytest.fixture(scope="session")
def exported(shipment, formats, tmp_path_factory):
    """A bundle with every format, its certificate, and what was said while it was written."""
    folder, said = tmp_path_factory.mktemp("exports") / "new" / "bundle", []
    certificate = write_bundle(
        shipment, formats("onnx", "safetensors"), folder, lambda *now: said.append(now)
    )
    return folder, certificate, said


@pytest.fixture
def changed(shipment):
    """A function: the shipment with some of it replaced."""
    return lambda **values: dataclasses.replace(shipment, **values)
