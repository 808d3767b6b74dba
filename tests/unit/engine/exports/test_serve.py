import json
import subprocess
import sys

import numpy as np
import onnxruntime
import pytest
import torch
from PIL import Image

from engine.datasets.images import read_image
from engine.exports.content import Content
from engine.exports.part import all_exits
from engine.exports.serve import Bundle, choose_file, open_file, predict_all
from engine.spec.errors import DataError, ExportError
from engine.training.data import Images, Normalise
from tests.unit.engine.exports.small import with_exits


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


def test_that_an_image_turned_by_its_camera_is_asked_about_upright(served, photo, tmp_path):
    upright = Image.open(photo)
    turned, exif = upright.transpose(Image.Transpose.ROTATE_90), Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise
    turned.save(tmp_path / "turned.png", exif=exif)
    bundle = Bundle(served)
    assert bundle.predict(tmp_path / "turned.png")["top"] == bundle.predict(photo)["top"]
    turned.save(tmp_path / "lying.png")
    assert bundle.predict(tmp_path / "lying.png")["top"] != bundle.predict(photo)["top"]


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
     {"mean": "x"}, {"std": None}, {"scale": []}, {"mean": [None]}, {"std": [0.0]},
     {"std": [float("inf")]}, {"scale": float("nan")}, {"scale": 1e999}],
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
    answers = predict_all(Bundle(bundle), [garbage, photo, tmp_path / "none.png"])
    assert [set(answer) for answer in answers] == [
        {"file", "error"}, {"file", "top", "ms", "model"}, {"file", "error"}
    ]
    assert answers[0]["error"] == f"cannot read {garbage}: not an image, or damaged"
    with pytest.raises(DataError):
        Bundle(bundle).predict(garbage)


def test_that_serving_needs_no_torch(bundle, photo):
    code = (
        "import sys; from pathlib import Path\n"
        "from engine.exports.serve import Bundle, predict_all\n"
        "answer, = predict_all(Bundle(Path(sys.argv[1])), [Path(sys.argv[2])])\n"
        "assert len(answer['top']) == 5 and 'torch' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(bundle), str(photo)], capture_output=True, text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_that_the_file_that_answers_is_chosen_by_its_format(bundle):
    told = json.loads((bundle / "certificate.json").read_text())
    told["formats"]["onnx_int8"] = {"file": "model.int8.onnx", "options": {"opset": 18}}
    (bundle / "certificate.json").write_text(json.dumps(told))
    assert choose_file(bundle)[:2] == ("onnx", "model.onnx")
    assert choose_file(bundle, "onnx_int8") == ("onnx_int8", "model.int8.onnx", {"opset": 18})
    with pytest.raises(ExportError, match=r"no file of the format 'onxx'; did you mean 'onnx'"):
        choose_file(bundle, "onxx")
    (bundle / "model.onnx").unlink()
    told["formats"] = {"pt": {"file": "../model.pt"}}
    (bundle / "certificate.json").write_text(json.dumps(told))
    (bundle / "model.pt").touch()
    assert choose_file(bundle) == ("pt", "model.pt", {})
    (bundle / "certificate.json").write_text("[1]")
    assert choose_file(bundle) == ("", "model.onnx", {})


@pytest.fixture(scope="module")
def leaving(formats, tmp_path_factory):
    """An untrained network with three exits, in a file that images may leave early."""
    torch.manual_seed(0)
    network = with_exits().eval()
    folder = tmp_path_factory.mktemp("leaving")
    pixels = torch.randint(256, (4, 8, 8, 1), dtype=torch.uint8)
    images = Images(pixels.numpy(), np.zeros(4, np.int64), None, torch.device("cpu"))
    part = all_exits(network, 8, None)
    content = Content(
        part.cut(network).eval().requires_grad_(False), (8, 8, 1), images,
        Normalise((0.5,), (0.25,)), part, [str(k) for k in range(10)],
    )
    formats("onnx_early_exit")["onnx_early_exit"].write(content, folder / "model.early_exit.onnx")
    (folder / "preprocess.json").write_text(json.dumps(content.preprocessing))
    (folder / "labels.txt").write_text("\n".join(content.classes) + "\n")
    Image.fromarray(pixels[0, :, :, 0].numpy()).save(folder / "noise.png")
    return folder


@pytest.mark.parametrize(("leave_from", "left_at"), [(0.0, 1), (2.0, 3)])
def test_that_it_is_said_at_which_exit_an_image_left(leaving, leave_from, left_at):
    path = leaving / "model.early_exit.onnx"
    bundle = Bundle(leaving, lambda: open_file(path, leave_from))
    answer = bundle.predict(leaving / "noise.png")
    assert (answer["exit"], answer["num_exits"], answer["model"]) == (left_at, 3, path.name)
    session = onnxruntime.InferenceSession(str(path))
    x = bundle._input(read_image(leaving / "noise.png", (8, 8), 1))
    given = {"image": x, "thresholds": np.full(2, leave_from, np.float32)}
    [logits] = session.run(["logits"], given)
    assert answer["top"][0]["label"] == str(logits[0].argmax())


def test_that_texts_nested_too_deeply_are_one_line(bundle):
    (bundle / "certificate.json").write_text("[" * 100_000)
    assert Bundle(bundle).data_digest == ""
    (bundle / "preprocess.json").write_text("[" * 100_000)
    with pytest.raises(ExportError, match=r"preprocess\.json or labels\.txt is damaged"):
        Bundle(bundle)


@pytest.mark.parametrize("data", ["null", "[1]", "3"])
def test_that_a_certificate_without_data_names_none(bundle, data):
    (bundle / "certificate.json").write_text(f'{{"data": {data}}}')
    assert Bundle(bundle).data_digest == ""
