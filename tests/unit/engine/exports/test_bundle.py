import dataclasses
import hashlib
import inspect
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save

from engine.backbones.backbone import count_parameters
from engine.build import make_backbone
from engine.exports.bundle import write_bundle
from engine.exports.format import Format
from engine.exports.proof import held_out
from engine.exports.safetensors import Safetensors
from engine.spec.errors import ExportError
from engine.spec.options import Options
from engine.spec.run_spec import BackboneSpec
from engine.training.data import Images
from tests.unit.engine.exports.small import SIZE, small_shipment

PROMISED = {"run", "params_training", "params_deployed", "params_removed", "removed_modules",
            "formats"}
PROVED = {"file", "sha256", "bytes", "top1_agreement", "max_abs_logit_diff",
          "max_rel_logit_diff", "num_images"}
ALWAYS = {"README.md", "certificate.json", "labels.txt", "preprocess.json", "read_image.py",
          "reference.safetensors"}
WRITTEN = {
    "onnx": "model.onnx", "onnx_int8": "model.int8.onnx", "safetensors": "model.safetensors",
    "torch_export": "model.pt2", "torchscript": "model.torchscript",
}
FILES = {*ALWAYS, *WRITTEN.values(), "network.py"}
EXACT = WRITTEN.keys() - {"onnx_int8"}


def quietly(*_):
    return None


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_that_a_bundle_holds_what_it_promises_and_nothing_else(exported):
    folder, certificate, said = exported
    assert {path.name for path in folder.iterdir()} == FILES
    assert [path.name for path in folder.parent.iterdir()] == ["bundle"]
    assert json.loads((folder / "certificate.json").read_text()) == certificate
    assert said[-1] == (5, 5, "done")


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
    assert certificate["results"] == shipment.results


@pytest.mark.parametrize(("name", "file"), WRITTEN.items())
def test_that_every_format_is_proved_on_real_test_images(exported, shipment, name, file):
    folder, certificate, _ = exported
    proof = certificate["formats"][name]
    assert proof.keys() >= PROVED
    path = folder / file
    assert (proof["file"], proof["sha256"], proof["bytes"]) == (
        file, digest(path), path.stat().st_size
    )
    assert proof["num_images"] == len(shipment.test) == 450
    assert proof["top1_agreement"] >= (0.999 if name in EXACT else 0.97)
    assert (proof["max_abs_logit_diff"] <= 1e-4) == (name in EXACT)
    assert abs(proof["test_top1"] - certificate["reference"]["test_top1"]) <= 3.0


@pytest.mark.parametrize("name", WRITTEN)
def test_that_every_file_is_timed_and_set_against_the_plain_backbones(exported, name):
    proof = exported[1]["formats"][name]
    assert [row["batch"] for row in proof["latency"]] == [1, 32]
    for row in proof["latency"]:
        low, high = row["ratio_interval"]
        assert 0 < low <= row["ratio"] <= high
        assert (row["ms"] > 0 < row["plain_ms"]) == (row["calls"] == 3)
    assert proof["latency_ms_batch1"] == proof["latency"][0]["ms"]
    assert proof["graph"]["beyond_plain"] == 0
    assert proof["graph"]["nodes"] > 10 < proof["graph"]["tensors"]


def test_that_the_accuracy_of_the_trained_network_is_told_beside_the_files(exported, shipment):
    _, certificate, _ = exported
    with torch.no_grad():
        x = shipment.normalise(shipment.test.take(torch.arange(450))[0])
        right = shipment.system.deployable()(x).argmax(1) == shipment.test.labels_N
    reference = certificate["reference"]
    assert (reference["num_images"], reference["of"]) == (450, 450)
    assert reference["test_top1"] == pytest.approx(100 * right.double().mean().item())


def test_that_fewer_images_are_taken_evenly_from_all_of_the_test_part(shipment):
    held = held_out(shipment, 100)
    assert held.rows_N.tolist() == [450 * row // 100 for row in range(100)]
    assert np.concatenate([*held.pixels(30)]).shape == (100, 8, 8, 1)
    assert held.logits_ONK.shape == (1, 100, 10)
    assert held.labels.tolist() == shipment.test.labels_N[held.rows_N].tolist()


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


def test_that_no_file_holds_a_test_image(exported, shipment):
    folder, _, _ = exported
    pixels = shipment.test.take(torch.arange(4))[0]
    x = shipment.normalise(pixels).contiguous()
    rows = [each.numpy().tobytes() for each in (*pixels[:, 3], *x[:, 0, 3])]
    assert len(rows) == 8
    for path in folder.iterdir():
        data = path.read_bytes()
        assert not any(row in data for row in rows), path.name


def test_that_no_file_tells_of_a_folder_of_this_machine(exported):
    folder, _, _ = exported
    for path in folder.iterdir():
        data = path.read_bytes()
        for code in (torch, write_bundle):
            place = str(Path(inspect.getfile(code)).parent)
            assert place.encode() not in data, path.name


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
    written = {p.name for p in (tmp_path / "empty").iterdir()}
    assert written == {*ALWAYS, "model.safetensors", "network.py"}


def test_that_a_folder_that_cannot_be_made_is_refused_in_one_line(shipment, formats, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match=r"^cannot write the bundle [^\n]*$"):
        write_bundle(shipment, formats("safetensors"), tmp_path / "file" / "x", quietly)


class Failing(Format):
    file_name = "model.fail"

    def __init__(self, error):
        super().__init__(Options())
        self.error = error

    def write(self, content, path):
        path.write_bytes(b"half")
        raise self.error


@pytest.mark.parametrize(
    ("error", "raised"),
    [(OSError(28, "No space left"), ExportError), (ZeroDivisionError(), ZeroDivisionError)],
)
def test_that_an_error_that_is_none_of_the_network_leaves_no_half_bundle(
    shipment, formats, tmp_path, error, raised
):
    both = {**formats("safetensors"), "failing": Failing(error)}
    with pytest.raises(raised):
        write_bundle(shipment, both, tmp_path / "bundle", quietly)
    assert list(tmp_path.iterdir()) == []


def test_that_a_format_that_cannot_be_written_is_left_out_and_said(shipment, formats, tmp_path):
    both = {"failing": Failing(ExportError("it cannot")), **formats("safetensors")}
    told = write_bundle(shipment, both, tmp_path / "b", quietly)
    assert told["not_written"] == {"failing": "it cannot"}
    assert {p.name for p in (tmp_path / "b").iterdir()} == {
        *ALWAYS, "model.safetensors", "network.py"
    }
    with pytest.raises(ExportError, match=r"^it cannot$"):
        write_bundle(shipment, {"failing": both["failing"]}, tmp_path / "c", quietly)
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


class Broken(Safetensors):
    def open_as_used(self, path, blank, own):
        return self.open(path, blank)._replace(predict=lambda images: 1 / 0)


def test_that_a_file_that_cannot_be_run_is_not_exported(shipment, tmp_path):
    with pytest.raises(ExportError, match=r"was written, but cannot be run: division by zero$"):
        write_bundle(shipment, {"broken": Broken(Options())}, tmp_path / "bundle", quietly)
    assert list(tmp_path.iterdir()) == []


class Other(Safetensors):
    """Writes another network than it is given, the first time."""

    written = 0

    def write(self, content, path):
        if not self.written:
            with torch.no_grad():
                next(content.network.parameters()).mul_(1.5)
        self.written += 1
        super().write(content, path)


def test_that_a_file_that_answers_otherwise_is_not_exported(shipment, tmp_path):
    with pytest.raises(ExportError, match=r"^model.safetensors answers otherwise than the trained"):
        write_bundle(shipment, {"other": Other(Options())}, tmp_path / "bundle", quietly)


class OtherCode(Safetensors):
    """Writes code of another network, to every file alike."""

    def write(self, content, path):
        super().write(content, path)
        code = path.with_name("network.py")
        code.write_text(code.read_text().replace("return ", "return 2 * ").replace(
            "return 2 * load_file", "return load_file"
        ))


def test_that_code_that_answers_otherwise_than_the_network_is_not_exported(shipment, tmp_path):
    with pytest.raises(ExportError, match=r"^model.safetensors answers otherwise than the trained"):
        write_bundle(shipment, {"other": OtherCode(Options())}, tmp_path / "bundle", quietly)


class Smuggling(Safetensors):
    """Writes a tensor more than the network has, the first time."""

    written = 0

    def write(self, content, path):
        super().write(content, path)
        if not self.written:
            path.write_bytes(save({**content.network.state_dict(), "teacher": torch.ones(3, 5)}))
        self.written += 1

    def open(self, path, blank):
        state = {n: t for n, t in load_file(path).items() if n != "teacher"}
        network = blank()
        network.load_state_dict(state)
        return super().open(path, lambda: Lenient(network))


class Lenient(torch.nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def load_state_dict(self, state):
        pass  # the network has its weights already

    def forward(self, x):
        return self.network(x)


def test_that_a_file_with_a_training_only_tensor_is_not_exported(shipment, tmp_path):
    said = r"^model.safetensors holds more than the plain backbone does \(1 × F32 3×5\)"
    with pytest.raises(ExportError, match=said):
        write_bundle(shipment, {"more": Smuggling(Options())}, tmp_path / "bundle", quietly)


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


def test_that_an_image_wider_than_high_is_counted_as_it_is(formats, tmp_path):
    square, wide = small_shipment(), small_shipment()
    pixels = np.zeros((40, SIZE, 2 * SIZE, 3), np.uint8)
    images = Images(pixels, square.test.labels_N, None, torch.device("cpu"))
    wide = dataclasses.replace(
        wide, test=images, training=images, image_shape=(SIZE, 2 * SIZE, 3)
    )
    costs = [
        write_bundle(ship, formats("safetensors"), tmp_path / name, lambda *_: None)["part"][
            "multiply_adds"
        ]
        for name, ship in (("square", square), ("wide", wide))
    ]
    side = SIZE - 2
    assert costs[1] - costs[0] == 8 * 3 * 9 * side * SIZE
