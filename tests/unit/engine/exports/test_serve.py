import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from engine.exports.serve import Bundle, predict_all
from engine.spec.errors import DataError, ExportError


@pytest.fixture
def bundle(served, tmp_path):
    """A copy of a bundle, to be damaged."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    for file in served.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


@pytest.fixture
def photo(shipment, tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(shipment.test.take(torch.tensor([0]))[0][0, :, :, 0].numpy()).save(path)
    return path


def test_that_a_bundle_predicts_what_the_trained_network_says(served, shipment, tmp_path):
    bundle = Bundle(served)
    images, _ = shipment.test.take(torch.arange(12))
    with torch.inference_mode():
        probs = shipment.system.deployable()(shipment.normalise(images)).softmax(1).numpy()
    for index, image in enumerate(images):
        path = tmp_path / f"{index}.png"
        Image.fromarray(image[:, :, 0].numpy()).save(path)
        answer = bundle.predict(path)
        order = np.argsort(-probs[index])[:5]
        assert [int(top["label"]) for top in answer["top"]] == order.tolist()
        np.testing.assert_allclose(
            [top["probability"] for top in answer["top"]], probs[index][order], atol=1e-5
        )
        assert (answer["file"], answer["ms"] > 0) == (str(path), True)


def test_that_what_is_no_bundle_is_refused_in_one_line(tmp_path):
    with pytest.raises(ExportError, match=r"^there is no folder "):
        Bundle(tmp_path / "nowhere")
    with pytest.raises(ExportError, match=r"is no bundle: preprocess.json is missing$"):
        Bundle(tmp_path)


@pytest.mark.parametrize("name", ["preprocess.json", "labels.txt", "model.onnx"])
def test_that_a_missing_file_is_named(bundle, name):
    (bundle / name).unlink()
    with pytest.raises(ExportError, match=name):
        Bundle(bundle)


def test_that_a_bundle_with_an_int8_file_alone_predicts_with_that(bundle, photo):
    expected = Bundle(bundle).predict(photo)["top"][0]["label"]
    (bundle / "model.onnx").rename(bundle / "model.int8.onnx")
    assert Bundle(bundle).predict(photo)["top"][0]["label"] == expected


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("preprocess.json", b""), ("preprocess.json", b"{}"), ("preprocess.json", b"[1]"),
        ("preprocess.json", b"\xff\xfe"), ("labels.txt", b"\xff\xfe\xfa"), ("labels.txt", b""),
        ("labels.txt", b"cat\ndog\n"), ("labels.txt", b"x\n" * 11), ("model.onnx", b""),
        ("model.onnx", b"garbage" * 99),
    ],
)
def test_that_a_damaged_file_is_refused_in_one_line(bundle, name, content):
    (bundle / name).write_bytes(content)
    with pytest.raises(ExportError) as caught:
        Bundle(bundle)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [{"height": 0}, {"height": -3}, {"width": "wide"}, {"channels": 3}, {"mean": [0.1, 0.2]},
     {"mean": "x"}, {"std": None}, {"scale": []}],
    ids=str,
)
def test_that_preprocessing_that_makes_no_sense_is_refused_in_one_line(bundle, change):
    path = bundle / "preprocess.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ExportError, match=r"^[^\n]*preprocess.json[^\n]*$"):
        Bundle(bundle)


def test_that_an_image_that_cannot_be_read_is_an_answer_of_its_own(bundle, photo, tmp_path):
    garbage = tmp_path / "garbage.png"
    garbage.write_bytes(b"no image")
    answers = predict_all(bundle, [garbage, photo, tmp_path / "none.png"])
    assert [set(answer) for answer in answers] == [
        {"file", "error"}, {"file", "top", "ms"}, {"file", "error"}
    ]
    assert answers[0]["error"] == f"cannot read {garbage}: not an image, or damaged"
    with pytest.raises(DataError):
        Bundle(bundle).predict(garbage)


def test_that_serving_needs_no_torch(bundle, photo):
    code = (
        "import sys; from pathlib import Path; from engine.exports.serve import predict_all\n"
        "answer, = predict_all(Path(sys.argv[1]), [Path(sys.argv[2])])\n"
        "assert len(answer['top']) == 5 and 'torch' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(bundle), str(photo)], capture_output=True, text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
