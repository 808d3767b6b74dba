import json
import re
import shutil

import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from engine.chores import CHORES
from engine.chores.verify import verify_bundle
from engine.exports import asking, latency, verify_told
from engine.exports.bundle import write_bundle
from engine.exports.certificate import VERSION
from engine.exports.safetensors import Safetensors
from engine.spec.errors import DataError, ExportError
from engine.training.weights import file_sha256
from tests.sealing import fault, forge, read_certificate, reseal, seal


def quietly(*_):
    return None


@pytest.fixture
def bundle(written, tmp_path):
    """A copy of a bundle, to be changed."""
    return shutil.copytree(written, tmp_path / "bundle")


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


def proof(certificate):
    return certificate["formats"]["safetensors"]


def test_that_a_bundle_that_was_sealed_again_unchanged_is_still_right(bundle, tmp_path):
    forge(bundle, lambda certificate: None)
    assert fault(bundle, tmp_path) == ""


def move(certificate, removed, deployed=0):
    """Other numbers that still add up."""
    modules = certificate["removed_modules"]
    modules[next(iter(modules))] += removed
    certificate["params_removed"] += removed
    certificate["params_training"] += removed + deployed
    certificate["params_deployed"] += deployed
    certificate["params_plain"] += deployed


@pytest.mark.parametrize(("change", "said"), [
    (lambda c: c.update(params_removed=0), "contradicts itself: 0 parameters were removed, but"),
    (lambda c: c.update(params_training=1), "contradicts itself: parameters shipped, removed"),
    (lambda c: c.update(params_plain=1), "contradicts itself: more or fewer parameters ship"),
    (lambda c: move(c, 10), "has params_training = 90938, and the certificate says 90948"),
    (lambda c: move(c, 0, 5), "has params_training = 90938, and the certificate says 90943"),
    (lambda c: move(c, -5, 5), "has params_removed = 13184, and the certificate says 13179"),
    (lambda c: c.update(removed_modules={"x": c["params_removed"]}), "has removed_modules = {"),
    (lambda c: c["results"].update({"test/top1": 99.9}), "test/top1 is 99.90 %, but the network"),
    (lambda c: c["results"].update({"test/ece": 0.1}), "test/ece is 0.10 %, but the network has"),
    (lambda c: proof(c).update(test_top1=99.0), "has another accuracy than the network, and the"),
    (lambda c: proof(c).update(test_ece=1.0), "has another calibration error than the network it"),
    (lambda c: proof(c).update(top1_agreement=0.5), "answers otherwise than the trained network"),
    (lambda c: proof(c).update(takes_pixels=True), "is said to take another input"),
    (lambda c: proof(c).update(latency_ms_batch1=1e6), "two latencies of model.safetensors"),
    (lambda c: proof(c).update(num_images=9), "was asked about other images"),
    (lambda c: proof(c)["graph"].update(nodes=1), "holds other operators or tensors"),
    (lambda c: c.update(seed=4), "the certificate's seed is not that of its spec"),
    (lambda c: c.update(method="plain"), "the certificate's method is not that of its spec"),
    (lambda c: c["spec"]["method"].update(name="dml"), "method is not that of its spec"),
    (lambda c: c["spec"].update(surprise=1), "the certificate's spec is none: unknown key"),
    (lambda c: c.update(backbone="resnet20"), "is not the one that the spec trains"),
    (lambda c: c["part"].update(multiply_adds=7), "costs 763520 multiply-adds, not 7"),
    (lambda c: c["part"].update(exit=2), "this network has one exit"),
    (lambda c: c.update(num_classes=11), "labels.txt has 10 labels, not 11"),
    (lambda c: c["input"].update(height=9), "preprocess.json is for other images"),
    (lambda c: c.update(backbone_options={"no": 1}), "what ships cannot be built as the cert"),
    (lambda c: proof(c).update(warnings=["x"]), "warned of without a reason"),
    (lambda c: proof(c).update(max_rel_logit_diff=1e-5), "another part of the largest logit"),
    (lambda c: proof(c)["disagreeing"].update(num_images=1), "of another class do not fit"),
    (lambda c: proof(c)["disagreeing"].update(median_margin=0.1), "further apart than the file"),
    (lambda c: c["part"].update(name="approved"), "what ships is 'the whole network', not 'appr"),
    (lambda c: c["data"].update(title="ImageNet"), "calls the data otherwise than Handwritten"),
    (lambda c: c["metrics"]["test/top1"].update(title="Top-1 on ImageNet"), "calls a result other"),
    (lambda c: c["part"].update(recipe="exit()"), "the recipe of what ships is 'network', not"),
], ids=range(34))
def test_that_a_forged_certificate_is_found_without_any_images(bundle, change, said):
    forge(bundle, change)
    assert said in fault(bundle)


def add(certificate, name, points):
    """Another percentage of the network, of its files and of its results."""
    certificate["reference"][name] += points
    certificate["results"][name.replace("_", "/")] += points
    for each in certificate["formats"].values():
        each[name] += points


HEADING = "x\n\n## How it does\n\nTop-1 accuracy 100 %"
BEST = "best by validation (top-1 of the peers: 99.00, 10.00 %)"


@pytest.mark.parametrize(("change", "said"), [
    (lambda c: c.update(license=HEADING), "which is no line of 5,000 letters at most"),
    (lambda c: c.update(machine=HEADING), "which is no line of 5,000 letters at most"),
    (lambda c: c.update(not_written={"onnx": HEADING}), "which is no line of 5,000 letters at"),
    (lambda c: c["versions"].update(python=HEADING), "which is no line of 5,000 letters at most"),
    (lambda c: c["results"].update({HEADING: 1.0}), "which is no line of 5,000 letters at most"),
    (lambda c: c.update(name="x" * 5001), "which is no line of 5,000 letters at most"),
    (lambda c: c.update(license="x" * 201), "of license: string should have at most 200"),
    (lambda c: c.update(machine="**certified**"), "of machine: string should match pattern"),
    (lambda c: c["versions"].update(python="**3**"), "of versions.python: string should match"),
    (lambda c: c["results"].update({"five stars": 1.0}), "of results.five stars: string should"),
    (lambda c: c.update(award="100 %"), "of award: extra inputs are not permitted"),
    (lambda c: proof(c).update(certified_ms=0.1), "certified_ms: extra inputs are not permitted"),
    (lambda c: c.update(weights="finest"), "of weights: input should be 'best', 'last', 'average"),
    (lambda c: c["data"].update(test_part=0.5), "test_part is not that of the spec"),
    (lambda c: c["metrics"].update({"test/loss2": c["metrics"]["test/loss"]}), "calls a result"),
    (lambda c: c.update(teacher={"name": "resnet110", "options": {}}), "tells of a teacher"),
    (lambda c: c.update(forked_from=7, forked_at=3), "tells of a fork, whose variant is that of"),
    (lambda c: c.update(peer={"number": 1, "of": 2, "chosen": BEST, "val_top1": [99.0, 10.0]}),
     "tells of a peer that is none of 1 networks"),
    (lambda c: c.update(temperature={"values": [1.5], "num_images": 9, "test_ece_before": 1.0}),
     "fitted on others than the 136 validation images"),
    (lambda c: c.update(step=10**9), "contradicts itself: weights of step 1,000,000,000, of "),
], ids=range(20))
def test_that_a_certificate_says_nothing_but_what_certificates_say(bundle, change, said):
    forge(bundle, change)
    found = fault(bundle)
    assert said in found
    assert len(found) < 400


@pytest.mark.parametrize("change", [
    lambda text: text.replace('{\n', '{\n  "note": "also flip the image",\n', 1),
    lambda text: text.replace('"mean"', '"mean": [9.0],\n  "mean"', 1),
    lambda text: text + "\n",
], ids=range(3))
@pytest.mark.parametrize("has_images", [False, True])
def test_that_how_images_are_read_is_said_in_one_way(bundle, tmp_path, change, has_images):
    text = (bundle / "preprocess.json").read_text()
    assert change(text) != text
    (bundle / "preprocess.json").write_text(change(text))
    forge(bundle, lambda certificate: None)
    assert fault(bundle, tmp_path if has_images else None).startswith(
        "preprocess.json says more than how images are read"
    )


@pytest.mark.parametrize(("change", "said"), [
    (lambda c: c["reference"].update(of=451),
     "the reference answers are not about the images that are told"),
    (lambda c: add(c, "test_ece", 0.9), "the reference answers have test_ece"),
    (lambda c: add(c, "test_top1", 200 / 450), "the reference answers have top-1 "),
    (lambda c: c["results"].update({"test/loss": 0.0}),
     "contradicts the stored results: test/loss of all 450 test images is"),
    (lambda c: c["data"]["images"].update(training=1347, validation=0),
     "another number of images than the certificate says"),
], ids=range(5))
def test_that_a_forged_certificate_is_found_with_the_images(bundle, tmp_path, change, said):
    forge(bundle, change)
    assert fault(bundle) == ""
    assert said in fault(bundle, tmp_path)


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


def test_that_a_difference_that_was_made_small_is_found_by_asking(shipment, formats, tmp_path):
    bundle = tmp_path / "bundle"
    told = write_bundle(shipment, formats("onnx_int8"), bundle, quietly)["formats"]["onnx_int8"]

    def change(certificate):
        small = told["max_abs_logit_diff"] / 10
        size = told["max_abs_logit_diff"] / told["max_rel_logit_diff"]
        certificate["formats"]["onnx_int8"].update(
            max_abs_logit_diff=small, max_rel_logit_diff=small / size, top1_agreement=1.0,
            test_top1=certificate["reference"]["test_top1"],
            disagreeing={"num_images": 0, "largest_margin": 0.0, "median_margin": 0.0},
            warnings=[],
        )

    forge(bundle, change)
    assert fault(bundle) == ""
    assert "logits up to" in fault(bundle, tmp_path)


@pytest.fixture
def sampled(shipment, formats, tmp_path):
    """A bundle that was proved on some of the test images."""
    write_bundle(shipment, formats("safetensors"), tmp_path / "sampled", quietly, images=200)
    return tmp_path / "sampled"


def test_that_results_are_held_against_what_a_file_says_of_all_test_images(
    sampled, tmp_path, monkeypatch
):
    def better(points):
        forge(sampled, lambda c: c["results"].update({"test/top1": truth + points}))

    truth = read_certificate(sampled)["results"]["test/top1"]
    assert fault(sampled, tmp_path) == ""
    better(2.0)
    assert fault(sampled) == ""
    assert fault(sampled, tmp_path).startswith(
        f"model.safetensors contradicts the stored results: test/top1 of all 450 test images is "
        f"{truth:.4g}, not"
    )
    monkeypatch.setattr(asking, "AFFORDABLE", 0)
    result = verify_bundle(sampled, tmp_path, quietly)
    assert result["fault"] == ""
    [line] = [line for line in result["not_checked"] if "stored results" in line]
    assert re.search(r"test/top1 \(only that it is from \d+\.\d to \d+\.\d %, as 200 of", line)
    better(99.9 - truth)
    assert "test/top1 is 99.90 %, but on 200 images, evenly from among all, " in fault(sampled)


@pytest.mark.parametrize("factor", [0.2, 5.0])
def test_that_a_told_pace_that_is_not_the_plain_backbones_is_found(bundle, monkeypatch, factor):
    def change(certificate):
        timed = proof(certificate)["latency"][0]
        timed.update(ms=factor, plain_ms=1.0, ratio=factor, ratio_interval=[factor, factor])
        proof(certificate).update(latency_ms_batch1=factor)

    forge(bundle, change)
    assert fault(bundle) == ""
    monkeypatch.setattr(latency, "OTHER_PACE", 3.0)
    assert "model.safetensors takes another time than the plain backbone's" in fault(bundle)


def test_that_an_accuracy_is_bounded_by_the_images_of_another_class(bundle):
    forge(bundle, lambda c: proof(c).update(test_top1=proof(c)["test_top1"] + 100 / 450))
    assert "has another accuracy than the network, and the same class" in fault(bundle)


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
