import json
import shutil

import pytest
from safetensors.numpy import load_file, save_file

from engine.chores import CHORES
from engine.chores.verify import verify_bundle
from engine.spec.errors import DataError, ExportError
from tests.sealing import read_certificate, seal


def quietly(*_):
    return None


@pytest.fixture
def bundle(written, tmp_path):
    """A copy of it, to be changed."""
    return shutil.copytree(written, tmp_path / "bundle")


def test_that_a_bundle_is_verified_from_itself_and_the_images_alone(bundle, tmp_path):
    result = verify_bundle(bundle, tmp_path, quietly)
    assert (result["verified"], result["fault"]) == (True, "")
    told = read_certificate(bundle)["formats"]["safetensors"]
    found = result["formats"]["safetensors"]
    assert found["test_top1"] == told["test_top1"]
    assert (found["top1_agreement"], found["num_images"]) == (1.0, 450)
    assert len(result["checks"]) == 4
    assert "the images of digits are those that come with the program" in result["checks"]


def test_that_without_images_the_files_alone_are_verified(bundle):
    result = CHORES["verify"](None, {"bundle": str(bundle)}, quietly)
    assert (result["verified"], result["formats"]) == (True, {})


@pytest.mark.parametrize("name", [
    "README.md", "labels.txt", "preprocess.json", "model.safetensors", "network.py",
    "reference.safetensors", "certificate.json",
])
@pytest.mark.parametrize("at", [0, -2])
def test_that_any_changed_byte_is_found_and_its_file_named(bundle, name, at):
    data = bytearray((bundle / name).read_bytes())
    data[at] ^= 1
    (bundle / name).write_bytes(data)
    result = verify_bundle(bundle, None, quietly)
    assert not result["verified"]
    assert result["fault"].startswith(name)
    assert "\n" not in result["fault"]


def test_that_a_blank_at_the_end_of_the_certificate_is_found(bundle):
    with (bundle / "certificate.json").open("a") as file:
        file.write(" ")
    assert "its seal is broken" in verify_bundle(bundle, None, quietly)["fault"]


def test_that_a_bundle_of_an_earlier_version_cannot_be_verified(bundle):
    (bundle / "certificate.json").write_text(json.dumps({"run": 1}))
    assert "is of version 1" in verify_bundle(bundle, None, quietly)["fault"]


@pytest.mark.parametrize("text", ["", "[]", '{"version": 1e999}', "[" * 100_000, "\x00", "{"])
def test_that_a_certificate_of_garbage_is_one_line(bundle, text):
    (bundle / "certificate.json").write_text(text)
    result = verify_bundle(bundle, None, quietly)
    assert result["fault"].startswith("certificate.json cannot be read (")
    assert "\n" not in result["fault"]


def test_that_another_network_under_a_new_seal_is_found_by_its_answers(bundle, tmp_path):
    reseal(bundle, "model.safetensors", lambda held: held["head.weight"].__imul__(-1.0))
    result = verify_bundle(bundle, tmp_path, quietly)
    assert result["fault"].startswith("model.safetensors does not do what the certificate says: ")
    assert "the same class for" in result["fault"]


def test_that_a_file_with_another_tensor_under_a_new_seal_is_found(bundle):
    reseal(bundle, "model.safetensors", lambda held: held.update(teacher=held["head.bias"].copy()))
    fault = verify_bundle(bundle, None, quietly)["fault"]
    assert fault.startswith("model.safetensors") or "does not fit the plain backbone" in fault


def test_that_a_format_of_a_plug_in_that_is_not_here_is_not_opened(bundle, tmp_path):
    certificate = read_certificate(bundle)
    formats = certificate["formats"]
    formats["elsewhere"] = {**formats["safetensors"], "file": "model.else"}
    (bundle / "model.else").write_bytes(b"of another program")
    seal(bundle, certificate)
    result = verify_bundle(bundle, tmp_path, quietly)
    assert (result["verified"], result["not_opened"]) == (True, ["elsewhere"])
    assert result["formats"].keys() == {"safetensors"}


def test_that_other_images_are_no_ground_to_judge_by(bundle, tmp_path):
    certificate = read_certificate(bundle)
    certificate["data"]["digest"] = "0" * 16
    seal(bundle, certificate)
    with pytest.raises(DataError, match="holds other data than the export was proved on"):
        verify_bundle(bundle, tmp_path, quietly)
    with pytest.raises(ExportError, match="there is no folder"):
        verify_bundle(tmp_path / "nowhere", None, quietly)
    with pytest.raises(DataError, match=r"^there is no .*nowhere: name the folder of the images$"):
        verify_bundle(bundle, tmp_path / "nowhere", quietly)


def reseal(folder, name, change):
    """Change a file as a careful forger would: hashes and seal fit again."""
    held = load_file(folder / name)
    change(held)
    save_file(held, folder / name)
    seal(folder, read_certificate(folder))
