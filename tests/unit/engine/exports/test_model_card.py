import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from markdown_it import MarkdownIt
from PIL import Image
from safetensors.numpy import load_file
from scipy.stats import binomtest

from engine.chores.verify import verify_bundle
from engine.datasets.images import read_image
from engine.exports.bundle import write_bundle
from engine.exports.card_facts import data, task
from engine.exports.content import evenly
from engine.exports.loading import PHOTO
from engine.exports.model_card import model_card
from engine.exports.onnx import Onnx, OnnxOptions
from engine.exports.serve import Bundle
from engine.registry import entries
from tests.sealing import read_certificate
from tests.unit.engine.exports.conftest import FORMATS


@pytest.fixture(scope="module")
def card(exported):
    return (exported[0] / "README.md").read_text()


def snippets(card):
    return re.findall(r"```python\n(.*?)\n```", card, re.DOTALL)


def run(folder, code, *flags):
    """Run code in a bundle's folder as if this project were not there.

    With -I Python obeys no variable, so it keeps what it compiled as it does for everyone.
    """
    alone = "import sys, warnings; sys.modules.update(engine=None, studio=None)\n"
    quiet = "warnings.simplefilter('ignore', FutureWarning); sys.path.insert(0, '.')\n"
    done = subprocess.run(
        [sys.executable, "-I", *flags, "-c", alone + quiet + code], cwd=folder,
        capture_output=True, text=True, check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def copy_of(bundle, folder):
    for file in bundle.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())


@pytest.mark.long
def test_that_every_files_code_runs_without_the_project_in_five_lines(
    exported, card, shipment, tmp_path
):
    folder, _, _ = exported
    codes = snippets(card)
    assert len(codes) == len(FORMATS)
    assert all(len(code.splitlines()) <= 5 for code in codes)
    bundle, photo = shutil.copytree(folder, tmp_path / "bundle"), tmp_path / "photo.png"
    digit = shipment.test.take(torch.tensor([1]))[0][0, :, :, 0].numpy()
    Image.fromarray(digit).resize((24, 16)).convert("RGB").save(photo)
    said = run(bundle, "\n".join(codes).replace(PHOTO, photo.as_posix()))
    expected = Bundle(folder).predict(photo)["top"][0]["label"]
    assert said.split() == [expected] * len(codes)
    assert expected in "0123456789"
    assert sorted(file.name.partition(".")[0] for file in (bundle / "__pycache__").iterdir()) == [
        "network", "read_image",
    ]
    result = verify_bundle(bundle, None, lambda *_: None)
    assert (result["fault"], result["complete"]) == ("", True)


def test_that_every_formats_code_is_five_lines():
    for entry in entries("export"):
        form = entry.make(entry.parse_options({}))
        for outputs in (("logits",), ("logits_1", "logits_2")):
            assert len(form.loading(outputs).splitlines()) <= 5


@pytest.mark.long
def test_that_onnxruntime_and_numpy_alone_predict_what_the_trained_network_said(
    served, shipment, tmp_path
):
    """Python's own modules, and a folder with links to the two packages."""
    copy_of(served, tmp_path)
    packages = tmp_path / "packages"
    packages.mkdir()
    for module in (np, onnxruntime):
        place = Path(module.__file__).parent
        (packages / place.name).symlink_to(place)
        for libraries in place.parent.glob(f"{place.name}.libs"):
            (packages / libraries.name).symlink_to(libraries)
    kept = load_file(served / "reference.safetensors")
    rows = torch.from_numpy(kept["rows"]).long()[evenly(len(kept["rows"]), 1000)]
    for at, pixels in enumerate(shipment.test.take(rows)[0].numpy()):
        np.save(tmp_path / f"{at}.npy", pixels)
    [code] = snippets((served / "README.md").read_text())
    imports, reading, opening, asking, _ = code.splitlines()
    assert "onnxruntime" in imports
    loop = [
        f"sys.path.insert(0, {str(packages)!r})", "import numpy as np", imports, reading, opening,
        "answers = []", f"for at in range({len(rows)}):",
        "    " + asking.replace(f'"{PHOTO}"', 'f"{at}.npy"'), "    answers.append(logits[0])",
        "np.save('answers.npy', answers)",
        "print({n.split('.')[0] for n in sys.modules} & {'torch', 'PIL', 'safetensors', 'onnx'})",
    ]
    assert run(tmp_path, "\n".join(loop), "-S") == "set()\n"
    answers = np.load(tmp_path / "answers.npy")
    assert len(answers) == 450
    np.testing.assert_allclose(answers, kept["logits"][0], atol=1e-4)
    assert np.array_equal(answers.argmax(1), kept["logits"][0].argmax(1))


def rotated(path):
    image = Image.fromarray(np.arange(24 * 16, dtype=np.uint8).reshape(16, 24))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(path, exif=exif)


def transparent(path):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 12, 4), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


def deep(path):
    Image.fromarray(np.arange(400, dtype=np.uint16).reshape(20, 20) * 160).save(path)


@pytest.mark.parametrize("draw", [rotated, transparent, deep])
def test_that_the_bundle_reads_images_as_the_engine_does(served, tmp_path, draw):
    copy_of(served, tmp_path)
    draw(tmp_path / "photo.png")
    expected = Bundle(served)._input(read_image(tmp_path / "photo.png", (8, 8), 1))
    run(tmp_path, "import numpy; from read_image import normalised\n"
        "numpy.save('read.npy', normalised('photo.png'))")
    assert np.array_equal(np.load(tmp_path / "read.npy"), expected)


def test_that_the_card_says_what_a_card_says(exported, card, shipment):
    headings = re.findall(r"^## (.*)$", card, re.MULTILINE)
    assert headings == [
        "Task", "Data", "Preprocessing", "Intended use", "Training, and what was stripped", "Cost",
        "How it does", "Files", "Use it", "How this was proved", "Licence",
    ]
    assert "- Images: 1,211 to train on, 136 for validation, 450 for test;" in card
    assert "mean 0.3053; standard deviation 0.3757" in card
    part = exported[1]["part"]
    assert f"- Multiply-adds of an image: {part['multiply_adds']:,}.\n" in card
    assert part["multiply_adds"] > 100_000
    top1 = shipment.results["test/top1"]
    interval = binomtest(round(4.5 * top1), 450).proportion_ci(method="wilson")
    low, high = 100 * interval.low, 100 * interval.high
    assert f"- Top-1 accuracy: {top1:.2f} ({low:.1f} to {high:.1f}) %\n" in card
    assert f"- Loss: {shipment.results['test/loss']:.4g} nats\n" in card
    assert "test/" not in card
    assert "- These files: not stated: " in card


@pytest.mark.long
def test_that_files_that_normalise_by_themselves_are_named_and_fed_pixels(
    shipment, tmp_path
):
    inside = {"onnx": Onnx(OnnxOptions(preprocessing=True))}
    write_bundle(shipment, inside, tmp_path / "bundle", lambda *_: None)
    card = (tmp_path / "bundle" / "README.md").read_text()
    assert "`model.onnx`: step 3 is inside, the input is uint8 pixels" in card
    assert "no step is inside" not in card
    [code] = snippets(card)
    copy_of(tmp_path / "bundle", tmp_path)
    np.save(tmp_path / "photo.npy", shipment.test.take(torch.tensor([1]))[0][0].numpy())
    said = run(tmp_path, code.replace(PHOTO, "photo.npy"))
    assert said.strip() in "0123456789"


def test_that_a_licence_that_was_named_is_in_the_card(changed, formats, tmp_path):
    write_bundle(
        changed(license="CC-BY-4.0"), formats("safetensors"), tmp_path / "b", lambda *_: None
    )
    assert read_certificate(tmp_path / "b")["license"] == "CC-BY-4.0"
    assert "\n- These files: CC-BY-4.0.\n" in (tmp_path / "b" / "README.md").read_text()


@pytest.mark.parametrize(("values", "before", "after", "said"), [
    ([0.6], 4.3, 1.6, "test 4.30 % before, 1.60 % after; it fell: the confidence is truer."),
    ([0.6], 4.55, 4.9, "test 4.55 % before, 4.90 % after; it rose: what was fitted on validation "
     "images made the confidence less true on these."),
    ([1.0], 4.551, 4.549, "test 4.55 % before, 4.55 % after; the confidence is as true as without "
     "it."),
    ([0.6, 2.0], 4.3, 1.6, "test, of the last output, 4.30 % before, 1.60 % after; it fell: the "
     "confidence is truer."),
])
def test_that_a_temperature_is_praised_by_its_numbers_alone(
    written, formats, values, before, after, said
):
    certificate = read_certificate(written)
    certificate["temperature"] = {"values": values, "num_images": 136, "test_ece_before": before}
    certificate["results"]["test/ece"] = after
    how = json.loads((written / "preprocess.json").read_text())
    card = model_card(certificate, [*"0123456789"], how, formats("safetensors"))
    assert "136 validation images, is part of the files" in card
    assert f"so the classes stay the same. Calibration error on {said}\n" in card


def test_that_names_are_shown_as_they_stand(exported):
    names = ["<b>bold</b>", "a|b", "`code`", "*", "pickup_truck", "_private", "[x](y)", "R&D", "#1"]
    said = MarkdownIt().render("\n".join(task(exported[1], names)))
    assert html.unescape(re.sub(r"<[^>]*>", "", said)).endswith(f"classes: {', '.join(names)}.\n")


def test_that_data_are_described_by_what_is_known_of_them(exported):
    certificate = {**exported[1], "spec": {"dataset": {
        "validation": 0.1, "split_seed": 4, "train_images": 500,
    }}}
    certificate["data"] = {**certificate["data"], "test_part": 0.2, "images": {
        "training": 500, "validation": 134, "test": 450,
    }}
    said = "\n".join(data(certificate))
    assert "Validation images are 0.1 of the training part, held out by class with split" in said
    assert "split seed 4, to choose by. Of the rest, 500 were trained on" in said
    assert "if none did, 0.2 of each class, set aside before anything else" in said
