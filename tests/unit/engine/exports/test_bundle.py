import hashlib
import json
import re
import subprocess
import sys

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from engine.backbones.backbone import count_parameters
from engine.build import make_backbone
from engine.exports.bundle import write_bundle
from engine.exports.serve import Bundle
from engine.spec.errors import ExportError
from engine.spec.run_spec import BackboneSpec

PROMISED = {"run", "params_training", "params_deployed", "params_removed", "removed_modules",
            "formats"}
PROVED = {"file", "sha256", "bytes", "top1_agreement", "max_abs_logit_diff",
          "max_rel_logit_diff", "num_images"}
FILES = {"README.md", "certificate.json", "labels.txt", "model.onnx", "model.safetensors",
         "preprocess.json"}


def quietly(*_):
    return None


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_that_a_bundle_holds_what_it_promises_and_nothing_else(exported):
    folder, certificate, said = exported
    assert {path.name for path in folder.iterdir()} == FILES
    assert [path.name for path in folder.parent.iterdir()] == ["bundle"]
    assert json.loads((folder / "certificate.json").read_text()) == certificate
    assert said[-1] == (2, 2, "done")


def test_that_the_certificate_says_what_was_removed(exported, shipment):
    _, certificate, _ = exported
    assert certificate.keys() >= PROMISED
    plain = count_parameters(shipment.blank())
    assert certificate["run"] == 7
    assert certificate["params_deployed"] == certificate["params_plain"] == plain
    assert certificate["params_training"] == count_parameters(shipment.system) > plain
    assert certificate["params_removed"] == certificate["params_training"] - plain
    assert certificate["removed_modules"] == shipment.system.removed_modules()
    assert (certificate["seed"], certificate["digest"]) == (3, shipment.spec.digest())
    assert certificate["results"] == {"test/top1": 81.25}


@pytest.mark.parametrize("name", ["onnx", "safetensors"])
def test_that_every_format_is_proved_on_real_test_images(exported, shipment, name):
    folder, certificate, _ = exported
    proof = certificate["formats"][name]
    assert proof.keys() >= PROVED
    path = folder / proof["file"]
    assert (proof["sha256"], proof["bytes"]) == (digest(path), path.stat().st_size)
    assert proof["num_images"] == len(shipment.test) == 450
    assert proof["top1_agreement"] >= 0.999
    assert proof["max_abs_logit_diff"] <= 1e-4
    assert proof["latency_ms_batch1"] > 0


def test_that_every_file_has_its_hash_in_the_certificate(exported):
    folder, certificate, _ = exported
    assert certificate["files"].keys() == FILES - {"certificate.json"}
    for name, said in certificate["files"].items():
        assert said == {
            "sha256": digest(folder / name), "bytes": (folder / name).stat().st_size
        }


def test_that_nothing_of_the_training_is_in_the_weights(exported, shipment):
    folder, _, _ = exported
    shipped = load_file(folder / "model.safetensors")
    trained = shipment.system.deployable().state_dict()
    assert shipped.keys() == trained.keys()
    assert all(torch.equal(shipped[name], trained[name]) for name in trained)


def test_that_the_readmes_example_runs_and_agrees_with_the_studio(exported, shipment, tmp_path):
    folder, _, _ = exported
    section = (folder / "README.md").read_text().split("## Load the onnx file")[1]
    code = re.search(r"```python\n(.*?)```", section, re.DOTALL).group(1)
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    answers = set()
    for index in (0, 1, 2):
        digit = shipment.test.take(torch.tensor([index]))[0][0, :, :, 0].numpy()
        Image.fromarray(digit).resize((24, 16)).convert("RGB").save(tmp_path / "photo.png")
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        expected = Bundle(folder).predict(tmp_path / "photo.png")["top"][0]["label"]
        assert done.stdout == expected + "\n"
        answers.add(expected)
    assert answers <= set("0123456789")


def test_that_a_folder_with_something_in_it_is_refused_and_left(shipment, formats, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ExportError, match=r"exists already: name an empty or a new folder$"):
        write_bundle(shipment, formats("safetensors"), tmp_path, quietly)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(ExportError, match="exists already"):
        write_bundle(shipment, formats("safetensors"), tmp_path / "mine.txt", quietly)


def test_that_an_empty_folder_is_filled(shipment, formats, tmp_path):
    (tmp_path / "empty").mkdir()
    write_bundle(shipment, formats("safetensors"), tmp_path / "empty", quietly)
    assert {p.name for p in (tmp_path / "empty").iterdir()} == FILES - {"model.onnx"}


def test_that_a_folder_that_cannot_be_made_is_refused_in_one_line(shipment, formats, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match=r"^cannot write the bundle [^\n]*$"):
        write_bundle(shipment, formats("safetensors"), tmp_path / "file" / "x", quietly)


class Failing:
    file_name = "model.fail"

    def __init__(self, error):
        self.error = error

    def write(self, network, example_BCHW, path, part):
        path.write_bytes(b"half")
        raise self.error


@pytest.mark.parametrize(
    ("error", "raised"),
    [(ExportError("cannot"), ExportError), (OSError(28, "No space left"), ExportError),
     (ZeroDivisionError(), ZeroDivisionError)],
)
def test_that_a_format_that_fails_leaves_no_half_bundle(
    shipment, formats, tmp_path, error, raised
):
    both = {**formats("safetensors"), "failing": Failing(error)}
    with pytest.raises(raised):
        write_bundle(shipment, both, tmp_path / "bundle", quietly)
    assert list(tmp_path.iterdir()) == []


def test_that_leftovers_of_a_killed_export_do_not_end_up_in_the_bundle(
    shipment, formats, tmp_path
):
    partial = tmp_path / ".bundle.99999999.partial"
    partial.mkdir()
    (partial / "old.onnx").write_bytes(b"half")
    write_bundle(shipment, formats("safetensors"), tmp_path / "bundle", quietly)
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]
    assert not (tmp_path / "bundle" / "old.onnx").exists()


def test_that_a_network_that_is_not_the_plain_backbone_is_not_exported(
    changed, formats, tmp_path
):
    other = changed(blank=lambda: make_backbone(BackboneSpec(name="resnet20"), 10, 1))
    with pytest.raises(ExportError, match=r"^the trained network is not the plain backbone"):
        write_bundle(other, formats("safetensors"), tmp_path / "bundle", quietly)
    assert list(tmp_path.iterdir()) == []
