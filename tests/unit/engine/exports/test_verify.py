import json

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save, save_file

from engine.chores import CHORES
from engine.chores.verify import verify_bundle
from engine.exports import asking, latency, verify_told
from engine.exports.certificate import VERSION
from engine.exports.safetensors import Safetensors
from engine.spec.errors import DataError, ExportError
from engine.training.weights import file_sha256
from tests.sealing import fault, forge, read_certificate, reseal, seal


def quietly(*_):
    return None


def test_that_a_bundle_is_verified_from_itself_and_the_images_alone(bundle, tmp_path):
    result = verify_bundle(bundle, tmp_path, quietly)
    assert (result["verified"], result["complete"], result["fault"]) == (True, True, "")
    told = read_certificate(bundle)
    found = result["formats"]["safetensors"]
    assert found["test_top1"] == told["formats"]["safetensors"]["test_top1"]
    assert (found["top1_agreement"], found["num_images"]) == (1.0, 450)
    assert [row["batch"] for row in found["latency"]] == [1, 32]
    said = "\n".join(result["checks"])
    assert "the images of digits come with the program: --data was not needed" in said
    assert f"has {told['params_training']:,} parameters, of which" in said
    assert "opened model.safetensors: operators and tensors are those that the" in said
    assert "model.safetensors holds no operator or tensor more than the plain backbone's" in said
    assert "network.py is what is written of the plain backbone, here as well" in said
    assert "× the plain backbone's time for 32, measured in turns (certificate: " in said
    assert "README.md says what follows from the certificate" in said
    assert "model.safetensors reaches the stored results on all 450 test images" in said
    assert len(result["not_checked"]) == 3


def test_that_without_images_it_is_said_what_was_not_asked(bundle):
    result = CHORES["verify"](None, {"bundle": str(bundle)}, quietly)
    assert (result["verified"], result["complete"], result["formats"]) == (True, True, {})
    assert result["not_checked"][0].startswith("what the files answer, and how fast: ")
    assert not any("top-1" in line for line in result["checks"])


@pytest.mark.parametrize("name", [
    "README.md", "labels.txt", "preprocess.json", "model.safetensors", "network.py",
    "read_image.py", "reference.safetensors", "certificate.json",
])
@pytest.mark.parametrize("at", [0, -2])
def test_that_any_changed_byte_is_found_and_its_file_named(bundle, name, at):
    data = bytearray((bundle / name).read_bytes())
    data[at] ^= 1
    (bundle / name).write_bytes(data)
    assert fault(bundle).startswith(name)


def test_that_a_blank_at_the_end_of_the_certificate_is_found(bundle):
    with (bundle / "certificate.json").open("a") as file:
        file.write(" ")
    assert "its seal is broken" in fault(bundle)


@pytest.mark.parametrize("version", [1, VERSION - 1])
def test_that_a_bundle_of_an_earlier_version_cannot_be_verified(bundle, version):
    (bundle / "certificate.json").write_text(json.dumps({"run": 1, "version": version}))
    assert f"is of version {version}" in fault(bundle)


@pytest.mark.parametrize("text", ["", "[]", '{"version": 1e999}', "[" * 100_000, "\x00", "{"])
def test_that_a_certificate_of_garbage_is_one_line(bundle, text):
    (bundle / "certificate.json").write_text(text)
    assert fault(bundle).startswith("certificate.json cannot be read (")


# ---- forged as a whole: hashes, seal and model card fit


def test_that_other_labels_are_found_with_the_images(bundle, tmp_path):
    (bundle / "labels.txt").write_text("\n".join("1023456789") + "\n")
    forge(bundle, lambda certificate: None)
    assert fault(bundle, tmp_path) == "labels.txt has other labels than the data"


def test_that_another_reader_or_card_is_found(bundle):
    text = (bundle / "read_image.py").read_text()
    (bundle / "read_image.py").write_text("import os\n" + text)
    forge(bundle, lambda certificate: None)
    assert fault(bundle) == "read_image.py does not say what follows from the certificate"
    (bundle / "read_image.py").write_text(text)
    forge(bundle, lambda certificate: None)
    (bundle / "README.md").write_text("# 100 % accurate")
    enter(bundle, "README.md")
    assert fault(bundle) == "README.md does not say what follows from the certificate"


@pytest.mark.parametrize("has_images", [False, True])
def test_that_another_network_py_is_found_and_never_run(bundle, tmp_path, has_images):
    with (bundle / "network.py").open("a") as file:
        file.write(f"Path({str(tmp_path / 'was_run')!r}).touch()\n")
    forge(bundle, lambda certificate: None)
    assert fault(bundle, tmp_path if has_images else None) == (
        "model.safetensors holds more than the plain backbone does (another network.py)"
    )
    assert not (tmp_path / "was_run").exists()


def test_that_the_files_code_is_what_is_asked_once_its_bytes_are_known(
    bundle, tmp_path, monkeypatch
):
    def without_answers(form, path, blank):
        return opens(form, path, blank)._replace(predict=lambda images: 1 / 0)

    opens = Safetensors.open
    monkeypatch.setattr(Safetensors, "open", without_answers)
    assert fault(bundle, tmp_path) == ""


def test_that_code_of_another_version_is_not_run_and_the_weights_are_asked(bundle, tmp_path):
    with (bundle / "network.py").open("a") as file:
        file.write(f"Path({str(tmp_path / 'was_run')!r}).touch()\n")
    forge(bundle, lambda c: c["versions"].update({"sila-studio": "0.0.1"}))
    result = verify_bundle(bundle, tmp_path, quietly)
    assert result["fault"] == ""
    assert result["formats"]["safetensors"]["num_images"] == 450
    assert not (tmp_path / "was_run").exists()
    assert any(
        line.startswith("what network.py answers: it is another than is written here")
        for line in result["not_checked"]
    )


def test_that_texts_and_code_of_another_version_are_left_open_where_they_are_others(bundle):
    forge(bundle, lambda c: c["versions"].update({"sila-studio": "0.0.1"}))
    result = verify_bundle(bundle, None, quietly)
    assert (result["fault"], result["complete"]) == ("", True)
    (bundle / "README.md").write_text("# In other words")
    enter(bundle, "README.md")
    result = verify_bundle(bundle, None, quietly)
    assert (result["fault"], result["complete"]) == ("", False)
    assert result["not_checked"][0].startswith("README.md, which another version wrote: read")


@pytest.mark.parametrize("name", ["read_image.py", "network.py"])
def test_that_other_code_of_another_version_leaves_a_bundle_not_fully_verified(bundle, name):
    forge(bundle, lambda c: c["versions"].update({"sila-studio": "0.0.1"}))
    with (bundle / name).open("a") as file:
        file.write("import os\n")
    enter(bundle, name)
    result = verify_bundle(bundle, None, quietly)
    assert (result["fault"], result["complete"]) == ("", False)
    assert result["not_checked"][0].startswith(f"{name}, which another version wrote: read what")


@pytest.mark.parametrize("has_images", [False, True])
def test_that_what_other_packages_wrote_is_counted_and_the_bundle_not_fully_verified(
    bundle, tmp_path, monkeypatch, has_images
):
    other = {**read_certificate(bundle)["versions"], "torch": "9", "onnx": "9"}
    monkeypatch.setattr(verify_told, "versions_here", lambda: other)
    result = verify_bundle(bundle, tmp_path if has_images else None, quietly)
    assert (result["fault"], result["complete"]) == ("", False)
    [line] = [line for line in result["not_checked"] if "operator by operator" in line]
    torch = read_certificate(bundle)["versions"]["torch"]
    assert line == (
        "model.safetensors and network.py against the plain backbone's, operator by operator: "
        f"other packages wrote it (torch {torch}, here 9)"
    )
    said = "\n".join(result["checks"])
    assert "model.safetensors holds no more numbers than the plain backbone" in said
    assert "no operator or tensor more" not in said
    assert ("plain backbone's time" in said) == has_images


def test_that_packages_that_do_not_write_a_file_are_of_no_interest(bundle, monkeypatch):
    other = {
        **read_certificate(bundle)["versions"], "onnxscript": "9", "onnxruntime": "9",
        "openvino": "9", "python": "9",
    }
    monkeypatch.setattr(verify_told, "versions_here", lambda: other)
    result = verify_bundle(bundle, None, quietly)
    assert (result["fault"], result["complete"]) == ("", True)


def test_that_a_format_that_cannot_be_written_here_is_no_fault_of_other_packages_files(
    bundle, tmp_path, monkeypatch
):
    def fail(*_):
        raise ExportError("it cannot be written")

    monkeypatch.setattr(Safetensors, "write", fail)
    assert fault(bundle) == "it cannot be written"
    forge(bundle, lambda certificate: certificate["versions"].update(torch="0.1"))
    result = verify_bundle(bundle, tmp_path, quietly)
    assert (result["fault"], result["complete"]) == ("", False)
    assert result["formats"]["safetensors"]["num_images"] == 450
    assert any("nor how fast it is, since it cannot be" in line for line in result["not_checked"])


def test_that_a_file_that_is_far_slower_than_the_plain_backbones_is_found(
    bundle, tmp_path, monkeypatch
):
    slow = {"ratio_interval": [4.0, 5.0]}
    monkeypatch.setattr(latency, "OTHER_PACE", 3.0)
    monkeypatch.setattr(asking, "times_beside", lambda *_: [slow, slow])
    assert fault(bundle, tmp_path).startswith("model.safetensors takes more than 3 times as long")


@pytest.mark.parametrize(("low", "is_found"), [(3.1, True), (2.9, False)])
def test_that_a_busy_machine_does_not_make_a_file_slow(
    bundle, tmp_path, monkeypatch, low, is_found
):
    rows = [
        {"batch": batch, "ms": 9.0, "plain_ms": 1.0, "ratio": 9.0, "ratio_interval": [low, 20.0],
         "calls": 9} for batch in (1, 32)
    ]
    monkeypatch.setattr(latency, "OTHER_PACE", 3.0)
    monkeypatch.setattr(asking, "times_beside", lambda *_: rows)
    assert ("takes more than 3 times" in fault(bundle, tmp_path)) == is_found


def test_that_another_network_under_a_new_seal_is_found_by_its_answers(bundle, tmp_path):
    change(bundle, "model.safetensors", lambda held: held["head.weight"].__imul__(-1.0))
    said = fault(bundle, tmp_path)
    assert said.startswith("model.safetensors does not do what the certificate says: ")
    assert "the same class for" in said


def test_that_a_file_with_another_tensor_under_a_new_seal_is_found(bundle):
    change(bundle, "model.safetensors", lambda held: held.update(teacher=held["head.bias"].copy()))
    assert "does not fit the plain backbone" in fault(bundle)


@pytest.mark.parametrize("harm", [
    lambda held: held.update(logits=held["logits"][:, :9].copy()),
    lambda held: held.update(rows=held["rows"][::-1].copy()),
    lambda held: held.update(logits=held["logits"][0].copy()),
    lambda held: held.pop("rows"),
], ids=range(4))
def test_that_reference_answers_of_another_shape_are_one_line(bundle, tmp_path, harm):
    change(bundle, "reference.safetensors", harm)
    try:
        said = fault(bundle, tmp_path)
    except DataError as error:  # rows in another order are other images
        said = str(error)
    assert "reference" in said or "the test images are not those of the export" in said


@pytest.mark.parametrize("has_images", [False, True])
@pytest.mark.parametrize("more", [
    {"tensor": {"teacher": np.zeros(99, np.float32)}},
    {"metadata": {"note": "of the teacher" * 9}},
], ids=["tensor", "metadata"])
def test_that_nothing_else_is_kept_with_the_answers(bundle, tmp_path, more, has_images):
    file = bundle / "reference.safetensors"
    file.write_bytes(save({**load_file(file), **more.get("tensor", {})}, more.get("metadata")))
    forge(bundle, lambda certificate: None)
    said = fault(bundle, tmp_path if has_images else None)
    assert said == "reference.safetensors holds more than rows and logits"


@pytest.mark.parametrize("has_images", [False, True])
@pytest.mark.parametrize("changed", [
    {"scale": 1.0}, {"layout": "NHWC"}, {"resize": "to the size"}, {"input": "pixels"},
])
def test_that_images_are_read_as_in_training(bundle, tmp_path, changed, has_images):
    how = json.loads((bundle / "preprocess.json").read_text())
    (bundle / "preprocess.json").write_text(json.dumps({**how, **changed}))
    forge(bundle, lambda certificate: None)
    [key] = changed
    assert fault(bundle, tmp_path if has_images else None) == (
        f"preprocess.json has another {key} than images are read with"
    )


@pytest.mark.parametrize("changed", [{"mean": [None]}, {"std": [0.0]}, {"outputs": ["other"]}])
def test_that_preprocessing_that_makes_no_sense_is_found(bundle, changed):
    how = json.loads((bundle / "preprocess.json").read_text())
    (bundle / "preprocess.json").write_text(json.dumps({**how, **changed}))
    enter(bundle, "preprocess.json")
    assert fault(bundle).startswith("preprocess.json ")


# ---- what is not here


def test_that_a_format_that_is_not_here_is_not_opened_and_the_bundle_not_fully_verified(
    bundle, tmp_path
):
    certificate = read_certificate(bundle)
    formats = certificate["formats"]
    formats["elsewhere"] = {**formats["safetensors"], "file": "model.else"}
    (bundle / "model.else").write_bytes(b"of another program")
    seal(bundle, certificate)
    result = verify_bundle(bundle, tmp_path, quietly)
    assert (result["fault"], result["complete"]) == ("", False)
    assert result["not_opened"] == ["elsewhere"]
    assert result["formats"].keys() == {"safetensors"}
    assert "opened model.safetensors: " in "\n".join(result["checks"])
    assert "model.else" not in "\n".join(result["checks"])
    assert result["not_checked"][0] == (
        "model.else: its format, elsewhere, is not installed here, so it was not opened"
    )


def test_that_a_variant_that_does_not_follow_from_the_spec_is_said(bundle):
    forge(bundle, lambda certificate: certificate.update(digest="0" * 12))
    result = verify_bundle(bundle, None, quietly)
    assert result["fault"] == ""
    assert any(
        line.startswith("the variant, 000000000000, against the spec")
        for line in result["not_checked"]
    )


def test_that_a_backbone_that_is_not_here_is_not_taken_for_a_fault(bundle, tmp_path):
    def change(certificate):
        certificate["backbone"] = certificate["spec"]["backbone"]["name"] = "of_a_plug_in"

    forge(bundle, change)
    result = verify_bundle(bundle, tmp_path, quietly)
    assert (result["fault"], result["complete"], result["formats"]) == ("", False, {})
    assert "this installation has no backbone of_a_plug_in" in result["not_checked"][0]
    assert len(result["checks"]) == 2


def test_that_other_images_are_no_ground_to_judge_by(bundle, tmp_path):
    forge(bundle, lambda certificate: certificate["data"].update(digest="0" * 16))
    with pytest.raises(DataError, match="holds other data than the export was proved on"):
        verify_bundle(bundle, tmp_path, quietly)
    with pytest.raises(ExportError, match="there is no folder"):
        verify_bundle(tmp_path / "nowhere", None, quietly)
    with pytest.raises(DataError, match=r"^there is no .*nowhere: name the folder of the images$"):
        verify_bundle(bundle, tmp_path / "nowhere", quietly)


def enter(folder, name):
    """Enter one file as it is now, and nothing else."""
    file = folder / name
    told = {"sha256": file_sha256(file), "bytes": file.stat().st_size}
    reseal(folder, lambda certificate: certificate["files"].update({name: told}))


def change(folder, name, how):
    """Change a file of tensors, and make all else fit it."""
    held = load_file(folder / name)
    how(held)
    with safe_open(folder / name, framework="np") as file:
        told = file.metadata()
    save_file(held, folder / name, told)
    forge(folder, lambda certificate: None)
