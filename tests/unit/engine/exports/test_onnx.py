import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from PIL import Image

from engine.exports.bundle import write_bundle
from engine.exports.serve import Bundle


@pytest.fixture(scope="module")
def inside(shipment, formats, tmp_path_factory):
    """A bundle whose ONNX files, of an older opset, normalise by themselves; its certificate."""
    folder = tmp_path_factory.mktemp("inside") / "bundle"
    forms = formats("onnx", "onnx_int8", preprocessing=True, opset=18)
    return folder, write_bundle(shipment, forms, folder, lambda *_: None)


def test_that_a_file_that_normalises_by_itself_takes_pixels(inside, shipment, formats):
    folder, certificate = inside
    pixels, _ = shipment.test.take(torch.arange(9))
    [form] = formats("onnx", preprocessing=True).values()
    [got] = form.open(folder / "model.onnx", shipment.blank).predict(pixels.numpy())
    with torch.inference_mode():
        expected = shipment.system.deployable()(shipment.normalise(pixels)).numpy()
    np.testing.assert_allclose(got, expected, atol=1e-4)
    assert certificate["formats"]["onnx"]["top1_agreement"] == 1.0
    assert certificate["formats"]["onnx"]["options"] == {"preprocessing": True, "opset": 18}


def test_that_the_opset_is_what_was_asked_for(inside):
    model = onnx.load(inside[0] / "model.onnx")
    assert [entry.version for entry in model.opset_import] == [18]


def test_that_its_metadata_say_labels_and_preprocessing(inside, shipment):
    model = onnx.load(inside[0] / "model.onnx")
    told = {entry.key: json.loads(entry.value) for entry in model.metadata_props}
    assert told["labels"] == list(shipment.classes)
    assert told["preprocess"]["mean"] == list(shipment.normalise.mean)
    assert told["input"] == {"dtype": "uint8", "layout": "NHWC", "preprocess": "inside"}
    assert told["preprocess"] == json.loads((inside[0] / "preprocess.json").read_text())


@pytest.mark.parametrize("file", ["model.onnx", "model.int8.onnx"])
def test_that_no_folder_of_this_machine_is_told(inside, file):
    data = (inside[0] / file).read_bytes()
    assert b"stack_trace" not in data
    assert str(Path(torch.__file__).parent).encode() not in data


def test_that_integer_weights_are_scaled_by_channel(inside):
    model = onnx.load(inside[0] / "model.int8.onnx")
    integers = [held for held in model.graph.initializer
                if held.data_type == onnx.TensorProto.INT8 and len(held.dims) == 4]
    assert len(integers) == 9  # the convolutions of ResNet-8, projections included
    sizes = {held.name: list(held.dims) for held in model.graph.initializer}
    for held in integers:
        assert sizes[held.name.replace("_quantized", "_scale")] == [held.dims[0]]


def test_that_the_integer_file_says_what_it_is_and_takes_pixels_of_any_number(inside, shipment):
    model = onnx.load(inside[0] / "model.int8.onnx")
    told = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(told["labels"]) == list(shipment.classes)
    image = model.graph.input[0].type.tensor_type
    assert (image.elem_type, bool(image.shape.dim[0].dim_param)) == (onnx.TensorProto.UINT8, True)
    assert inside[1]["formats"]["onnx_int8"]["top1_agreement"] > 0.97


def test_that_the_bundle_predicts_with_it_and_its_readme_feeds_pixels(
    inside, served, shipment, tmp_path
):
    path = tmp_path / "digit.png"
    Image.fromarray(shipment.test.take(torch.tensor([3]))[0][0, :, :, 0].numpy()).save(path)
    got, expected = (Bundle(folder).predict(path)["top"] for folder in (inside[0], served))
    assert [top["label"] for top in got] == [top["label"] for top in expected]
    assert '{"image": pixels("/path/to/photo.png")}' in (inside[0] / "README.md").read_text()


@pytest.mark.long
def test_that_the_runtime_keeps_no_record_of_this_machine(inside, tmp_path):
    code = (
        "import sys; from pathlib import Path; from engine.exports.onnx_file import open_onnx; "
        "open_onnx(Path(sys.argv[1]))"
    )
    environment = {**os.environ, "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    environment.pop("ORT_DISABLE_TELEMETRY")  # this process has set it
    file = str(inside[0] / "model.onnx")
    subprocess.run([sys.executable, "-c", code, file], env=environment, check=True, timeout=120)
    assert [*tmp_path.iterdir()] == []
